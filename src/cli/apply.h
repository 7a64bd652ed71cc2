/* SPDX-License-Identifier: MIT */
/* One run of the verb apply. */
#ifndef R2_CLI_APPLY_H
#define R2_CLI_APPLY_H

#include "cli/lines.h"
#include "cli/probes.h"
#include "os/whole.h"

/** struct r2_apply - what one run reads, does and prints */
struct r2_apply {
	struct r2_cli *cli;
	const char *name; /* of the file */
	struct r2_file file;
	struct r2_whole whole;
	struct r2_json json;
	R2_LIST(char *) diff; /* with -j it is printed at the end */
	bool diff_begun;
	void (*say)(void *ctx, const char *line); /* of bad lines; NULL: standard error */
	void *say_ctx;
	int64_t begun_ms, told_ms; /* progress */
	struct r2_probes probes;
	const struct r2_prove_options *prove; /* NULL: it is not proved */
};

/** r2_apply_read() - the whole file, bad lines said. Return: false if it cannot be read at all */
bool r2_apply_read(struct r2_apply *apply, struct r2_error *err);

/** r2_apply_restore() - in a keeper: all that stood before comes back. Return: exit status */
int r2_apply_restore(struct r2_cli *cli, const char *path);

/** r2_apply_say_bad() - struct r2_whole_options, @say_bad */
void r2_apply_say_bad(void *ctx, const struct r2_item *item, const struct r2_error *err);
/** r2_apply_say_diff() - struct r2_whole_options, @say_diff */
void r2_apply_say_diff(void *ctx, int side, size_t index, const struct r2_intent *line);
/** r2_apply_progress() - struct r2_whole_options, @progress */
void r2_apply_progress(void *ctx, size_t done, size_t all);
/** r2_apply_report() - what was done, or would be */
void r2_apply_report(struct r2_apply *apply);

#endif
