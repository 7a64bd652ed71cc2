/* SPDX-License-Identifier: MIT */
/* The verbs that change: add, replace, del, and the batch file's four words. */
#include "os/change.h"
#include "cli/lines.h"
#include "cli/probes.h"

#define LINE_WORDS                                                                                 \
	(R2_WORD_PREFIX | R2_WORD_VIA | R2_WORD_BACKUP | R2_WORD_SRC | R2_WORD_DEV |               \
	 R2_WORD_METRIC | R2_WORD_TABLE | R2_WORD_METHOD | R2_WORD_PHANTOM)

/** struct run - what the callbacks of one change need */
struct run {
	struct r2_cli *cli;
	struct r2_change change;
	struct r2_json json;
};

/* ---- progress ---- */

/* The array of --dry-run -j, empty if there is nothing to do; a refusal prints none. */
static void open_array(struct run *run)
{
	if (!run->json.depth)
		r2_json_open(&run->json, NULL, '[');
}

/* With --dry-run the command is the result; with -v it is a remark. */
static void say_operation(void *ctx, const struct r2_op *op, bool undoing)
{
	struct run *run = ctx;
	const struct r2_options *options = &run->cli->options;
	char text[R2_COMMAND_TEXT];

	r2_op_command(op, options->netns, &run->change.host, text, sizeof(text));
	if (!*text)
		return;
	if (options->dry_run && options->json) {
		open_array(run);
		r2_json_text(&run->json, NULL, text);
	} else if (options->dry_run)
		puts(text);
	else if (options->verbose)
		fprintf(stderr, "%s %s\n", undoing ? "undo:" : "+", text);
}

static struct r2_change_options change_options(struct run *run, bool replace)
{
	const struct r2_options *options = &run->cli->options;

	return (struct r2_change_options){
		.replace = replace,
		.dry_run = options->dry_run,
		.tries = options->tries,
		.timeout_ms = options->timeout_ms,
		.wait_ms = options->wait_ms,
		.waiting = r2_say_waiting,
		.ctx = run->cli,
		.trace = {.say = say_operation, .ctx = run},
	};
}

/* ---- the report ---- */

static void print_sources(const struct r2_change *change)
{
	char to[R2_IP_TEXT], after[R2_IP_TEXT], before[R2_IP_TEXT];

	if (r2_ip_equal(&change->before, &change->after))
		return;
	r2_ip_format(&change->sample, to);
	r2_ip_format(&change->before, before);
	if (!change->after.family)
		printf("  %s is not sent to any more (before: from %s)\n", to, before);
	else if (!change->before.family)
		printf("  %s is sent to from %s now (before: not at all)\n", to,
		       r2_ip_format(&change->after, after));
	else
		printf("  %s is sent to from %s now (before: from %s)\n", to,
		       r2_ip_format(&change->after, after), before);
}

static void json_report(struct run *run, bool removed)
{
	const struct r2_change *change = &run->change;
	struct r2_json *json = &run->json;
	char text[R2_IP_TEXT];

	r2_json_open(json, NULL, '{');
	r2_json_bool(json, "changed", change->changed);
	r2_line_json(json, removed ? "removed" : "route", &change->line, &run->cli->names);
	if (change->sample.family)
		r2_json_text(json, "sample", r2_ip_format(&change->sample, text));
	if (change->before.family)
		r2_json_text(json, "before", r2_ip_format(&change->before, text));
	if (change->after.family)
		r2_json_text(json, "after", r2_ip_format(&change->after, text));
	if (*change->sentence) {
		r2_json_text(json, "verdict", r2_proof_word(change->proof));
		r2_json_text(json, "sentence", change->sentence);
	}
	r2_json_open(json, "notes", '[');
	for (size_t i = 0; i < change->notes.n; i++)
		r2_json_text(json, NULL, change->notes.text[i]);
	r2_json_close(json, ']');
	r2_json_close(json, '}');
}

static void report(struct run *run, const char *done, bool removed)
{
	const struct r2_options *options = &run->cli->options;

	if (options->dry_run || options->quiet)
		return;
	/* What was wrong with a route that is gone is no news. */
	if (removed) {
		run->change.line.lost = false;
		*run->change.line.problem = '\0';
	}
	if (options->json) {
		json_report(run, removed);
		return;
	}
	printf("%s ", run->change.changed ? done : "unchanged");
	r2_line_print(stdout, &run->change.line, &run->cli->names, false);
	if (run->change.changed)
		print_sources(&run->change);
	if (run->change.proof == R2_PROOF_WORKS && *run->change.sentence)
		printf("  proved: %s\n", run->change.sentence);
}

static int finish(struct run *run, bool ok, const char *done, bool removed,
		  const struct r2_error *err)
{
	int status = R2_OK;

	if (ok && run->cli->options.dry_run && run->cli->options.json) {
		open_array(run);
		r2_json_close(&run->json, ']');
	}
	if (ok)
		report(run, done, removed);
	if (ok && !run->cli->options.json)
		r2_say_notes(run->cli, &run->change.notes);
	if (!ok)
		status = r2_say_error(err);
	r2_change_free(&run->change);
	return status;
}

/* ---- the verbs ---- */

static int run_add(struct r2_cli *cli, const struct r2_intent *intent, bool replace)
{
	struct run run = {.cli = cli, .json = {.out = stdout}};
	struct r2_change_options options = change_options(&run, replace);
	struct r2_error err = {0};
	char text[R2_PREFIX_TEXT];
	struct r2_probes probes;
	bool ok;

	if (!r2_probes_for_change(cli, &probes, &options.prove, &err))
		return r2_say_error(&err);
	ok = r2_change_add(cli->os, intent, &options, &run.change, &err);
	if (!ok && !err.call) /* a call's error says itself what it could not do */
		r2_error_prefix(&err, "cannot %s %s", replace ? "replace" : "add",
				r2_prefix_name(&intent->dst, text));
	return finish(&run, ok, replace ? "replaced" : "added", false, &err);
}

static int parse_and_add(struct r2_cli *cli, bool replace)
{
	struct r2_intent intent;
	struct r2_error err;

	if (!r2_intent_parse(cli->words, cli->n, LINE_WORDS, cli->options.family, &cli->names,
			     &intent, NULL, &err))
		return r2_say_error(&err);
	if (!(intent.given & R2_WORD_SRC)) {
		r2_error_set(&err, R2_USAGE, "no source is given");
		r2_error_hint(&err, "say src SOURCE: the address to send from");
		return r2_say_error(&err);
	}
	return run_add(cli, &intent, replace);
}

int r2_verb_add(struct r2_cli *cli)
{
	return parse_and_add(cli, false);
}

int r2_verb_replace(struct r2_cli *cli)
{
	return parse_and_add(cli, true);
}

int r2_verb_batch(struct r2_cli *cli)
{
	struct r2_intent intent;
	struct r2_error err;

	if (cli->n != 4) {
		r2_error_set(&err, R2_USAGE, "\"%s\" is not a verb", cli->words[0]);
		r2_error_hint(&err, "say route2 add %s ..., or DEST MASK GATEWAY SOURCE",
			      cli->words[0]);
		return r2_say_error(&err);
	}
	if (!r2_intent_parse_batch(cli->words, cli->options.family, &intent, &err))
		return r2_say_error(&err);
	return run_add(cli, &intent, false);
}

static void print_matches(struct run *run)
{
	if (run->change.matches.n < 2)
		return;
	r2_each (const struct r2_line, line, &run->change.matches) {
		r2_line_print(stderr, line, &run->cli->names, false);
	}
}

int r2_verb_del(struct r2_cli *cli)
{
	struct run run = {.cli = cli, .json = {.out = stdout}};
	struct r2_change_options options = change_options(&run, false);
	struct r2_intent selector;
	struct r2_error err = {0};
	char text[R2_PREFIX_TEXT];
	bool ok;

	if (!r2_intent_parse(cli->words, cli->n, LINE_WORDS, cli->options.family, &cli->names,
			     &selector, NULL, &err))
		return r2_say_error(&err);
	ok = r2_change_del(cli->os, &selector, &options, &run.change, &err);
	if (!ok) {
		print_matches(&run);
		r2_error_prefix(&err, "cannot delete %s", r2_prefix_name(&selector.dst, text));
	}
	return finish(&run, ok, "removed", true, &err);
}
