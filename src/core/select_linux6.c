/* SPDX-License-Identifier: MIT */
/*
 * The IPv6 choice of Linux: the rules, then fib6_table_lookup() (net/ipv6/route.c): the longest
 * prefix first, in it the lowest metric with a usable next hop, then shorter prefixes; and only
 * then once more without asking that the router be reachable.
 */
#include "core/hops.h"
#include "core/model.h"
#include "core/source6.h"

#define W_LOOKUP "fib6_rule_lookup(), net/ipv6/fib6_rules.c"
#define W_TABLE  "fib6_table_lookup(), net/ipv6/route.c"
#define W_SCORE  "rt6_score_route(), net/ipv6/route.c"
#define W_SOURCE "ip6_route_get_saddr(), include/net/ip6_route.h"
#define W_MULTI  "fib6_select_path(), net/ipv6/route.c"

struct asking {
	const struct r2_model *model;
	const struct r2_flow *flow;
	r2_steps *steps;
	const struct r2_route *route;
	struct r2_hops hops;
};

/* The neighbour of a router is known to have failed (rt6_check_neigh()). */
static bool has_failed(const struct r2_host *host, const struct r2_hop *hop)
{
	const struct r2_neigh *neigh =
		hop->gateway.family ? r2_host_neigh(host, &hop->gateway, hop->link) : NULL;

	return neigh && (neigh->state & R2_NUD_FAILED);
}

/* rt6_score_route(): < 0 unusable; an interface that was asked for and a router's preference count.
 */
static int score(const struct asking *asking, const struct r2_route *route,
		 const struct r2_hop *hop, bool reachable)
{
	const struct r2_host *host = asking->model->host;
	uint32_t oif = asking->flow->oif;
	const char *fault = r2_linux_hop_fault(host, R2_IPV6, hop);
	int points = !oif || oif == hop->link ? 2 : 0;
	static const int preference[] = {1, 2, 1, 0}; /* medium, high, (reserved), low */

	if (fault || (!points && oif) ||
	    (reachable && !(host->flags & R2_HOST_FORWARDING6) && has_failed(host, hop)))
		return -1;
	return points + 4 * preference[route->pref & 3];
}

static void tell_route(const struct asking *asking, enum r2_step_verdict verdict,
		       const struct r2_route *route, const char *why)
{
	r2_linux_tell_route(asking->model->host, asking->steps, verdict, W_TABLE, route, why);
}

/* Leave the usable next hops of @route in @asking. Return: the best score, < 0 if none is. */
static int weigh(struct asking *asking, const struct r2_route *route, bool reachable)
{
	struct r2_hops *hops = &asking->hops;
	size_t kept = 0;
	int best = -1;

	r2_hops_of(asking->model->host, route, hops);
	/* A router of medium preference, no better; one that refuses stands on lo (fib6_nh_init()).
	 */
	if (hops->blackhole)
		return 6;
	if (r2_linux_type_error(route->type))
		return !asking->flow->oif ||
				       asking->flow->oif == r2_linux_loopback(asking->model->host)
			       ? 6
			       : -1;
	for (size_t i = 0; i < hops->n; i++) {
		int points = score(asking, route, &hops->at[i], reachable);

		if (points < 0)
			continue;
		hops->at[kept++] = hops->at[i];
		best = points > best ? points : best;
	}
	hops->n = kept;
	return best;
}

/* rt6_select(): within one prefix, the best of the lowest metric that has a usable one. */
static const struct r2_route *select_in(struct asking *asking, const struct r2_fib_table *table,
					uint32_t at, bool reachable)
{
	const struct r2_route *best = NULL;
	int points = -1;

	for (uint32_t i = table->first[at]; i < table->first[at + 1]; i++) {
		const struct r2_route *route = &asking->model->host->routes.at[table->routes[i]];
		int own;

		if (best && route->metric != best->metric)
			break;
		own = weigh(asking, route, reachable);
		if (own < 0)
			tell_route(asking, R2_STEP_DROPPED, route, "has no usable next hop");
		if (own > points) {
			points = own;
			best = route;
		}
	}
	return best;
}

static void tell_beaten(const struct asking *asking, const struct r2_fib_table *table, uint32_t at)
{
	const struct r2_route *routes = asking->model->host->routes.at;
	unsigned told = 0;

	if (!asking->steps)
		return;
	tell_route(asking, R2_STEP_CHOSEN, asking->route, "has the longest prefix");
	for (uint32_t i = table->first[at]; i < table->first[at + 1] && told < 4; i++) {
		const struct r2_route *route = &routes[table->routes[i]];

		if (route->metric <= asking->route->metric)
			continue;
		tell_route(asking, R2_STEP_DROPPED, route, "has a higher metric");
		told++;
	}
	for (at = r2_lpm_shorter(table->lpm, at); at != R2_LPM_NONE && told < 4;
	     at = r2_lpm_shorter(table->lpm, at), told++)
		tell_route(asking, R2_STEP_DROPPED, &routes[table->routes[table->first[at]]],
			   "has a shorter prefix");
}

/* fib6_table_lookup(). Return: R2_EAGAIN if the next rule is to be asked. */
static int ask_table(void *ctx, const struct r2_rule *rule, uint32_t id)
{
	struct asking *asking = ctx;
	const struct r2_host *host = asking->model->host;
	const struct r2_fib_table *table = r2_fib_table(&asking->model->fib6, id);
	uint32_t found = table ? r2_lpm_find(table->lpm, &asking->flow->dst) : R2_LPM_NONE;
	uint32_t at = R2_LPM_NONE;
	char text[R2_PROTOCOL_TEXT];
	int error;

	asking->route = NULL;
	for (int pass = 0; pass < 2 && !asking->route; pass++) {
		for (at = found; at != R2_LPM_NONE; at = r2_lpm_shorter(table->lpm, at)) {
			asking->route = select_in(asking, table, at, pass == 0);
			if (asking->route)
				break;
		}
	}
	if (!asking->route) {
		r2_step(asking->steps, R2_STEP_DROPPED, "route", W_TABLE,
			"table %s has no route to it", r2_table_name(id, text));
		return R2_EAGAIN;
	}
	tell_beaten(asking, table, at);
	weigh(asking, asking->route, false);
	error = asking->hops.blackhole ? R2_EINVAL : r2_linux_type_error(asking->route->type);
	if (error)
		return error;
	if (r2_linux_suppressed(host, rule, &asking->route->dst,
				asking->hops.n ? asking->hops.at[0].link : 0, asking->steps)) {
		asking->route = NULL;
		return R2_EAGAIN;
	}
	return 0;
}

/* fib6_rule_lookup(): while the rules are the usual ones the kernel does not walk them. */
static int look_up(struct asking *asking)
{
	int error;

	if (!asking->model->usual6)
		return r2_rules_walk(asking->model->host, R2_IPV6, asking->flow, ask_table, asking,
				     asking->steps);
	r2_step(asking->steps, R2_STEP_NOTE, "policy rule", W_LOOKUP,
		"only the usual rules: local is asked, then main");
	error = ask_table(asking, NULL, R2_LOCAL_TABLE);
	if (error == R2_EAGAIN)
		error = ask_table(asking, NULL, R2_MAIN_TABLE);
	return error == R2_EAGAIN ? R2_ENETUNREACH : error;
}

/* ---- the outcome ---- */

static struct r2_ip source_of(const struct asking *asking, const struct r2_route *route,
			      uint32_t link, bool home)
{
	const struct r2_addr *addr;
	char text[R2_IP_TEXT];

	if (asking->flow->src.family)
		return asking->flow->src;
	if (route->prefsrc.family) {
		if (asking->steps)
			r2_step(asking->steps, R2_STEP_CHOSEN, "IPv6 source", W_SOURCE,
				"the route names %s as its preferred source",
				r2_ip_format(&route->prefsrc, text));
		return route->prefsrc;
	}
	addr = asking->steps ? r2_source6(asking->model->host, link, &asking->flow->dst, home,
					  asking->steps)
			     : r2_sources6_choose(&asking->model->sources6, link,
						  &asking->flow->dst, home);
	return addr ? addr->ip : (struct r2_ip){0};
}

static bool has_home(const struct r2_host *host)
{
	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (addr->flags & R2_ADDR_HOME)
			return true;
	}
	return false;
}

/* @route: the one that won, or a copy of it. */
static void by_hop(const struct asking *asking, const struct r2_route *route,
		   const struct r2_hop *hop, struct r2_outcomes *outcomes)
{
	const struct r2_host *host = asking->model->host;
	const struct r2_link *link = r2_host_link(host, hop->link);
	char text[R2_IP_TEXT];
	struct r2_pick choice = {.gateway = hop->gateway,
				 .link = hop->link,
				 .table = route->table,
				 .route = (uint32_t)(asking->route - host->routes.at),
				 .type = route->type,
				 .not_modelled = asking->hops.not_modelled};

	if (asking->steps)
		r2_step(asking->steps, R2_STEP_CHOSEN, "next hop", W_SCORE, "%s dev %s",
			hop->gateway.family ? r2_ip_format(&hop->gateway, text) : "on-link",
			r2_host_link_name(host, hop->link));
	choice.source = source_of(asking, route, hop->link, true);
	/* A packet to ourselves goes round by lo, whichever interface has the address. */
	if (route->type == R2_TYPE_LOCAL || route->type == R2_TYPE_ANYCAST)
		choice.link = r2_linux_loopback(host);
	if (link && (link->flags & R2_LINK_L3_SLAVE))
		choice.not_modelled = "l3mdev";
	if (asking->flow->src.family && (host->flags & R2_HOST_SOURCE_SPECIFIC))
		choice.not_modelled = "source-specific routes";
	r2_outcome(outcomes, &choice);
	if (!has_home(host) || asking->flow->src.family || route->prefsrc.family)
		return;
	r2_step(asking->steps, R2_STEP_TIE, "RFC 6724 rule 4", "CONFIG_IPV6_MIP6, net/ipv6/Kconfig",
		"whether home addresses are preferred depends on how the kernel was built; if "
		"not:");
	choice.source = source_of(asking, route, hop->link, false);
	r2_outcome(outcomes, &choice);
}

/* A dump tells the preferred source of the first of several routes that were joined
 * (rt6_fill_node()): the others may have none. */
static bool is_joined(const struct asking *asking, const struct r2_hop *hop)
{
	const struct r2_route *route = asking->route;

	return route->hops && route->prefsrc.family && !asking->flow->src.family &&
	       !(hop->link == route->link && r2_ip_equal(&hop->gateway, &route->gateway));
}

static void without_source(const struct asking *asking, const struct r2_hop *hop,
			   struct r2_outcomes *outcomes)
{
	struct r2_route route = *asking->route;

	r2_step(asking->steps, R2_STEP_TIE, "IPv6 source", "rt6_fill_node(), net/ipv6/route.c",
		"if the route of this next hop was joined to another, it has a preferred source of "
		"its own or none, which no dump tells; if none:");
	route.prefsrc = (struct r2_ip){0};
	by_hop(asking, &route, hop, outcomes);
}

size_t r2_linux6_choose(const struct r2_model *model, const struct r2_flow *asked,
			struct r2_pick *ret, size_t room, r2_steps *steps)
{
	static const uint8_t loopback[16] = {[15] = 1};
	struct r2_flow flow = *asked;
	struct asking asking = {.model = model, .flow = &flow, .steps = steps};
	struct r2_outcomes outcomes = {ret, room, 0};
	int error;

	if (r2_ip_is_unspecified(&flow.dst)) { /* ip6_datagram_connect() */
		flow.dst = r2_ip_make(R2_IPV6, loopback);
		r2_step(steps, R2_STEP_NOTE, "destination", "RFC 4291 section 2.5.2",
			":: as a destination means this host itself");
	}
	error = look_up(&asking);
	if (error) {
		struct r2_pick choice = {.error = error, .route = R2_NO_ROUTE};

		if (asking.route) {
			choice.route = (uint32_t)(asking.route - model->host->routes.at);
			choice.table = asking.route->table;
		}
		r2_outcome(&outcomes, &choice);
		return outcomes.n;
	}
	if (asking.hops.n > 1)
		r2_step(steps, R2_STEP_TIE, "next hop", W_MULTI,
			"%zu next hops are usable: a hash over the packet decides", asking.hops.n);
	for (size_t i = 0; i < asking.hops.n; i++) {
		by_hop(&asking, asking.route, &asking.hops.at[i], &outcomes);
		if (is_joined(&asking, &asking.hops.at[i]))
			without_source(&asking, &asking.hops.at[i], &outcomes);
	}
	return outcomes.n;
}
