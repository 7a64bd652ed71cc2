/* SPDX-License-Identifier: MIT */
/* The report of the self-test: for people, to be pasted; or JSON. */
#ifndef R2_CLI_SELFTEST_H
#define R2_CLI_SELFTEST_H

#include "paper/json.h"
#include "selftest/selftest.h"

#define R2_REPORT_SCHEMA 1

/**
 * struct r2_report - one being written; zero it and set @json.out
 * @quiet: as text, only what does not hold
 * @counts: by enum r2_finding
 */
struct r2_report {
	bool as_json;
	bool quiet;
	struct r2_json json;
	size_t counts[3];
};

/** r2_report_begin() - what it was that was tried: program, system, when, where */
void r2_report_begin(struct r2_report *report, const struct r2_stage *stage);

/** r2_report_result() - struct r2_selftest_run(), @each; @ctx is the report */
void r2_report_result(void *ctx, const struct r2_result *result);

/** r2_report_end() - the sums; @cut_short: why not all was tried, or NULL */
void r2_report_end(struct r2_report *report, const char *cut_short);

#endif
