/* SPDX-License-Identifier: MIT */
/* The verb watch. */
#include "watch/watch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/apply.h"

#define DEFAULT_FILE "/etc/route2/route2.conf"

struct source {
	struct r2_cli *cli;
	const char *name;
};

static bool read_file(void *ctx, struct r2_file *ret, struct r2_error *err)
{
	const struct source *source = ctx;
	struct r2_apply apply = {.cli = source->cli, .name = source->name};
	bool ok = r2_apply_read(&apply, err);

	*ret = apply.file;
	return ok;
}

static enum r2_log_level level_of(const struct r2_options *options)
{
	if (options->verbose)
		return R2_LOG_DEBUG;
	return options->quiet ? R2_LOG_WARNING : R2_LOG_INFO;
}

int r2_verb_watch(struct r2_cli *cli)
{
	struct source source = {cli, cli->n ? cli->words[0] : DEFAULT_FILE};
	/* Without a word about it, a host without a file watches what `add` made. */
	bool has_file = cli->n || access(DEFAULT_FILE, F_OK) == 0;
	const struct r2_watch_options options = {.read = has_file ? read_file : NULL,
						 .ctx = &source,
						 .name = source.name,
						 .level = level_of(&cli->options),
						 .json = cli->options.json,
						 .withdraw = cli->options.withdraw};
	struct r2_os *worker;
	struct r2_error err;
	bool ok;

	if (cli->n > 1) {
		r2_error_set(&err, R2_USAGE, "watch takes one file, not %zu", cli->n);
		return r2_say_error(&err);
	}
	if (cli->n && strcmp(source.name, "-") == 0) {
		r2_error_set(&err, R2_USAGE,
			     "watch reads its file anew on SIGHUP: it needs a name");
		return r2_say_error(&err);
	}
	worker = r2_system_open(NULL, &err);
	if (!worker)
		return r2_say_error(&err);
	ok = r2_watch_run(cli->os, worker, &options, &err);
	worker->ops->close(worker);
	return ok ? R2_OK : r2_say_error(&err);
}
