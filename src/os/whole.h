/* SPDX-License-Identifier: MIT */
/*
 * The walk of apply: all routes of a file at once.
 *
 *   snapshot -> settle each kind of line -> ask gateways -> compare -> add, then delete -> compare
 *
 * Routes are never held as operations: two sorted lists are walked side by side, once to count, and
 * again to do. What is rare (a route of another tool at the same key, `plain`) is planned one by
 * one as `add` does it, and counts as single.
 */
#ifndef R2_OS_WHOLE_H
#define R2_OS_WHOLE_H

#include "core/file.h"
#include "core/phantom.h"
#include "os/change.h"

/** struct r2_within - what the file speaks for; family R2_NONE, 0 and 0: for all of route2's */
struct r2_within {
	struct r2_prefix prefix;
	uint32_t table;
	char dev[R2_IFNAME];
};

/**
 * struct r2_whole_options - besides those of a change
 * @check: nothing is changed
 * @tell: say to a running watch that much has changed
 * @locked: called when we are the one writer, before anything is read; false: leave it. May be NULL
 * @spares: what of ours stands is left alone though the file does not want it; may be NULL
 * @contested: phantoms whose address somebody has: routes by them get another; may be NULL
 * @say_bad: told of each kind of line that the host cannot have, at its first place
 * @progress: told now and then while routes are added or deleted; may be NULL
 * @say_diff: told of each line that goes (-1), comes (+1), in order; @index its place among its
 *	side's; may be NULL
 */
struct r2_whole_options {
	struct r2_change_options change;
	struct r2_within within;
	bool check;
	bool tell;
	bool (*locked)(void *ctx);
	const r2_ips *contested;
	bool (*spares)(void *ctx, const struct r2_route *route);
	void (*say_bad)(void *ctx, const struct r2_item *item, const struct r2_error *err);
	void (*progress)(void *ctx, size_t done, size_t all);
	void (*say_diff)(void *ctx, int side, size_t index, const struct r2_intent *line);
	void *ctx;
};

/** struct r2_next_hop - an address on an interface */
struct r2_next_hop {
	struct r2_ip ip;
	uint32_t link;
};

/**
 * struct r2_whole - what became of it
 * @added, @replaced, @deleted, @kept, @bad: routes
 * @relisted: gateway lists that changed under routes that were kept
 * @phantoms: operations on phantoms: their neighbours, and lines of the book
 * @proved, @to_prove: how many routes were seen to work, of how many that changed
 * @hops: next hops of all routes that the file wants, phantoms among them; the caller frees it
 */
struct r2_whole {
	size_t added, replaced, deleted, kept, bad;
	size_t relisted, phantoms;
	size_t proved, to_prove;
	R2_LIST(struct r2_next_hop) hops;
	struct r2_notes notes;
	struct r2_host host;
};

/** r2_whole_changes() - was, or would be, anything changed */
bool r2_whole_changes(const struct r2_whole *whole);

/**
 * r2_whole_apply() - make route2's routes those of @file
 * @file: its items are sorted, and marked
 *
 * Return: false with @err; the host is then as it was, but for what @err's hint names.
 */
bool r2_whole_apply(struct r2_os *os, struct r2_file *file, const struct r2_whole_options *options,
		    struct r2_whole *whole, struct r2_error *err);

#endif
