/* SPDX-License-Identifier: MIT */
/*
 * A host: a snapshot of one machine's links, addresses, routes, rules and neighbours.
 *
 * Numbers that the kernel defines (scope, type, protocol, neighbour state) keep rtnetlink's
 * values (RFC 3549, linux/rtnetlink.h, linux/neighbour.h); the names here repeat those that the
 * rules need, so that core compiles on every system.
 */
#ifndef R2_CORE_HOST_H
#define R2_CORE_HOST_H

#include "core/ip.h"
#include "core/list.h"

/* Room for the name of an interface, in UTF-8, the ending zero included. Linux uses 16, names like
 * "vEthernet (WSL (Hyper-V firewall))" more. */
#define R2_IFNAME 128

#define R2_PROTOCOL      114   /* route2's own number on routes and neighbours */
#define R2_BOOK_TABLE    29234 /* the table that no rule leads to: the book */
#define R2_DEFAULT_TABLE 253
#define R2_MAIN_TABLE    254
#define R2_LOCAL_TABLE   255

enum { R2_SCOPE_GLOBAL = 0, R2_SCOPE_SITE = 200, R2_SCOPE_LINK = 253, R2_SCOPE_HOST = 254 };
enum { /* RTN_* */
       R2_TYPE_UNICAST = 1,
       R2_TYPE_LOCAL = 2,
       R2_TYPE_BROADCAST = 3,
       R2_TYPE_ANYCAST = 4,
       R2_TYPE_MULTICAST = 5,
       R2_TYPE_BLACKHOLE = 6,
       R2_TYPE_UNREACHABLE = 7,
       R2_TYPE_PROHIBIT = 8,
       R2_TYPE_THROW = 9,
};
/** r2_type_name() - "unicast", "blackhole" ...; "?" for others */
const char *r2_type_name(uint8_t type);

enum { R2_PROTO_KERNEL = 2 };

enum r2_link_flag {
	R2_LINK_UP = 1 << 0,      /* administratively up */
	R2_LINK_CARRIER = 1 << 1, /* IFF_LOWER_UP */
	R2_LINK_LOOPBACK = 1 << 2,
	R2_LINK_POINTOPOINT = 1 << 3,
	R2_LINK_NOARP = 1 << 4, /* neighbours have no MAC there: no phantom */
	/* What decides a choice in Linux (net.ipv4.conf, net.ipv6.conf; "all" already joined in).
	 */
	R2_LINK_IGNORE_LINKDOWN4 = 1 << 5, /* ignore_routes_with_linkdown */
	R2_LINK_IGNORE_LINKDOWN6 = 1 << 6,
	R2_LINK_ROUTE_LOCALNET = 1 << 7,     /* 127/8 is an address like any other */
	R2_LINK_USE_OIF_ADDRS_ONLY = 1 << 8, /* IPv6: no other interface's addresses */
	R2_LINK_USE_OPTIMISTIC = 1 << 9,     /* IPv6: optimistic addresses are not avoided */
	R2_LINK_PREFER_TEMPORARY = 1 << 10,  /* IPv6: use_tempaddr >= 2 */
	R2_LINK_NO_IPV6 = 1 << 11,           /* disable_ipv6, or no IPv6 on it */
	R2_LINK_NO_IPV4 = 1 << 12,           /* no IPv4 configuration on it */
	R2_LINK_L3_SLAVE = 1 << 13,          /* in a VRF, or a VRF: not modelled */
	/* Windows: an address of another interface may be a source here (WeakHostSend). */
	R2_LINK_WEAK_HOST_SEND4 = 1 << 14,
	R2_LINK_WEAK_HOST_SEND6 = 1 << 15,
};

/**
 * struct r2_link - an interface; @index is the kernel's, never 0
 * @group: IFLA_GROUP, by which a rule may suppress
 * @metric4, @metric6: Windows' interface metric, added to each route's; 0 on Linux
 */
struct r2_link {
	uint32_t index;
	uint32_t flags; /* enum r2_link_flag */
	uint32_t group;
	uint32_t metric4, metric6;
	char name[R2_IFNAME];
	struct r2_mac mac;
};

enum r2_addr_flag { /* IFA_F_* of linux/if_addr.h that decide something */
		    R2_ADDR_SECONDARY = 1 << 0,
		    R2_ADDR_DEPRECATED = 1 << 1,
		    R2_ADDR_TENTATIVE =
			    1
			    << 2, /* DAD not finished (RFC 4862 5.4); optimistic ones are not it */
		    R2_ADDR_DADFAILED = 1 << 3,
		    R2_ADDR_TEMPORARY = 1 << 4,
		    R2_ADDR_OPTIMISTIC = 1 << 5,     /* DAD runs, usable already (RFC 4429) */
		    R2_ADDR_HOME = 1 << 6,           /* RFC 6275 home address */
		    R2_ADDR_SKIP_AS_SOURCE = 1 << 7, /* Windows' SkipAsSource (KB 975808) */
		    R2_ADDR_SKIP_IS_OURS = 1 << 8,   /* and it was route2 that set it */
};

/**
 * struct r2_addr - a local address, in the kernel's list order within its link
 * @ip: the local address
 * @subnet: what it makes on-link: its own, or the peer's (@subnet.addr is then the peer)
 * @broadcast: R2_NONE if it has none
 */
struct r2_addr {
	uint32_t link;
	uint32_t flags; /* enum r2_addr_flag */
	uint8_t scope;
	struct r2_ip ip;
	struct r2_prefix subnet;
	struct r2_ip broadcast;
};

enum r2_route_flag {
	R2_ROUTE_ONLINK = 1 << 0,   /* RTNH_F_ONLINK */
	R2_ROUTE_DEAD = 1 << 1,     /* RTNH_F_DEAD */
	R2_ROUTE_LINKDOWN = 1 << 2, /* RTNH_F_LINKDOWN: no carrier */
	R2_ROUTE_OPAQUE = 1 << 3,   /* several next hops, a next-hop object or an encapsulation:
				       only key, protocol and type are to be relied on */
	R2_ROUTE_ENCAP = 1 << 4,    /* an encapsulation: its lookup is not modelled */
	R2_ROUTE_POLICY = 1 << 5,   /* Windows: a connection policy of ours names its source */
};

/** struct r2_hop - one next hop of several */
struct r2_hop {
	struct r2_ip gateway; /* R2_NONE if on-link */
	uint32_t link;
	uint32_t flags;  /* enum r2_route_flag */
	uint16_t weight; /* 1..256 */
};

enum r2_nexthop_flag {
	R2_NEXTHOP_BLACKHOLE = 1 << 0,
	R2_NEXTHOP_GROUP = 1 << 1,
	R2_NEXTHOP_OPAQUE = 1 << 2, /* encapsulation, fdb: not modelled */
};

/**
 * struct r2_nexthop - a next-hop object (linux/nexthop.h), where others use them
 * @hop: unless it is a group or a blackhole
 * @first_member, @members: of a group: ids in r2_host.members, with their weights
 */
struct r2_nexthop {
	uint32_t id;
	uint32_t flags; /* enum r2_nexthop_flag */
	struct r2_hop hop;
	uint32_t first_member, members;
};

/** struct r2_nexthop_member - one of a group; @id is that of an object */
struct r2_nexthop_member {
	uint32_t id;
	uint16_t weight; /* 1..256 */
};

/**
 * struct r2_route - one route; its key is (dst, tos, table, metric)
 * @link: outgoing interface, 0 if none (blackhole and the like)
 * @gateway: next hop, R2_NONE if on-link; may be IPv6 in an IPv4 route (RTA_VIA)
 * @prefsrc: RTA_PREFSRC, R2_NONE if the kernel is to choose
 * @nhid: next-hop object that it goes by, 0 for none
 * @first_hop, @hops: several next hops: where they stand in r2_host.hops; @hops 0 means the one of
 *	@gateway and @link
 * @pref: IPv6 router preference (RFC 4191) as RTA_PREF has it: 0 medium, 1 high, 3 low
 */
struct r2_route {
	struct r2_prefix dst;
	struct r2_ip gateway;
	struct r2_ip prefsrc;
	uint32_t table;
	uint32_t metric;
	uint32_t link;
	uint8_t protocol;
	uint8_t scope;
	uint8_t type;
	uint8_t tos;
	uint8_t pref;
	uint32_t flags; /* enum r2_route_flag */
	uint32_t nhid;
	uint32_t first_hop, hops;
};

enum r2_rule_flag {
	R2_RULE_TO_TABLE = 1 << 0,    /* FR_ACT_TO_TBL with a table */
	R2_RULE_CONDITIONAL = 1 << 1, /* selects by something an unbound packet of any user may
					 lack: from, iif other than lo, oif, fwmark, tos, uid,
					 port, protocol, l3mdev, invert, suppressors */
};

enum r2_rule_action { /* FR_ACT_* of linux/fib_rules.h */
		      R2_ACTION_TO_TABLE = 1,
		      R2_ACTION_GOTO = 2,
		      R2_ACTION_NOP = 3,
		      R2_ACTION_BLACKHOLE = 6,
		      R2_ACTION_UNREACHABLE = 7,
		      R2_ACTION_PROHIBIT = 8,
};

enum r2_rule_selector {
	R2_SELECT_INVERT = 1 << 0, /* `not` */
	R2_SELECT_UID = 1 << 1,
	R2_SELECT_L3MDEV = 1 << 2,     /* not modelled */
	R2_SELECT_TUNNEL = 1 << 3,     /* tun_id: no packet of this host's sockets has one */
	R2_SELECT_UNKNOWN = 1 << 4,    /* a newer kernel's selector: not modelled */
	R2_SELECT_FIND_SADDR = 1 << 5, /* FIB_RULE_FIND_SADDR (IPv6) */
	R2_SELECT_DSCP = 1 << 6,       /* @tos holds a full DSCP (FRA_DSCP), shifted left by 2 */
};

/**
 * struct r2_rule - a policy rule
 * @from, @to: of family R2_NONE if it does not select by them
 * @iif, @oif: names, "" for any; a name that no link has matches nothing
 * @mark, @mask: fwmark; @mask 0 for any
 * @uid_low, @uid_high: if @select has R2_SELECT_UID, both included
 * @ip_proto, @sport, @dport: [low, high], 0 for any
 * @goto_priority: of the rule that R2_ACTION_GOTO jumps to
 * @suppress_length: no answer with a prefix of this length or less, -1 for off
 * @suppress_group: no answer on a link of this group, -1 for off
 */
struct r2_rule {
	uint32_t priority;
	uint32_t table;
	uint32_t flags;  /* enum r2_rule_flag */
	uint32_t select; /* enum r2_rule_selector */
	uint8_t family;
	uint8_t action; /* enum r2_rule_action */
	uint8_t tos;
	uint8_t ip_proto;
	struct r2_prefix to;
	struct r2_prefix from;
	char iif[R2_IFNAME], oif[R2_IFNAME];
	uint32_t mark, mask;
	uint32_t uid_low, uid_high;
	uint16_t sport[2], dport[2];
	uint32_t goto_priority;
	int32_t suppress_length;
	int64_t suppress_group;
};

/** struct r2_label - a line of the IPv6 address label table (RFC 6724 section 2.1) */
struct r2_label {
	struct r2_prefix prefix;
	uint32_t link; /* 0 for every one */
	uint32_t label;
};

enum { /* NUD_* of linux/neighbour.h */
       R2_NUD_INCOMPLETE = 0x01,
       R2_NUD_REACHABLE = 0x02,
       R2_NUD_STALE = 0x04,
       R2_NUD_DELAY = 0x08,
       R2_NUD_PROBE = 0x10,
       R2_NUD_FAILED = 0x20,
       R2_NUD_NOARP = 0x40,
       R2_NUD_PERMANENT = 0x80,
};

/** struct r2_neigh - an ARP or ND entry; @mac is none while unresolved */
struct r2_neigh {
	struct r2_ip ip;
	uint32_t link;
	uint16_t state;
	uint8_t protocol; /* NDA_PROTOCOL, 0 if nobody said */
	struct r2_mac mac;
};

enum r2_system { R2_SYSTEM_LINUX = 0, R2_SYSTEM_WINDOWS = 1 };

enum r2_host_flag {
	R2_HOST_FORWARDING6 = 1 << 0,     /* net.ipv6.conf.all.forwarding */
	R2_HOST_SOURCE_SPECIFIC = 1 << 1, /* has IPv6 routes with `from`, left out of @routes */
	R2_HOST_NO_RULES = 1 << 2, /* the rules are unknown: the usual ones are taken to hold */
	R2_HOST_POLICY = 1 << 3,  /* Windows: connection policies are there and were seen to work */
	R2_HOST_POLICY6 = 1 << 4, /* the same in IPv6 */
};

/**
 * struct r2_host - the lists stand in the kernel's order, which decides ties
 * @labels: empty where unknown: then the kernel's built-in table holds
 */
struct r2_host {
	enum r2_system system;
	uint32_t flags; /* enum r2_host_flag */
	R2_LIST(struct r2_link) links;
	R2_LIST(struct r2_addr) addrs;
	R2_LIST(struct r2_route)
	routes; /* equal keys stand in the kernel's order: first one serves */
	R2_LIST(struct r2_hop) hops;
	R2_LIST(struct r2_nexthop) nexthops;
	R2_LIST(struct r2_nexthop_member) members;
	R2_LIST(struct r2_rule) rules;
	R2_LIST(struct r2_neigh) neighs;
	R2_LIST(struct r2_label) labels;
};

/** r2_host_free() - a zeroed or half-filled host is fine; leaves it zeroed */
void r2_host_free(struct r2_host *host);

/** r2_host_copy() - lists of its own, for the caller to free; false if memory ran out */
bool r2_host_copy(const struct r2_host *host, struct r2_host *ret);

/** r2_host_link(), r2_host_link_named() - NULL if there is none */
const struct r2_link *r2_host_link(const struct r2_host *host, uint32_t index);
const struct r2_link *r2_host_link_named(const struct r2_host *host, const char *name);
/** r2_host_link_name() - for messages: the name, or "?" */
const char *r2_host_link_name(const struct r2_host *host, uint32_t index);
/** r2_host_addr() - is @ip ours: the address, preferring one on @link (0: any), else NULL */
const struct r2_addr *r2_host_addr(const struct r2_host *host, const struct r2_ip *ip,
				   uint32_t link);
/** r2_host_neigh() - the entry of @ip on @link, in whatever state, or NULL */
const struct r2_neigh *r2_host_neigh(const struct r2_host *host, const struct r2_ip *ip,
				     uint32_t link);

/** r2_route_is_ours() - carries protocol 114 and is not a line of the book */
bool r2_route_is_ours(const struct r2_route *route);
/** r2_route_same_key() - would these two stand in each other's place: dst, tos, table, metric */
bool r2_route_same_key(const struct r2_route *a, const struct r2_route *b);
/** r2_route_same() - same key, next hop, source and owner */
bool r2_route_same(const struct r2_route *a, const struct r2_route *b);
/** r2_route_alike() - the same but for the destination */
bool r2_route_alike(const struct r2_route *a, const struct r2_route *b);
/**
 * r2_protocol_name() - for messages: who made a route, as iproute2's rt_protos names it
 * @buf: room for a number that has no name
 */
#define R2_PROTOCOL_TEXT 16
const char *r2_protocol_name(uint8_t protocol, char buf[R2_PROTOCOL_TEXT]);
/** r2_table_name() - for messages: a table that every system has by its name, others by number */
const char *r2_table_name(uint32_t table, char buf[R2_PROTOCOL_TEXT]);
/** r2_scope_name() - "global", "link" ..., others by number */
const char *r2_scope_name(uint8_t scope, char buf[R2_PROTOCOL_TEXT]);
/** r2_protocol_number() and the like - the number of a name as these say it; false for no name */
bool r2_protocol_number(const char *name, uint32_t *ret);
bool r2_table_number(const char *name, uint32_t *ret);
bool r2_scope_number(const char *name, uint32_t *ret);
bool r2_type_number(const char *name, uint32_t *ret);
/** r2_rule_is_conditional() - does it look at anything but the destination (R2_RULE_CONDITIONAL) */
bool r2_rule_is_conditional(const struct r2_rule *rule);
/** r2_neigh_has_mac() - resolved and usable: not incomplete, failed or NOARP */
bool r2_neigh_has_mac(const struct r2_neigh *neigh);

#endif
