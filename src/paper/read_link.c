/* SPDX-License-Identifier: MIT */
/* Interfaces, addresses, neighbours and address labels as `ip -j` writes them. */
#include <stdio.h>
#include <string.h>

#include "paper/read.h"

bool r2_read_no_memory(struct r2_form *form)
{
	return r2_form_fault(form, "out of memory");
}

bool r2_read_group(const char *name, uint32_t *ret)
{
	*ret = 0;
	return strcmp(name, "default") == 0;
}

static bool all_zero(const struct r2_mac *mac)
{
	for (size_t i = 0; i < mac->len; i++) {
		if (mac->bytes[i])
			return false;
	}
	return true;
}

/* Of `ip -d`: is it a VRF, or in one. */
static bool is_in_vrf(const struct r2_form *form)
{
	const json_t *info = json_object_get(form->object, "linkinfo");
	const char *kind = json_string_value(json_object_get(info, "info_kind"));
	const char *slave = json_string_value(json_object_get(info, "info_slave_kind"));

	return (kind && strcmp(kind, "vrf") == 0) || (slave && strcmp(slave, "vrf") == 0);
}

static bool read_addrs_of(struct r2_reading *reading, struct r2_form *form)
{
	struct r2_form inner;

	for (size_t i = 0; !form->bad && r2_form_in(form, "addr_info", i, &inner); i++) {
		if (json_object_size(inner.object) > 0) /* ip 5 leaves {} for what it filters */
			r2_read_addr(reading, &inner);
		r2_form_back(form, &inner);
	}
	return !form->bad;
}

bool r2_read_link(struct r2_reading *reading, struct r2_form *form)
{
	const char *name = r2_form_text(form, "ifname");
	struct r2_link link = {
		.index = r2_form_number(form, "ifindex", INT32_MAX, 0),
		.group = r2_form_named(form, "group", r2_read_group, UINT32_MAX, 0),
		.metric4 = r2_form_number(form, "metric4", UINT32_MAX, 0),
		.metric6 = r2_form_number(form, "metric6", UINT32_MAX, 0),
		.flags = r2_form_flags(form, "flags", r2_link_flags.at, r2_link_flags.n) |
			 r2_form_flags(form, "settings", r2_link_settings.at, r2_link_settings.n)};
	const char *type = r2_form_text(form, "link_type");

	/* A tunnel's "address" is that of its end, in the form of an IP address. */
	if (!type || strcmp(type, "ether") == 0 || strcmp(type, "infiniband") == 0)
		link.mac = r2_form_mac(form, "address");
	if (all_zero(&link.mac))
		link.mac = (struct r2_mac){0};
	if (is_in_vrf(form))
		link.flags |= R2_LINK_L3_SLAVE;
	if (!form->bad && (!name || !link.index))
		return r2_form_fault(form, "an interface needs \"ifname\" and \"ifindex\"");
	if (!form->bad && (!*name || strlen(name) >= sizeof(link.name)))
		return r2_form_fault(form, "\"ifname\" is \"%s\", of 1 to %zu characters", name,
				     sizeof(link.name) - 1);
	if (form->bad)
		return false;
	snprintf(link.name, sizeof(link.name), "%s", name);
	if (r2_host_link_named(&reading->host, name)) {
		/* `ip -j link` beside `ip -j addr` */
		return read_addrs_of(reading, form);
	}
	if (r2_host_link(&reading->host, link.index))
		return r2_form_fault(form, "\"ifindex\" %lu is another interface's",
				     (unsigned long)link.index);
	return r2_list_push(&reading->host.links, &link) ? read_addrs_of(reading, form)
							 : r2_read_no_memory(form);
}

/* An object of `addr_info`, or one that names its interface itself. */
static uint32_t link_of(struct r2_reading *reading, struct r2_form *form)
{
	const char *key = r2_form_has(form, "dev") ? "dev" : "ifname";
	size_t n = reading->host.links.n;

	if (r2_form_has(form, key))
		return r2_form_link(form, key, &reading->host);
	return n ? reading->host.links.at[n - 1].index : 0;
}

bool r2_read_addr(struct r2_reading *reading, struct r2_form *form)
{
	struct r2_addr addr = {
		.ip = r2_form_ip(form, "local"),
		.link = link_of(reading, form),
		.broadcast = r2_form_ip(form, "broadcast"),
		.scope = (uint8_t)r2_form_named(form, "scope", r2_scope_number, UINT8_MAX, 0),
		.flags = r2_form_members(form, r2_addr_flags.at, r2_addr_flags.n)};
	struct r2_ip peer = r2_form_ip(form, "address");

	if (!addr.ip.family)
		addr.ip = peer;
	addr.subnet.addr = peer.family ? peer : addr.ip;
	addr.subnet.len = (uint8_t)r2_form_number(form, "prefixlen", r2_ip_bits(&addr.ip),
						  r2_ip_bits(&addr.ip));
	/* RFC 4429 section 2.1: an optimistic address may be used while DAD is running. */
	if (addr.flags & R2_ADDR_OPTIMISTIC)
		addr.flags &= ~(uint32_t)R2_ADDR_TENTATIVE;
	if (!form->bad && (!addr.ip.family || !addr.link))
		return r2_form_fault(form, "an address needs \"local\" and \"dev\"");
	if (!form->bad && addr.subnet.addr.family != addr.ip.family)
		return r2_form_fault(form, "\"local\" and \"address\" are of two families");
	if (form->bad)
		return false;
	return r2_list_push(&reading->host.addrs, &addr) || r2_read_no_memory(form);
}

bool r2_read_neigh(struct r2_reading *reading, struct r2_form *form)
{
	struct r2_neigh neigh = {.ip = r2_form_ip(form, "dst"),
				 .link = r2_form_link(form, "dev", &reading->host),
				 .mac = r2_form_mac(form, "lladdr"),
				 .state = (uint16_t)r2_form_flags(form, "state", r2_neigh_states.at,
								  r2_neigh_states.n),
				 .protocol = (uint8_t)r2_form_named(
					 form, "protocol", r2_protocol_number, UINT8_MAX, 0)};

	if (!form->bad && (!neigh.ip.family || !neigh.link))
		return r2_form_fault(form, "a neighbour needs \"dst\" and \"dev\"");
	if (form->bad || r2_form_has(form, "proxy"))
		return !form->bad;
	return r2_list_push(&reading->host.neighs, &neigh) || r2_read_no_memory(form);
}

bool r2_read_label(struct r2_reading *reading, struct r2_form *form)
{
	struct r2_label label = {.link = r2_form_link(form, "dev", &reading->host),
				 .label = r2_form_number(form, "label", UINT32_MAX, 0)};
	const char *key = r2_form_has(form, "address") ? "address" : "prefix";

	label.prefix.addr = r2_form_ip(form, key);
	label.prefix.len = (uint8_t)r2_form_number(form, "prefixlen", 128, 128);
	if (!form->bad && label.prefix.addr.family != R2_IPV6)
		return r2_form_fault(form, "a label needs an IPv6 \"address\"");
	if (form->bad)
		return false;
	return r2_list_push(&reading->host.labels, &label) || r2_read_no_memory(form);
}
