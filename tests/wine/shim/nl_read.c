/* SPDX-License-Identifier: MIT */
/* The tables of the kernel. */
#include "nl.h"
#include "room.h"
#include "sys.h"
#include "wire.h"

#include <stdlib.h>
#include <string.h>

/* Room for one more, or NULL. */
#define MORE(list) more((void **)&(list)->at, &(list)->n, &(list)->room, sizeof(*(list)->at))

static void *more(void **at, size_t *n, size_t *room, size_t size)
{
	if (*n == *room) {
		size_t wanted = *room ? 2 * *room : 16;
		void *grown = realloc(*at, wanted * size);

		if (!grown)
			return NULL;
		*at = grown;
		*room = wanted;
	}
	memset((char *)*at + *n * size, 0, size);
	return (char *)*at + (*n)++ * size;
}

void world_free(struct world *world)
{
	free(world->links.at);
	free(world->addrs.at);
	free(world->routes.at);
	free(world->neighs.at);
	memset(world, 0, sizeof(*world));
}

static uint8_t family_of(uint8_t wire)
{
	return wire == L_AF_INET ? 4 : wire == L_AF_INET6 ? 6 : 0;
}

/* A dump that was interrupted by a change is taken again. */
static int dump(struct req *req, int (*each)(const struct nlmsghdr *h, void *ctx),
		struct world *world, size_t *n)
{
	size_t before = *n;
	int code = -L_EAGAIN;

	for (int i = 0; i < 20 && code == -L_EAGAIN; i++) {
		*n = before;
		code = nl_talk(req, each, world);
	}
	return code;
}

static int each_link(const struct nlmsghdr *h, void *ctx)
{
	struct world *world = ctx;
	const struct ifinfomsg *info = (const void *)(h + 1);
	struct attrs attrs;
	struct link *link;

	if (h->type != NEWLINK)
		return 0;
	attrs_read(&attrs, h, sizeof(*info));
	link = MORE(&world->links);
	if (!link)
		return -L_ENOMEM;
	link->index = info->index;
	link->flags = info->flags;
	link->kind = info->kind;
	link->mtu = attr_u32(&attrs, IFLA_MTU_, 1500);
	if (attrs.len[IFLA_ADDRESS_] && attrs.len[IFLA_ADDRESS_] <= sizeof(link->mac)) {
		link->mac_len = (uint8_t)attrs.len[IFLA_ADDRESS_];
		memcpy(link->mac, attrs.at[IFLA_ADDRESS_], link->mac_len);
	}
	if (attrs.len[IFLA_IFNAME_] && attrs.len[IFLA_IFNAME_] <= sizeof(link->name))
		memcpy(link->name, attrs.at[IFLA_IFNAME_], attrs.len[IFLA_IFNAME_] - 1);
	return 0;
}

int nl_links(struct world *world)
{
	struct ifinfomsg info = {0};
	struct req req;

	req_begin(&req, GETLINK, F_DUMP, &info, sizeof(info));
	return dump(&req, each_link, world, &world->links.n);
}

static int each_addr(const struct nlmsghdr *h, void *ctx)
{
	struct world *world = ctx;
	const struct ifaddrmsg *msg = (const void *)(h + 1);
	struct attrs attrs;
	struct addr *addr;

	if (h->type != NEWADDR || !family_of(msg->family))
		return 0;
	attrs_read(&attrs, h, sizeof(*msg));
	addr = MORE(&world->addrs);
	if (!addr)
		return -L_ENOMEM;
	addr->index = msg->index;
	addr->len = msg->len;
	addr->flags = attr_u32(&attrs, IFA_FLAGS_, msg->flags);
	addr->ip = attr_ip(&attrs, IFA_LOCAL_, family_of(msg->family));
	if (!addr->ip.family)
		addr->ip = attr_ip(&attrs, IFA_ADDRESS_, family_of(msg->family));
	if (addr->ip.family == 4)
		addr->flags &= ~1U; /* IFA_F_SECONDARY, of which Windows knows nothing */
	addr->valid = addr->preferred = 0xffffffff;
	if (attrs.len[IFA_CACHEINFO_] >= 8) {
		memcpy(&addr->preferred, attrs.at[IFA_CACHEINFO_], 4);
		memcpy(&addr->valid, attrs.at[IFA_CACHEINFO_] + 4, 4);
	}
	return 0;
}

int nl_addrs(struct world *world, uint8_t family)
{
	struct ifaddrmsg msg = {.family = family_on_wire(family)};
	struct req req;

	req_begin(&req, GETADDR, F_DUMP, &msg, sizeof(msg));
	return dump(&req, each_addr, world, &world->addrs.n);
}

/* ---- routes ---- */

/* Of the table local: what Windows has as on-link routes of its own, too. */
static bool is_wanted(const struct route *route)
{
	if (route->flags & CLONED)
		return false;
	if (route->table == TABLE_MAIN)
		return route->type == TYPE_UNICAST;
	return route->table == TABLE_LOCAL &&
	       (route->type == TYPE_LOCAL || route->type == TYPE_BROADCAST ||
		route->type == TYPE_MULTICAST);
}

/* Each hop of a route with several is a route to Windows. */
static int each_hop(struct world *world, const struct route *whole, const uint8_t *at, unsigned len)
{
	while (len >= sizeof(struct rtnexthop)) {
		struct rtnexthop hop;
		struct attrs attrs;
		struct route *route;

		memcpy(&hop, at, sizeof(hop));
		if (hop.len < sizeof(hop) || hop.len > len)
			return 0;
		route = MORE(&world->routes);
		if (!route)
			return -L_ENOMEM;
		attrs_walk(&attrs, at + sizeof(hop), hop.len - (unsigned)sizeof(hop));
		*route = *whole;
		route->index = hop.index;
		route->hop = attr_ip(&attrs, RTA_GATEWAY_, whole->dst.family);
		at += (hop.len + 3U) & ~3U;
		len -= ((hop.len + 3U) & ~3U) < len ? (hop.len + 3U) & ~3U : len;
	}
	return 0;
}

static int each_route(const struct nlmsghdr *h, void *ctx)
{
	struct world *world = ctx;
	const struct rtmsg *msg = (const void *)(h + 1);
	uint8_t family = family_of(msg->family);
	struct route route = {0}, *added;
	struct attrs attrs;

	if (h->type != NEWROUTE || !family)
		return 0;
	attrs_read(&attrs, h, sizeof(*msg));
	route.table = attr_u32(&attrs, RTA_TABLE_, msg->table);
	route.type = msg->type;
	route.flags = msg->flags;
	if (!is_wanted(&route))
		return 0;
	route.dst = attr_ip(&attrs, RTA_DST_, family);
	route.dst.family = family;
	route.len = msg->dst_len;
	route.protocol = msg->protocol;
	route.scope = msg->scope;
	route.index = attr_u32(&attrs, RTA_OIF_, 0);
	route.priority = attr_u32(&attrs, RTA_PRIORITY_, 0);
	route.hop = attr_ip(&attrs, RTA_GATEWAY_, family);
	route.prefsrc = attr_ip(&attrs, RTA_PREFSRC_, family);
	if (attrs.at[RTA_MULTIPATH_])
		return each_hop(world, &route, attrs.at[RTA_MULTIPATH_], attrs.len[RTA_MULTIPATH_]);
	added = MORE(&world->routes);
	if (!added)
		return -L_ENOMEM;
	*added = route;
	return 0;
}

int nl_routes(struct world *world, uint8_t family)
{
	struct rtmsg msg = {.family = family_on_wire(family)};
	struct req req;

	req_begin(&req, GETROUTE, F_DUMP, &msg, sizeof(msg));
	return dump(&req, each_route, world, &world->routes.n);
}

/* ---- neighbours ---- */

static void read_neigh(const struct nlmsghdr *h, struct neigh *neigh)
{
	const struct ndmsg *msg = (const void *)(h + 1);
	struct attrs attrs;

	attrs_read(&attrs, h, sizeof(*msg));
	neigh->index = msg->index;
	neigh->state = msg->state;
	neigh->router = msg->flags & NTF_ROUTER_;
	neigh->ip = attr_ip(&attrs, NDA_DST_, family_of(msg->family));
	if (attrs.len[NDA_LLADDR_] && attrs.len[NDA_LLADDR_] <= sizeof(neigh->mac)) {
		neigh->mac_len = (uint8_t)attrs.len[NDA_LLADDR_];
		memcpy(neigh->mac, attrs.at[NDA_LLADDR_], neigh->mac_len);
	}
}

static int each_neigh(const struct nlmsghdr *h, void *ctx)
{
	struct world *world = ctx;
	const struct ndmsg *msg = (const void *)(h + 1);
	struct neigh *neigh;

	if (h->type != NEWNEIGH || !family_of(msg->family) || !msg->state)
		return 0;
	neigh = MORE(&world->neighs);
	if (!neigh)
		return -L_ENOMEM;
	read_neigh(h, neigh);
	return 0;
}

int nl_neighs(struct world *world, uint8_t family)
{
	struct ndmsg msg = {.family = family_on_wire(family)};
	struct req req;

	req_begin(&req, GETNEIGH, F_DUMP, &msg, sizeof(msg));
	return dump(&req, each_neigh, world, &world->neighs.n);
}

static int one_neigh(const struct nlmsghdr *h, void *ctx)
{
	read_neigh(h, ctx);
	return 0;
}

int nl_neigh(const struct ip *ip, uint32_t index, struct neigh *ret)
{
	struct ndmsg msg = {.family = family_on_wire(ip->family), .index = index};
	struct neigh neigh = {0};
	struct req req;
	int code;

	req_begin(&req, GETNEIGH, 0, &msg, sizeof(msg));
	req_put_ip(&req, NDA_DST_, ip);
	code = nl_talk(&req, one_neigh, &neigh);
	if (!code && !neigh.state)
		return -L_ENOENT;
	if (!code)
		*ret = neigh;
	return code;
}
