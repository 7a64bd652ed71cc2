/* SPDX-License-Identifier: MIT */
/* Policy rules as `ip -j rule` writes them. */
#include <stdio.h>
#include <string.h>

#include "paper/read.h"

/* "src" with "srclen", "dst" with "dstlen"; `all` selects nothing. */
static struct r2_prefix selector_of(struct r2_form *form, const char *key, const char *len)
{
	const char *text = r2_form_text(form, key);
	struct r2_prefix prefix = {0};

	if (!text || strcmp(text, "all") == 0)
		return prefix;
	prefix.addr = r2_form_ip(form, key);
	prefix.len = (uint8_t)r2_form_number(form, len, r2_ip_bits(&prefix.addr),
					     r2_ip_bits(&prefix.addr));
	return prefix;
}

static void read_name(struct r2_form *form, const char *key, char ret[R2_IFNAME])
{
	const char *name = r2_form_text(form, key);

	if (name && strlen(name) >= R2_IFNAME)
		r2_form_fault(form, "\"%s\" is \"%s\", over %d characters", key, name,
			      R2_IFNAME - 1);
	else if (name)
		snprintf(ret, R2_IFNAME, "%s", name);
}

/* "sport", or "sport_start" and "sport_end". */
static void read_range(struct r2_form *form, const char *one, const char *low, const char *high,
		       uint16_t ret[2])
{
	uint32_t both = r2_form_number(form, one, UINT16_MAX, 0);

	ret[0] = (uint16_t)r2_form_number(form, low, UINT16_MAX, both);
	ret[1] = (uint16_t)r2_form_number(form, high, UINT16_MAX, both);
}

/* Names of /etc/protocols that are the same everywhere; `ip -N` writes "ipproto-6". */
static bool find_ip_proto(const char *name, uint32_t *ret)
{
	static const struct {
		const char *name;
		uint32_t number;
	} names[] = {{"icmp", 1},       {"igmp", 2}, {"tcp", 6},   {"udp", 17},
		     {"ipv6-icmp", 58}, {"gre", 47}, {"sctp", 132}};
	unsigned number = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		*ret = names[i].number;
		if (strcmp(name, names[i].name) == 0)
			return true;
	}
	if (strncmp(name, "ipproto-", 8) != 0)
		return false;
	for (name += 8; *name >= '0' && *name <= '9' && number < 256; name++)
		number = number * 10 + (unsigned)(*name - '0');
	*ret = number;
	return !*name && number < 256;
}

static bool find_action(const char *name, uint32_t *ret)
{
	uint32_t type;

	if (!r2_type_number(name, &type) || type < R2_TYPE_BLACKHOLE || type > R2_TYPE_PROHIBIT)
		return false;
	*ret = type; /* FR_ACT_BLACKHOLE ... have the numbers of RTN_BLACKHOLE ... */
	return true;
}

static void read_action(struct r2_form *form, struct r2_rule *rule)
{
	rule->action =
		(uint8_t)r2_form_named(form, "action", find_action, UINT8_MAX, R2_ACTION_TO_TABLE);
	if (r2_form_has(form, "goto")) {
		const char *none = json_string_value(json_object_get(form->object, "goto"));

		rule->action = R2_ACTION_GOTO;
		if (!none || strcmp(none, "none") != 0)
			rule->goto_priority = r2_form_number(form, "goto", UINT32_MAX, 0);
	} else if (r2_form_has(form, "nop")) {
		rule->action = R2_ACTION_NOP;
	}
	if (rule->action == R2_ACTION_TO_TABLE && rule->table)
		rule->flags |= R2_RULE_TO_TABLE;
}

static void read_numbers(struct r2_form *form, struct r2_rule *rule)
{
	rule->mark = r2_form_number(form, "fwmark", UINT32_MAX, 0);
	rule->mask = r2_form_number(form, "fwmask", UINT32_MAX,
				    r2_form_has(form, "fwmark") ? UINT32_MAX : 0);
	rule->tos = (uint8_t)r2_form_number(form, "tos", UINT8_MAX, 0);
	if (rule->select & R2_SELECT_DSCP)
		rule->tos = (uint8_t)(r2_form_number(form, "dscp", 63, 0) << 2);
	rule->ip_proto = (uint8_t)r2_form_named(form, "ipproto", find_ip_proto, UINT8_MAX, 0);
	read_range(form, "sport", "sport_start", "sport_end", rule->sport);
	read_range(form, "dport", "dport_start", "dport_end", rule->dport);
	if (r2_form_has(form, "uid_start")) {
		rule->select |= R2_SELECT_UID;
		rule->uid_low = r2_form_number(form, "uid_start", UINT32_MAX, 0);
		rule->uid_high = r2_form_number(form, "uid_end", UINT32_MAX, UINT32_MAX);
	}
	if (r2_form_has(form, "suppress_prefixlen"))
		rule->suppress_length = (int32_t)r2_form_number(form, "suppress_prefixlen", 128, 0);
	if (r2_form_has(form, "suppress_ifgroup"))
		rule->suppress_group = (int64_t)r2_form_named(form, "suppress_ifgroup",
							      r2_read_group, UINT32_MAX, 0);
}

bool r2_read_rule(struct r2_reading *reading, struct r2_form *form)
{
	enum r2_family family = r2_read_family(form);
	struct r2_rule rule = {
		.family = (uint8_t)(family ? family : reading->family),
		.priority = r2_form_number(form, "priority", UINT32_MAX, 0),
		.table = r2_form_named(form, "table", r2_table_number, UINT32_MAX, 0),
		.from = selector_of(form, "src", "srclen"),
		.to = selector_of(form, "dst", "dstlen"),
		.select = r2_form_members(form, r2_rule_selectors.at, r2_rule_selectors.n),
		.suppress_length = -1,
		.suppress_group = -1};

	read_name(form, "iif", rule.iif);
	read_name(form, "oif", rule.oif);
	read_numbers(form, &rule);
	read_action(form, &rule);
	if (!form->bad && ((rule.from.len && rule.from.addr.family != rule.family) ||
			   (rule.to.len && rule.to.addr.family != rule.family)))
		return r2_form_fault(form, "\"src\" and \"dst\" are of two families");
	if (form->bad)
		return false;
	if (r2_rule_is_conditional(&rule))
		rule.flags |= R2_RULE_CONDITIONAL;
	return r2_list_push(&reading->host.rules, &rule) || r2_read_no_memory(form);
}
