/* SPDX-License-Identifier: MIT */
/*
 * The IPv4 choice of Linux, in the order of ip_route_output_key_hash_rcu() (net/ipv4/route.c):
 * a source that was bound, an interface that was bound, the rules, the table, the next hop, the
 * source. Each step is one function here, named after what it decides.
 */
#include <string.h>

#include "core/lookup4.h"
#include "core/source4.h"

#define W_OUTPUT  "ip_route_output_key_hash_rcu(), net/ipv4/route.c"
#define W_MKROUTE "__mkroute_output(), net/ipv4/route.c"
#define W_HOP     "fib_lookup_good_nhc(), net/ipv4/fib_trie.c"
#define W_MULTI   "fib_select_multipath(), net/ipv4/fib_semantics.c"
#define W_DEFAULT "fib_select_default(), net/ipv4/fib_semantics.c"
#define W_PREFSRC "fib_result_prefsrc(), net/ipv4/fib_semantics.c"

static bool is_broadcast(const struct r2_ip *ip)
{
	static const uint8_t all[4] = {255, 255, 255, 255};

	return memcmp(ip->bytes, all, sizeof(all)) == 0;
}

/* ---- the outcome ---- */

/* __mkroute_output(): what is refused at the very end. */
static int refuse_last(const struct r2_lookup4 *asking, const struct r2_pick *choice)
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
static void settle_type(const struct r2_lookup4 *asking, struct r2_pick *choice)
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

static void conclude(struct r2_lookup4 *asking, struct r2_pick *choice,
		     struct r2_outcomes *outcomes)
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

static void fail(const struct r2_lookup4 *asking, int error, struct r2_outcomes *outcomes)
{
	struct r2_pick choice = {.error = error, .route = R2_NO_ROUTE};

	if (asking->route) {
		choice.route = (uint32_t)(asking->route - asking->model->host->routes.at);
		choice.table = asking->route->table;
	}
	r2_outcome(outcomes, &choice);
}

/* fib_result_prefsrc() */
static struct r2_ip source_of(const struct r2_lookup4 *asking, const struct r2_route *route,
			      const struct r2_hop *hop, uint8_t scope)
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
			  hop->gateway.family ? &hop->gateway : NULL, scope, asking->steps);
	return addr ? addr->ip : (struct r2_ip){0};
}

/*
 * fib_check_nh_v4_gw(): a gateway that is ourselves has the scope of the host, and is not gone by.
 * What it was when the route was added counts; where both can be, so can both answers.
 */
static void by_gateway(struct r2_lookup4 *asking, struct r2_pick *choice, const struct r2_hop *hop,
		       struct r2_outcomes *outcomes)
{
	struct r2_pick straight = *choice, by = *choice;
	bool local = false, other = true;

	if (hop->gateway.family == R2_IPV4 && !(hop->flags & R2_ROUTE_ONLINK))
		r2_lookup4_covers(asking->model, &hop->gateway, &local, &other);
	if (local) {
		r2_step(asking->steps, other ? R2_STEP_TIE : R2_STEP_NOTE, "next hop",
			"fib_check_nh_v4_gw(), net/ipv4/fib_semantics.c",
			"the gateway is an address of this host%s: then it is not gone by",
			other ? ", or was when the route was added" : "");
		straight.gateway = (struct r2_ip){0};
		conclude(asking, &straight, outcomes);
	}
	if (other || !local)
		conclude(asking, &by, outcomes);
}

static void by_hop(struct r2_lookup4 *asking, const struct r2_route *route,
		   const struct r2_hop *hop, struct r2_outcomes *outcomes)
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
	choice.source = source_of(asking, route, hop, route->scope);
	by_gateway(asking, &choice, hop, outcomes);
	if (!route->nhid || route->prefsrc.family || asking->flow->src.family)
		return;
	/* nh_create_ipv4() keeps a source that was chosen for the object's own scope. */
	choice.source = source_of(asking, route, hop, R2_SCOPE_LINK);
	by_gateway(asking, &choice, hop, outcomes);
}

/* fib_select_default(): of several default routes alike, a dead neighbour's is passed over. */
static void by_defaults(struct r2_lookup4 *asking, struct r2_outcomes *outcomes)
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

static void by_route(struct r2_lookup4 *asking, struct r2_outcomes *outcomes)
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
static void to_ourselves(struct r2_lookup4 *asking, struct r2_outcomes *outcomes)
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
static void on_oif(struct r2_lookup4 *asking, uint32_t oif, const struct r2_ip *src, uint8_t type,
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

/*
 * Multicast and broadcast leave by the interface of the bound source. Where several have it, it is
 * the one that got it last (inet_addr_hash), which no dump tells; where none has, but table local
 * says it is ours, @link. Return: whether it is ours.
 */
static bool by_link_of_source(struct r2_lookup4 *asking, uint32_t link,
			      struct r2_outcomes *outcomes)
{
	const struct r2_ip *src = &asking->flow->src;
	uint8_t type = is_broadcast(&asking->flow->dst) ? R2_TYPE_BROADCAST : R2_TYPE_MULTICAST;
	bool any = false;

	r2_each (const struct r2_addr, addr, &asking->model->host->addrs) {
		if (!r2_ip_equal(&addr->ip, src))
			continue;
		r2_step(asking->steps, any ? R2_STEP_TIE : R2_STEP_CHOSEN, "bound source", W_OUTPUT,
			"multicast and broadcast leave by the interface of the bound source");
		on_oif(asking, addr->link, src, type, outcomes);
		any = true;
	}
	if (!any && link)
		on_oif(asking, link, src, type, outcomes);
	return any || link;
}

/* The tests on a bound source. Return: whether an outcome is settled. */
static bool check_source(struct r2_lookup4 *asking, struct r2_outcomes *outcomes)
{
	const struct r2_ip *src = &asking->flow->src, *dst = &asking->flow->dst;
	uint32_t link;

	if (!src->family)
		return false;
	if (r2_ip_is_multicast(src) || is_broadcast(src) || r2_ip_is_unspecified(src)) {
		r2_step(asking->steps, R2_STEP_DROPPED, "bound source", W_OUTPUT,
			"a multicast or broadcast address, or 0.0.0.0, cannot be a source");
		fail(asking, R2_EINVAL, outcomes);
		return true;
	}
	link = r2_lookup4_local_link(asking, src);
	if (!asking->flow->oif && (r2_ip_is_multicast(dst) || is_broadcast(dst)) &&
	    by_link_of_source(asking, link, outcomes))
		return true;
	if (!link) {
		r2_step(asking->steps, R2_STEP_DROPPED, "bound source", W_OUTPUT,
			"the bound source is not an address of this host (older kernels say "
			"EINVAL)");
		fail(asking, R2_ENETUNREACH, outcomes);
		fail(asking, R2_EINVAL, outcomes);
		return true;
	}
	return false;
}

/* The tests on a bound interface. Return: whether an outcome is settled. */
static bool check_oif(struct r2_lookup4 *asking, struct r2_flow *flow, struct r2_outcomes *outcomes)
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
static void to_nowhere(struct r2_lookup4 *asking, const struct r2_flow *flow,
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
	struct r2_lookup4 asking = {.model = model, .flow = &flow, .steps = steps};
	struct r2_outcomes outcomes = {ret, room, 0};
	int error;

	if (check_source(&asking, &outcomes) || check_oif(&asking, &flow, &outcomes))
		return outcomes.n;
	if (r2_ip_is_unspecified(&flow.dst)) {
		to_nowhere(&asking, &flow, &outcomes);
		return outcomes.n;
	}
	error = r2_lookup4(&asking);
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
