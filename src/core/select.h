/* SPDX-License-Identifier: MIT */
/*
 * Which source a host picks: one question, one answer, three sets of rules.
 *
 * A model is a host made ready for many questions. Every model compiles and runs on every system.
 */
#ifndef R2_CORE_SELECT_H
#define R2_CORE_SELECT_H

#include "core/explain.h"
#include "core/host.h"

enum r2_rules {
	R2_RULES_LINUX,      /* select_linux4.c, select_linux6.c */
	R2_RULES_WINDOWS,    /* Vista to 11, Server 2008 and later: select_windows.h */
	R2_RULES_WINDOWS_XP, /* XP and 2003: best effort */
};

/** r2_rules_of() - by which @host itself chooses */
enum r2_rules r2_rules_of(const struct r2_host *host);

/**
 * struct r2_flow - the packet in question; zeroes are what an unbound socket of root sends
 * @dst: an address
 * @src: bound to, R2_NONE for an unbound socket
 * @oif: bound to this interface, 0 for none
 * @mark: SO_MARK
 * @tos: the TOS byte without its two ECN bits
 * @uid: of the sender
 * @ip_proto, @sport, @dport: as rules see them; 0 is unknown, and no rule for one matches
 */
struct r2_flow {
	struct r2_ip dst;
	struct r2_ip src;
	uint32_t oif;
	uint32_t mark;
	uint32_t uid;
	uint8_t tos;
	uint8_t ip_proto;
	uint16_t sport, dport;
};

/**
 * struct r2_pick - what the host does with the flow
 * @error: 0, or what the sender gets, as Linux numbers it whatever the system: R2_ENETUNREACH ...;
 *	the rest is then unset but @table and @route, if a route said so
 * @source: R2_NONE where the system finds none (Linux then sends from 0.0.0.0, or refuses)
 * @gateway: R2_NONE if on-link
 * @route: index in r2_host.routes, R2_NO_ROUTE if none decided
 * @type: of the route: R2_TYPE_*
 * @not_modelled: NULL, or what the model does not cover here ("l3mdev"): do not rely on the answer
 */
struct r2_pick {
	int error;
	struct r2_ip source;
	struct r2_ip gateway;
	uint32_t link;
	uint32_t table;
	uint32_t route;
	uint8_t type;
	const char *not_modelled;
};

#define R2_NO_ROUTE UINT32_MAX

enum { /* Linux numbers (asm-generic/errno.h), by name on every system */
       R2_EPERM = 1,
       R2_EAGAIN = 11,
       R2_EACCES = 13,
       R2_ENODEV = 19,
       R2_EINVAL = 22,
       R2_EADDRNOTAVAIL = 99,
       R2_ENETDOWN = 100,
       R2_ENETUNREACH = 101,
       R2_EHOSTUNREACH = 113,
};

/** r2_errno_name() - "ENETUNREACH" for 101, and so on; "errno N" in @buf for others */
const char *r2_errno_name(int error, char buf[16]);

struct r2_model;

/**
 * r2_model_new() - make @host ready for questions: time and memory grow with its routes
 * @host: must outlive the model and stay as it is
 *
 * Return: NULL if memory ran out.
 */
struct r2_model *r2_model_new(const struct r2_host *host, enum r2_rules rules);
void r2_model_free(struct r2_model *model);

/**
 * r2_model_choose() - the answer, or all the answers that the rules leave open
 * @ret: room for @room of them; the first is the likeliest. Several: multipath, where a hash
 *	decides; default routes and routers chosen by neighbour state; a tie of Windows
 * @steps: how it came about, appended; NULL if nobody asks
 *
 * Return: how many there are, at least 1; may be more than @room.
 */
size_t r2_model_choose(const struct r2_model *model, const struct r2_flow *flow,
		       struct r2_pick *ret, size_t room, r2_steps *steps);

#endif
