/* SPDX-License-Identifier: MIT */
/*
 * Idea: the rules are a table of scores, highest first; candidates are compared rule by rule. What
 * is equal to the end is a tie, and is told as one.
 */
#include "core/select_windows.h"

#include "core/model.h"
#include "core/source6.h"

#define W_KB     "KB 969029"
#define W_ROUTE  "route metric plus interface metric: MIB_IPFORWARD_ROW2, Microsoft Learn"
#define W_STRONG "the strong host model, TechNet Cable Guy, September 2007"
#define W_SKIP   "SkipAsSource: KB 975808, KB 2386184"
#define W_XP     "KB 175396; best effort"

struct asking {
	const struct r2_host *host;
	const struct r2_flow *flow;
	r2_steps *steps;
	const struct r2_route *route;
	struct r2_ip next_hop;
};

/* ---- the route ---- */

static uint32_t full_metric(const struct r2_host *host, const struct r2_route *route)
{
	const struct r2_link *link = r2_host_link(host, route->link);

	if (!link)
		return route->metric;
	return route->metric + (route->dst.addr.family == R2_IPV4 ? link->metric4 : link->metric6);
}

static bool is_usable(const struct asking *asking, const struct r2_route *route)
{
	const struct r2_link *link = r2_host_link(asking->host, route->link);

	return link && (link->flags & R2_LINK_UP) &&
	       (!asking->flow->oif || asking->flow->oif == route->link);
}

static void tell_route(const struct asking *asking, enum r2_step_verdict verdict,
		       const struct r2_route *route, const char *why)
{
	char prefix[R2_PREFIX_TEXT], gateway[R2_IP_TEXT];

	if (asking->steps)
		r2_step(asking->steps, verdict, "route", W_ROUTE, "%s via %s on %s metric %u: %s",
			r2_prefix_name(&route->dst, prefix),
			route->gateway.family ? r2_ip_format(&route->gateway, gateway)
					      : "the link itself",
			r2_host_link_name(asking->host, route->link),
			full_metric(asking->host, route), why);
}

static const struct r2_route *best_of(const struct asking *asking, const struct r2_fib_table *table,
				      uint32_t at)
{
	const struct r2_route *best = NULL;

	for (uint32_t i = table->first[at]; i < table->first[at + 1]; i++) {
		const struct r2_route *route = &asking->host->routes.at[table->routes[i]];

		if (!is_usable(asking, route))
			tell_route(asking, R2_STEP_DROPPED, route, "its interface is not up");
		else if (!best ||
			 full_metric(asking->host, route) < full_metric(asking->host, best))
			best = route;
	}
	for (uint32_t i = table->first[at]; best && i < table->first[at + 1]; i++) {
		const struct r2_route *route = &asking->host->routes.at[table->routes[i]];

		if (route != best && is_usable(asking, route))
			tell_route(asking, R2_STEP_DROPPED, route,
				   full_metric(asking->host, route) ==
						   full_metric(asking->host, best)
					   ? "its metric is the same: either may serve"
					   : "its metric is higher");
	}
	return best;
}

static const struct r2_route *find_route(const struct asking *asking, const struct r2_fib *fib)
{
	const struct r2_fib_table *table = r2_fib_table(fib, R2_MAIN_TABLE);
	uint32_t at = table ? r2_lpm_find(table->lpm, &asking->flow->dst) : R2_LPM_NONE;

	for (; at != R2_LPM_NONE; at = r2_lpm_shorter(table->lpm, at)) {
		const struct r2_route *best = best_of(asking, table, at);

		if (best) {
			tell_route(asking, R2_STEP_CHOSEN, best, "the longest prefix");
			return best;
		}
	}
	return NULL;
}

/* ---- the source: Vista and later ---- */

static int score_same(const struct asking *asking, const struct r2_addr *addr)
{
	return r2_ip_equal(&addr->ip, &asking->flow->dst);
}

/* IPv4 has two scopes that matter: 169.254/16 is of the link (RFC 3927, RFC 6724 section 3.2). */
static int score_scope(const struct asking *asking, const struct r2_addr *addr)
{
	const struct r2_ip *dst = &asking->flow->dst;
	unsigned own, wanted;

	if (dst->family == R2_IPV6) {
		own = r2_scope6(&addr->ip);
		wanted = r2_scope6(dst);
	} else {
		own = r2_ip_is_link_local(&addr->ip) || r2_ip_is_loopback(&addr->ip) ? 2 : 14;
		wanted = r2_ip_is_link_local(dst) || r2_ip_is_loopback(dst) ? 2 : 14;
	}
	return own >= wanted ? -(int)own : (int)own - 128;
}

static int score_preferred(const struct asking *asking, const struct r2_addr *addr)
{
	(void)asking;
	return !(addr->flags & R2_ADDR_DEPRECATED);
}

static int score_link(const struct asking *asking, const struct r2_addr *addr)
{
	return addr->link == asking->route->link;
}

static int score_label(const struct asking *asking, const struct r2_addr *addr)
{
	return r2_label6(asking->host, &addr->ip, addr->link) ==
	       r2_label6(asking->host, &asking->flow->dst, asking->route->link);
}

static int score_temporary(const struct asking *asking, const struct r2_addr *addr)
{
	(void)asking;
	return (addr->flags & R2_ADDR_TEMPORARY) != 0; /* Windows prefers them (RFC 6724 rule 7) */
}

static int score_next_hop(const struct asking *asking, const struct r2_addr *addr)
{
	return (int)r2_ip_common_bits(&addr->ip, &asking->next_hop);
}

static int score_destination(const struct asking *asking, const struct r2_addr *addr)
{
	return (int)r2_ip_common_bits(&addr->ip, &asking->flow->dst);
}

struct rule {
	const char *name, *where;
	bool bits; /* its score is a number of shared bits */
	int (*score)(const struct asking *asking, const struct r2_addr *addr);
};

static const struct rule rules4[] = {
	{"rule 1: same address", "KB 969029, rule 1", false, score_same},
	{"rule 2: scope", "RFC 3484 section 5, rule 2", false, score_scope},
	{"rule 3: not deprecated", "RFC 3484 section 5, rule 3", false, score_preferred},
	{"rule 5: outgoing interface", "KB 969029, rule 2", false, score_link},
	{"rule 8a: next hop", "KB 969029, rule 3", true, score_next_hop},
	{"rule 8: destination", "KB 969029, rule 4", true, score_destination},
};

/* No document says that the next hop's bits count in IPv6. */
static const struct rule rules6[] = {
	{"rule 1: same address", "RFC 3484 section 5, rule 1", false, score_same},
	{"rule 2: scope", "RFC 3484 section 5, rule 2", false, score_scope},
	{"rule 3: not deprecated", "RFC 3484 section 5, rule 3", false, score_preferred},
	{"rule 5: outgoing interface", "RFC 3484 section 5, rule 5", false, score_link},
	{"rule 6: label", "RFC 3484 section 5, rule 6", false, score_label},
	{"rule 7: temporary", "RFC 3484 section 5, rule 7", false, score_temporary},
	{"rule 8: destination", "RFC 3484 section 5, rule 8", true, score_destination},
};

/* Why an address does not take part, NULL if it does. */
static const char *unfit(const struct asking *asking, const struct r2_addr *addr)
{
	const struct r2_link *out = r2_host_link(asking->host, asking->route->link);
	uint32_t weak = asking->flow->dst.family == R2_IPV4 ? R2_LINK_WEAK_HOST_SEND4
							    : R2_LINK_WEAK_HOST_SEND6;

	if (addr->flags & R2_ADDR_SKIP_AS_SOURCE)
		return "has SkipAsSource set";
	if (addr->flags & (R2_ADDR_TENTATIVE | R2_ADDR_DADFAILED))
		return "is not preferred: duplicate address detection";
	if (addr->link != asking->route->link && !(out && (out->flags & weak)))
		return "is on another interface (strong host send)";
	return NULL;
}

static int compare(const struct asking *asking, const struct r2_addr *a, const struct r2_addr *b,
		   const struct rule **ret_rule)
{
	bool four = asking->flow->dst.family == R2_IPV4;
	const struct rule *rules = four ? rules4 : rules6;
	size_t n = four ? sizeof(rules4) / sizeof(rules4[0]) : sizeof(rules6) / sizeof(rules6[0]);

	for (size_t i = 0; i < n; i++) {
		int score_a = rules[i].score(asking, a), score_b = rules[i].score(asking, b);

		*ret_rule = &rules[i];
		if (score_a != score_b)
			return score_a > score_b ? -1 : 1;
	}
	*ret_rule = NULL;
	return 0;
}

/* The addresses whose bits @rule compares, of the step told last. */
static void tell_bits(const struct asking *asking, const struct rule *rule,
		      const struct r2_addr *addr)
{
	r2_step_bits(asking->steps, &addr->ip,
		     rule->score == score_next_hop ? &asking->next_hop : &asking->flow->dst,
		     (unsigned)rule->score(asking, addr));
}

static void tell_candidates(const struct asking *asking, const struct r2_addr *winner)
{
	char own[R2_IP_TEXT], won[R2_IP_TEXT];
	const struct rule *bits = NULL;

	r2_ip_format(&winner->ip, won);
	r2_each (const struct r2_addr, addr, &asking->host->addrs) {
		const struct rule *rule;
		const char *why;

		if (addr->ip.family != winner->ip.family || addr == winner)
			continue;
		r2_ip_format(&addr->ip, own);
		why = unfit(asking, addr);
		if (why)
			r2_step(asking->steps, R2_STEP_DROPPED, "candidate",
				addr->flags & R2_ADDR_SKIP_AS_SOURCE ? W_SKIP : W_STRONG, "%s %s",
				own, why);
		else if (!compare(asking, winner, addr, &rule))
			r2_step(asking->steps, R2_STEP_TIE, "tie", W_KB,
				"%s and %s are equal by every documented rule: undocumented, do "
				"not rely on it",
				own, won);
		else if (rule->bits) {
			r2_step(asking->steps, R2_STEP_DROPPED, rule->name, rule->where,
				"%s shares %d bits, %s %d", own, rule->score(asking, addr), won,
				rule->score(asking, winner));
			tell_bits(asking, rule, addr);
			bits = rule;
		} else
			r2_step(asking->steps, R2_STEP_DROPPED, rule->name, rule->where,
				"%s loses to %s", own, won);
	}
	r2_step(asking->steps, R2_STEP_CHOSEN, "source", W_KB, "%s", won);
	if (bits)
		tell_bits(asking, bits, winner);
}

static void by_rules(const struct asking *asking, struct r2_pick *choice,
		     struct r2_outcomes *outcomes)
{
	const struct r2_addr *best = NULL;
	const struct rule *rule;

	r2_each (const struct r2_addr, addr, &asking->host->addrs) {
		if (addr->ip.family != asking->flow->dst.family || unfit(asking, addr))
			continue;
		if (!best || compare(asking, best, addr, &rule) > 0)
			best = addr;
	}
	if (!best) {
		r2_step(asking->steps, R2_STEP_DROPPED, "source", W_KB,
			"no address of the interface may be a source");
		r2_outcome(outcomes, choice);
		return;
	}
	if (asking->steps)
		tell_candidates(asking, best);
	choice->source = best->ip;
	r2_outcome(outcomes, choice);
	r2_each (const struct r2_addr, addr, &asking->host->addrs) {
		if (addr == best || addr->ip.family != best->ip.family || unfit(asking, addr) ||
		    compare(asking, best, addr, &rule))
			continue;
		choice->source = addr->ip;
		r2_outcome(outcomes, choice);
	}
}

/* ---- the source: XP and 2003 ---- */

static void by_primary(const struct asking *asking, struct r2_pick *choice,
		       struct r2_outcomes *outcomes)
{
	const struct r2_addr *primary = NULL, *near = NULL;
	char text[R2_IP_TEXT], other[R2_IP_TEXT];

	r2_each (const struct r2_addr, addr, &asking->host->addrs) {
		if (addr->link != asking->route->link ||
		    addr->ip.family != asking->flow->dst.family)
			continue;
		if (!primary)
			primary = addr;
		if (!near && r2_prefix_contains(&addr->subnet, &asking->next_hop))
			near = addr;
	}
	if (!primary) {
		r2_outcome(outcomes, choice);
		return;
	}
	if (!near)
		near = primary;
	if (asking->steps && near != primary)
		r2_step(asking->steps, R2_STEP_TIE, "primary or same segment", W_XP,
			"%s is in the next hop's segment, %s is the primary address: Microsoft "
			"promises the primary, the field reports the segment",
			r2_ip_format(&near->ip, text), r2_ip_format(&primary->ip, other));
	else if (asking->steps)
		r2_step(asking->steps, R2_STEP_CHOSEN, "primary", W_XP,
			"%s is the primary address, and no other is nearer to the next hop",
			r2_ip_format(&primary->ip, text));
	choice->source = near->ip;
	r2_outcome(outcomes, choice);
	choice->source = primary->ip;
	r2_outcome(outcomes, choice);
}

/* ---- the whole ---- */

size_t r2_windows_choose(const struct r2_host *host, const struct r2_fib *fib, enum r2_rules rules,
			 const struct r2_flow *flow, struct r2_pick *ret, size_t room,
			 r2_steps *steps)
{
	struct asking asking = {.host = host, .flow = flow, .steps = steps};
	struct r2_outcomes outcomes = {ret, room, 0};
	struct r2_pick choice = {.route = R2_NO_ROUTE, .table = R2_MAIN_TABLE};
	const struct r2_addr *own = r2_host_addr(host, &flow->dst, 0);

	asking.route = find_route(&asking, fib);
	if (own) {
		r2_step(steps, R2_STEP_CHOSEN, "rule 1: same address", "KB 969029, rule 1",
			"the destination is this host's own address");
		choice.source = own->ip;
		choice.link = own->link;
		choice.type = R2_TYPE_LOCAL;
		r2_outcome(&outcomes, &choice);
		return outcomes.n;
	}
	if (!asking.route) {
		r2_step(steps, R2_STEP_DROPPED, "route", W_ROUTE,
			"no route: ERROR_NETWORK_UNREACHABLE (1231)");
		choice.error = R2_ENETUNREACH;
		choice.table = 0;
		r2_outcome(&outcomes, &choice);
		return outcomes.n;
	}
	asking.next_hop = asking.route->gateway.family ? asking.route->gateway : flow->dst;
	choice.gateway = asking.route->gateway;
	choice.link = asking.route->link;
	choice.route = (uint32_t)(asking.route - host->routes.at);
	choice.type = R2_TYPE_UNICAST;
	if (flow->src.family) {
		choice.source = flow->src;
		r2_outcome(&outcomes, &choice);
	} else if (rules == R2_RULES_WINDOWS_XP) {
		by_primary(&asking, &choice, &outcomes);
	} else {
		by_rules(&asking, &choice, &outcomes);
	}
	return outcomes.n;
}
