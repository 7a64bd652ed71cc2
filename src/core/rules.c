/* SPDX-License-Identifier: MIT */
/*
 * Idea: one table of selectors, each a question of "does it fit, and what is it called"; a rule
 * matches if all fit, and `not` turns that round.
 */
#include "core/rules.h"

#include <string.h>

#define WHERE_RULE  "fib_rules_lookup(), net/core/fib_rules.c"
#define WHERE_MATCH "fib_rule_match(), net/core/fib_rules.c"

/* A rule, the flow that it is held against, and the host that knows their interfaces. */
struct match {
	const struct r2_host *host;
	const struct r2_rule *rule;
	const struct r2_flow *flow;
};

/* Our own packets come in by the loopback interface, as the kernel sees it. */
static bool fits_iif(const struct match *m)
{
	const struct r2_link *link = r2_host_link_named(m->host, m->rule->iif);

	return !*m->rule->iif || (link && (link->flags & R2_LINK_LOOPBACK));
}

static bool fits_oif(const struct match *m)
{
	const struct r2_link *link = r2_host_link_named(m->host, m->rule->oif);

	return !*m->rule->oif || (link && link->index == m->flow->oif);
}

static bool fits_mark(const struct match *m)
{
	return !((m->rule->mark ^ m->flow->mark) & m->rule->mask);
}

static bool fits_uid(const struct match *m)
{
	return !(m->rule->select & R2_SELECT_UID) ||
	       (m->flow->uid >= m->rule->uid_low && m->flow->uid <= m->rule->uid_high);
}

static bool fits_to(const struct match *m)
{
	return !m->rule->to.addr.family || r2_prefix_contains(&m->rule->to, &m->flow->dst);
}

/*
 * IPv4 compares 0.0.0.0 like any source (fib4_rule_match()). IPv6 passes such a rule over while
 * there is no source, unless it is to be found first (fib6_rule_match()).
 */
static bool fits_from(const struct match *m)
{
	struct r2_ip src = m->flow->src;

	if (!m->rule->from.addr.family || m->rule->from.len == 0)
		return true;
	if (!src.family && m->rule->family == R2_IPV6)
		return (m->rule->select & R2_SELECT_FIND_SADDR) != 0;
	src.family = m->rule->family;
	return r2_prefix_contains(&m->rule->from, &src);
}

static bool fits_tos(const struct match *m)
{
	if (m->rule->select & R2_SELECT_DSCP)
		return m->rule->tos == (m->flow->tos & 0xfc);
	return !m->rule->tos || m->rule->tos == m->flow->tos;
}

static bool fits_protocol(const struct match *m)
{
	return !m->rule->ip_proto || m->rule->ip_proto == m->flow->ip_proto;
}

static bool within(const uint16_t range[2], uint16_t port)
{
	return !range[1] || (port >= range[0] && port <= range[1]);
}

static bool fits_sport(const struct match *m)
{
	return within(m->rule->sport, m->flow->sport);
}

static bool fits_dport(const struct match *m)
{
	return within(m->rule->dport, m->flow->dport);
}

static bool fits_tunnel(const struct match *m)
{
	return !(m->rule->select & R2_SELECT_TUNNEL);
}

static bool fits_known(const struct match *m)
{
	return !(m->rule->select & (R2_SELECT_L3MDEV | R2_SELECT_UNKNOWN));
}

static const struct {
	const char *name;
	bool (*fits)(const struct match *m);
} selectors[] = {
	{"iif", fits_iif},          {"oif", fits_oif},      {"fwmark", fits_mark},
	{"tun_id", fits_tunnel},    {"l3mdev", fits_known}, {"uidrange", fits_uid},
	{"from", fits_from},        {"to", fits_to},        {"tos", fits_tos},
	{"ipproto", fits_protocol}, {"sport", fits_sport},  {"dport", fits_dport},
};

/* The first selector that does not fit, NULL if the rule matches. */
static const char *mismatch(const struct match *m)
{
	const char *unfit = NULL;

	for (size_t i = 0; !unfit && i < sizeof(selectors) / sizeof(selectors[0]); i++) {
		if (!selectors[i].fits(m))
			unfit = selectors[i].name;
	}
	if (m->rule->select & R2_SELECT_INVERT)
		return unfit ? NULL : "not";
	return unfit;
}

bool r2_rules_unmodelled(const struct r2_rule *rule)
{
	return rule->select & (R2_SELECT_L3MDEV | R2_SELECT_UNKNOWN);
}

static void tell_pass(r2_steps *steps, const struct match *m, const char *unfit)
{
	const struct r2_rule *rule = m->rule;
	char text[R2_PREFIX_TEXT];

	if (!steps)
		return;
	if (r2_rules_unmodelled(rule))
		r2_step(steps, R2_STEP_UNKNOWN, "policy rule", WHERE_MATCH,
			"rule %u selects by %s, which is not modelled: taken not to match",
			rule->priority,
			rule->select & R2_SELECT_L3MDEV ? "l3mdev" : "something newer");
	else if (strcmp(unfit, "from") == 0)
		r2_step(steps, R2_STEP_DROPPED, "policy rule", WHERE_MATCH,
			"rule %u wants packets from %s: %s", rule->priority,
			r2_prefix_format(&rule->from, text),
			m->flow->src.family ? "this one has another source"
					    : "this one has no source yet");
	else if (strcmp(unfit, "to") == 0)
		r2_step(steps, R2_STEP_DROPPED, "policy rule", WHERE_MATCH,
			"rule %u is for destinations in %s", rule->priority,
			r2_prefix_format(&rule->to, text));
	else
		r2_step(steps, R2_STEP_DROPPED, "policy rule", WHERE_MATCH,
			"rule %u does not match: its `%s`", rule->priority, unfit);
}

static int act(const struct r2_rule *rule, r2_rules_ask *ask, void *ctx, r2_steps *steps)
{
	char table[R2_PROTOCOL_TEXT];
	const char *what;
	int error;

	switch (rule->action) {
	case R2_ACTION_TO_TABLE:
		r2_step(steps, R2_STEP_CHOSEN, "policy rule", WHERE_RULE,
			"rule %u leads to table %s", rule->priority,
			r2_table_name(rule->table, table));
		return ask(ctx, rule, rule->table);
	case R2_ACTION_UNREACHABLE:
		what = "unreachable";
		error = R2_ENETUNREACH;
		break;
	case R2_ACTION_PROHIBIT:
		what = "prohibit";
		error = R2_EACCES;
		break;
	default:
		what = "blackhole";
		error = R2_EINVAL;
		break;
	}
	r2_step(steps, R2_STEP_CHOSEN, "policy rule", WHERE_RULE, "rule %u says %s", rule->priority,
		what);
	return error;
}

/* The first rule of @family with the number that a goto names. */
static const struct r2_rule *target_of(const struct r2_host *host, const struct r2_rule *from)
{
	r2_each (const struct r2_rule, rule, &host->rules) {
		if (rule->family == from->family && rule->priority == from->goto_priority)
			return rule;
	}
	return NULL;
}

static int walk(const struct r2_host *host, enum r2_family family, const struct r2_flow *flow,
		r2_rules_ask *ask, void *ctx, r2_steps *steps)
{
	const struct r2_rule *rule = host->rules.at;

	while (rule && rule < host->rules.at + host->rules.n) {
		struct match match = {host, rule, flow};
		const char *unfit;
		int error;

		if (rule->family != family) {
			rule++;
			continue;
		}
		unfit = mismatch(&match);
		if (unfit || r2_rules_unmodelled(rule)) {
			tell_pass(steps, &match, unfit ? unfit : "");
			rule++;
			continue;
		}
		if (rule->action == R2_ACTION_GOTO || rule->action == R2_ACTION_NOP) {
			const struct r2_rule *target =
				rule->action == R2_ACTION_GOTO ? target_of(host, rule) : NULL;

			if (target)
				r2_step(steps, R2_STEP_NOTE, "policy rule", WHERE_RULE,
					"rule %u jumps to rule %u", rule->priority,
					target->priority);
			else
				r2_step(steps, R2_STEP_NOTE, "policy rule", WHERE_RULE,
					"rule %u does nothing", rule->priority);
			/* Only forward: the kernel refuses others, a snapshot may lie. */
			rule = target > rule ? target : rule + 1;
			continue;
		}
		error = act(rule, ask, ctx, steps);
		if (error != R2_EAGAIN)
			return error;
		rule++;
	}
	return R2_ENETUNREACH;
}

bool r2_rules_usual(const struct r2_host *host, enum r2_family family)
{
	static const struct {
		uint32_t priority, table;
	} usual[] = {{0, R2_LOCAL_TABLE}, {32766, R2_MAIN_TABLE}, {32767, R2_DEFAULT_TABLE}};
	size_t n = 0, wanted = family == R2_IPV4 ? 3 : 2;

	r2_each (const struct r2_rule, rule, &host->rules) {
		if (rule->family != family)
			continue;
		if (n == wanted || rule->priority != usual[n].priority ||
		    rule->table != usual[n].table || rule->flags != R2_RULE_TO_TABLE ||
		    rule->to.len || rule->from.len)
			return false;
		n++;
	}
	return n == wanted || (n == 0 && (host->flags & R2_HOST_NO_RULES));
}

/* Where the snapshot has no rules, those of a new network namespace. */
static int walk_usual(enum r2_family family, r2_rules_ask *ask, void *ctx, r2_steps *steps)
{
	static const struct {
		uint32_t priority, table;
	} usual[] = {{0, R2_LOCAL_TABLE}, {32766, R2_MAIN_TABLE}, {32767, R2_DEFAULT_TABLE}};

	for (size_t i = 0; i < (family == R2_IPV4 ? 3 : 2); i++) {
		struct r2_rule rule = {.priority = usual[i].priority,
				       .table = usual[i].table,
				       .flags = R2_RULE_TO_TABLE,
				       .family = (uint8_t)family,
				       .action = R2_ACTION_TO_TABLE,
				       .suppress_length = -1,
				       .suppress_group = -1};
		int error = act(&rule, ask, ctx, steps);

		if (error != R2_EAGAIN)
			return error;
	}
	return R2_ENETUNREACH;
}

int r2_rules_walk(const struct r2_host *host, enum r2_family family, const struct r2_flow *flow,
		  r2_rules_ask *ask, void *ctx, r2_steps *steps)
{
	if (host->flags & R2_HOST_NO_RULES)
		return walk_usual(family, ask, ctx, steps);
	return walk(host, family, flow, ask, ctx, steps);
}

bool r2_rules_lead(const struct r2_host *host, uint32_t table, const struct r2_prefix *dst)
{
	r2_each (const struct r2_rule, rule, &host->rules) {
		if (rule->family != dst->addr.family || rule->table != table ||
		    rule->flags != R2_RULE_TO_TABLE)
			continue;
		if (rule->to.addr.family == R2_NONE || r2_prefix_covers(&rule->to, dst))
			return true;
	}
	return table == R2_MAIN_TABLE && !host->rules.n && (host->flags & R2_HOST_NO_RULES);
}
