/* SPDX-License-Identifier: MIT */
/* What a system cannot do for the watch and for proofs; zeroed: it can do all. */
#ifndef R2_CORE_LIMITS_H
#define R2_CORE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct r2_limits
 * @interval_min_us: probes of one target go no closer than that, not even in doubt
 * @timeout_min_us: an answer may take that long because of the system alone
 * @asks_all: a question cannot be kept to the one station that is meant, so that an old MAC's
 *            silence proves nothing
 * @hears_answers: only what answers us is heard: no announcements, and nobody who takes a phantom's
 *                 address
 * @sees_no_frames: of what leaves it is known what sockets and the system's tables tell
 * @makes_no_frames: from a source of choice a socket bound to it sends, by whatever route stands
 * @probes_max: so many probes may be under way at once; 0: as many as anybody wants
 */
struct r2_limits {
	uint64_t interval_min_us;
	uint64_t timeout_min_us;
	bool asks_all;
	bool hears_answers;
	bool sees_no_frames;
	bool makes_no_frames;
	unsigned probes_max;
};

#endif
