/* SPDX-License-Identifier: MIT */
/* The verb apply: route2's routes are to be exactly those of a file. */
#include "cli/apply.h"

#include <stdlib.h>
#include <string.h>

/* ---- what the file speaks for ---- */

static bool read_within(const struct r2_cli *cli, struct r2_within *ret, struct r2_error *err)
{
	const char *what = cli->options.within, *name = cli->options.within_name;

	if (!what)
		return true;
	if (!name) {
		if (r2_prefix_parse(what, &ret->prefix) == R2_PREFIX_OK)
			return true;
		r2_error_set(err, R2_USAGE, "--within %s is no prefix", what);
		return r2_error_hint(err, "there are: dev IFACE, table T, PREFIX");
	}
	if (strcmp(what, "table") == 0)
		return r2_names_table(&cli->names, name, &ret->table) ||
		       r2_error_set(err, R2_USAGE, "there is no table \"%s\"", name);
	if (strlen(name) >= sizeof(ret->dev))
		return r2_error_set(err, R2_USAGE, "there is no interface \"%s\"", name);
	memcpy(ret->dev, name, strlen(name) + 1);
	return true;
}

/* ---- the run ---- */

static void say_waiting(void *ctx, const char *holder)
{
	const struct r2_apply *apply = ctx;

	if (!apply->cli->options.quiet)
		fprintf(stderr, "route2: waiting for %s, which is changing routes here\n", holder);
}

/* With --dry-run the command is the result; with -v it is a remark. */
static void say_operation(void *ctx, const struct r2_op *op, bool undoing)
{
	const struct r2_apply *apply = ctx;
	const struct r2_options *options = &apply->cli->options;
	char text[R2_COMMAND_TEXT];

	r2_op_command(op, options->netns, &apply->whole.host, text, sizeof(text));
	if (options->dry_run)
		puts(text);
	else
		fprintf(stderr, "%s %s\n", undoing ? "undo:" : "+", text);
}

static struct r2_whole_options whole_options(struct r2_apply *apply)
{
	const struct r2_options *options = &apply->cli->options;
	struct r2_whole_options ret = {.change = {.replace = true,
						  .dry_run = options->dry_run,
						  .tries = options->tries,
						  .timeout_ms = options->timeout_ms,
						  .wait_ms = options->wait_ms,
						  .waiting = say_waiting,
						  .ctx = apply},
				       .check = options->check,
				       .say_bad = r2_apply_say_bad,
				       .progress = r2_apply_progress,
				       .say_diff = options->diff ? r2_apply_say_diff : NULL,
				       .ctx = apply};

	if (options->dry_run || options->verbose)
		ret.change.trace = (struct r2_trace){say_operation, apply};
	return ret;
}

/* Return: the exit status. */
static int run(struct r2_apply *apply)
{
	struct r2_whole_options options = whole_options(apply);
	const struct r2_whole *whole = &apply->whole;
	struct r2_error err;

	if (!read_within(apply->cli, &options.within, &err) || !r2_apply_read(apply, &err))
		return r2_say_error(&err);
	if (apply->file.bad) {
		r2_error_set(&err, R2_USAGE, "%zu bad line%s in %s", apply->file.bad,
			     apply->file.bad == 1 ? "" : "s", apply->name);
		r2_error_hint(&err, "nothing was changed");
		return r2_say_error(&err);
	}
	if (!r2_whole_apply(apply->cli->os, &apply->file, &options, &apply->whole, &err)) {
		r2_say_notes(apply->cli, &whole->notes);
		return r2_say_error(&err);
	}
	r2_apply_report(apply);
	return apply->cli->options.check && whole->added + whole->replaced + whole->deleted
		       ? R2_DIFFERS
		       : R2_OK;
}

int r2_verb_apply(struct r2_cli *cli)
{
	struct r2_apply apply = {.cli = cli, .json = {.out = stdout}};
	struct r2_error err;
	int status;

	if (cli->n != 1) {
		r2_error_set(&err, R2_USAGE,
			     cli->n ? "apply takes one file, not %zu"
				    : "apply needs a file after it",
			     cli->n);
		r2_error_hint(&err, "`-` is standard input; see route2 apply --help");
		return r2_say_error(&err);
	}
	apply.name = cli->words[0];
	status = run(&apply);
	for (size_t i = 0; i < apply.diff.n; i++)
		free(apply.diff.at[i]);
	r2_list_free(&apply.diff);
	r2_file_free(&apply.file);
	r2_host_free(&apply.whole.host);
	return status;
}
