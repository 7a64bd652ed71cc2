/* SPDX-License-Identifier: MIT */
/*
 * Operations: the smallest changes of a host, each with its inverse. A plan is a list of them.
 */
#ifndef R2_CORE_OP_H
#define R2_CORE_OP_H

#include "core/host.h"

/**
 * enum r2_op_kind
 * @R2_OP_ROUTE_ADD: the key must be free (NLM_F_EXCL). Succeeds if this very route stands there.
 * @R2_OP_ROUTE_PREPEND: IPv4 only: goes before whatever has the same key and so serves
 * @R2_OP_ROUTE_APPEND: IPv4 only: goes behind; used by undo to restore a route that stood last
 * @R2_OP_ROUTE_REPLACE: IPv6 only: @old, the sole route of its key, becomes @route in one step
 * @R2_OP_ROUTE_DEL: exactly @route: key, next hop, device, source and protocol all named
 * @R2_OP_NEIGH_ADD: a permanent neighbour of ours; no entry of that address may stand there, but
 *                   an unresolved or this very one
 * @R2_OP_NEIGH_SET: @neigh, which is ours, gets another MAC; @old_mac is what it had
 * @R2_OP_NEIGH_DEL: removes it
 * @R2_OP_SKIP_SET: Windows: @addr gets SkipAsSource, and it is noted that route2 set it
 * @R2_OP_SKIP_CLEAR: takes it back; nothing if route2 did not set it
 */
enum r2_op_kind {
	R2_OP_ROUTE_ADD,
	R2_OP_ROUTE_PREPEND,
	R2_OP_ROUTE_APPEND,
	R2_OP_ROUTE_REPLACE,
	R2_OP_ROUTE_DEL,
	R2_OP_NEIGH_ADD,
	R2_OP_NEIGH_SET,
	R2_OP_NEIGH_DEL,
	R2_OP_SKIP_SET,
	R2_OP_SKIP_CLEAR,
};

/** struct r2_op - one operation; which members count its kind says */
struct r2_op {
	enum r2_op_kind kind;
	struct r2_route route; /* ROUTE_* */
	struct r2_route old;   /* ROUTE_REPLACE: what stood there; ROUTE_DEL: unused */
	struct r2_neigh neigh; /* NEIGH_* */
	struct r2_mac old_mac; /* NEIGH_SET */
	struct r2_addr addr;   /* SKIP_* */
	bool last;             /* ROUTE_DEL: others of its key stood before it: undo appends */
};

typedef R2_LIST(struct r2_op) r2_ops;

/** r2_ops_append() - @more behind @ops; false: no memory, and some of them may be there */
bool r2_ops_append(r2_ops *ops, const r2_ops *more);

/** r2_op_inverse() - what undoes @op when it has been applied */
struct r2_op r2_op_inverse(const struct r2_op *op);

/**
 * r2_op_command() - the `ip` command that does the same, without a newline, as a shell reads it; on
 * a host of Windows a line of netsh, or "" for what only route2 keeps (op_windows.h)
 * @netns: name for `ip -n`, a path for `nsenter`, or NULL
 * @host: for interface names
 * @buf: R2_COMMAND_TEXT holds any with a name; should a path be too long, a comment says so
 */
#define R2_COMMAND_TEXT 2048
const char *r2_op_command(const struct r2_op *op, const char *netns, const struct r2_host *host,
			  char *buf, size_t size);

#endif
