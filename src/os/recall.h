/* SPDX-License-Identifier: MIT */
/* What was ours before the system was started anew, where the kernel keeps nothing (Windows). */
#ifndef R2_OS_RECALL_H
#define R2_OS_RECALL_H

#include "core/file.h"
#include "os/os.h"

/**
 * r2_recall_lines() - the lines that a restart took away, as `add` would take them
 * @ret: they are added to it
 *
 * Said again they are verified as any are, so that route and neighbour come back both or neither;
 * what cannot be now is remembered still. Nothing on a system whose kernel is all there is to ask.
 */
bool r2_recall_lines(struct r2_os *os, struct r2_file *ret, struct r2_error *err);

/**
 * r2_recall_forget() - of those lines, which are not to stand any more: they will not come back
 * @wanted: is a route to stand
 */
void r2_recall_forget(struct r2_os *os, bool (*wanted)(void *ctx, const struct r2_route *route),
		      void *ctx);

#endif
