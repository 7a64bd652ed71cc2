/* SPDX-License-Identifier: MIT */
/* The truth of a change: what the kernel says it would do now. */
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

/**
 * r2_truth_is_gone() - has @route gone, and with it all of ours that have its key
 *
 * A route of several next hops under our number is another tool's work, and a delete takes but one
 * hop of it.
 *
 * Return: false with R2_FAILED if something still stands.
 */
bool r2_truth_is_gone(struct r2_os *os, const struct r2_route *route, struct r2_error *err);

#endif
