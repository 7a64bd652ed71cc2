/* SPDX-License-Identifier: MIT */
/* rtnetlink (rtnetlink(7), linux/rtnetlink.h) by bare system calls. Results: 0 or -errno. */
#ifndef SHIM_NL_H
#define SHIM_NL_H

#include "values.h"

enum {
	NL_LINK = 0x1,
	NL_NEIGH = 0x4,
	NL_ADDR4 = 0x10,
	NL_ROUTE4 = 0x40,
	NL_ADDR6 = 0x100,
	NL_ROUTE6 = 0x400
};

/** nl_open() - a socket that hears these groups, to poll and to recv; negative: -errno */
int nl_open(unsigned groups);

int nl_links(struct world *world);
/* @family: 4, 6, or 0 for both */
int nl_addrs(struct world *world, uint8_t family);
/** nl_routes() - of tables main and local, what the kernel itself would use */
int nl_routes(struct world *world, uint8_t family);
int nl_neighs(struct world *world, uint8_t family);
/** nl_neigh() - one: -ENOENT if it is not there */
int nl_neigh(const struct ip *ip, uint32_t index, struct neigh *ret);

enum nl_how { NL_ADD, NL_APPEND, NL_CHANGE };

int nl_put_route(const struct route *route, enum nl_how how);
/** nl_take_route() - the one that has all the fields of @route */
int nl_take_route(const struct route *route);
int nl_put_neigh(const struct neigh *neigh, enum nl_how how);
int nl_take_neigh(const struct ip *ip, uint32_t index);
/** nl_use_neigh() - let the kernel ask for it, now */
int nl_use_neigh(const struct ip *ip, uint32_t index);
int nl_put_addr(const struct addr *addr, enum nl_how how);
int nl_take_addr(const struct addr *addr);

/** nl_rule() - add or take away: what has @mark_priority and goes to @dst uses @table */
int nl_put_rule(const struct ip *dst, uint8_t len, uint32_t table, uint32_t priority);
int nl_take_rule(const struct ip *dst, uint8_t len, uint32_t table, uint32_t priority);

#endif
