/* SPDX-License-Identifier: MIT */
/* The truth of a change: what the kernel says it would do now (DESIGN, decisions 2 and 8). */
#ifndef R2_OS_TRUTH_H
#define R2_OS_TRUTH_H

#include "os/os.h"

/**
 * r2_truth_check() - does @route, just installed, do what was asked
 * @host: the snapshot from before, for rules and more specific routes
 * @src: the wanted source
 * @ret_sample, @ret_source: one address that was asked about, and the source it got
 *
 * Where a rule leads an unbound packet to the table, addresses inside the prefix are looked up; all
 * that no more specific route holds must be right. Elsewhere the route is read back, with a note.
 *
 * Return: false with R2_FAILED saying what won.
 */
bool r2_truth_check(struct r2_os *os, const struct r2_host *host, const struct r2_route *route,
		    const struct r2_ip *src, struct r2_ip *ret_sample, struct r2_ip *ret_source,
		    struct r2_notes *notes, struct r2_error *err);

#endif
