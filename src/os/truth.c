/* SPDX-License-Identifier: MIT */
/* The truth of a change: lookups in its prefix, or reading it back where none would come by. */
#include "os/truth.h"
#include "core/select_linux.h"

#define SPECIFICS_ASKED 8

static bool keep_same_key(void *ctx, const struct r2_host *host, const struct r2_route *route)
{
	(void)host;
	return r2_route_same_key(ctx, route);
}

/* No lookup meets it now: see that it stands as it was wanted. */
static bool read_back(struct r2_os *os, const struct r2_route *route, struct r2_error *err)
{
	struct r2_route key = *route;
	struct r2_query query = {.parts = R2_PART_ROUTES,
				 .family = (enum r2_family)route->dst.addr.family,
				 .protocol = R2_PROTOCOL,
				 .table = route->table,
				 .keep = keep_same_key,
				 .ctx = &key};
	struct r2_host now = {0};
	bool stands;

	if (!os->ops->snapshot(os, &query, &now, err))
		return false;
	stands = now.routes.n > 0 && r2_route_same(&now.routes.at[0], route);
	r2_host_free(&now);
	if (!stands)
		return r2_error_set(err, R2_FAILED,
				    "the kernel took the route but does not have it");
	return true;
}

static void note_no_rule(const struct r2_route *route, struct r2_notes *notes)
{
	r2_note(notes,
		"no rule leads an unbound packet to table %u: the route was read back, not tried "
		"(ip rule add ... table %u)",
		route->table, route->table);
}

static void note_standby(const struct r2_route *route, const struct r2_answer *answer,
			 struct r2_notes *notes)
{
	char text[R2_PREFIX_TEXT];

	r2_note(notes, "%s is on standby with metric %u: the route of ours with metric %u serves",
		r2_prefix_name(&route->dst, text), route->metric, answer->match.metric);
}

static bool is_worth_asking(const struct r2_route *known, const struct r2_route *route)
{
	if (known->table != route->table || known->dst.len <= route->dst.len ||
	    !r2_prefix_covers(&route->dst, &known->dst) || known->type != R2_TYPE_UNICAST)
		return false;
	/* Everything is more specific than a default route; that subnets are is no news. */
	return route->dst.len > 0 || known->protocol != R2_PROTO_KERNEL;
}

/* Which part of the prefix does not get the source, because a more specific route has it. */
static void note_specifics(struct r2_os *os, const struct r2_host *host,
			   const struct r2_route *route, const struct r2_ip *src,
			   struct r2_notes *notes)
{
	char prefix[R2_PREFIX_TEXT], inner[R2_PREFIX_TEXT], got[R2_IP_TEXT];
	const struct r2_route *first = NULL;
	struct r2_answer answer;
	struct r2_error unused;
	struct r2_ip other = {0};
	size_t asked = 0, others = 0;

	r2_each (const struct r2_route, known, &host->routes) {
		if (asked >= SPECIFICS_ASKED || !is_worth_asking(known, route))
			continue;
		asked++;
		if (!os->ops->lookup(os, &known->dst.addr, &answer, &unused) ||
		    (!answer.error && r2_ip_equal(&answer.source, src)))
			continue;
		others++;
		if (!first) {
			first = known;
			other = answer.error ? (struct r2_ip){0} : answer.source;
		}
	}
	if (!first)
		return;
	r2_note(notes, "part of %s is overruled: %s%s is more specific and has source %s",
		r2_prefix_name(&route->dst, prefix), r2_prefix_name(&first->dst, inner),
		others > 1 ? " (and others)" : "", r2_ip_format(&other, got));
}

bool r2_truth_check(struct r2_os *os, const struct r2_host *host, const struct r2_route *route,
		    const struct r2_ip *src, struct r2_ip *ret_sample, struct r2_ip *ret_source,
		    struct r2_notes *notes, struct r2_error *err)
{
	struct r2_ip samples[R2_SAMPLES_MAX];
	size_t n, seen = 0;

	if (!r2_linux_rule_leads(host, route->table, &route->dst)) {
		note_no_rule(route, notes);
		return read_back(os, route, err);
	}
	n = r2_verify_samples(host, route, samples);
	for (size_t i = 0; i < n; i++) {
		struct r2_answer answer = {0};

		if (!os->ops->lookup(os, &samples[i], &answer, err))
			return false;
		switch (r2_verify_judge(host, route, src, &samples[i], &answer, err)) {
		case R2_TRUE:
			if (!seen++) {
				*ret_sample = samples[i];
				*ret_source = answer.source;
			}
			break;
		case R2_STANDBY:
			note_standby(route, &answer, notes);
			return read_back(os, route, err);
		case R2_OVERRULED:
			break;
		case R2_UNTRUE:
			return false;
		}
	}
	if (!seen) {
		char text[R2_PREFIX_TEXT];

		r2_error_set(err, R2_FAILED, "all of %s is overruled by more specific routes",
			     r2_prefix_name(&route->dst, text));
		return r2_error_hint(err, "see: ip route show table all root %s", text);
	}
	note_specifics(os, host, route, src, notes);
	return true;
}
