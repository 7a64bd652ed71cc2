/* SPDX-License-Identifier: MIT */
/* What the shim knows of a network namespace: values of Linux, no type of any system. */
#ifndef SHIM_VALUES_H
#define SHIM_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct ip - @family 4, 6, or 0 for none; in network byte order */
struct ip {
	uint8_t family;
	uint8_t b[16];
};

/** struct link - @kind: ARPHRD_*; @flags: IFF_*; @metric and @weak: of IPv4, of IPv6 */
struct link {
	uint32_t index, flags, mtu;
	uint16_t kind;
	uint8_t mac[8], mac_len;
	char name[16];
	uint32_t metric[2];
	bool weak[2];
};

/** struct addr - @flags: IFA_F_*; @skip: SkipAsSource, which the shim keeps */
struct addr {
	uint32_t index, flags, valid, preferred;
	struct ip ip;
	uint8_t len;
	bool skip;
};

/** struct route - @metric: as Windows has it, without the interface's */
struct route {
	uint32_t index, priority, metric, table, flags;
	struct ip dst, hop, prefsrc;
	uint8_t len, protocol, type, scope;
};

/** struct neigh - @state: NUD_* */
struct neigh {
	uint32_t index;
	uint16_t state;
	struct ip ip;
	uint8_t mac[8], mac_len;
	bool router;
};

#define LIST(type)                                                                                 \
	struct {                                                                                   \
		type *at;                                                                          \
		size_t n, room;                                                                    \
	}

/** struct world - a network namespace, as far as it was asked for */
struct world {
	LIST(struct link) links;
	LIST(struct addr) addrs;
	LIST(struct route) routes;
	LIST(struct neigh) neighs;
};

enum { LINK_UP = 0x1, LINK_LOOPBACK = 0x8, LINK_POINTOPOINT = 0x10, LINK_RUNNING = 0x40 };
enum { KIND_ETHER = 1, KIND_LOOPBACK = 772 };
enum { ADDR_TEMPORARY = 0x01, ADDR_FAILED = 0x08, ADDR_DEPRECATED = 0x20, ADDR_TENTATIVE = 0x40 };
enum {
	NUD_INCOMPLETE_ = 1,
	NUD_REACHABLE_ = 2,
	NUD_STALE_ = 4,
	NUD_DELAY_ = 8,
	NUD_PROBE_ = 16,
	NUD_FAILED_ = 32,
	NUD_NOARP_ = 64,
	NUD_PERMANENT_ = 128
};
enum { TABLE_MAIN = 254, TABLE_LOCAL = 255 };
enum { TYPE_UNICAST = 1, TYPE_LOCAL = 2, TYPE_BROADCAST = 3, TYPE_MULTICAST = 5 };
enum { PROTO_KERNEL = 2, PROTO_STATIC = 4, SCOPE_LINK = 253, FLAG_ONLINK = 4 };

static inline unsigned bits_of(const struct ip *ip)
{
	return ip->family == 6 ? 128 : 32;
}

#endif
