/* SPDX-License-Identifier: MIT */
/* A host for the tests of planning and changing, and the way from a line to operations. */
#ifndef R2_TESTS_WORLD_H
#define R2_TESTS_WORLD_H

#include "core/plan.h"
#include "core/sweep.h"

enum { LO = 1, E0 = 7, E1 = 9 };

/**
 * world() - the host that all begin with
 *
 *   e0  4.3.2.2/24 3.3.3.3/24       2001:db8:4::2/64 2001:db8:3::3/64
 *   e1  6.5.4.2/24                  2001:db8:6::2/64
 *   default via 4.3.2.1 and 2001:db8:4::1 on e0
 */
void world(struct r2_host *ret);

/** world_route() - `DST via GATEWAY src SOURCE`, gateway and source may be NULL; in table main */
struct r2_route world_route(const char *dst, const char *gateway, const char *src, uint32_t link,
			    uint8_t protocol);

/** world_mac() - the MAC that this gateway answers with: its last byte is the address's */
struct r2_mac world_mac(const struct r2_ip *gateway);

/** struct decision - what is to be done for a line; @ok is false with @err if it is refused */
struct decision {
	bool ok;
	r2_ops ops;
	struct r2_route route; /* that the line is about */
	struct r2_error err;
	struct r2_notes notes;
};

/** decide_add() - tidy, settle and plan, as os/change.c does it, all gateways answering */
struct decision decide_add(const struct r2_host *host, const char *line, bool replace);

/** decide_del() - the same for taking away our route of this key */
struct decision decide_del(const struct r2_host *host, const struct r2_route *key);

/** apply_ops() - the first @n operations on @host; each must succeed */
void apply_ops(struct r2_host *host, const r2_ops *ops, size_t n);

/** undo_ops() - the first @n taken back, the last of them first */
void undo_ops(struct r2_host *host, const r2_ops *ops, size_t n);

/** copy_of() - a copy; must be freed */
struct r2_host copy_of(const struct r2_host *host);

/** assert_same() - the hosts do not differ in routes or neighbours; @what says whose */
void assert_same(const struct r2_host *a, const struct r2_host *b, const char *what);

/** print_host(), print_ops() - for a law that was broken */
void print_host(const struct r2_host *host);
void print_ops(const struct r2_host *host, const r2_ops *ops);

#endif
