/* SPDX-License-Identifier: MIT */
/* Operations turned round, and operations in the words of iproute2 (6.1). */
#include "core/op.h"
#include "core/op_windows.h"

#include <string.h>

#include "core/text.h"

static struct r2_op undo_route(const struct r2_op *op, enum r2_op_kind kind)
{
	return (struct r2_op){.kind = kind, .route = op->route};
}

static struct r2_op undo_neigh(const struct r2_op *op, enum r2_op_kind kind)
{
	return (struct r2_op){.kind = kind, .neigh = op->neigh};
}

/* A route comes back to where it stood; only IPv4 keeps several of one key in order. */
static enum r2_op_kind undo_del(const struct r2_op *op)
{
	if (op->route.dst.addr.family != R2_IPV4)
		return R2_OP_ROUTE_ADD;
	return op->last ? R2_OP_ROUTE_APPEND : R2_OP_ROUTE_PREPEND;
}

bool r2_ops_append(r2_ops *ops, const r2_ops *more)
{
	r2_each (const struct r2_op, op, more) {
		if (!r2_list_push(ops, op))
			return false;
	}
	return true;
}

struct r2_op r2_op_inverse(const struct r2_op *op)
{
	struct r2_op undo = undo_route(op, R2_OP_ROUTE_DEL);
	switch (op->kind) {
	case R2_OP_ROUTE_ADD:
	case R2_OP_ROUTE_PREPEND:
		break;
	case R2_OP_ROUTE_APPEND:
		undo.last = true;
		break;
	case R2_OP_ROUTE_REPLACE:
		undo.kind = R2_OP_ROUTE_REPLACE;
		undo.route = op->old;
		undo.old = op->route;
		break;
	case R2_OP_ROUTE_DEL:
		undo = undo_route(op, undo_del(op));
		break;
	case R2_OP_NEIGH_ADD:
		undo = undo_neigh(op, R2_OP_NEIGH_DEL);
		break;
	case R2_OP_NEIGH_SET:
		undo = undo_neigh(op, R2_OP_NEIGH_SET);
		undo.neigh.mac = op->old_mac;
		undo.old_mac = op->neigh.mac;
		break;
	case R2_OP_NEIGH_DEL:
		undo = undo_neigh(op, R2_OP_NEIGH_ADD);
		break;
	case R2_OP_SKIP_SET:
		undo = (struct r2_op){.kind = R2_OP_SKIP_CLEAR, .addr = op->addr};
		break;
	case R2_OP_SKIP_CLEAR:
		undo = (struct r2_op){.kind = R2_OP_SKIP_SET, .addr = op->addr};
		break;
	}
	return undo;
}

/* ---- as a command ----------------------------------------------------------------------- */

static void say_ip(struct r2_text *line, const char *words, const struct r2_ip *ip)
{
	char text[R2_IP_TEXT];
	r2_text_add(line, " %s%s", words, r2_ip_format(ip, text));
}

static void say_number(struct r2_text *line, const char *word, uint32_t number)
{
	r2_text_add(line, " %s %lu", word, (unsigned long)number);
}

static void say_dev(struct r2_text *line, const struct r2_host *host, uint32_t index)
{
	const struct r2_link *link = r2_host_link(host, index);
	r2_text_add(line, " dev ");
	if (link)
		r2_text_quote(line, link->name);
	else
		r2_text_add(line, "if%lu", (unsigned long)index); /* iproute2 reads that */
}

/* `ip`, in the namespace and of the family meant. `ip -n` knows names only. */
static void say_ip_itself(struct r2_text *line, const char *netns, bool ipv6)
{
	if (netns && strchr(netns, '/')) {
		r2_text_add(line, "nsenter --net=");
		r2_text_quote(line, netns);
		r2_text_add(line, " ip");
	} else if (netns) {
		r2_text_add(line, "ip -n ");
		r2_text_quote(line, netns);
	} else {
		r2_text_add(line, "ip");
	}
	r2_text_add(line, ipv6 ? " -6" : "");
}

/* RTN_* of linux/rtnetlink.h */
static void say_type(struct r2_text *line, uint8_t type)
{
	static const char *const names[] = {
		[R2_TYPE_LOCAL] = "local", [R2_TYPE_BROADCAST] = "broadcast",
		[4] = "anycast",           [R2_TYPE_MULTICAST] = "multicast",
		[6] = "blackhole",         [7] = "unreachable",
		[8] = "prohibit",          [9] = "throw",
	};
	if (type < sizeof(names) / sizeof(*names) && names[type])
		r2_text_add(line, " %s", names[type]);
}

static void say_next_hop(struct r2_text *line, const struct r2_route *route,
			 const struct r2_host *host)
{
	bool crossed = route->gateway.family != route->dst.addr.family;
	if (route->gateway.family)
		say_ip(line, crossed ? "via inet6 " : "via ", &route->gateway);
	if (route->link)
		say_dev(line, host, route->link);
}

/*
 * The scope of an IPv4 route: with a gateway, global goes without saying. IPv6 knows none. A `del`
 * without a scope would also take a route with a gateway.
 */
static void say_scope(struct r2_text *line, const struct r2_route *route)
{
	bool on_link = route->dst.addr.family == R2_IPV4 && !route->gateway.family && route->link;
	if (on_link && (route->scope == R2_SCOPE_GLOBAL || route->scope == R2_SCOPE_LINK))
		r2_text_add(line, " scope link");
	else if (on_link)
		say_number(line, "scope", route->scope);
}

static void say_route(struct r2_text *line, const char *verb, const struct r2_route *route,
		      const struct r2_host *host)
{
	char dst[R2_PREFIX_TEXT];
	r2_text_add(line, " route %s", verb);
	say_type(line, route->type);
	r2_text_add(line, " %s", r2_prefix_format(&route->dst, dst));
	if (route->tos)
		r2_text_add(line, " tos 0x%02x", route->tos); /* iproute2 reads it as hex anyway */
	say_next_hop(line, route, host);
	if (route->prefsrc.family)
		say_ip(line, "src ", &route->prefsrc);
	if (route->metric)
		say_number(line, "metric", route->metric);
	if (route->table != R2_MAIN_TABLE || route->type > R2_TYPE_UNICAST)
		say_number(line, "table", route->table);
	say_scope(line, route);
	say_number(line, "proto", route->protocol);
	if ((route->flags & R2_ROUTE_ONLINK) && strcmp(verb, "del") != 0)
		r2_text_add(line, " onlink");
}

static void say_neigh(struct r2_text *line, const char *verb, const struct r2_neigh *neigh,
		      const struct r2_host *host)
{
	char mac[R2_MAC_TEXT];
	r2_text_add(line, " neigh %s", verb);
	say_ip(line, "", &neigh->ip);
	if (strcmp(verb, "del") != 0)
		r2_text_add(line, " lladdr %s", r2_mac_format(&neigh->mac, mac));
	say_dev(line, host, neigh->link);
	if (strcmp(verb, "del") == 0)
		return;
	r2_text_add(line, " nud permanent");
	if (neigh->protocol)
		say_number(line, "protocol", neigh->protocol);
}

const char *r2_op_command(const struct r2_op *op, const char *netns, const struct r2_host *host,
			  char *buf, size_t size)
{
	static const char *const verbs[] = {
		[R2_OP_ROUTE_ADD] = "add",
		[R2_OP_ROUTE_PREPEND] = "prepend",
		[R2_OP_ROUTE_APPEND] = "append",
		[R2_OP_ROUTE_DEL] = "del",
		[R2_OP_ROUTE_REPLACE] = "replace",
		[R2_OP_NEIGH_ADD] = "add",
		[R2_OP_NEIGH_SET] = "replace",
		[R2_OP_NEIGH_DEL] = "del",
		[R2_OP_SKIP_SET] = "",
		[R2_OP_SKIP_CLEAR] = "",
	};
	struct r2_text line = r2_text_start(buf, size);
	bool is_route = op->kind <= R2_OP_ROUTE_DEL;
	if (host->system == R2_SYSTEM_WINDOWS)
		return r2_op_command_windows(op, host, buf, size);
	say_ip_itself(&line, netns, is_route && op->route.dst.addr.family == R2_IPV6);
	if (is_route)
		say_route(&line, verbs[op->kind], &op->route, host);
	else
		say_neigh(&line, verbs[op->kind], &op->neigh, host);
	if (line.cut) { /* half a command would be another command */
		line = r2_text_start(buf, size);
		r2_text_add(&line, "# the command is too long");
	}
	return buf;
}
