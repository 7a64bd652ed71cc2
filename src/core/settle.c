/* SPDX-License-Identifier: MIT */
/* Settling: source, interface, gateways and method of a line, each decided in one function. */
#include "core/settle.h"
#include "core/onlink.h"
#include "core/phantom.h"
#include "core/source4.h"

#include <stdio.h>
#include <string.h>

/* ---- what the snapshot must hold ---- */

static bool is_gateway_of(const struct r2_intent *intent, const struct r2_ip *ip)
{
	for (size_t i = 0; i < intent->gateways.n; i++) {
		if (r2_ip_equal(&intent->gateways.at[i], ip))
			return true;
	}
	return false;
}

static bool is_first_user(const struct r2_intent *intent, const struct r2_host *host,
			  const struct r2_route *route)
{
	r2_each (const struct r2_route, kept, &host->routes) {
		if (r2_route_is_ours(kept) && kept->link == route->link &&
		    r2_ip_equal(&kept->gateway, &route->gateway) &&
		    !r2_prefix_equal(&kept->dst, &intent->dst))
			return false;
	}
	return true;
}

static size_t count_specifics(const struct r2_intent *intent, const struct r2_host *host)
{
	size_t n = 0;

	r2_each (const struct r2_route, kept, &host->routes) {
		n += kept->table != R2_BOOK_TABLE && kept->dst.len > intent->dst.len &&
		     r2_prefix_covers(&intent->dst, &kept->dst);
	}
	return n;
}

bool r2_settle_needs(const struct r2_intent *intent, const struct r2_host *host,
		     const struct r2_route *route)
{
	if (route->table == R2_BOOK_TABLE || route->dst.len == 0 || !route->gateway.family)
		return true;
	/* There a phantom lies anywhere in a subnet, and a policy catches longer prefixes. */
	if (host->system == R2_SYSTEM_WINDOWS && route->protocol != R2_PROTOCOL)
		return true;
	if (r2_prefix_equal(&route->dst, &intent->dst))
		return true;
	if (r2_route_is_ours(route) &&
	    (!route->prefsrc.family || is_first_user(intent, host, route)))
		return true;
	if (is_gateway_of(intent, &route->gateway) && (route->flags & R2_ROUTE_ONLINK))
		return true;
	if (route->protocol != R2_PROTOCOL && (r2_phantom_in_ranges(&route->gateway) ||
					       r2_ip_equal(&route->gateway, &intent->phantom)))
		return true;
	return intent->dst.addr.family && r2_prefix_covers(&intent->dst, &route->dst) &&
	       count_specifics(intent, host) < R2_SPECIFICS_MAX;
}

/* ---- the source ---- */

static void list_addrs(const struct r2_host *host, enum r2_family family, uint32_t link, char *buf,
		       size_t size)
{
	char text[R2_IP_TEXT];
	size_t used = 0;

	buf[0] = '\0';
	r2_each (const struct r2_addr, addr, &host->addrs) {
		int n;

		if (addr->ip.family != family || (link && addr->link != link))
			continue;
		n = snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
			     r2_ip_format(&addr->ip, text));
		if (n < 0 || (size_t)n >= size - used) {
			buf[used] = '\0';
			return;
		}
		used += (size_t)n;
	}
}

static bool not_ours(const struct r2_host *host, const struct r2_ip *src, uint32_t link,
		     struct r2_error *err)
{
	char text[R2_IP_TEXT], list[240];

	r2_error_set(err, R2_FAILED, "source %s is not an address of this host",
		     r2_ip_format(src, text));
	list_addrs(host, (enum r2_family)src->family, link, list, sizeof(list));
	if (!*list)
		list_addrs(host, (enum r2_family)src->family, link = 0, list, sizeof(list));
	if (!*list)
		return r2_error_hint(err, "it has no IPv%d address at all", src->family);
	return r2_error_hint(err, "%s has %s", link ? r2_host_link_name(host, link) : "it", list);
}

bool r2_settle_source(const struct r2_host *host, const struct r2_ip *src, uint32_t link,
		      struct r2_notes *notes, struct r2_error *err)
{
	const struct r2_addr *addr = r2_host_addr(host, src, link);
	char text[R2_IP_TEXT];

	r2_ip_format(src, text);
	if (!addr)
		return not_ours(host, src, link, err);
	if (addr->flags & R2_ADDR_DADFAILED) {
		r2_error_set(err, R2_FAILED,
			     "source %s on %s has failed duplicate address detection", text,
			     r2_host_link_name(host, addr->link));
		return r2_error_hint(err, "another host uses it");
	}
	if (addr->flags & R2_ADDR_TENTATIVE) {
		r2_error_set(err, R2_FAILED,
			     "source %s on %s is tentative: duplicate address detection has not "
			     "finished",
			     text, r2_host_link_name(host, addr->link));
		return r2_error_hint(err, "try again in a second");
	}
	if (addr->flags & R2_ADDR_DEPRECATED)
		r2_note(notes, "source %s is deprecated: only routes that name it will use it",
			text);
	return true;
}

/* ---- the interface ---- */

bool r2_settle_link(const struct r2_host *host, const char *name, uint32_t *ret_link,
		    struct r2_error *err)
{
	const struct r2_link *link = r2_host_link_named(host, name);
	char list[200] = "";

	if (link) {
		*ret_link = link->index;
		return true;
	}
	r2_each (const struct r2_link, one, &host->links) {
		size_t used = strlen(list);

		if (used + strlen(one->name) + 3 < sizeof(list))
			snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "",
				 one->name);
	}
	r2_error_set(err, R2_FAILED, "there is no interface %s", name);
	return r2_error_hint(err, "this host has %s", list);
}

static bool require_up(const struct r2_host *host, uint32_t index, struct r2_error *err)
{
	const struct r2_link *link = r2_host_link(host, index);

	if (link && (link->flags & R2_LINK_UP))
		return true;
	r2_error_set(err, R2_FAILED, "interface %s is down", r2_host_link_name(host, index));
	if (host->system == R2_SYSTEM_WINDOWS)
		return r2_error_hint(err,
				     "is its cable in? Else: netsh interface set interface \"%s\" "
				     "enabled",
				     r2_host_link_name(host, index));
	return r2_error_hint(err, "bring it up with: ip link set %s up",
			     r2_host_link_name(host, index));
}

/* ---- the gateways ---- */

static bool check_gateway(const struct r2_host *host, const struct r2_ip *gateway,
			  struct r2_error *err)
{
	const struct r2_addr *ours = r2_host_addr(host, gateway, 0);
	char text[R2_IP_TEXT];

	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (addr->broadcast.family && r2_ip_equal(&addr->broadcast, gateway))
			return r2_error_set(
				err, R2_FAILED, "gateway %s is the broadcast address of %s",
				r2_ip_format(gateway, text), r2_host_link_name(host, addr->link));
	}
	if (!ours)
		return true;
	return r2_error_set(err, R2_FAILED, "gateway %s is this host's own address on %s",
			    r2_ip_format(gateway, text), r2_host_link_name(host, ours->link));
}

static bool locate_gateways(const struct r2_host *host, const struct r2_intent *intent,
			    uint32_t wanted, struct r2_target *target, struct r2_error *err)
{
	target->gateways = intent->gateways;
	for (size_t i = 0; i < target->gateways.n; i++) {
		const struct r2_ip *gateway = &target->gateways.at[i];
		struct r2_onlink found;

		if (!check_gateway(host, gateway, err) ||
		    !r2_onlink_find(host, gateway, wanted, &intent->src, &found, err))
			return false;
		if (i > 0 && found.link != target->route.link)
			return r2_onlink_two_links(host, &target->gateways.at[0],
						   target->route.link, gateway, found.link, err);
		target->route.link = found.link;
		target->unproven |= found.unproven;
		/* fib_check_nh() looks for the gateway in this very table, then by the rules. */
		if (i == 0 && (found.unproven || found.by_next_hop ||
			       (found.table != R2_MAIN_TABLE && found.table != intent->table)))
			target->route.flags |= R2_ROUTE_ONLINK;
	}
	return require_up(host, target->route.link, err);
}

/* Without `via`: straight on, or by the default gateway of the source's interface. */
static bool find_gateway(const struct r2_host *host, const struct r2_intent *intent,
			 uint32_t wanted, struct r2_target *target, struct r2_notes *notes,
			 struct r2_error *err)
{
	const struct r2_addr *src = r2_host_addr(host, &intent->src, wanted);
	char text[R2_IP_TEXT], prefix[R2_PREFIX_TEXT];
	uint32_t link = wanted;

	if (!link && src)
		link = src->link;
	if (!link)
		return not_ours(host, &intent->src, 0, err);
	target->route.link = link;
	if (!require_up(host, link, err))
		return false;
	if (wanted && r2_onlink_straight(host, link, &intent->dst))
		return true;
	if (!r2_onlink_default_gateway(host, link, &intent->dst, &target->gateways.at[0], err))
		return false;
	target->gateways.n = 1;
	if (!wanted && r2_onlink_straight(host, link, &intent->dst))
		r2_note(notes, "%s is on the link of %s; say `dev %s` to send straight to it",
			r2_prefix_name(&intent->dst, prefix), r2_host_link_name(host, link),
			r2_host_link_name(host, link));
	r2_note(notes, "no `via`: by the default gateway %s of %s",
		r2_ip_format(&target->gateways.at[0], text), r2_host_link_name(host, link));
	return true;
}

/* ---- the method ---- */

static bool refuse_phantom(const struct r2_host *host, const struct r2_intent *intent,
			   const struct r2_target *target, struct r2_error *err)
{
	const struct r2_link *link = r2_host_link(host, target->route.link);
	const char *what = intent->given & R2_WORD_BACKUP ? "a backup" : "a phantom";
	char text[R2_PREFIX_TEXT];

	if (!target->gateways.n)
		return r2_error_set(err, R2_FAILED,
				    "%s needs a gateway, but %s is sent to straight on %s", what,
				    r2_prefix_name(&intent->dst, text), link->name);
	if (link->flags & (R2_LINK_NOARP | R2_LINK_LOOPBACK))
		return r2_error_set(err, R2_FAILED,
				    "%s cannot be on %s: neighbours have no MAC there", what,
				    link->name);
	return true;
}

static bool settle_method(const struct r2_host *host, const struct r2_intent *intent,
			  struct r2_target *target, struct r2_error *err)
{
	bool by_phantom;

	target->any_method = intent->method == R2_AUTO && !intent->phantom.family;
	target->method = intent->method;
	if (target->method == R2_AUTO)
		target->method =
			target->gateways.n > 1 || intent->phantom.family ? R2_PHANTOM : R2_NATIVE;
	target->phantom = intent->phantom;
	by_phantom =
		target->method == R2_PHANTOM || intent->phantom.family || target->gateways.n > 1;
	if (by_phantom && !refuse_phantom(host, intent, target, err))
		return false;
	if (target->method == R2_SKIPASSOURCE && host->system != R2_SYSTEM_WINDOWS) {
		r2_error_set(err, R2_USAGE,
			     "`method skipassource` is for Windows, whose routes name no source");
		return r2_error_hint(err, "here `method native` does");
	}
	if (target->method == R2_PLAIN && target->gateways.n > 1 && !intent->phantom.family) {
		r2_error_set(err, R2_FAILED,
			     "`method plain` has one next hop and cannot back it up");
		return r2_error_hint(err, "`method phantom` can");
	}
	if (target->method != R2_PLAIN && target->method != R2_SKIPASSOURCE)
		target->route.prefsrc = intent->src;
	return true;
}

/* `plain` in IPv4: the next hop decides, so it can be told before (IPv6 is asked afterwards). */
static bool check_plain(const struct r2_host *host, const struct r2_target *target,
			struct r2_error *err)
{
	const struct r2_ip *next_hop = NULL;
	char hop[R2_IP_TEXT], text[R2_IP_TEXT], won[R2_IP_TEXT];
	const struct r2_addr *winner;

	if (target->method != R2_PLAIN || target->src.family != R2_IPV4 ||
	    host->system == R2_SYSTEM_WINDOWS)
		return true;
	if (target->phantom.family)
		next_hop = &target->phantom;
	else if (target->gateways.n)
		next_hop = &target->gateways.at[0];
	winner = r2_source4(host, target->route.link, next_hop,
			    target->gateways.n ? R2_SCOPE_GLOBAL : R2_SCOPE_LINK, NULL);
	if (winner && r2_ip_equal(&winner->ip, &target->src))
		return true;
	r2_error_set(err, R2_FAILED,
		     "without a preferred source the kernel would pick %s for %s %s",
		     winner ? r2_ip_format(&winner->ip, won) : "an address of another interface",
		     target->phantom.family ? "phantom" : "next hop",
		     r2_ip_format(next_hop ? next_hop : &target->route.dst.addr, hop));
	return r2_error_hint(err, "`method %s` gives %s",
			     target->gateways.n > 1 || target->phantom.family ? "phantom"
									      : "native",
			     r2_ip_format(&target->src, text));
}

static bool check_destination(const struct r2_host *host, const struct r2_intent *intent,
			      struct r2_error *err)
{
	char text[R2_IP_TEXT];

	if (r2_prefix_is_nowhere(&intent->dst))
		return r2_error_set(err, R2_FAILED, "destination %s means this host itself",
				    r2_ip_format(&intent->dst.addr, text));
	if (intent->dst.len == r2_ip_bits(&intent->dst.addr) &&
	    r2_host_addr(host, &intent->dst.addr, 0))
		return r2_error_set(err, R2_FAILED, "destination %s is this host's own address",
				    r2_ip_format(&intent->dst.addr, text));
	return true;
}

static bool known_source(const struct r2_host *host, const struct r2_intent *intent, uint32_t link,
			 struct r2_notes *notes, struct r2_error *err)
{
	struct r2_onlink found;
	struct r2_error unused;

	/* Any interface's address will do; the gateway's interface is only whose to list. */
	if (r2_host_addr(host, &intent->src, 0))
		return r2_settle_source(host, &intent->src, 0, notes, err);
	if (!link && intent->gateways.n &&
	    r2_onlink_find(host, &intent->gateways.at[0], 0, &intent->src, &found, &unused))
		link = found.link;
	return not_ours(host, &intent->src, link, err);
}

bool r2_settle_line(const struct r2_host *host, const struct r2_intent *intent,
		    struct r2_target *ret_target, struct r2_notes *notes, struct r2_error *err)
{
	struct r2_target target = {
		.src = intent->src,
		.route = {.dst = intent->dst,
			  .table = intent->table,
			  .metric = r2_intent_metric(intent, host->system),
			  .protocol = R2_PROTOCOL,
			  .type = R2_TYPE_UNICAST},
	};
	uint32_t wanted = 0;
	bool ok;

	if (host->system == R2_SYSTEM_WINDOWS && intent->table != R2_MAIN_TABLE) {
		r2_error_set(err, R2_USAGE, "table %u: Windows has one table of routes",
			     intent->table);
		return r2_error_hint(err, "leave `table` out");
	}
	if (*intent->dev && !r2_settle_link(host, intent->dev, &wanted, err))
		return false;
	if (wanted && !require_up(host, wanted, err))
		return false;
	if (!known_source(host, intent, wanted, notes, err) ||
	    !check_destination(host, intent, err))
		return false;
	if (intent->gateways.n)
		ok = locate_gateways(host, intent, wanted, &target, err);
	else
		ok = find_gateway(host, intent, wanted, &target, notes, err);
	if (!ok || !settle_method(host, intent, &target, err) || !check_plain(host, &target, err))
		return false;
	if (target.gateways.n)
		target.route.gateway = target.gateways.at[0];
	else if (target.src.family == R2_IPV4)
		target.route.scope = R2_SCOPE_LINK;
	*ret_target = target;
	return true;
}

bool r2_settle(const struct r2_host *host, const struct r2_intent *intent,
	       struct r2_target *ret_target, struct r2_notes *notes, struct r2_error *err)
{
	struct r2_target target;

	if (!r2_settle_line(host, intent, &target, notes, err) ||
	    (host->system == R2_SYSTEM_WINDOWS &&
	     !r2_settle_windows(host, intent, &target, notes, err)))
		return false;
	*ret_target = target;
	return true;
}

bool r2_settle_uses_mac(const struct r2_host *host, const struct r2_target *target)
{
	const struct r2_link *link = r2_host_link(host, target->route.link);

	return target->gateways.n && link && !(link->flags & (R2_LINK_NOARP | R2_LINK_LOOPBACK));
}
