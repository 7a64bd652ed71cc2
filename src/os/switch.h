/* SPDX-License-Identifier: MIT */
/* The walk of switch: what one gateway carries is given to another of its list. */
#ifndef R2_OS_SWITCH_H
#define R2_OS_SWITCH_H

#include "os/change.h"

/** struct r2_switch - @moved: phantoms, with all their routes; @already: carried by @to before */
struct r2_switch {
	size_t moved, already;
	struct r2_notes notes;
	struct r2_host host;
};

/**
 * r2_switch_carrier() - one neighbour update for each phantom that @from carries and @to backs up
 * @dev: only on this interface; "" for all
 * @result: zeroed by the caller, who frees its host
 *
 * Routes are not touched, so that a million move as fast as one.
 *
 * Return: false with @err; nothing has moved then.
 */
bool r2_switch_carrier(struct r2_os *os, const struct r2_ip *from, const struct r2_ip *to,
		       const char *dev, const struct r2_change_options *options,
		       struct r2_switch *result, struct r2_error *err);

#endif
