/* SPDX-License-Identifier: MIT */
/*
 * What PowerShell's Get-Net* | ConvertTo-Json writes. Numbers of enumerations are those of the
 * classes MSFT_NetIPAddress, MSFT_NetRoute, MSFT_NetNeighbor, MSFT_NetIPInterface (Microsoft's
 * reference of the CIM namespace root\StandardCimv2); PowerShell 7 can write names instead.
 */
#include <stdio.h>
#include <string.h>

#include "paper/read.h"

struct choice {
	const char *name;
	uint32_t number;
	uint32_t means;
};

/* What the number or name in @key means; 0 if absent. */
static uint32_t choose(struct r2_form *form, const char *key, const struct choice *choices,
		       size_t n)
{
	const json_t *value = json_object_get(form->object, key);
	const char *name = json_string_value(value);
	uint32_t number = name ? 0 : r2_form_number(form, key, UINT32_MAX, UINT32_MAX);

	for (size_t i = 0; value && i < n; i++) {
		if (name ? strcmp(choices[i].name, name) == 0 : choices[i].number == number)
			return choices[i].means;
	}
	if (name)
		r2_form_fault(form, "\"%s\" is \"%s\", which is not known", key, name);
	return 0;
}

#define CHOOSE(form, key, choices)                                                                 \
	choose(form, key, choices, sizeof(choices) / sizeof((choices)[0]))

static const struct choice families[] = {{"IPv4", 2, R2_IPV4}, {"IPv6", 23, R2_IPV6}};

/* The interface of that number; made if it is new, for every output names it. */
static struct r2_link *link_of(struct r2_reading *reading, struct r2_form *form)
{
	const char *key = r2_form_has(form, "InterfaceIndex") ? "InterfaceIndex" : "ifIndex";
	struct r2_link link = {.index = r2_form_number(form, key, UINT32_MAX, 0),
			       .flags = R2_LINK_UP | R2_LINK_CARRIER};
	const char *name = r2_form_text(form, "InterfaceAlias");

	if (!name)
		name = r2_form_text(form, "Name");
	if (!form->bad && !link.index)
		r2_form_fault(form, "\"InterfaceIndex\" is missing");
	if (form->bad)
		return NULL;
	r2_each (struct r2_link, one, &reading->host.links) {
		if (one->index == link.index)
			return one;
	}
	if (name)
		snprintf(link.name, sizeof(link.name), "%s", name);
	else
		snprintf(link.name, sizeof(link.name), "if%lu", (unsigned long)link.index);
	if (r2_list_push(&reading->host.links, &link))
		return &reading->host.links.at[reading->host.links.n - 1];
	r2_read_no_memory(form);
	return NULL;
}

bool r2_read_ps_interface(struct r2_reading *reading, struct r2_form *form)
{
	static const struct choice states[] = {{"Disconnected", 0, 1}, {"Connected", 1, 2}};
	struct r2_link *link = link_of(reading, form);
	uint32_t family = CHOOSE(form, "AddressFamily", families);
	uint32_t metric = r2_form_number(form, "InterfaceMetric", UINT32_MAX, 0);

	if (link && CHOOSE(form, "ConnectionState", states) == 1)
		link->flags &= ~(uint32_t)R2_LINK_CARRIER;
	if (form->bad || !link)
		return false;
	if (family == R2_IPV6) {
		link->metric6 = metric;
		link->flags |= r2_form_is(form, "WeakHostSend") ? R2_LINK_WEAK_HOST_SEND6 : 0U;
	} else {
		link->metric4 = metric;
		link->flags |= r2_form_is(form, "WeakHostSend") ? R2_LINK_WEAK_HOST_SEND4 : 0U;
	}
	return true;
}

bool r2_read_ps_adapter(struct r2_reading *reading, struct r2_form *form)
{
	struct r2_link *link = link_of(reading, form);
	struct r2_mac mac = r2_form_mac(form, "MacAddress");

	if (link && !form->bad)
		link->mac = mac;
	return !form->bad;
}

static uint32_t addr_flags(struct r2_form *form, enum r2_family family)
{
	static const struct choice states[] = {{"Invalid", 0, R2_ADDR_TENTATIVE},
					       {"Tentative", 1, R2_ADDR_TENTATIVE},
					       {"Duplicate", 2, R2_ADDR_DADFAILED},
					       {"Deprecated", 3, R2_ADDR_DEPRECATED},
					       {"Preferred", 4, 0}};
	static const struct choice suffixes[] = {
		{"Other", 0, 0}, {"Manual", 1, 0}, {"WellKnown", 2, 0},
		{"Dhcp", 3, 0},  {"Link", 4, 0},   {"Random", 5, R2_ADDR_TEMPORARY}};
	uint32_t flags = CHOOSE(form, "AddressState", states);

	if (family == R2_IPV6)
		flags |= CHOOSE(form, "SuffixOrigin", suffixes);
	if (r2_form_is(form, "SkipAsSource"))
		flags |= R2_ADDR_SKIP_AS_SOURCE;
	return flags;
}

bool r2_read_ps_address(struct r2_reading *reading, struct r2_form *form)
{
	struct r2_link *link = link_of(reading, form);
	struct r2_addr addr = {.ip = r2_form_ip(form, "IPAddress")};

	addr.subnet.addr = addr.ip;
	addr.subnet.len = (uint8_t)r2_form_number(form, "PrefixLength", r2_ip_bits(&addr.ip),
						  r2_ip_bits(&addr.ip));
	addr.flags = addr_flags(form, (enum r2_family)addr.ip.family);
	if (!form->bad && !addr.ip.family)
		return r2_form_fault(form, "\"IPAddress\" is missing");
	if (form->bad || !link)
		return false;
	addr.link = link->index;
	addr.scope = r2_ip_is_link_local(&addr.ip) ? R2_SCOPE_LINK : R2_SCOPE_GLOBAL;
	if (r2_ip_is_loopback(&addr.ip)) {
		addr.scope = R2_SCOPE_HOST;
		link->flags |= R2_LINK_LOOPBACK;
	}
	/* The active and the persistent store may both be told. */
	r2_each (const struct r2_addr, one, &reading->host.addrs) {
		if (one->link == addr.link && r2_ip_equal(&one->ip, &addr.ip))
			return true;
	}
	return r2_list_push(&reading->host.addrs, &addr) || r2_read_no_memory(form);
}

bool r2_read_ps_route(struct r2_reading *reading, struct r2_form *form)
{
	enum { LOCAL = 2, STATIC = 4 };
	struct r2_link *link = link_of(reading, form);
	bool any;
	struct r2_route route = {.dst = r2_form_prefix(form, "DestinationPrefix", &any),
				 .gateway = r2_form_ip(form, "NextHop"),
				 .metric = r2_form_number(form, "RouteMetric", UINT32_MAX, 0),
				 .table = R2_MAIN_TABLE,
				 .type = R2_TYPE_UNICAST,
				 .protocol = STATIC};
	const json_t *protocol = json_object_get(form->object, "Protocol");

	if (json_integer_value(protocol) == LOCAL ||
	    (json_is_string(protocol) && strcmp(json_string_value(protocol), "Local") == 0))
		route.protocol = R2_PROTO_KERNEL;
	if (r2_ip_is_unspecified(&route.gateway))
		route.gateway = (struct r2_ip){0};
	if (!form->bad && !route.dst.addr.family)
		return r2_form_fault(form, "\"DestinationPrefix\" is missing");
	if (!form->bad && route.gateway.family && route.gateway.family != route.dst.addr.family)
		return r2_form_fault(form,
				     "\"DestinationPrefix\" and \"NextHop\" are of two families");
	if (form->bad || !link)
		return false;
	route.link = link->index;
	return r2_list_push(&reading->host.routes, &route) || r2_read_no_memory(form);
}

bool r2_read_ps_neigh(struct r2_reading *reading, struct r2_form *form)
{
	static const struct choice states[] = {
		{"Unreachable", 0, R2_NUD_FAILED}, {"Incomplete", 1, R2_NUD_INCOMPLETE},
		{"Probe", 2, R2_NUD_PROBE},        {"Delay", 3, R2_NUD_DELAY},
		{"Stale", 4, R2_NUD_STALE},        {"Reachable", 5, R2_NUD_REACHABLE},
		{"Permanent", 6, R2_NUD_PERMANENT}};
	struct r2_link *link = link_of(reading, form);
	struct r2_neigh neigh = {.ip = r2_form_ip(form, "IPAddress"),
				 .mac = r2_form_mac(form, "LinkLayerAddress"),
				 .state = (uint16_t)CHOOSE(form, "State", states)};

	if (!form->bad && !neigh.ip.family)
		return r2_form_fault(form, "\"IPAddress\" is missing");
	if (form->bad || !link)
		return false;
	neigh.link = link->index;
	return r2_list_push(&reading->host.neighs, &neigh) || r2_read_no_memory(form);
}
