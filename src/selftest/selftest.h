/* SPDX-License-Identifier: MIT */
/*
 * The self-test: what route2 rests on, proven on the machine that it is to run on.
 *
 * A list of points for each system (linux/, windows/), each one experiment on a stage (os/stage.h):
 * what is tried, what is expected, what was seen.
 */
#ifndef R2_SELFTEST_SELFTEST_H
#define R2_SELFTEST_SELFTEST_H

#include "core/text.h"
#include "os/stage.h"

enum r2_finding {
	R2_HOLDS,
	R2_DOES_NOT,
	R2_NOT_TRIED, /* for a reason that is no fault of the system's */
};

struct r2_trial;

/**
 * struct r2_point - one line of the list
 * @name: short, for good: reports are compared by it
 * @family: R2_IPV4 or R2_IPV6
 * @needs: enum r2_stage_can
 * @tried, @expected: one sentence each, without a full stop
 * @where: where the expectation is written down
 * @run: true if it holds; the stage is empty before it, and need not be after it
 */
struct r2_point {
	const char *name;
	enum r2_family family;
	unsigned needs;
	const char *tried, *expected, *where;
	bool (*run)(struct r2_trial *trial);
};

/* Of the system that this was built for. */
extern const struct r2_point r2_points[];
extern const size_t r2_n_points;

/** struct r2_result - @seen: what was seen, or why it could not be tried */
struct r2_result {
	const struct r2_point *point;
	enum r2_finding finding;
	char seen[800];
};

/** r2_finding_name() - "holds", "does not hold", "not tried" */
const char *r2_finding_name(enum r2_finding finding);

/**
 * r2_selftest_run() - all points, in order
 * @family: only those of it; R2_NONE: of both
 * @each: called with each result as it comes
 *
 * Return: false if it was interrupted, or the stage could not be cleared: then it says why.
 */
bool r2_selftest_run(struct r2_stage *stage, enum r2_family family,
		     void (*each)(void *ctx, const struct r2_result *result), void *ctx,
		     struct r2_error *err);

#endif
