/* SPDX-License-Identifier: MIT */
/* fib_table_lookup(), net/ipv4/fib_trie.c, under the rules of net/ipv4/fib_rules.c. */
#include "core/lookup4.h"

#define W_TABLE "fib_table_lookup(), net/ipv4/fib_trie.c"
#define W_HOP   "fib_lookup_good_nhc(), net/ipv4/fib_trie.c"

static void tell_route(const struct r2_lookup4 *asking, enum r2_step_verdict verdict,
		       const struct r2_route *route, const char *why)
{
	r2_linux_tell_route(asking->model->host, asking->steps, verdict, W_TABLE, route, why);
}

/* Leave in @hops what can be used; tell of the rest. */
static void keep_usable(const struct r2_lookup4 *asking, struct r2_hops *hops)
{
	const struct r2_host *host = asking->model->host;
	char text[R2_IP_TEXT];
	size_t kept = 0;

	for (size_t i = 0; i < hops->n; i++) {
		const struct r2_hop *hop = &hops->at[i];
		const char *fault = r2_linux_hop_fault(host, R2_IPV4, hop);

		if (!fault && asking->flow->oif && asking->flow->oif != hop->link)
			fault = "is on another interface than the socket is bound to";
		if (fault && asking->steps)
			r2_step(asking->steps, R2_STEP_DROPPED, "next hop", W_HOP, "%s dev %s %s",
				hop->gateway.family ? r2_ip_format(&hop->gateway, text) : "on-link",
				r2_host_link_name(host, hop->link), fault);
		if (!fault)
			hops->at[kept++] = *hop;
	}
	hops->n = kept;
}

/*
 * Where to go on after a route that does not serve. Prefixes of one network address share a leaf of
 * the trie, and fib_table_lookup() leaves it ("goto miss") after a next-hop object that does not
 * fit.
 */
enum next { NEXT_ROUTE, NEXT_LEAF, NEXT_TABLE };

/* One route of the prefix. Return: R2_EAGAIN to go on, 0 if it serves, else the error it says. */
static int try_route(struct r2_lookup4 *asking, const struct r2_route *route, enum next *ret_next)
{
	int error = r2_linux_type_error(route->type);

	*ret_next = NEXT_ROUTE;
	if (route->tos && route->tos != (asking->flow->tos & 0xfc)) {
		tell_route(asking, R2_STEP_DROPPED, route, "is for another tos");
		return R2_EAGAIN;
	}
	if (error) {
		tell_route(asking, R2_STEP_CHOSEN, route, "");
		asking->route = route;
		*ret_next = NEXT_TABLE;
		return error;
	}
	r2_hops_of(asking->model->host, route, &asking->hops);
	if (asking->hops.blackhole) {
		tell_route(asking, R2_STEP_CHOSEN, route, "goes by a blackhole object");
		asking->route = route;
		return R2_EINVAL;
	}
	keep_usable(asking, &asking->hops);
	if (!asking->hops.n) {
		*ret_next = route->nhid ? NEXT_LEAF : NEXT_ROUTE;
		tell_route(asking, R2_STEP_DROPPED, route,
			   route->nhid ? "has no usable next hop; by an object, that goes for all "
					 "prefixes of its address"
				       : "has no usable next hop");
		return R2_EAGAIN;
	}
	asking->route = route;
	return 0;
}

static void tell_beaten(const struct r2_lookup4 *asking, uint32_t at, uint32_t winner)
{
	const struct r2_fib_table *table = asking->table;
	const struct r2_route *routes = asking->model->host->routes.at;
	unsigned told = 0;

	if (!asking->steps)
		return;
	tell_route(asking, R2_STEP_CHOSEN, asking->route, "has the longest prefix");
	for (uint32_t i = winner + 1; i < table->first[at + 1] && told < 4; i++, told++)
		tell_route(asking, R2_STEP_DROPPED, &routes[table->routes[i]],
			   "stands behind it: its metric is higher or it came later");
	for (at = r2_lpm_shorter(table->lpm, at); at != R2_LPM_NONE && told < 4;
	     at = r2_lpm_shorter(table->lpm, at), told++)
		tell_route(asking, R2_STEP_DROPPED, &routes[table->routes[table->first[at]]],
			   "has a shorter prefix");
}

/* The routes of one prefix. Return: as try_route(). */
static int try_prefix(struct r2_lookup4 *asking, const struct r2_fib_table *table, uint32_t at,
		      enum next *ret_next)
{
	const struct r2_route *routes = asking->model->host->routes.at;

	*ret_next = NEXT_ROUTE;
	for (uint32_t i = table->first[at]; i < table->first[at + 1]; i++) {
		int error = try_route(asking, &routes[table->routes[i]], ret_next);

		if (!error) {
			asking->table = table;
			asking->prefix = at;
			tell_beaten(asking, at, i);
		}
		if (error != R2_EAGAIN || *ret_next != NEXT_ROUTE)
			return error;
	}
	return R2_EAGAIN;
}

/* fib_table_lookup(). Return: R2_EAGAIN if the next rule is to be asked. */
static int ask_table(void *ctx, const struct r2_rule *rule, uint32_t id)
{
	struct r2_lookup4 *asking = ctx;
	const struct r2_fib_table *table = r2_fib_table(&asking->model->fib4, id);
	uint32_t at = table ? r2_lpm_find(table->lpm, &asking->flow->dst) : R2_LPM_NONE;
	const struct r2_ip *left = NULL;
	char text[R2_PROTOCOL_TEXT];

	asking->route = NULL;
	for (; at != R2_LPM_NONE; at = r2_lpm_shorter(table->lpm, at)) {
		enum next next;
		int error;

		if (left && r2_ip_equal(left, &table->prefixes[at].addr))
			continue;
		error = try_prefix(asking, table, at, &next);
		if (error == R2_EAGAIN && next == NEXT_LEAF)
			left = &table->prefixes[at].addr;
		if (error == R2_EAGAIN && next != NEXT_TABLE)
			continue;
		if (!error && r2_linux_suppressed(asking->model->host, rule, &asking->route->dst,
						  asking->hops.at[0].link, asking->steps))
			return R2_EAGAIN;
		return error;
	}
	r2_step(asking->steps, R2_STEP_DROPPED, "route", W_TABLE, "table %s has no route to it",
		r2_table_name(id, text));
	return R2_EAGAIN;
}

uint32_t r2_lookup4_local_link(const struct r2_lookup4 *asking, const struct r2_ip *ip)
{
	const struct r2_addr *addr = r2_host_addr(asking->model->host, ip, 0);
	const struct r2_flow flow = {.dst = *ip};
	struct r2_lookup4 own = {.model = asking->model, .flow = &flow};
	uint32_t table = asking->model->usual4 ? R2_MAIN_TABLE : R2_LOCAL_TABLE;

	if (addr)
		return addr->link;
	if (ask_table(&own, NULL, table) || own.route->type != R2_TYPE_LOCAL)
		return 0;
	return own.hops.at[0].link;
}

/* fib_lookup(): while the rules are the usual ones the kernel does not walk them. */
int r2_lookup4(struct r2_lookup4 *asking)
{
	int error;

	if (!asking->model->usual4)
		return r2_rules_walk(asking->model->host, R2_IPV4, asking->flow, ask_table, asking,
				     asking->steps);
	r2_step(asking->steps, R2_STEP_NOTE, "policy rule", "fib_lookup(), include/net/ip_fib.h",
		"only the usual rules: local and main are asked as one table, then default");
	error = ask_table(asking, NULL, R2_MAIN_TABLE);
	if (error == R2_EAGAIN)
		error = ask_table(asking, NULL, R2_DEFAULT_TABLE);
	return error == R2_EAGAIN ? R2_ENETUNREACH : error;
}

void r2_lookup4_covers(const struct r2_model *model, const struct r2_ip *ip, bool *ret_local,
		       bool *ret_other)
{
	*ret_local = *ret_other = false;
	r2_each (const struct r2_fib_table, table, &model->fib4.tables) {
		uint32_t at = r2_lpm_find(table->lpm, ip);

		for (; at != R2_LPM_NONE; at = r2_lpm_shorter(table->lpm, at)) {
			for (uint32_t i = table->first[at]; i < table->first[at + 1]; i++) {
				const struct r2_route *route =
					&model->host->routes.at[table->routes[i]];

				*ret_local |= route->type == R2_TYPE_LOCAL;
				*ret_other |=
					route->type == R2_TYPE_UNICAST && !route->gateway.family;
			}
		}
	}
}
