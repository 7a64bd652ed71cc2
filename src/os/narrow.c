/* SPDX-License-Identifier: MIT */
/* A narrow snapshot: two lookups in place of a dump. */
#include "os/narrow.h"

/* One address, so that nothing is more specific; one real next hop, so that no phantom is needed.
 */
static bool is_common(const struct r2_intent *intent)
{
	return intent->dst.len == r2_ip_bits(&intent->dst.addr) && intent->gateways.n == 1 &&
	       intent->table == R2_MAIN_TABLE && !intent->phantom.family &&
	       (intent->method == R2_AUTO || intent->method == R2_NATIVE);
}

/* No rules but the three that every system has: what a lookup meets in the main table serves. */
static bool has_usual_rules(const struct r2_host *host)
{
	r2_each (const struct r2_rule, rule, &host->rules) {
		if (rule->flags != R2_RULE_TO_TABLE || rule->to.addr.family ||
		    rule->table < R2_DEFAULT_TABLE || rule->table > R2_LOCAL_TABLE)
			return false;
	}
	return host->rules.n > 0;
}

/* Lines of the book or neighbours of ours: perhaps there are remnants to be swept. */
static bool is_clean(const struct r2_host *host)
{
	r2_each (const struct r2_neigh, neigh, &host->neighs) {
		if (neigh->protocol == R2_PROTOCOL)
			return false;
	}
	return host->routes.n == 0;
}

static bool add_onlink_route(struct r2_os *os, const struct r2_intent *intent, struct r2_host *host)
{
	const struct r2_link *link = r2_host_link_named(host, intent->dev);
	struct r2_answer answer = {0};
	struct r2_error unused;
	struct r2_route onlink;

	if (!os->ops->lookup(os, &intent->gateways.at[0], NULL, &answer, &unused) || answer.error ||
	    answer.type != R2_TYPE_UNICAST || answer.gateway.family ||
	    answer.match.protocol == R2_PROTOCOL)
		return false;
	if (*intent->dev && (!link || link->index != answer.link))
		return false;
	onlink = answer.match;
	onlink.type = R2_TYPE_UNICAST;
	onlink.link = answer.link;
	onlink.table = answer.table;
	onlink.gateway = (struct r2_ip){0};
	return onlink.dst.len > 0 && r2_list_push(&host->routes, &onlink);
}

/* The lookup meets another route, so that none of this prefix stands in the main table. */
static bool is_new(struct r2_os *os, const struct r2_prefix *dst)
{
	struct r2_answer answer = {0};
	struct r2_error unused;

	if (!os->ops->lookup(os, &dst->addr, NULL, &answer, &unused))
		return false;
	/* A refusal does not tell which route refuses: it may be one of the very same key. */
	return !answer.error && answer.match.dst.addr.family &&
	       !r2_prefix_equal(&answer.match.dst, dst);
}

bool r2_narrow_read(struct r2_os *os, const struct r2_intent *intent, struct r2_host *ret_host)
{
	struct r2_query query = {.parts = R2_PART_LINKS | R2_PART_ADDRS | R2_PART_RULES |
					  R2_PART_NEIGHS | R2_PART_ROUTES,
				 .table = R2_BOOK_TABLE};
	struct r2_host host = {0};
	struct r2_error unused;

	if (!is_common(intent) || r2_ip_is_link_local(&intent->gateways.at[0]))
		return false;
	if (!os->ops->snapshot(os, &query, &host, &unused))
		return false;
	if (!is_clean(&host) || !has_usual_rules(&host) || !is_new(os, &intent->dst) ||
	    !add_onlink_route(os, intent, &host)) {
		r2_host_free(&host);
		return false;
	}
	*ret_host = host;
	return true;
}
