/* SPDX-License-Identifier: MIT */
/* The verb apply: route2's routes are to be exactly those of a file. */
#include "cli/apply.h"
#include "cli/confirm.h"

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

/* With --dry-run the command is the result; with -v it is a remark. */
static void say_operation(void *ctx, const struct r2_op *op, bool undoing)
{
	const struct r2_apply *apply = ctx;
	const struct r2_options *options = &apply->cli->options;
	char text[R2_COMMAND_TEXT];

	r2_op_command(op, options->netns, &apply->whole.host, text, sizeof(text));
	if (!*text)
		return;
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
						  .waiting = r2_say_waiting,
						  .ctx = apply->cli,
						  .prove = apply->prove},
				       .check = options->check,
				       .tell = !options->dry_run,
				       .say_bad = r2_apply_say_bad,
				       .progress = r2_apply_progress,
				       .say_diff = options->diff ? r2_apply_say_diff : NULL,
				       .ctx = apply};

	if (options->dry_run || options->verbose)
		ret.change.trace = (struct r2_trace){say_operation, apply};
	return ret;
}

/* All lines are good: make it so. */
static bool apply_file(struct r2_apply *apply, const struct r2_within *within, struct r2_error *err)
{
	struct r2_whole_options options = whole_options(apply);

	options.within = *within;
	if (!apply->file.bad)
		return r2_whole_apply(apply->cli->os, &apply->file, &options, &apply->whole, err);
	r2_error_set(err, R2_USAGE, "%zu bad line%s in %s", apply->file.bad,
		     apply->file.bad == 1 ? "" : "s", apply->name);
	return r2_error_hint(err, "nothing was changed");
}

static void begin_apply(struct r2_cli *cli, const char *name, struct r2_apply *ret)
{
	*ret = (struct r2_apply){.cli = cli, .name = name, .json = {.out = stdout}};
}

static void free_apply(struct r2_apply *apply)
{
	for (size_t i = 0; i < apply->diff.n; i++)
		free(apply->diff.at[i]);
	r2_list_free(&apply->diff);
	r2_file_free(&apply->file);
	r2_list_free(&apply->whole.hops);
	r2_host_free(&apply->whole.host);
}

/* In a keeper: all that stood before comes back, whatever the file spoke for. */
int r2_apply_restore(struct r2_cli *cli, const char *path)
{
	struct r2_apply apply;
	const struct r2_within all = {0};
	struct r2_error err;
	bool ok;

	cli->names.ctx = cli->os;
	begin_apply(cli, path, &apply);
	ok = r2_apply_read(&apply, &err) && apply_file(&apply, &all, &err);
	free_apply(&apply);
	return ok ? R2_OK : r2_say_error(&err);
}

static bool refuse_pending(const struct r2_pending *pending, struct r2_error *err)
{
	r2_error_set(err, R2_FAILED, "a change is waiting to be confirmed");
	return r2_error_hint(err, "say `route2 confirm`, or wait until it is brought back (%s)",
			     pending->path);
}

static bool run(struct r2_apply *apply, struct r2_error *err)
{
	const struct r2_options *options = &apply->cli->options;
	bool confirm = options->confirm_ms && !options->check && !options->dry_run;
	struct r2_within within = {0};
	struct r2_pending pending;

	if (!read_within(apply->cli, &within, err) ||
	    !r2_probes_for_change(apply->cli, &apply->probes, &apply->prove, err) ||
	    !r2_apply_read(apply, err))
		return false;
	if (r2_pending_find(&pending) && !options->check && !options->dry_run)
		return refuse_pending(&pending, err);
	if (confirm && !apply->file.bad && !r2_pending_begin(apply->cli, &pending, err))
		return false;
	if (!apply_file(apply, &within, err)) {
		if (confirm)
			r2_pending_end(&pending);
		r2_say_notes(apply->cli, &apply->whole.notes);
		return false;
	}
	if (confirm)
		r2_pending_settle(apply->cli, &pending);
	r2_apply_report(apply);
	if (confirm && !options->quiet && !options->json)
		printf("brought back in %u s unless: route2 confirm\n", options->confirm_ms / 1000);
	return true;
}

int r2_verb_apply(struct r2_cli *cli)
{
	struct r2_apply apply;
	struct r2_error err;
	bool ok, differs;

	if (cli->n != 1) {
		if (cli->n)
			r2_error_set(&err, R2_USAGE, "apply takes one file, not %zu", cli->n);
		else
			r2_error_set(&err, R2_USAGE, "apply needs a file after it");
		r2_error_hint(&err, "`-` is standard input; see route2 apply --help");
		return r2_say_error(&err);
	}
	begin_apply(cli, cli->words[0], &apply);
	ok = run(&apply, &err);
	differs = r2_whole_changes(&apply.whole);
	free_apply(&apply);
	if (!ok)
		return r2_say_error(&err);
	return cli->options.check && differs ? R2_DIFFERS : R2_OK;
}
