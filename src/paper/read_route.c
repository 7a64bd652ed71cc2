/* SPDX-License-Identifier: MIT */
/* Routes and next-hop objects as `ip -j` writes them. */
#include <string.h>

#include "core/hops.h"
#include "paper/read.h"

/*
 * iproute2 writes the tunnel's destination of an encapsulation as a second "dst" into the same
 * object, and the library keeps the last: so the first is looked for in the text.
 */
static bool read_first_dst(struct r2_form *form, struct r2_prefix *ret, bool *ret_any)
{
	struct r2_walk walk = r2_walk_begin(form->sheet, &form->span);
	struct r2_span key, value;
	char text[R2_PREFIX_TEXT];

	while (r2_walk_next(&walk, &key, &value, form->err) && walk.more) {
		size_t n = value.to - value.from;

		if (!r2_span_is(form->sheet, &key, "dst") || n < 2 || n - 2 >= sizeof(text))
			continue;
		memcpy(text, form->sheet->text + value.from + 1, n - 2);
		text[n - 2] = '\0';
		*ret_any = strcmp(text, "default") == 0;
		return *ret_any || r2_prefix_parse(text, ret) == R2_PREFIX_OK ||
		       r2_form_fault(form, "\"dst\" is \"%s\", not a prefix", text);
	}
	return r2_form_fault(form, "a route needs \"dst\"");
}

/* "gateway", or "via" with a family of its own. */
static struct r2_ip gateway_of(struct r2_form *form)
{
	struct r2_form via = *form;
	struct r2_ip ip;

	if (!r2_form_has(form, "via"))
		return r2_form_ip(form, "gateway");
	via.object = json_object_get(form->object, "via");
	ip = r2_form_ip(&via, r2_form_has(&via, "host") ? "host" : "addr");
	r2_form_back(form, &via);
	return ip;
}

static struct r2_hop hop_of(const struct r2_host *host, struct r2_form *form)
{
	return (struct r2_hop){
		.gateway = gateway_of(form),
		.link = r2_form_link(form, "dev", host),
		.flags = r2_form_flags(form, "flags", r2_hop_flags.at, r2_hop_flags.n),
		.weight = (uint16_t)r2_form_number(form, "weight", 256, 1)};
}

/* Of a route with several next hops: they go to the host's list, and the first is told as its own.
 */
static bool read_hops(struct r2_host *host, struct r2_form *form, struct r2_route *route)
{
	size_t first = host->hops.n;
	struct r2_form inner;

	for (size_t i = 0; !form->bad && r2_form_in(form, "nexthops", i, &inner); i++) {
		struct r2_hop hop = hop_of(host, &inner);

		if (i == 0) {
			route->gateway = hop.gateway;
			route->link = hop.link;
			route->flags |= hop.flags;
		}
		r2_form_back(form, &inner);
		if (!form->bad && !r2_list_push(&host->hops, &hop))
			return r2_read_no_memory(form);
		if (r2_form_has(&inner, "encap"))
			route->flags |= R2_ROUTE_ENCAP;
	}
	if (host->hops.n - first == 1) {
		host->hops.n = first;
	} else if (host->hops.n > first) {
		route->first_hop = (uint32_t)first;
		route->hops = (uint32_t)(host->hops.n - first);
	}
	return !form->bad;
}

enum r2_family r2_read_family(struct r2_form *form)
{
	static const char *const keys[] = {"prefsrc", "src", "gateway"};
	const char *family = r2_form_text(form, "family");
	struct r2_prefix dst;
	struct r2_form inner;
	bool any;

	if (family && strcmp(family, "inet") == 0)
		return R2_IPV4;
	if (family && strcmp(family, "inet6") == 0)
		return R2_IPV6;
	if (!r2_form_has(form, "encap")) {
		dst = r2_form_prefix(form, "dst", &any);
		if (dst.addr.family)
			return (enum r2_family)dst.addr.family;
	}
	if (r2_form_has(form, "pref")) /* ip writes it for every route of IPv6, and for no other */
		return R2_IPV6;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct r2_ip ip = {0};
		const char *text = r2_form_text(form, keys[i]);

		if (text && r2_ip_parse(text, &ip))
			return (enum r2_family)ip.family;
	}
	if (r2_form_in(form, "nexthops", 0, &inner)) {
		struct r2_ip ip = r2_form_ip(&inner, "gateway");

		return (enum r2_family)ip.family;
	}
	return R2_NONE;
}

static uint8_t pref_of(struct r2_form *form)
{
	const char *text = r2_form_text(form, "pref");

	return text && strcmp(text, "high") == 0 ? 1 : text && strcmp(text, "low") == 0 ? 3 : 0;
}

/* @any: all addresses, of the family that the route or its list tells. */
static bool settle_family(struct r2_reading *reading, struct r2_form *form, bool any,
			  struct r2_route *route)
{
	enum r2_family family = any ? r2_read_family(form) : R2_NONE;

	if (any)
		route->dst.addr.family = (uint8_t)(family ? family : reading->family);
	if (!form->bad && route->prefsrc.family && route->prefsrc.family != route->dst.addr.family)
		return r2_form_fault(form, "\"dst\" and \"prefsrc\" are of two families");
	if (!form->bad && route->dst.addr.family == R2_IPV6 && route->gateway.family == R2_IPV4)
		return r2_form_fault(form, "an IPv6 route has an IPv4 \"gateway\"");
	return !form->bad;
}

bool r2_read_route(struct r2_reading *reading, struct r2_form *form)
{
	struct r2_host *host = &reading->host;
	bool any = false, source_specific = r2_form_has(form, "from");
	struct r2_route route = {
		.prefsrc = r2_form_ip(form, "prefsrc"),
		.table = r2_form_named(form, "table", r2_table_number, UINT32_MAX, R2_MAIN_TABLE),
		.metric = r2_form_number(form, "metric", UINT32_MAX, 0),
		/* ip leaves out what is usual: `boot`, `global`, `unicast`. */
		.protocol =
			(uint8_t)r2_form_named(form, "protocol", r2_protocol_number, UINT8_MAX, 3),
		.scope = (uint8_t)r2_form_named(form, "scope", r2_scope_number, UINT8_MAX, 0),
		.type = (uint8_t)r2_form_named(form, "type", r2_type_number, UINT8_MAX,
					       R2_TYPE_UNICAST),
		.pref = pref_of(form),
		.nhid = r2_form_number(form, "nhid", UINT32_MAX, 0)};
	struct r2_hop hop = hop_of(host, form);

	route.gateway = hop.gateway;
	route.link = hop.link;
	route.flags = hop.flags;
	if (r2_form_has(form, "encap")) {
		route.flags |= R2_ROUTE_ENCAP;
		read_first_dst(form, &route.dst, &any);
	} else {
		route.tos = (uint8_t)r2_form_number(form, "tos", UINT8_MAX, 0);
		route.dst = r2_form_prefix(form, "dst", &any);
	}
	if (!form->bad && !any && !route.dst.addr.family)
		return r2_form_fault(form, "a route needs \"dst\"");
	if (!read_hops(host, form, &route) || !settle_family(reading, form, any, &route))
		return false;
	if (route.hops || route.nhid || (route.flags & R2_ROUTE_ENCAP))
		route.flags |= R2_ROUTE_OPAQUE;
	if (source_specific) { /* which no unbound packet meets */
		host->flags |= R2_HOST_SOURCE_SPECIFIC;
		return true;
	}
	return r2_list_push(&host->routes, &route) || r2_read_no_memory(form);
}

static bool read_members(struct r2_host *host, struct r2_form *form, struct r2_nexthop *nexthop)
{
	struct r2_form inner;

	nexthop->flags |= R2_NEXTHOP_GROUP;
	nexthop->first_member = (uint32_t)host->members.n;
	for (size_t i = 0; r2_form_in(form, "group", i, &inner); i++) {
		struct r2_nexthop_member member = {
			.id = r2_form_number(&inner, "id", UINT32_MAX, 0),
			.weight = (uint16_t)r2_form_number(&inner, "weight", UINT16_MAX, 1)};

		r2_form_back(form, &inner);
		if (form->bad)
			return false;
		if (!r2_list_push(&host->members, &member))
			return r2_read_no_memory(form);
		nexthop->members++;
	}
	return !form->bad;
}

bool r2_read_nexthop(struct r2_reading *reading, struct r2_form *form)
{
	struct r2_host *host = &reading->host;
	struct r2_nexthop nexthop = {.id = r2_form_number(form, "id", UINT32_MAX, 0),
				     .hop = hop_of(host, form)};

	if (r2_form_has(form, "blackhole"))
		nexthop.flags |= R2_NEXTHOP_BLACKHOLE;
	if (r2_form_has(form, "encap") || r2_form_has(form, "fdb"))
		nexthop.flags |= R2_NEXTHOP_OPAQUE;
	if (!form->bad && r2_form_has(form, "group") && !read_members(host, form, &nexthop))
		return false;
	if (!form->bad && !nexthop.id)
		return r2_form_fault(form, "a next-hop object needs \"id\"");
	if (form->bad)
		return false;
	return r2_list_push(&host->nexthops, &nexthop) || r2_read_no_memory(form);
}
