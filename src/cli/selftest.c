/* SPDX-License-Identifier: MIT */
/* The verb selftest: what route2 rests on, proven on this machine. */
#include "cli/selftest.h"
#include "cli/cli.h"

static bool read_words(struct r2_cli *cli, const char **ret_dev, struct r2_error *err)
{
	if (!r2_take_word(cli->words, &cli->n, "dev", "an interface", ret_dev, err))
		return false;
	if (cli->n) {
		r2_error_set(err, R2_USAGE, "selftest takes no \"%s\"", cli->words[0]);
		return r2_error_hint(err, "it writes to standard output: route2 selftest > FILE");
	}
	if (cli->options.dry_run) {
		r2_error_set(err, R2_USAGE, "selftest has no --dry-run");
		return r2_error_hint(err, "without dev it touches no interface of this host");
	}
	if (cli->options.netns && !*ret_dev)
		return r2_error_set(err, R2_USAGE,
				    "-n %.100s is of use only with dev: without it the self-test "
				    "makes a namespace of its own",
				    cli->options.netns);
	return true;
}

int r2_verb_selftest(struct r2_cli *cli)
{
	struct r2_report report = {
		.as_json = cli->options.json, .quiet = cli->options.quiet, .json = {.out = stdout}};
	struct r2_error err, left;
	struct r2_stage *stage;
	struct r2_stage_options options = {.netns = cli->options.netns,
					   .disruptive = cli->options.disruptive,
					   .wait_ms = cli->options.wait_ms,
					   .waiting = r2_say_waiting,
					   .ctx = cli};
	bool all, clean;

	if (!read_words(cli, &options.dev, &err))
		return r2_say_error(&err);
	stage = r2_stage_open(&options, &err);
	if (!stage)
		return r2_say_error(&err);
	r2_report_begin(&report, stage);
	all = r2_selftest_run(stage, cli->options.family, r2_report_result, &report, &err);
	r2_report_end(&report, all ? NULL : err.what);
	fflush(stdout); /* before a signal that was held back ends us */
	clean = r2_stage_close(stage, &left);
	if (!all)
		return r2_say_error(&err);
	if (!clean)
		return r2_say_error(&left);
	return report.counts[R2_DOES_NOT] ? R2_FAILED : R2_OK;
}
