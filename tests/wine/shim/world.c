/* SPDX-License-Identifier: MIT */
/*
 * Idea: Linux chooses sources in its own way, so each route is given the one that Windows' rule
 * chooses as its preferred source. What sends in this namespace, a program of Windows or of Linux,
 * then sends as Windows would. On-link routes whose source hangs on the destination stay as they
 * are, and so does IPv6 but for single destinations: there both systems follow RFC 3484.
 */
#include "room.h"

#include "model.h"
#include "nl.h"
#include "policies.h"
#include "sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 32 * 1024, USUAL_METRIC = 25, LOOPBACK_METRIC = 75, ON_LINK_METRIC = 256 };

const struct link *world_link(const struct world *world, uint32_t index)
{
	for (size_t i = 0; i < world->links.n; i++) {
		if (world->links.at[i].index == index)
			return &world->links.at[i];
	}
	return NULL;
}

/* ---- what only the shim knows ---- */

static const char *next_line(const char *at)
{
	const char *end = strchr(at, '\n');

	return end ? end + 1 : at + strlen(at);
}

static void name_in_hex(const struct ip *ip, char text[33])
{
	for (unsigned i = 0; i < bits_of(ip) / 8; i++)
		snprintf(text + 2 * i, 3, "%02x", ip->b[i]);
}

static void mark_skipped(struct world *world)
{
	static const char WHITE[] = " \r\n";
	char *text = malloc(TEXT), hex[33];

	if (!text)
		return;
	room_read("skip", text, TEXT);
	for (size_t i = 0; i < world->addrs.n; i++) {
		name_in_hex(&world->addrs.at[i].ip, hex);
		for (const char *at = text; *at; at = next_line(at)) {
			if (strcspn(at, WHITE) == strlen(hex) && !strncmp(at, hex, strlen(hex)))
				world->addrs.at[i].skip = true;
		}
	}
	free(text);
}

void world_set_skip(const struct ip *ip, bool skip)
{
	char *text = calloc(2, TEXT), *out = text + TEXT, hex[33];
	size_t len = 0;

	if (!text)
		return;
	name_in_hex(ip, hex);
	room_read("skip", text, TEXT - 64);
	for (const char *at = text; *at; at = next_line(at)) {
		size_t n = (size_t)(next_line(at) - at);

		if (strncmp(at, hex, strlen(hex)) != 0 || at[strlen(hex)] > ' ') {
			memcpy(out + len, at, n);
			len += n;
		}
	}
	if (skip)
		len += (size_t)snprintf(out + len, 64, "%s\n", hex);
	room_write("skip", out, len);
	free(text);
	world_sync();
}

static struct link *find_link(struct world *world, unsigned long index)
{
	for (size_t i = 0; i < world->links.n; i++) {
		if (world->links.at[i].index == index)
			return &world->links.at[i];
	}
	return NULL;
}

static void give_metrics(struct world *world)
{
	char text[4096], *end;

	for (size_t i = 0; i < world->links.n; i++) {
		bool loopback = world->links.at[i].flags & LINK_LOOPBACK;

		world->links.at[i].metric[0] = world->links.at[i].metric[1] =
			loopback ? LOOPBACK_METRIC : USUAL_METRIC;
	}
	room_read("links", text, sizeof(text));
	for (const char *at = text; *at; at = next_line(at)) {
		struct link *link = find_link(world, strtoul(at, &end, 10));

		if (!link)
			continue;
		link->metric[0] = strtoul(end, &end, 10);
		link->metric[1] = strtoul(end, &end, 10);
		link->weak[0] = strtoul(end, &end, 10);
		link->weak[1] = strtoul(end, &end, 10);
	}
}

void world_set_link(const struct link *link)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "%u %u %u %d %d\n", link->index, link->metric[0],
			 link->metric[1], link->weak[0], link->weak[1]);

	room_append("links", line, (size_t)n);
	world_sync();
}

/* The priority of Linux is the sum that Windows compares. */
static void give_route_metrics(struct world *world)
{
	for (size_t i = 0; i < world->routes.n; i++) {
		struct route *route = &world->routes.at[i];
		const struct link *link = world_link(world, route->index);
		uint32_t own = link ? link->metric[route->dst.family == 6] : 0;

		if (route->table == TABLE_LOCAL)
			route->metric = ON_LINK_METRIC;
		else
			route->metric = route->priority > own ? route->priority - own : 0;
	}
}

int world_read(struct world *world, unsigned parts, uint8_t family)
{
	int code = 0;

	memset(world, 0, sizeof(*world));
	if (parts & (READ_LINKS | READ_ROUTES))
		code = nl_links(world);
	give_metrics(world);
	if (!code && parts & READ_ADDRS)
		code = nl_addrs(world, family);
	mark_skipped(world);
	if (!code && parts & READ_ROUTES)
		code = nl_routes(world, family);
	give_route_metrics(world);
	if (!code && parts & READ_NEIGHS)
		code = nl_neighs(world, family);
	if (code)
		world_free(world);
	return code;
}

/* ---- preferred sources ---- */

void world_prefer(const struct world *world, struct route *route)
{
	bool single = route->len == bits_of(&route->dst);
	const struct addr *addr;

	if (!single && (route->dst.family == 6 || !route->hop.family))
		return;
	addr = model_source(world, route, &route->dst, NULL);
	route->prefsrc = addr ? addr->ip : (struct ip){0};
}

/* Make before break: the new one is appended, then the old one goes. IPv6 has one of each kind. */
static int change_source(const struct route *old, const struct route *wanted)
{
	int code = nl_put_route(wanted, old->dst.family == 6 ? NL_CHANGE : NL_APPEND);

	if (code == -L_EEXIST)
		code = 0;
	if (!code && old->dst.family == 4)
		code = nl_take_route(old);
	return code;
}

int world_sync(void)
{
	struct world world;
	int code = world_read(&world, READ_LINKS | READ_ADDRS | READ_ROUTES, 0);

	for (size_t i = 0; !code && i < world.routes.n; i++) {
		struct route wanted = world.routes.at[i];

		if (wanted.table != TABLE_MAIN || wanted.protocol == PROTO_KERNEL)
			continue;
		world_prefer(&world, &wanted);
		if (memcmp(&wanted.prefsrc, &world.routes.at[i].prefsrc, sizeof(wanted.prefsrc)))
			code = change_source(&world.routes.at[i], &wanted);
	}
	world_free(&world);
	policies_sync();
	return code;
}
