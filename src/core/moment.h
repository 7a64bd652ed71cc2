/* SPDX-License-Identifier: MIT */
/*
 * Time in core is an argument: microseconds of a monotonic clock that does not run while the
 * machine sleeps (Linux: CLOCK_MONOTONIC). Where it begins does not matter.
 */
#ifndef R2_CORE_MOMENT_H
#define R2_CORE_MOMENT_H

#include <stdint.h>

#define R2_MSEC  UINT64_C(1000)
#define R2_SEC   UINT64_C(1000000)
#define R2_NEVER UINT64_MAX /* of a timer: none wanted */

/** r2_sooner() - the earlier of two moments */
static inline uint64_t r2_sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/** r2_later() - the later of two moments */
static inline uint64_t r2_later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

#endif
