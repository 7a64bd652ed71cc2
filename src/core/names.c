/* SPDX-License-Identifier: MIT */
/* Numbers that have names everywhere (linux/rtnetlink.h, RTPROT_*, RT_TABLE_*, RTN_*, RT_SCOPE_*).
 */
#include <stdio.h>
#include <string.h>

#include "core/host.h"

struct name {
	uint32_t number;
	const char *name;
};

static const struct name PROTOCOLS[] = {
	{1, "redirect"}, {2, "kernel"}, {3, "boot"},   {4, "static"}, {9, "ra"},
	{11, "zebra"},   {12, "bird"},  {16, "dhcp"},  {42, "babel"}, {114, "route2"},
	{186, "bgp"},    {187, "isis"}, {188, "ospf"}, {189, "rip"},  {192, "eigrp"}};
static const struct name TABLES[] = {
	{R2_DEFAULT_TABLE, "default"}, {R2_MAIN_TABLE, "main"}, {R2_LOCAL_TABLE, "local"}};
static const struct name TYPES[] = {{R2_TYPE_UNICAST, "unicast"},
				    {R2_TYPE_LOCAL, "local"},
				    {R2_TYPE_BROADCAST, "broadcast"},
				    {R2_TYPE_ANYCAST, "anycast"},
				    {R2_TYPE_MULTICAST, "multicast"},
				    {R2_TYPE_BLACKHOLE, "blackhole"},
				    {R2_TYPE_UNREACHABLE, "unreachable"},
				    {R2_TYPE_PROHIBIT, "prohibit"},
				    {R2_TYPE_THROW, "throw"}};
static const struct name SCOPES[] = {{R2_SCOPE_GLOBAL, "global"},
				     {R2_SCOPE_SITE, "site"},
				     {R2_SCOPE_LINK, "link"},
				     {R2_SCOPE_HOST, "host"},
				     {255, "nowhere"}};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const char *name_of(const struct name *names, size_t n, uint32_t number)
{
	for (size_t i = 0; i < n; i++) {
		if (names[i].number == number)
			return names[i].name;
	}
	return NULL;
}

static bool number_of(const struct name *names, size_t n, const char *name, uint32_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i].name, name) != 0)
			continue;
		*ret = names[i].number;
		return true;
	}
	return false;
}

static const char *or_number(const char *name, uint32_t number, char buf[R2_PROTOCOL_TEXT])
{
	if (name)
		return name;
	snprintf(buf, R2_PROTOCOL_TEXT, "%lu", (unsigned long)number);
	return buf;
}

const char *r2_protocol_name(uint8_t protocol, char buf[R2_PROTOCOL_TEXT])
{
	return or_number(name_of(PROTOCOLS, COUNT(PROTOCOLS), protocol), protocol, buf);
}

const char *r2_table_name(uint32_t table, char buf[R2_PROTOCOL_TEXT])
{
	return or_number(name_of(TABLES, COUNT(TABLES), table), table, buf);
}

const char *r2_scope_name(uint8_t scope, char buf[R2_PROTOCOL_TEXT])
{
	return or_number(name_of(SCOPES, COUNT(SCOPES), scope), scope, buf);
}

const char *r2_type_name(uint8_t type)
{
	const char *name = name_of(TYPES, COUNT(TYPES), type);

	return name ? name : "?";
}

bool r2_protocol_number(const char *name, uint32_t *ret)
{
	return number_of(PROTOCOLS, COUNT(PROTOCOLS), name, ret);
}

bool r2_table_number(const char *name, uint32_t *ret)
{
	return number_of(TABLES, COUNT(TABLES), name, ret);
}

bool r2_scope_number(const char *name, uint32_t *ret)
{
	return number_of(SCOPES, COUNT(SCOPES), name, ret);
}

bool r2_type_number(const char *name, uint32_t *ret)
{
	return number_of(TYPES, COUNT(TYPES), name, ret);
}
