/* SPDX-License-Identifier: MIT */
/* What is to be proved: of a route, of a line, of an address. */
#include "core/describe.h"
#include "core/rules.h"
#include "os/prove.h"

struct r2_subject r2_subject_of_route(const struct r2_host *host, const struct r2_book *book,
				      const struct r2_route *route)
{
	struct r2_line line;
	struct r2_subject subject = {.dst = route->dst, .ours = true, .route = *route};

	r2_describe(host, book, route, &line);
	subject.wanted = line.intent.src;
	subject.gateways = line.intent.gateways;
	subject.link = route->link;
	return subject;
}

struct r2_subject r2_subject_of_target(const struct r2_target *target)
{
	return (struct r2_subject){.dst = target->route.dst,
				   .wanted = target->src,
				   .gateways = target->gateways,
				   .link = target->route.link,
				   .route = target->route,
				   .by_hand = true};
}

/* The gateways behind the next hop: itself, or those of a phantom's list. */
static void gateways_of(const struct r2_book *book, const struct r2_answer *answer,
			struct r2_gateways *ret)
{
	const struct r2_entry *entry = r2_book_by_phantom(book, &answer->gateway, answer->link);

	if (entry)
		*ret = entry->gateways;
	else if (answer->gateway.family)
		*ret = (struct r2_gateways){.n = 1, .at = {answer->gateway}};
}

/* Which of two routes to one address would serve: the longer prefix, then the lower metric. */
static bool goes_before(const struct r2_route *a, const struct r2_route *b)
{
	if (a->dst.len != b->dst.len)
		return a->dst.len > b->dst.len;
	return a->metric < b->metric;
}

/*
 * The route of ours that should serve, whether it does or not: unless a more specific one does, or
 * it stands where no rule leads.
 */
static const struct r2_route *our_route(const struct r2_host *host, const struct r2_ip *dst,
					const struct r2_answer *answer)
{
	const struct r2_route *best = NULL;

	r2_each (const struct r2_route, route, &host->routes) {
		if (!r2_route_is_ours(route) || !r2_prefix_contains(&route->dst, dst) ||
		    !r2_rules_lead(host, route->table, &route->dst) ||
		    (best && !goes_before(route, best)))
			continue;
		best = route;
	}
	if (best && !answer->error && answer->match.dst.len > best->dst.len)
		return NULL;
	return answer->type == R2_TYPE_LOCAL ? NULL : best;
}

bool r2_subject_of_address(struct r2_os *os, const struct r2_host *host, const struct r2_book *book,
			   const struct r2_ip *dst, struct r2_subject *ret, struct r2_error *err)
{
	const struct r2_route *ours;
	struct r2_answer answer = {0};

	if (!os->ops->lookup(os, dst, NULL, &answer, err))
		return false;
	ours = our_route(host, dst, &answer);
	*ret = ours ? r2_subject_of_route(host, book, ours) : (struct r2_subject){0};
	ret->dst = r2_prefix_host(dst);
	if (!ours && !answer.error)
		gateways_of(book, &answer, &ret->gateways);
	return true;
}

/* Routes of a kind mostly come together, so that looking from the end finds them soon. */
bool r2_prove_picks(const struct r2_host *host, const struct r2_route *route, size_t seen,
		    size_t many)
{
	size_t alike = 0;

	if (seen <= many)
		return true;
	if (host->routes.n >= 2 * many)
		return false;
	for (size_t i = host->routes.n; i-- > 0 && alike < R2_PROVE_OF_A_KIND;)
		alike += r2_route_alike(&host->routes.at[i], route);
	return alike < R2_PROVE_OF_A_KIND;
}
