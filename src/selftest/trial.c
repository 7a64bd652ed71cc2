/* SPDX-License-Identifier: MIT */
/* The words that experiments are written in. */
#include "selftest/trial.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct r2_ip r2_ip_of(const char *text)
{
	struct r2_ip ip = {0};

	(void)r2_ip_parse(text, &ip);
	return ip;
}

struct r2_ground r2_ground(enum r2_family family)
{
	static const char *const texts[2][9] = {
		{"192.0.2.12", "192.0.2.16", "192.0.2.200", "192.0.2.1", "192.0.2.11", "192.0.2.99",
		 "198.51.100.1", "198.51.100.2", "203.0.113.1"},
		{"2001:db8:0:1::12", "2001:db8:0:1::16", "2001:db8:0:1::200", "2001:db8:0:1::1",
		 "2001:db8:0:1::11", "2001:db8:0:1::99", "2001:db8:f::1", "2001:db8:f::2",
		 "2001:db8:ffff::1"},
	};
	const char *const *text = texts[family == R2_IPV6];

	return (struct r2_ground){
		.a = r2_ip_of(text[0]),
		.b = r2_ip_of(text[1]),
		.c = r2_ip_of(text[2]),
		.gateway = r2_ip_of(text[3]),
		.second = r2_ip_of(text[4]),
		.silent = r2_ip_of(text[5]),
		.dst = r2_ip_of(text[6]),
		.dst2 = r2_ip_of(text[7]),
		.phantom = r2_ip_of(r2_phantoms[family == R2_IPV6]),
		.off = r2_ip_of(text[8]),
	};
}

struct r2_mac r2_other_mac(void)
{
	return (struct r2_mac){6, {0x02, 0x72, 0x32, 0x00, 0x00, 0x99}};
}

/* ---- notes ---- */

R2_PRINTF(2, 0) static void note(struct r2_trial *trial, const char *fmt, va_list args)
{
	char text[320];

	vsnprintf(text, sizeof(text), fmt, args);
	r2_text_add(&trial->seen, "%s%s", trial->seen.n ? "; " : "", text);
}

bool r2_saw(struct r2_trial *trial, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	note(trial, fmt, args);
	va_end(args);
	return true;
}

bool r2_is_so(struct r2_trial *trial, bool so, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	note(trial, fmt, args);
	va_end(args);
	return so;
}

bool r2_cannot(struct r2_trial *trial, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	note(trial, fmt, args);
	va_end(args);
	trial->finding = R2_NOT_TRIED;
	return false;
}

bool r2_went(struct r2_trial *trial, bool ok, const struct r2_error *err)
{
	char text[R2_ERROR_TEXT];

	if (!ok)
		r2_saw(trial, "%.300s", r2_error_format(err, text, sizeof(text)));
	return ok;
}

/* ---- what is put on the stage ---- */

bool r2_put_address(struct r2_trial *trial, const struct r2_ip *ip)
{
	struct r2_error err;

	return r2_went(trial, r2_stage_address(trial->stage, ip, false, &err), &err);
}

bool r2_put_addresses(struct r2_trial *trial)
{
	return r2_put_address(trial, &trial->ground.a) && r2_put_address(trial, &trial->ground.b);
}

bool r2_do_route(struct r2_trial *trial, enum r2_op_kind kind, const struct r2_route *route)
{
	struct r2_op op = {.kind = kind, .route = *route};
	struct r2_os *os = trial->stage->os;
	struct r2_error err;

	return r2_went(trial, os->ops->apply(os, &op, &err), &err);
}

bool r2_do_neigh(struct r2_trial *trial, enum r2_op_kind kind, const struct r2_ip *ip,
		 const struct r2_mac *mac)
{
	struct r2_op op = {.kind = kind,
			   .neigh = {.ip = *ip,
				     .link = trial->stage->link.index,
				     .state = R2_NUD_PERMANENT,
				     .protocol = R2_PROTOCOL,
				     .mac = *mac}};
	struct r2_os *os = trial->stage->os;
	struct r2_error err;

	return r2_went(trial, os->ops->apply(os, &op, &err), &err);
}

struct r2_route r2_route_of(const struct r2_trial *trial, const struct r2_ip *dst,
			    const struct r2_ip *hop, const struct r2_ip *src)
{
	return (struct r2_route){.dst = r2_prefix_host(dst),
				 .gateway = *hop,
				 .prefsrc = src ? *src : (struct r2_ip){0},
				 .table = R2_MAIN_TABLE,
				 .metric = R2_STAGE_METRIC,
				 .link = trial->stage->link.index,
				 .protocol = R2_PROTOCOL,
				 .type = R2_TYPE_UNICAST,
				 .flags = R2_ROUTE_ONLINK};
}

bool r2_put_native(struct r2_trial *trial, const struct r2_ip *src)
{
	struct r2_route route = r2_route_of(trial, &trial->ground.dst, &trial->ground.gateway, src);

	route.flags = 0;
	/* Where no gateway answers, its entry is made, so that packets leave. */
	return ((trial->stage->can & R2_STAGE_GATEWAY) ||
		r2_do_neigh(trial, R2_OP_NEIGH_ADD, &trial->ground.gateway,
			    &trial->stage->gateway)) &&
	       r2_do_route(trial, R2_OP_ROUTE_ADD, &route);
}

bool r2_put_phantom(struct r2_trial *trial, const struct r2_ip *hop, const struct r2_ip *src)
{
	struct r2_route route = r2_route_of(trial, &trial->ground.dst, hop, src);

	return r2_do_neigh(trial, R2_OP_NEIGH_ADD, hop, &trial->stage->gateway) &&
	       r2_do_route(trial, R2_OP_ROUTE_ADD, &route);
}

bool r2_take_phantom(struct r2_trial *trial, const struct r2_ip *hop, const struct r2_ip *src)
{
	struct r2_route route = r2_route_of(trial, &trial->ground.dst, hop, src);

	return r2_do_route(trial, R2_OP_ROUTE_DEL, &route) &&
	       r2_do_neigh(trial, R2_OP_NEIGH_DEL, hop, &trial->stage->gateway);
}

/* ---- what is looked for ---- */

bool r2_answers(struct r2_trial *trial, const struct r2_ip *dst, struct r2_answer *ret)
{
	struct r2_os *os = trial->stage->os;
	struct r2_error err;

	return r2_went(trial, os->ops->lookup(os, dst, NULL, ret, &err), &err);
}

static bool is_heard(struct r2_trial *trial, const struct r2_ip *src, const struct r2_mac *mac)
{
	char from[R2_IP_TEXT], to[R2_MAC_TEXT];
	struct r2_frame frame;
	struct r2_error err;

	if (!r2_went(trial, r2_stage_packet(trial->stage, &trial->ground.dst, &frame, &err), &err))
		return false;
	return !frame.heard ||
	       r2_is_so(trial, r2_ip_equal(&frame.source, src) && r2_mac_equal(&frame.to, mac),
			"packet from %s to %s", r2_ip_format(&frame.source, from),
			r2_mac_equal(&frame.to, &trial->stage->gateway)
				? "the gateway's MAC"
				: r2_mac_format(&frame.to, to));
}

bool r2_sends(struct r2_trial *trial, const struct r2_ip *src, const struct r2_ip *hop,
	      const struct r2_mac *mac)
{
	char wanted[R2_IP_TEXT], source[R2_IP_TEXT], gateway[R2_IP_TEXT];
	struct r2_answer answer;

	if (!r2_answers(trial, &trial->ground.dst, &answer))
		return false;
	if (answer.error)
		return r2_is_so(trial, false, "no way to the destination (%d)", answer.error);
	return r2_is_so(trial,
			r2_ip_equal(&answer.source, src) &&
				(!hop || r2_ip_equal(&answer.gateway, hop)),
			"%s wanted: lookup %s by %s", r2_ip_format(src, wanted),
			r2_ip_format(&answer.source, source),
			r2_ip_format(&answer.gateway, gateway)) &&
	       is_heard(trial, src, mac);
}

struct search {
	const struct r2_trial *trial;
	uint8_t protocol;
	size_t n;
	struct r2_route found;
};

static bool look_at(void *ctx, const struct r2_host *host, const struct r2_route *route)
{
	struct search *search = ctx;
	struct r2_prefix dst = r2_prefix_host(&search->trial->ground.dst);

	(void)host;
	if (r2_prefix_equal(&route->dst, &dst) && route->table != R2_BOOK_TABLE &&
	    r2_stage_is_ours(route, search->trial->stage->link.index) &&
	    (!search->protocol || route->protocol == search->protocol)) {
		search->n++;
		search->found = *route;
	}
	return false;
}

bool r2_standing_route(struct r2_trial *trial, uint8_t protocol, size_t *ret_n,
		       struct r2_route *ret)
{
	struct search search = {.trial = trial, .protocol = protocol};
	struct r2_query query = {.parts = R2_PART_ROUTES,
				 .family = (enum r2_family)trial->ground.dst.family,
				 .keep = look_at,
				 .ctx = &search};
	struct r2_os *os = trial->stage->os;
	struct r2_host none;
	struct r2_error err;

	if (!r2_went(trial, os->ops->snapshot(os, &query, &none, &err), &err))
		return false;
	r2_host_free(&none);
	*ret_n = search.n;
	if (ret)
		*ret = search.found;
	return true;
}

bool r2_stands(struct r2_trial *trial, uint8_t protocol, size_t n)
{
	size_t found;

	return r2_standing_route(trial, protocol, &found, NULL) &&
	       r2_is_so(trial, found == n, "routes standing: %zu", found);
}

bool r2_neigh_now(struct r2_trial *trial, const struct r2_ip *ip, struct r2_neigh *ret)
{
	struct r2_query query = {.parts = R2_PART_NEIGHS, .family = (enum r2_family)ip->family};
	struct r2_os *os = trial->stage->os;
	const struct r2_neigh *found;
	struct r2_host host;
	struct r2_error err;

	if (!r2_went(trial, os->ops->snapshot(os, &query, &host, &err), &err))
		return false;
	found = r2_host_neigh(&host, ip, trial->stage->link.index);
	*ret = found ? *found : (struct r2_neigh){0};
	r2_host_free(&host);
	return true;
}

bool r2_permanent(struct r2_trial *trial, const struct r2_ip *ip, const struct r2_mac *mac)
{
	struct r2_neigh now;

	if (!r2_neigh_now(trial, ip, &now))
		return false;
	if (!now.state)
		return r2_is_so(trial, false, "its entry is gone");
	return r2_is_so(trial, (now.state & R2_NUD_PERMANENT) && r2_mac_equal(&now.mac, mac),
			"its entry is %s, with %s MAC",
			now.state & R2_NUD_PERMANENT ? "permanent" : "not permanent",
			r2_mac_equal(&now.mac, mac) ? "its" : "another");
}
