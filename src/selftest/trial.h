/* SPDX-License-Identifier: MIT */
/*
 * What experiments are written with. Every function returns true if what it did or looked for came
 * true, and has then noted what was seen; so that an experiment is a chain of &&. The first that
 * returns false has noted why: the point does not hold, or could not be tried.
 */
#ifndef R2_SELFTEST_TRIAL_H
#define R2_SELFTEST_TRIAL_H

#include "core/select.h"
#include "selftest/selftest.h"

/**
 * struct r2_ground - the addresses of one family
 * @a, @b, @c: the stage's own, where an experiment adds them: .12, .16 and .200 of the subnet
 * @gateway, @second: the gateway, and another one
 * @silent: in the subnet, and nobody's
 * @dst: what routes lead to; @dst2: another one beside it
 * @phantom: one as route2 takes them on this system for source b
 * @off: a next hop in no subnet of the host
 */
struct r2_ground {
	struct r2_ip a, b, c;
	struct r2_ip gateway, second, silent;
	struct r2_ip dst, dst2;
	struct r2_ip phantom, off;
};

/* IPv4, IPv6: beside the points of each system. */
extern const char *const r2_phantoms[2];

/** struct r2_trial - one experiment under way; @seen: what is noted of it, for the report */
struct r2_trial {
	struct r2_stage *stage;
	const struct r2_point *point;
	struct r2_ground ground;
	enum r2_finding finding;
	struct r2_text seen;
};

/** r2_ground() - the addresses of @family */
struct r2_ground r2_ground(enum r2_family family);

/** r2_ip_of() - of a text that is an address */
struct r2_ip r2_ip_of(const char *text);

/** r2_saw() - note what was seen. Return: true */
bool r2_saw(struct r2_trial *trial, const char *fmt, ...) R2_PRINTF(2, 3);

/** r2_is_so() - note what was seen, and whether that is as expected. Return: @so */
bool r2_is_so(struct r2_trial *trial, bool so, const char *fmt, ...) R2_PRINTF(3, 4);

/** r2_cannot() - it could not be tried, for this reason. Return: false */
bool r2_cannot(struct r2_trial *trial, const char *fmt, ...) R2_PRINTF(2, 3);

/** r2_went() - a call's outcome: @ok, else its error is noted */
bool r2_went(struct r2_trial *trial, bool ok, const struct r2_error *err);

/* ---- what is put on the stage ---- */

/** r2_put_address() - an address of the ground, in service when this returns */
bool r2_put_address(struct r2_trial *trial, const struct r2_ip *ip);
/** r2_put_addresses() - a, then b */
bool r2_put_addresses(struct r2_trial *trial);
/** r2_do_route() - one operation by the seam */
bool r2_do_route(struct r2_trial *trial, enum r2_op_kind kind, const struct r2_route *route);
bool r2_do_neigh(struct r2_trial *trial, enum r2_op_kind kind, const struct r2_ip *ip,
		 const struct r2_mac *mac);

/** r2_route_of() - a route of ours to @dst by @hop (any), from @src (or NULL) */
struct r2_route r2_route_of(const struct r2_trial *trial, const struct r2_ip *dst,
			    const struct r2_ip *hop, const struct r2_ip *src);
/** r2_put_native() - add the route to dst by the gateway, from @src */
bool r2_put_native(struct r2_trial *trial, const struct r2_ip *src);
/** r2_put_phantom() - the neighbour @hop with the gateway's MAC, and the route to dst by it */
bool r2_put_phantom(struct r2_trial *trial, const struct r2_ip *hop, const struct r2_ip *src);
/** r2_take_phantom() - both taken away again */
bool r2_take_phantom(struct r2_trial *trial, const struct r2_ip *hop, const struct r2_ip *src);

/* ---- what is looked for ---- */

/** r2_answers() - what the system would do with an unbound packet to @dst */
bool r2_answers(struct r2_trial *trial, const struct r2_ip *dst, struct r2_answer *ret);
/** r2_sends() - a packet to dst: the lookup says @src and @hop (NULL: whatever), and where that is
 * heard the packet has @src and @mac */
bool r2_sends(struct r2_trial *trial, const struct r2_ip *src, const struct r2_ip *hop,
	      const struct r2_mac *mac);
/** r2_standing_route() - is there a route to dst of @protocol (0: any); @ret may be NULL */
bool r2_standing_route(struct r2_trial *trial, uint8_t protocol, size_t *ret_n,
		       struct r2_route *ret);
/** r2_stands() - is that many routes to dst what there is */
bool r2_stands(struct r2_trial *trial, uint8_t protocol, size_t n);
/** r2_permanent() - @ip's entry is permanent and has @mac */
bool r2_permanent(struct r2_trial *trial, const struct r2_ip *ip, const struct r2_mac *mac);
/** r2_neigh_now() - the entry of @ip on the stage; state 0 if there is none */
bool r2_neigh_now(struct r2_trial *trial, const struct r2_ip *ip, struct r2_neigh *ret);

/** r2_other_mac() - a station's that is not the gateway */
struct r2_mac r2_other_mac(void);

#endif
