/* SPDX-License-Identifier: MIT */
/* What is to be proved: of a route, of a line, of an address. */
#include "core/describe.h"
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

static const struct r2_route *our_route(const struct r2_host *host, const struct r2_answer *answer)
{
	r2_each (const struct r2_route, route, &host->routes) {
		if (r2_route_is_ours(route) && route->table == answer->table &&
		    r2_prefix_equal(&route->dst, &answer->match.dst) &&
		    route->metric == answer->match.metric &&
		    r2_ip_equal(&route->gateway, &answer->gateway))
			return route;
	}
	return NULL;
}

bool r2_subject_of_address(struct r2_os *os, const struct r2_host *host, const struct r2_book *book,
			   const struct r2_ip *dst, struct r2_subject *ret, struct r2_error *err)
{
	const struct r2_route *ours = NULL;
	struct r2_answer answer;

	if (!os->ops->lookup(os, dst, NULL, &answer, err))
		return false;
	if (!answer.error && answer.match.protocol == R2_PROTOCOL)
		ours = our_route(host, &answer);
	*ret = ours ? r2_subject_of_route(host, book, ours) : (struct r2_subject){0};
	ret->dst = r2_prefix_host(dst);
	if (!ours && !answer.error)
		gateways_of(book, &answer, &ret->gateways);
	return true;
}
