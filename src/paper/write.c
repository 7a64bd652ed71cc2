/* SPDX-License-Identifier: MIT */
/* A host as a snapshot. What is as usual is left out, as `ip -j` does. */
#include <string.h>

#include "paper/json.h"
#include "paper/paper.h"
#include "paper/read.h"

static void write_number(struct r2_json *json, const char *key, uint32_t value)
{
	if (value)
		r2_json_number(json, key, value);
}

static void write_words(struct r2_json *json, const char *key, const struct r2_flag_names *names,
			uint32_t flags)
{
	bool any = false;

	for (size_t i = 0; i < names->n; i++) {
		if (!(flags & names->at[i].flag))
			continue;
		if (!any)
			r2_json_open(json, key, '[');
		any = true;
		r2_json_text(json, NULL, names->at[i].name);
	}
	if (any)
		r2_json_close(json, ']');
}

static void write_members(struct r2_json *json, const struct r2_flag_names *names, uint32_t flags)
{
	for (size_t i = 0; i < names->n; i++) {
		if (flags & names->at[i].flag)
			r2_json_bool(json, names->at[i].name, true);
	}
}

static void write_mac(struct r2_json *json, const char *key, const struct r2_mac *mac)
{
	char text[R2_MAC_TEXT];

	if (mac->len)
		r2_json_text(json, key, r2_mac_format(mac, text));
}

static void write_dev(struct r2_json *json, const struct r2_host *host, uint32_t link)
{
	if (link)
		r2_json_text(json, "dev", r2_host_link_name(host, link));
}

static void write_family(struct r2_json *json, uint8_t family)
{
	r2_json_text(json, "family", family == R2_IPV4 ? "inet" : "inet6");
}

/* ---- one object each ---- */

static void write_link(struct r2_json *json, const struct r2_link *link)
{
	r2_json_number(json, "ifindex", link->index);
	r2_json_text(json, "ifname", link->name);
	write_words(json, "flags", &r2_link_flags, link->flags);
	write_mac(json, "address", &link->mac);
	if (link->group)
		r2_json_number(json, "group", link->group);
	write_number(json, "metric4", link->metric4);
	write_number(json, "metric6", link->metric6);
	write_words(json, "settings", &r2_link_settings, link->flags);
}

static void write_addr(struct r2_json *json, const struct r2_host *host, const struct r2_addr *addr)
{
	char scope[R2_PROTOCOL_TEXT];

	write_dev(json, host, addr->link);
	write_family(json, addr->ip.family);
	r2_json_ip(json, "local", &addr->ip);
	if (!r2_ip_equal(&addr->ip, &addr->subnet.addr))
		r2_json_ip(json, "address", &addr->subnet.addr);
	r2_json_number(json, "prefixlen", addr->subnet.len);
	r2_json_ip(json, "broadcast", &addr->broadcast);
	r2_json_text(json, "scope", r2_scope_name(addr->scope, scope));
	write_members(json, &r2_addr_flags, addr->flags);
}

static void write_gateway(struct r2_json *json, uint8_t family, const struct r2_ip *gateway)
{
	if (!gateway->family || gateway->family == family) {
		r2_json_ip(json, "gateway", gateway);
		return;
	}
	r2_json_open(json, "via", '{');
	write_family(json, gateway->family);
	r2_json_ip(json, "host", gateway);
	r2_json_close(json, '}');
}

static void write_hops(struct r2_json *json, const struct r2_host *host,
		       const struct r2_route *route)
{
	r2_json_open(json, "nexthops", '[');
	for (uint32_t i = 0; i < route->hops && route->first_hop + i < host->hops.n; i++) {
		const struct r2_hop *hop = &host->hops.at[route->first_hop + i];

		r2_json_open(json, NULL, '{');
		write_gateway(json, route->dst.addr.family, &hop->gateway);
		write_dev(json, host, hop->link);
		r2_json_number(json, "weight", hop->weight);
		write_words(json, "flags", &r2_hop_flags, hop->flags);
		r2_json_close(json, '}');
	}
	r2_json_close(json, ']');
}

static void write_route(struct r2_json *json, const struct r2_host *host,
			const struct r2_route *route)
{
	char prefix[R2_PREFIX_TEXT], text[R2_PROTOCOL_TEXT];

	if (route->type != R2_TYPE_UNICAST)
		r2_json_text(json, "type", r2_type_name(route->type));
	if (route->dst.len == 0)
		write_family(json, route->dst.addr.family);
	r2_json_text(json, "dst", r2_prefix_name(&route->dst, prefix));
	write_number(json, "tos", route->tos);
	write_number(json, "nhid", route->nhid);
	if (route->flags & R2_ROUTE_ENCAP)
		r2_json_text(json, "encap", "unknown");
	if (!route->hops) {
		write_gateway(json, route->dst.addr.family, &route->gateway);
		write_dev(json, host, route->link);
		write_words(json, "flags", &r2_hop_flags, route->flags);
	}
	if (route->table != R2_MAIN_TABLE)
		r2_json_text(json, "table", r2_table_name(route->table, text));
	r2_json_text(json, "protocol", r2_protocol_name(route->protocol, text));
	if (route->scope)
		r2_json_text(json, "scope", r2_scope_name(route->scope, text));
	r2_json_ip(json, "prefsrc", &route->prefsrc);
	write_number(json, "metric", route->metric);
	if (route->pref == 1 || route->pref == 3)
		r2_json_text(json, "pref", route->pref == 1 ? "high" : "low");
	if (route->hops)
		write_hops(json, host, route);
}

static void write_selector(struct r2_json *json, const char *key, const char *len,
			   const struct r2_prefix *prefix)
{
	if (!prefix->len)
		return;
	r2_json_ip(json, key, &prefix->addr);
	r2_json_number(json, len, prefix->len);
}

static void write_range(struct r2_json *json, const char *low, const char *high,
			const uint16_t range[2])
{
	if (!range[1])
		return;
	r2_json_number(json, low, range[0]);
	r2_json_number(json, high, range[1]);
}

static void write_action(struct r2_json *json, const struct r2_rule *rule)
{
	char text[R2_PROTOCOL_TEXT];

	if (rule->table)
		r2_json_text(json, "table", r2_table_name(rule->table, text));
	if (rule->action == R2_ACTION_GOTO)
		r2_json_number(json, "goto", rule->goto_priority);
	else if (rule->action == R2_ACTION_NOP)
		r2_json_bool(json, "nop", true);
	else if (rule->action >= R2_ACTION_BLACKHOLE && rule->action <= R2_ACTION_PROHIBIT)
		r2_json_text(json, "action", r2_type_name(rule->action));
	else if (rule->action != R2_ACTION_TO_TABLE)
		r2_json_number(json, "action", rule->action);
}

static void write_rule(struct r2_json *json, const struct r2_rule *rule)
{
	write_family(json, rule->family);
	r2_json_number(json, "priority", rule->priority);
	write_members(json, &r2_rule_selectors, rule->select & ~(uint32_t)R2_SELECT_DSCP);
	write_selector(json, "src", "srclen", &rule->from);
	write_selector(json, "dst", "dstlen", &rule->to);
	if (rule->select & R2_SELECT_DSCP)
		r2_json_number(json, "dscp", rule->tos >> 2);
	else
		write_number(json, "tos", rule->tos);
	if (rule->mask || rule->mark) {
		r2_json_number(json, "fwmark", rule->mark);
		r2_json_number(json, "fwmask", rule->mask);
	}
	if (rule->iif[0])
		r2_json_text(json, "iif", rule->iif);
	if (rule->oif[0])
		r2_json_text(json, "oif", rule->oif);
	if (rule->select & R2_SELECT_UID) {
		r2_json_number(json, "uid_start", rule->uid_low);
		r2_json_number(json, "uid_end", rule->uid_high);
	}
	write_number(json, "ipproto", rule->ip_proto);
	write_range(json, "sport_start", "sport_end", rule->sport);
	write_range(json, "dport_start", "dport_end", rule->dport);
	if (rule->suppress_length >= 0)
		r2_json_number(json, "suppress_prefixlen", (uint64_t)rule->suppress_length);
	if (rule->suppress_group >= 0)
		r2_json_number(json, "suppress_ifgroup", (uint64_t)rule->suppress_group);
	write_action(json, rule);
}

static void write_neigh(struct r2_json *json, const struct r2_host *host,
			const struct r2_neigh *neigh)
{
	char text[R2_PROTOCOL_TEXT];

	r2_json_ip(json, "dst", &neigh->ip);
	write_dev(json, host, neigh->link);
	write_mac(json, "lladdr", &neigh->mac);
	write_words(json, "state", &r2_neigh_states, neigh->state);
	if (neigh->protocol)
		r2_json_text(json, "protocol", r2_protocol_name(neigh->protocol, text));
}

static void write_nexthop(struct r2_json *json, const struct r2_host *host,
			  const struct r2_nexthop *nexthop)
{
	r2_json_number(json, "id", nexthop->id);
	if (nexthop->flags & R2_NEXTHOP_BLACKHOLE)
		r2_json_bool(json, "blackhole", true);
	if (nexthop->flags & R2_NEXTHOP_OPAQUE)
		r2_json_text(json, "encap", "unknown");
	r2_json_ip(json, "gateway", &nexthop->hop.gateway);
	write_dev(json, host, nexthop->hop.link);
	write_words(json, "flags", &r2_hop_flags, nexthop->hop.flags);
	if (!(nexthop->flags & R2_NEXTHOP_GROUP))
		return;
	r2_json_open(json, "group", '[');
	for (uint32_t i = 0; i < nexthop->members && nexthop->first_member + i < host->members.n;
	     i++) {
		const struct r2_nexthop_member *member =
			&host->members.at[nexthop->first_member + i];

		r2_json_open(json, NULL, '{');
		r2_json_number(json, "id", member->id);
		r2_json_number(json, "weight", member->weight);
		r2_json_close(json, '}');
	}
	r2_json_close(json, ']');
}

static void write_label(struct r2_json *json, const struct r2_host *host,
			const struct r2_label *label)
{
	r2_json_ip(json, "address", &label->prefix.addr);
	r2_json_number(json, "prefixlen", label->prefix.len);
	write_dev(json, host, label->link);
	r2_json_number(json, "label", label->label);
}

/* ---- the whole ---- */

/* A list of objects of one type, each by @write and its arguments behind the writer. */
#define WRITE_LIST(json, key, type, list, write, ...)                                              \
	do {                                                                                       \
		r2_json_open(json, key, '[');                                                      \
		r2_each (const type, one, list) {                                                  \
			r2_json_open(json, NULL, '{');                                             \
			write(json, __VA_ARGS__);                                                  \
			r2_json_close(json, '}');                                                  \
		}                                                                                  \
		r2_json_close(json, ']');                                                          \
	} while (0)

void r2_paper_write(FILE *out, const struct r2_host *host)
{
	struct r2_json json = {.out = out, .lines = 2};

	r2_json_open(&json, NULL, '{');
	r2_json_number(&json, "route2_snapshot", R2_PAPER_VERSION);
	r2_json_text(&json, "system", host->system == R2_SYSTEM_LINUX ? "linux" : "windows");
	write_words(&json, "settings", &r2_host_settings, host->flags);
	WRITE_LIST(&json, "links", struct r2_link, &host->links, write_link, one);
	WRITE_LIST(&json, "addresses", struct r2_addr, &host->addrs, write_addr, host, one);
	WRITE_LIST(&json, "neighbours", struct r2_neigh, &host->neighs, write_neigh, host, one);
	WRITE_LIST(&json, "rules", struct r2_rule, &host->rules, write_rule, one);
	WRITE_LIST(&json, "nexthops", struct r2_nexthop, &host->nexthops, write_nexthop, host, one);
	WRITE_LIST(&json, "labels", struct r2_label, &host->labels, write_label, host, one);
	WRITE_LIST(&json, "routes", struct r2_route, &host->routes, write_route, host, one);
	r2_json_close(&json, '}');
}
