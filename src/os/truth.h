/* SPDX-License-Identifier: MIT */
/* The truth of a change: what the kernel says it would do now (DESIGN, decisions 2 and 8). */
#ifndef R2_OS_TRUTH_H
#define R2_OS_TRUTH_H

#include "os/os.h"

/**
 * r2_truth_check() - does @route, just installed, do what was asked
 * @host: the snapshot from before, for rules and more specific routes
 * @src: the wanted source
 * @notes: parts of the prefix that go elsewhere; that the route was only read back
 *
 * Addresses inside the prefix are looked up; all that no more specific route and no rule of its own
 * holds must be right. Where no rule leads an unbound packet to the table, and behind a line of
 * ours with a lower metric, the route is read back.
 *
 * Return: false with R2_FAILED saying what won.
 */
bool r2_truth_check(struct r2_os *os, const struct r2_host *host, const struct r2_route *route,
		    const struct r2_ip *src, struct r2_notes *notes, struct r2_error *err);

/** r2_truth_read_back() - does @route stand, first of its key: for where no lookup comes by */
bool r2_truth_read_back(struct r2_os *os, const struct r2_route *route, struct r2_error *err);

#endif
