/* SPDX-License-Identifier: MIT */
/* The verb watch. */
#include "watch/watch.h"

#include <string.h>

#include "cli/apply.h"
#include "cli/console.h"
#include "cli/watch.h"
#include "os/private.h"

struct source {
	struct r2_cli *cli;
	const char *name;
	const struct r2_watch_options *options;
	bool may_lack; /* it has not been there yet, and need not be */
};

static void say_bad(void *ctx, const char *line)
{
	const struct r2_watch_options *options = ctx;

	options->log(options->service, R2_LOG_ERROR, line);
}

static bool read_file(void *ctx, struct r2_file *ret, struct r2_error *err)
{
	struct source *source = ctx;
	struct r2_apply apply = {.cli = source->cli, .name = source->name};
	bool ok;

	source->may_lack = source->may_lack && !r2_private_exists(source->name);
	if (source->may_lack)
		return true;
	if (source->options->log) {
		apply.say = say_bad;
		memcpy(&apply.say_ctx, &source->options, sizeof(apply.say_ctx)); /* read only */
	}
	ok = r2_apply_read(&apply, err);
	*ret = apply.file;
	return ok;
}

static enum r2_log_level level_of(const struct r2_options *options)
{
	if (options->verbose)
		return R2_LOG_DEBUG;
	return options->quiet ? R2_LOG_WARNING : R2_LOG_INFO;
}

bool r2_watch_as(struct r2_cli *cli, const char *file, struct r2_watch_options *options,
		 struct r2_error *err)
{
	struct source source = {cli, file ? file : r2_console_file(), options, !file};
	struct r2_os *worker = r2_system_open(NULL, err);
	bool ok;

	if (!worker)
		return false;
	options->read = read_file;
	options->ctx = &source;
	options->name = source.name;
	options->level = level_of(&cli->options);
	options->json = cli->options.json;
	options->withdraw = cli->options.withdraw;
	ok = r2_watch_run(cli->os, worker, options, err);
	worker->ops->close(worker);
	return ok;
}

int r2_verb_watch(struct r2_cli *cli)
{
	const char *file = cli->n ? cli->words[0] : NULL;
	struct r2_watch_options options = {0};
	struct r2_error err;

	if (cli->n > 1) {
		r2_error_set(&err, R2_USAGE, "watch takes one file, not %zu", cli->n);
		return r2_say_error(&err);
	}
	if (cli->n && strcmp(file, "-") == 0) {
		r2_error_set(&err, R2_USAGE,
			     "watch reads its file anew when told to: it needs a name");
		return r2_say_error(&err);
	}
	return r2_watch_as(cli, file, &options, &err) ? R2_OK : r2_say_error(&err);
}
