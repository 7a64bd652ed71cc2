/* SPDX-License-Identifier: MIT */
/*
 * The IPv4 choice of Linux, in the order of ip_route_output_key_hash_rcu() (net/ipv4/route.c):
 * a source that was bound, an interface that was bound, the rules, the table, the next hop, the
 * source. Each step is one function here, named after what it decides.
 */
#include <string.h>

#include "core/hops.h"
#include "core/model.h"
#include "core/source4.h"

#define W_OUTPUT  "ip_route_output_key_hash_rcu(), net/ipv4/route.c"
#define W_MKROUTE "__mkroute_output(), net/ipv4/route.c"
#define W_TABLE   "fib_table_lookup(), net/ipv4/fib_trie.c"
#define W_HOP     "fib_lookup_good_nhc(), net/ipv4/fib_trie.c"
#define W_MULTI   "fib_select_multipath(), net/ipv4/fib_semantics.c"
#define W_DEFAULT "fib_select_default(), net/ipv4/fib_semantics.c"
#define W_PREFSRC "fib_result_prefsrc(), net/ipv4/fib_semantics.c"

/* A question under way; what the table says goes into @route and @hops. */
struct asking {
	const struct r2_model *model;
	const struct r2_flow *flow;
	r2_steps *steps;
	const struct r2_route *route;
	const struct r2_fib_table *table;
	uint32_t prefix;     /* of @route, in @table */
	struct r2_hops hops; /* those that are usable */
};

static bool is_broadcast(const struct r2_ip *ip)
{
	static const uint8_t all[4] = {255, 255, 255, 255};

	return memcmp(ip->bytes, all, sizeof(all)) == 0;
}

static bool is_local(const struct asking *asking, const struct r2_ip *ip)
{
	const struct r2_fib_table *table = r2_fib_table(
		&asking->model->fib4, asking->model->usual4 ? R2_MAIN_TABLE : R2_LOCAL_TABLE);
	uint32_t at = table ? r2_lpm_find(table->lpm, ip) : R2_LPM_NONE;

	if (r2_host_addr(asking->model->host, ip, 0))
		return true;
	for (uint32_t i = at == R2_LPM_NONE ? 0 : table->first[at];
	     at != R2_LPM_NONE && i < table->first[at + 1]; i++) {
		const struct r2_route *route = &asking->model->host->routes.at[table->routes[i]];

		if (route->table == R2_LOCAL_TABLE && route->type == R2_TYPE_LOCAL)
			return true;
	}
	return false;
}

/* ---- the table ---- */

static void tell_route(const struct asking *asking, enum r2_step_verdict verdict,
		       const struct r2_route *route, const char *why)
{
	char prefix[R2_PREFIX_TEXT], gateway[R2_IP_TEXT], table[R2_PROTOCOL_TEXT];
	bool by_link = route->link != 0 && !route->hops;

	if (!asking->steps)
		return;
	r2_step(asking->steps, verdict, "route", W_TABLE, "%s%s%s%s%s%s%s table %s metric %u%s%s",
		route->type == R2_TYPE_UNICAST ? "" : r2_type_name(route->type),
		route->type == R2_TYPE_UNICAST ? "" : " ", r2_prefix_name(&route->dst, prefix),
		route->gateway.family ? " via " : "",
		route->gateway.family ? r2_ip_format(&route->gateway, gateway) : "",
		by_link ? " dev " : "",
		by_link ? r2_host_link_name(asking->model->host, route->link) : "",
		r2_table_name(route->table, table), route->metric, *why ? " " : "", why);
}

/* Leave in @hops what can be used; tell of the rest. */
static void keep_usable(const struct asking *asking, struct r2_hops *hops)
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

/* One route of the prefix. Return: R2_EAGAIN to go on, 0 if it serves, else the error it says. */
static int try_route(struct asking *asking, const struct r2_route *route, bool *ret_throw)
{
	int error = r2_linux_type_error(route->type);

	if (route->tos && route->tos != (asking->flow->tos & 0xfc)) {
		tell_route(asking, R2_STEP_DROPPED, route, "is for another tos");
		return R2_EAGAIN;
	}
	if (error) {
		tell_route(asking, R2_STEP_CHOSEN, route, "");
		asking->route = route;
		*ret_throw = error == R2_EAGAIN;
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
		tell_route(asking, R2_STEP_DROPPED, route, "has no usable next hop");
		return R2_EAGAIN;
	}
	asking->route = route;
	return 0;
}

static void tell_beaten(const struct asking *asking, uint32_t at, uint32_t winner)
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

/* fib_table_lookup(). Return: R2_EAGAIN if the next rule is to be asked. */
static int ask_table(void *ctx, const struct r2_rule *rule, uint32_t id)
{
	struct asking *asking = ctx;
	const struct r2_fib_table *table = r2_fib_table(&asking->model->fib4, id);
	const struct r2_host *host = asking->model->host;
	char text[R2_PROTOCOL_TEXT];
	uint32_t at = table ? r2_lpm_find(table->lpm, &asking->flow->dst) : R2_LPM_NONE;

	asking->route = NULL;
	for (; at != R2_LPM_NONE; at = r2_lpm_shorter(table->lpm, at)) {
		for (uint32_t i = table->first[at]; i < table->first[at + 1]; i++) {
			bool throws = false;
			int error = try_route(asking, &host->routes.at[table->routes[i]], &throws);

			if (error == R2_EAGAIN && !throws)
				continue;
			if (error)
				return error;
			asking->table = table;
			asking->prefix = at;
			tell_beaten(asking, at, i);
			if (r2_linux_suppressed(host, rule, &asking->route->dst,
						asking->hops.at[0].link, asking->steps))
				return R2_EAGAIN;
			return 0;
		}
	}
	r2_step(asking->steps, R2_STEP_DROPPED, "route", W_TABLE, "table %s has no route to it",
		r2_table_name(id, text));
	return R2_EAGAIN;
}

/* fib_lookup(): while the rules are the usual ones the kernel does not walk them. */
static int look_up(struct asking *asking)
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

/* ---- the outcome ---- */

/* __mkroute_output(): what is refused at the very end. */
static int refuse_last(const struct asking *asking, const struct r2_pick *choice)
{
	const struct r2_link *link = r2_host_link(asking->model->host, choice->link);

	if (link && choice->source.family && r2_ip_is_loopback(&choice->source) &&
	    !(link->flags & (R2_LINK_LOOPBACK | R2_LINK_ROUTE_LOCALNET))) {
		r2_step(asking->steps, R2_STEP_DROPPED, "loopback source", W_MKROUTE,
			"a source in 127.0.0.0/8 may not leave by %s", link->name);
		return R2_EINVAL;
	}
	return 0;
}

/* A broadcast forgets its route, and so does a multicast that only a short prefix (240/4 has four
 * bits) leads: no gateway then. */
static void settle_type(const struct asking *asking, struct r2_pick *choice)
{
	const struct r2_ip *dst = &asking->flow->dst;

	if (is_broadcast(dst))
		choice->type = R2_TYPE_BROADCAST;
	else if (r2_ip_is_multicast(dst))
		choice->type = R2_TYPE_MULTICAST;
	if (choice->type == R2_TYPE_BROADCAST ||
	    (choice->type == R2_TYPE_MULTICAST && asking->route && asking->route->dst.len < 4))
		choice->gateway = (struct r2_ip){0};
}

static void conclude(struct asking *asking, struct r2_pick *choice, struct r2_outcomes *outcomes)
{
	const struct r2_link *link = r2_host_link(asking->model->host, choice->link);
	int error = refuse_last(asking, choice);

	settle_type(asking, choice);
	if (error)
		*choice = (struct r2_pick){
			.error = error, .table = choice->table, .route = choice->route};
	else if (link && (link->flags & R2_LINK_L3_SLAVE))
		choice->not_modelled = "l3mdev";
	r2_outcome(outcomes, choice);
}

static void fail(const struct asking *asking, int error, struct r2_outcomes *outcomes)
{
	struct r2_pick choice = {.error = error, .route = R2_NO_ROUTE};

	if (asking->route) {
		choice.route = (uint32_t)(asking->route - asking->model->host->routes.at);
		choice.table = asking->route->table;
	}
	r2_outcome(outcomes, &choice);
}

/* fib_result_prefsrc() */
static struct r2_ip source_of(const struct asking *asking, const struct r2_route *route,
			      const struct r2_hop *hop)
{
	const struct r2_addr *addr;
	char text[R2_IP_TEXT];

	if (asking->flow->src.family)
		return asking->flow->src;
	if (route->prefsrc.family) {
		if (asking->steps)
			r2_step(asking->steps, R2_STEP_CHOSEN, "IPv4 source", W_PREFSRC,
				"the route names %s as its preferred source",
				r2_ip_format(&route->prefsrc, text));
		return route->prefsrc;
	}
	addr = r2_source4(asking->model->host, hop->link,
			  hop->gateway.family ? &hop->gateway : NULL, route->scope, asking->steps);
	return addr ? addr->ip : (struct r2_ip){0};
}

static void by_hop(struct asking *asking, const struct r2_route *route, const struct r2_hop *hop,
		   struct r2_outcomes *outcomes)
{
	const struct r2_host *host = asking->model->host;
	char text[R2_IP_TEXT];
	struct r2_pick choice = {.gateway = hop->gateway,
				 .link = hop->link,
				 .table = route->table,
				 .route = (uint32_t)(route - host->routes.at),
				 .type = route->type,
				 .not_modelled = asking->hops.not_modelled};

	if (asking->steps)
		r2_step(asking->steps, R2_STEP_CHOSEN, "next hop", W_HOP, "%s dev %s",
			hop->gateway.family ? r2_ip_format(&hop->gateway, text) : "on-link",
			r2_host_link_name(host, hop->link));
	choice.source = source_of(asking, route, hop);
	conclude(asking, &choice, outcomes);
}

/* fib_select_default(): of several default routes alike, a dead neighbour's is passed over. */
static void by_defaults(struct asking *asking, struct r2_outcomes *outcomes)
{
	const struct r2_fib_table *table = asking->table;
	const struct r2_route *first = asking->route;

	for (uint32_t i = table->first[asking->prefix]; i < table->first[asking->prefix + 1]; i++) {
		const struct r2_route *route = &asking->model->host->routes.at[table->routes[i]];
		struct r2_hops hops;

		if (route == first || route->metric != first->metric ||
		    route->scope != first->scope || route->type != R2_TYPE_UNICAST ||
		    (route->tos && route->tos != (asking->flow->tos & 0xfc)) ||
		    route->table != first->table)
			continue;
		r2_hops_of(asking->model->host, route, &hops);
		if (!hops.n || !hops.at[0].gateway.family || (hops.at[0].flags & R2_ROUTE_DEAD))
			continue;
		r2_step(asking->steps, R2_STEP_TIE, "next hop", W_DEFAULT,
			"another default route is alike: while the neighbour of the first is not "
			"reachable, it may serve");
		by_hop(asking, route, &hops.at[0], outcomes);
	}
}

static void by_route(struct asking *asking, struct r2_outcomes *outcomes)
{
	const struct r2_route *route = asking->route;

	if (asking->hops.n > 1)
		r2_step(asking->steps, R2_STEP_TIE, "next hop", W_MULTI,
			"%zu next hops are usable: a hash over the packet decides", asking->hops.n);
	for (size_t i = 0; i < asking->hops.n; i++)
		by_hop(asking, route, &asking->hops.at[i], outcomes);
	if (asking->hops.n == 1 && route->dst.len == 0 && route->type == R2_TYPE_UNICAST &&
	    !asking->flow->oif)
		by_defaults(asking, outcomes);
}

/* RTN_LOCAL: the packet stays here. */
static void to_ourselves(struct asking *asking, struct r2_outcomes *outcomes)
{
	const struct r2_route *route = asking->route;
	struct r2_pick choice = {.link = r2_linux_loopback(asking->model->host),
				 .table = route->table,
				 .route = (uint32_t)(route - asking->model->host->routes.at),
				 .type = R2_TYPE_LOCAL};
	char text[R2_IP_TEXT];

	choice.source = asking->flow->src.family ? asking->flow->src
			: route->prefsrc.family  ? route->prefsrc
						 : asking->flow->dst;
	if (asking->steps)
		r2_step(asking->steps, R2_STEP_CHOSEN, "local destination", W_OUTPUT,
			"it is this host's own: the source is %s",
			r2_ip_format(&choice.source, text));
	conclude(asking, &choice, outcomes);
}

/* ---- what was bound ---- */

/* Straight out of the interface, no route asked. */
static void on_oif(struct asking *asking, uint32_t oif, const struct r2_ip *src, uint8_t type,
		   struct r2_outcomes *outcomes)
{
	struct r2_pick choice = {
		.link = oif, .source = *src, .table = 0, .route = R2_NO_ROUTE, .type = type};
	const struct r2_addr *addr;

	if (!src->family) {
		addr = r2_source4(asking->model->host, oif, NULL, R2_SCOPE_LINK, asking->steps);
		if (addr)
			choice.source = addr->ip;
	}
	conclude(asking, &choice, outcomes);
}

static bool is_link_multicast(const struct r2_ip *ip)
{
	return ip->bytes[0] == 224 && ip->bytes[1] == 0 && ip->bytes[2] == 0;
}

/* The tests on a bound source. Return: whether an outcome is settled. */
static bool check_source(struct asking *asking, struct r2_outcomes *outcomes)
{
	const struct r2_ip *src = &asking->flow->src, *dst = &asking->flow->dst;
	const struct r2_addr *addr;

	if (!src->family)
		return false;
	if (r2_ip_is_multicast(src) || is_broadcast(src) || r2_ip_is_unspecified(src)) {
		r2_step(asking->steps, R2_STEP_DROPPED, "bound source", W_OUTPUT,
			"a multicast or broadcast address, or 0.0.0.0, cannot be a source");
		fail(asking, R2_EINVAL, outcomes);
		return true;
	}
	addr = r2_host_addr(asking->model->host, src, asking->flow->oif);
	if (!asking->flow->oif && addr && (r2_ip_is_multicast(dst) || is_broadcast(dst))) {
		r2_step(asking->steps, R2_STEP_CHOSEN, "bound source", W_OUTPUT,
			"multicast and broadcast leave by the interface of the bound source");
		on_oif(asking, addr->link, src,
		       is_broadcast(dst) ? R2_TYPE_BROADCAST : R2_TYPE_MULTICAST, outcomes);
		return true;
	}
	if (!is_local(asking, src)) {
		r2_step(asking->steps, R2_STEP_DROPPED, "bound source", W_OUTPUT,
			"the bound source is not an address of this host");
		fail(asking, R2_EINVAL, outcomes);
		return true;
	}
	return false;
}

/* The tests on a bound interface. Return: whether an outcome is settled. */
static bool check_oif(struct asking *asking, struct r2_flow *flow, struct r2_outcomes *outcomes)
{
	const struct r2_host *host = asking->model->host;
	const struct r2_link *link;

	if (!flow->oif)
		return false;
	link = r2_host_link(host, flow->oif);
	if (!link || !(link->flags & R2_LINK_UP) || (link->flags & R2_LINK_NO_IPV4)) {
		r2_step(asking->steps, R2_STEP_DROPPED, "bound interface", W_OUTPUT, "it %s",
			link ? "is down, or has no IPv4" : "does not exist");
		fail(asking, link ? R2_ENETUNREACH : R2_ENODEV, outcomes);
		return true;
	}
	if (is_link_multicast(&flow->dst) || is_broadcast(&flow->dst)) {
		on_oif(asking, flow->oif, &flow->src, R2_TYPE_UNICAST, outcomes);
		return true;
	}
	if (!flow->src.family && r2_ip_is_multicast(&flow->dst)) {
		const struct r2_addr *addr =
			r2_source4(host, flow->oif, NULL, R2_SCOPE_GLOBAL, asking->steps);

		if (addr)
			flow->src = addr->ip;
	}
	return false;
}

/* No destination at all means ourselves. */
static void to_nowhere(struct asking *asking, const struct r2_flow *flow,
		       struct r2_outcomes *outcomes)
{
	static const uint8_t loopback[4] = {127, 0, 0, 1};
	struct r2_pick choice = {.link = r2_linux_loopback(asking->model->host),
				 .source = flow->src,
				 .route = R2_NO_ROUTE,
				 .type = R2_TYPE_LOCAL};

	if (!choice.source.family)
		choice.source = r2_ip_make(R2_IPV4, loopback);
	r2_step(asking->steps, R2_STEP_CHOSEN, "destination", W_OUTPUT,
		"no destination means this host itself");
	r2_outcome(outcomes, &choice);
}

size_t r2_linux4_choose(const struct r2_model *model, const struct r2_flow *asked,
			struct r2_pick *ret, size_t room, r2_steps *steps)
{
	struct r2_flow flow = *asked;
	struct asking asking = {.model = model, .flow = &flow, .steps = steps};
	struct r2_outcomes outcomes = {ret, room, 0};
	int error;

	if (check_source(&asking, &outcomes) || check_oif(&asking, &flow, &outcomes))
		return outcomes.n;
	if (r2_ip_is_unspecified(&flow.dst)) {
		to_nowhere(&asking, &flow, &outcomes);
		return outcomes.n;
	}
	error = look_up(&asking);
	if (error && flow.oif) {
		r2_step(steps, R2_STEP_CHOSEN, "bound interface", W_OUTPUT,
			"no route, but the socket is bound to an interface: the destination is "
			"taken to be on its link");
		on_oif(&asking, flow.oif, &flow.src, R2_TYPE_UNICAST, &outcomes);
	} else if (error) {
		fail(&asking, error, &outcomes);
	} else if (asking.route->type == R2_TYPE_LOCAL) {
		to_ourselves(&asking, &outcomes);
	} else {
		by_route(&asking, &outcomes);
	}
	return outcomes.n;
}
