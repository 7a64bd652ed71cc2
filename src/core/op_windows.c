/* SPDX-License-Identifier: MIT */
/*
 * Operations as an administrator of Windows would type them: lines of netsh that cmd and PowerShell
 * read alike (netsh interface ipv4|ipv6, Microsoft Learn). Of the active store, as route2 does it.
 */
#include "core/op_windows.h"
#include "core/book.h"
#include "core/text.h"

#include <string.h>

/* Nothing that cmd or PowerShell would expand inside double quotes. */
static bool is_harmless(const char *name)
{
	static const char GOOD[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 "
				   "_.-+()*#";

	for (; *name; name++) {
		if ((unsigned char)*name < 0x80 && !strchr(GOOD, *name))
			return false;
	}
	return true;
}

/* By its name as people know it; netsh takes the index as well. */
static void say_interface(struct r2_text *line, const struct r2_host *host, uint32_t index)
{
	const struct r2_link *link = r2_host_link(host, index);

	if (link && *link->name && is_harmless(link->name))
		r2_text_add(line, " \"%s\"", link->name);
	else
		r2_text_add(line, " %lu", (unsigned long)index);
}

static void say_ip(struct r2_text *line, const struct r2_ip *ip)
{
	char text[R2_IP_TEXT];

	r2_text_add(line, " %s", r2_ip_format(ip, text));
}

static const char *family_name(const struct r2_ip *ip)
{
	return ip->family == R2_IPV6 ? "ipv6" : "ipv4";
}

static void say_route(struct r2_text *line, const char *verb, const struct r2_route *route,
		      const struct r2_host *host)
{
	char dst[R2_PREFIX_TEXT];

	r2_text_add(line, "netsh interface %s %s route %s", family_name(&route->dst.addr), verb,
		    r2_prefix_format(&route->dst, dst));
	say_interface(line, host, route->link);
	if (route->gateway.family)
		say_ip(line, &route->gateway);
	if (strcmp(verb, "add") == 0)
		r2_text_add(line, " metric=%lu", (unsigned long)route->metric);
	r2_text_add(line, " store=active");
}

/* What no tool of Windows can do is said, rather than left out: a comment in PowerShell. */
static void say_policy(struct r2_text *line, const char *verb, const struct r2_route *row)
{
	char src[R2_IP_TEXT], dst[R2_PREFIX_TEXT];

	if (r2_book_is_wish(row) && r2_book_method(row) == R2_NATIVE)
		r2_text_add(line, "# %s the connection policy: to %s from %s (no tool does that)",
			    verb, r2_prefix_format(&row->dst, dst),
			    r2_ip_format(&row->prefsrc, src));
}

static void say_neigh(struct r2_text *line, const char *verb, const struct r2_neigh *neigh,
		      const struct r2_host *host)
{
	char mac[R2_MAC_TEXT];

	r2_text_add(line, "netsh interface %s %s neighbors", family_name(&neigh->ip), verb);
	say_interface(line, host, neigh->link);
	say_ip(line, &neigh->ip);
	if (strcmp(verb, "delete") != 0) {
		r2_mac_format(&neigh->mac, mac);
		for (char *at = mac; *at; at++) {
			if (*at == ':')
				*at = '-';
		}
		r2_text_add(line, " %s", mac);
	}
	r2_text_add(line, " store=active");
}

/*
 * netsh has no word for it on an address that is there; Set-NetIPAddress has (Microsoft Learn). It
 * takes 1 for $true, which cmd and PowerShell leave alone.
 */
static void say_skip(struct r2_text *line, const struct r2_addr *addr, bool set)
{
	char ip[R2_IP_TEXT];

	r2_text_add(line,
		    "powershell -Command Set-NetIPAddress -InterfaceIndex %lu -IPAddress %s "
		    "-SkipAsSource %d -PolicyStore ActiveStore",
		    (unsigned long)addr->link, r2_ip_format(&addr->ip, ip), set);
}

const char *r2_op_command_windows(const struct r2_op *op, const struct r2_host *host, char *buf,
				  size_t size)
{
	struct r2_text line = r2_text_start(buf, size);

	switch (op->kind) {
	case R2_OP_ROUTE_ADD:
	case R2_OP_ROUTE_PREPEND:
	case R2_OP_ROUTE_APPEND:
	case R2_OP_ROUTE_REPLACE:
		if (op->route.table == R2_BOOK_TABLE) {
			say_policy(&line, "add", &op->route);
			break;
		}
		say_route(&line, "add", &op->route, host);
		if (op->kind == R2_OP_ROUTE_REPLACE) {
			r2_text_add(&line, "\n");
			say_route(&line, "delete", &op->old, host);
		}
		break;
	case R2_OP_ROUTE_DEL:
		if (op->route.table == R2_BOOK_TABLE)
			say_policy(&line, "delete", &op->route);
		else
			say_route(&line, "delete", &op->route, host);
		break;
	case R2_OP_NEIGH_ADD:
		say_neigh(&line, "add", &op->neigh, host);
		break;
	case R2_OP_NEIGH_SET:
		say_neigh(&line, "set", &op->neigh, host);
		break;
	case R2_OP_NEIGH_DEL:
		say_neigh(&line, "delete", &op->neigh, host);
		break;
	case R2_OP_SKIP_SET:
	case R2_OP_SKIP_CLEAR:
		say_skip(&line, &op->addr, op->kind == R2_OP_SKIP_SET);
		break;
	}
	return buf;
}
