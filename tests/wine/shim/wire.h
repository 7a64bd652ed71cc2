/* SPDX-License-Identifier: MIT */
/* Messages of rtnetlink as they lie in memory: linux/netlink.h, linux/rtnetlink.h and friends. */
#ifndef SHIM_WIRE_H
#define SHIM_WIRE_H

#include <stdint.h>

struct nlmsghdr {
	uint32_t len;
	uint16_t type, flags;
	uint32_t seq, pid;
};

struct rtattr {
	uint16_t len, type;
};

struct ifinfomsg {
	uint8_t family, pad;
	uint16_t kind;
	uint32_t index, flags, change;
};

struct ifaddrmsg {
	uint8_t family, len, flags, scope;
	uint32_t index;
};

struct rtmsg {
	uint8_t family, dst_len, src_len, tos, table, protocol, scope, type;
	uint32_t flags;
};

struct rtnexthop {
	uint16_t len;
	uint8_t flags, hops;
	uint32_t index;
};

struct ndmsg {
	uint8_t family, pad1;
	uint16_t pad2;
	uint32_t index;
	uint16_t state;
	uint8_t flags, type;
};

enum { NLMSG_ERROR_ = 2, NLMSG_DONE_ = 3 };
enum {
	F_REQUEST = 0x1,
	F_ACK = 0x4,
	F_DUMP_INTR = 0x10,
	F_REPLACE = 0x100,
	F_DUMP = 0x300,
	F_EXCL = 0x200,
	F_CREATE = 0x400,
	F_APPEND = 0x800
};
enum {
	NEWLINK = 16,
	GETLINK = 18,
	NEWADDR = 20,
	DELADDR = 21,
	GETADDR = 22,
	NEWROUTE = 24,
	DELROUTE = 25,
	GETROUTE = 26,
	NEWNEIGH = 28,
	DELNEIGH = 29,
	GETNEIGH = 30,
	NEWRULE = 32,
	DELRULE = 33
};
enum { IFLA_ADDRESS_ = 1, IFLA_IFNAME_ = 3, IFLA_MTU_ = 4 };
enum {
	IFA_ADDRESS_ = 1,
	IFA_LOCAL_ = 2,
	IFA_BROADCAST_ = 4,
	IFA_CACHEINFO_ = 6,
	IFA_FLAGS_ = 8,
	IFA_RT_PRIORITY_ = 9
};
enum {
	RTA_DST_ = 1,
	RTA_OIF_ = 4,
	RTA_GATEWAY_ = 5,
	RTA_PRIORITY_ = 6,
	RTA_PREFSRC_ = 7,
	RTA_MULTIPATH_ = 9,
	RTA_TABLE_ = 15
};
enum { NDA_DST_ = 1, NDA_LLADDR_ = 2 };
enum { FRA_DST_ = 1, FRA_PRIORITY_ = 6, FRA_TABLE_ = 15 };
enum { CLONED = 0x200, NTF_USE_ = 0x01, NTF_ROUTER_ = 0x80 };
enum { L_AF_INET = 2, L_AF_INET6 = 10, L_AF_NETLINK = 16 };

/** struct req - a message that grows; @room: for its attributes */
struct req {
	struct nlmsghdr h;
	uint8_t room[512];
};

/** struct attrs - of one message, by their number */
struct attrs {
	const uint8_t *at[64];
	unsigned len[64];
};

void req_begin(struct req *req, uint16_t type, uint16_t flags, const void *body, unsigned len);
void req_put(struct req *req, uint16_t type, const void *data, unsigned len);
void req_put_u32(struct req *req, uint16_t type, uint32_t value);
void req_put_ip(struct req *req, uint16_t type, const struct ip *ip);

/** nl_talk() - send it, and hand over each message of the answer. Return: 0 or -errno */
int nl_talk(struct req *req, int (*each)(const struct nlmsghdr *h, void *ctx), void *ctx);

/** attrs_read() - behind the @body bytes that a message begins with */
void attrs_read(struct attrs *attrs, const struct nlmsghdr *h, unsigned body);
void attrs_walk(struct attrs *attrs, const uint8_t *at, unsigned len);
uint32_t attr_u32(const struct attrs *attrs, unsigned type, uint32_t otherwise);
struct ip attr_ip(const struct attrs *attrs, unsigned type, uint8_t family);

static inline uint8_t family_on_wire(uint8_t family)
{
	return family == 6 ? L_AF_INET6 : family == 4 ? L_AF_INET : 0;
}

#endif
