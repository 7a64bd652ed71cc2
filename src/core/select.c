/* SPDX-License-Identifier: MIT */
/* A model: made ready once, asked often; and what the Linux models of both families share. */
#include "core/select.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/model.h"
#include "core/select_windows.h"
#include "core/source6.h"

const char *r2_errno_name(int error, char buf[16])
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{R2_EPERM, "EPERM"},
		{R2_EAGAIN, "EAGAIN"},
		{R2_EACCES, "EACCES"},
		{R2_ENODEV, "ENODEV"},
		{R2_EINVAL, "EINVAL"},
		{R2_EADDRNOTAVAIL, "EADDRNOTAVAIL"},
		{R2_ENETDOWN, "ENETDOWN"},
		{R2_ENETUNREACH, "ENETUNREACH"},
		{R2_EHOSTUNREACH, "EHOSTUNREACH"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].number == error)
			return names[i].name;
	}
	snprintf(buf, 16, "errno %d", error);
	return buf;
}

enum r2_rules r2_rules_of(const struct r2_host *host)
{
	return host->system == R2_SYSTEM_WINDOWS ? R2_RULES_WINDOWS : R2_RULES_LINUX;
}

/* ---- shared by the Linux models ---- */

static bool same_outcome(const struct r2_pick *a, const struct r2_pick *b)
{
	return a->error == b->error && a->link == b->link && a->table == b->table &&
	       a->type == b->type && r2_ip_equal(&a->source, &b->source) &&
	       r2_ip_equal(&a->gateway, &b->gateway);
}

void r2_outcome(struct r2_outcomes *outcomes, const struct r2_pick *choice)
{
	for (size_t i = 0; i < outcomes->n && i < outcomes->room; i++) {
		if (same_outcome(&outcomes->ret[i], choice))
			return;
	}
	if (outcomes->n < outcomes->room)
		outcomes->ret[outcomes->n] = *choice;
	outcomes->n++;
}

void r2_linux_tell_route(const struct r2_host *host, r2_steps *steps, enum r2_step_verdict verdict,
			 const char *where, const struct r2_route *route, const char *why)
{
	char prefix[R2_PREFIX_TEXT], gateway[R2_IP_TEXT], table[R2_PROTOCOL_TEXT];
	bool by_link = route->link != 0 && !route->hops;

	if (!steps)
		return;
	r2_step(steps, verdict, "route", where, "%s%s%s%s%s%s%s table %s metric %u%s%s",
		route->type == R2_TYPE_UNICAST ? "" : r2_type_name(route->type),
		route->type == R2_TYPE_UNICAST ? "" : " ", r2_prefix_name(&route->dst, prefix),
		route->gateway.family ? " via " : "",
		route->gateway.family ? r2_ip_format(&route->gateway, gateway) : "",
		by_link ? " dev " : "", by_link ? r2_host_link_name(host, route->link) : "",
		r2_table_name(route->table, table), route->metric, *why ? " " : "", why);
}

uint32_t r2_linux_loopback(const struct r2_host *host)
{
	r2_each (const struct r2_link, link, &host->links) {
		if (link->flags & R2_LINK_LOOPBACK)
			return link->index;
	}
	return 0;
}

const char *r2_linux_hop_fault(const struct r2_host *host, enum r2_family family,
			       const struct r2_hop *hop)
{
	const struct r2_link *link = r2_host_link(host, hop->link);
	uint32_t ignore = family == R2_IPV4 ? R2_LINK_IGNORE_LINKDOWN4 : R2_LINK_IGNORE_LINKDOWN6;

	if (hop->flags & R2_ROUTE_DEAD)
		return "is dead";
	if ((hop->flags & R2_ROUTE_LINKDOWN) && link && (link->flags & ignore))
		return "has no carrier, and ignore_routes_with_linkdown is set";
	return NULL;
}

bool r2_linux_suppressed(const struct r2_host *host, const struct r2_rule *rule,
			 const struct r2_prefix *dst, uint32_t link_index, r2_steps *steps)
{
	const struct r2_link *link = r2_host_link(host, link_index);
	char text[R2_PREFIX_TEXT];
	bool group;

	if (!rule)
		return false;
	group = rule->suppress_group >= 0 && link && link->group == rule->suppress_group;
	if (dst->len > rule->suppress_length && !group)
		return false;
	if (steps)
		r2_step(steps, R2_STEP_DROPPED, "policy rule",
			"fib4_rule_suppress(), net/ipv4/fib_rules.c",
			"rule %u suppresses the answer %s: its %s", rule->priority,
			r2_prefix_name(dst, text),
			group ? "suppress_ifgroup" : "suppress_prefixlength");
	return true;
}

int r2_linux_type_error(uint8_t type)
{
	switch (type) {
	case R2_TYPE_BLACKHOLE:
		return R2_EINVAL;
	case R2_TYPE_UNREACHABLE:
		return R2_EHOSTUNREACH;
	case R2_TYPE_PROHIBIT:
		return R2_EACCES;
	case R2_TYPE_THROW:
		return R2_EAGAIN;
	default:
		return 0;
	}
}

/* ---- making ready ---- */

static bool can_share(const struct r2_route *a, const struct r2_route *b)
{
	return a->link == b->link && a->type == b->type && a->scope == b->scope &&
	       a->table == b->table && a->flags == b->flags && !a->tos && !b->tos && !a->hops &&
	       !b->hops && !a->nhid && !b->nhid && r2_ip_equal(&a->gateway, &b->gateway) &&
	       r2_ip_equal(&a->prefsrc, &b->prefsrc);
}

/*
 * Such a route has one answer for all its destinations, in IPv6 without a preferred source all but
 * the source; addresses of our own, and what a next-hop object or several hops decide, have not.
 */
static bool one_answer(const struct r2_route *route)
{
	return route->type == R2_TYPE_UNICAST && !route->tos && !route->hops && !route->nhid &&
	       route->dst.len > 0;
}

static bool has_home(const struct r2_host *host)
{
	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (addr->flags & R2_ADDR_HOME)
			return true;
	}
	return false;
}

static void make_ready(const struct r2_model *model, const struct r2_route *route,
		       struct r2_ready *ret)
{
	struct r2_flow flow = {.dst = route->dst.addr};
	struct r2_pick choices[2];

	*ret = (struct r2_ready){0};
	if (!one_answer(route))
		return;
	if (r2_model_choose(model, &flow, choices, 2, NULL) != 1 || choices[0].error ||
	    choices[0].not_modelled)
		return;
	/* It is this route's answer only if this route won for its first address. */
	ret->certain = &model->host->routes.at[choices[0].route] == route;
	ret->choice = choices[0];
	ret->by_destination = route->dst.addr.family == R2_IPV6 && !route->prefsrc.family;
	/* Whether the kernel prefers home addresses is not known: the long way tells both answers.
	 */
	if (ret->by_destination && has_home(model->host))
		ret->certain = false;
}

/* For each prefix of @table with one route: its answer, shared by all that are alike. */
static struct r2_lead *make_leads(struct r2_model *model, const struct r2_fib_table *table)
{
	enum { RECENT = 64 };
	struct {
		uint32_t route, ready;
	} recent[RECENT];
	struct r2_lead *leads = malloc((table->n + 1) * sizeof(*leads));
	size_t next = 0, known = 0;

	for (size_t i = 0; leads && i < table->n; i++) {
		uint32_t index = table->routes[table->first[i]];
		const struct r2_route *route = &model->host->routes.at[index];
		struct r2_ready ready;
		size_t k = 0;

		leads[i] = (struct r2_lead){R2_NO_ROUTE, 0};
		if (table->first[i + 1] - table->first[i] != 1)
			continue;
		while (k < known && !can_share(&model->host->routes.at[recent[k].route], route))
			k++;
		if (k < known) {
			leads[i] = (struct r2_lead){index, recent[k].ready};
			continue;
		}
		make_ready(model, route, &ready);
		if (!ready.certain)
			continue;
		leads[i] = (struct r2_lead){index, (uint32_t)model->ready.n};
		recent[next].route = index;
		recent[next].ready = (uint32_t)model->ready.n;
		next = (next + 1) % RECENT;
		known += known < RECENT;
		if (!r2_list_push(&model->ready, &ready)) {
			free(leads);
			return NULL;
		}
	}
	return leads;
}

static bool prepare_linux(struct r2_model *model)
{
	const struct r2_host *host = model->host;

	model->usual4 = r2_rules_usual(host, R2_IPV4);
	model->usual6 = r2_rules_usual(host, R2_IPV6);
	if (!r2_sources6_build(host, &model->sources6) ||
	    !r2_fib_build(host, R2_IPV4, model->usual4, &model->fib4) ||
	    !r2_fib_build(host, R2_IPV6, false, &model->fib6))
		return false;
	if (model->usual4)
		model->main4 = r2_fib_table(&model->fib4, R2_MAIN_TABLE);
	if (model->usual6) {
		model->main6 = r2_fib_table(&model->fib6, R2_MAIN_TABLE);
		model->local6 = r2_fib_table(&model->fib6, R2_LOCAL_TABLE);
	}
	if (model->main4) {
		struct r2_lead *leads = make_leads(model, model->main4);

		if (!leads)
			return false;
		model->lead4 = leads; /* not before: make_leads() asks the long way */
	}
	if (model->main6) {
		struct r2_lead *leads = make_leads(model, model->main6);

		if (!leads)
			return false;
		model->lead6 = leads;
	}
	return true;
}

struct r2_model *r2_model_new(const struct r2_host *host, enum r2_rules rules)
{
	struct r2_model *model = calloc(1, sizeof(*model));
	bool ok;

	if (!model)
		return NULL;
	model->host = host;
	model->rules = rules;
	if (rules == R2_RULES_LINUX)
		ok = prepare_linux(model);
	else
		ok = r2_fib_build(host, R2_IPV4, false, &model->fib4) &&
		     r2_fib_build(host, R2_IPV6, false, &model->fib6);
	if (ok)
		return model;
	r2_model_free(model);
	return NULL;
}

void r2_model_free(struct r2_model *model)
{
	if (!model)
		return;
	r2_fib_free(&model->fib4);
	r2_fib_free(&model->fib6);
	free(model->lead4);
	free(model->lead6);
	r2_list_free(&model->ready);
	r2_sources6_free(&model->sources6);
	free(model);
}

/* ---- asking ---- */

/* The short way: usual rules, an unbound socket, a prefix whose one route has one answer. */
static bool choose_ready(const struct r2_model *model, const struct r2_flow *flow,
			 struct r2_pick *ret)
{
	bool four = flow->dst.family == R2_IPV4;
	const struct r2_fib_table *table = four ? model->main4 : model->main6;
	const struct r2_lead *leads = four ? model->lead4 : model->lead6;
	const struct r2_ready *ready;
	const struct r2_addr *addr;
	uint32_t at;

	if (!leads || flow->src.family || flow->oif || flow->dst.bytes[0] == 0 ||
	    flow->dst.bytes[0] >= (four ? 224 : 0xfe))
		return false;
	if (!four && model->local6 && r2_lpm_find(model->local6->lpm, &flow->dst) != R2_LPM_NONE)
		return false;
	at = r2_lpm_find(table->lpm, &flow->dst);
	if (at == R2_LPM_NONE || leads[at].route == R2_NO_ROUTE)
		return false;
	ready = &model->ready.at[leads[at].ready];
	*ret = ready->choice;
	ret->route = leads[at].route;
	if (ready->by_destination) {
		addr = r2_sources6_choose(&model->sources6, ret->link, &flow->dst, true);
		ret->source = addr ? addr->ip : (struct r2_ip){0};
	}
	return true;
}

size_t r2_model_choose(const struct r2_model *model, const struct r2_flow *flow,
		       struct r2_pick *ret, size_t room, r2_steps *steps)
{
	if (model->rules != R2_RULES_LINUX)
		return r2_windows_choose(model->host,
					 flow->dst.family == R2_IPV4 ? &model->fib4 : &model->fib6,
					 model->rules, flow, ret, room, steps);
	if (!steps && room && choose_ready(model, flow, ret))
		return 1;
	if (flow->dst.family == R2_IPV4)
		return r2_linux4_choose(model, flow, ret, room, steps);
	return r2_linux6_choose(model, flow, ret, room, steps);
}
