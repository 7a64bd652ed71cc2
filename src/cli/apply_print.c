/* SPDX-License-Identifier: MIT */
/* What apply prints: the diff, the progress, the report. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/apply.h"

#define TERMINAL_EVERY_MS 100
#define LINE_EVERY_MS     3000
#define QUIET_FOR_MS      1000

static int64_t now_ms(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

/* ---- the diff ---- */

static void begin_diff(struct r2_apply *apply, bool colour)
{
	if (apply->diff_begun)
		return;
	apply->diff_begun = true;
	if (!apply->cli->options.json)
		printf("%s--- route2 show\n+++ %s%s\n", colour ? "\033[1m" : "", apply->name,
		       colour ? "\033[0m" : "");
}

/* Without context, each line is a hunk of its own. */
void r2_apply_say_diff(void *ctx, int side, size_t index, const struct r2_intent *line)
{
	struct r2_apply *apply = ctx;
	bool json = apply->cli->options.json, colour = !json && r2_colour(stdout);
	char text[R2_INTENT_TEXT], *copy;

	begin_diff(apply, colour);
	r2_intent_format(line, &apply->cli->names, text);
	if (!json) {
		if (side < 0)
			printf("@@ -%zu +%zu,0 @@\n", index + 1, index);
		else
			printf("@@ -%zu,0 +%zu @@\n", index, index + 1);
		printf("%s%c%s%s\n",
		       !colour    ? ""
		       : side < 0 ? "\033[31m"
				  : "\033[32m",
		       side < 0 ? '-' : '+', text, colour ? "\033[0m" : "");
		return;
	}
	copy = malloc(strlen(text) + 2);
	if (!copy)
		return;
	copy[0] = side < 0 ? '-' : '+';
	memcpy(copy + 1, text, strlen(text) + 1);
	if (!r2_list_push(&apply->diff, &copy))
		free(copy);
}

/* ---- progress ---- */

void r2_apply_progress(void *ctx, size_t done, size_t all)
{
	struct r2_apply *apply = ctx;
	bool terminal = isatty(STDERR_FILENO);
	int64_t now = now_ms(), took;
	double rate, left;

	if (!apply->begun_ms)
		apply->begun_ms = apply->told_ms = now;
	took = now - apply->begun_ms;
	if (apply->cli->options.quiet || took < QUIET_FOR_MS ||
	    (done < all && now - apply->told_ms < (terminal ? TERMINAL_EVERY_MS : LINE_EVERY_MS)))
		return;
	if (done >= all && !terminal)
		return;
	apply->told_ms = now;
	rate = (double)done * 1000 / (double)took;
	left = rate > 0 ? (double)(all - (done < all ? done : all)) / rate : 0;
	if (terminal)
		fprintf(stderr, "\r[%-30.*s] %zu of %zu, %.0f a second, %.0f s left \033[K",
			(int)(30 * done / (all ? all : 1)), "##############################", done,
			all, rate, left);
	else
		fprintf(stderr, "route2: %zu of %zu, %.0f a second, %.0f s left\n", done, all, rate,
			left);
	if (terminal && done >= all)
		fputs("\r\033[K", stderr);
}

/* ---- the report ---- */

static void json_report(struct r2_apply *apply)
{
	const struct r2_whole *whole = &apply->whole;
	struct r2_json *json = &apply->json;

	r2_json_open(json, NULL, '{');
	r2_json_bool(json, "changed", r2_whole_changes(whole));
	r2_json_bool(json, "check", apply->cli->options.check);
	r2_json_number(json, "added", whole->added);
	r2_json_number(json, "replaced", whole->replaced);
	r2_json_number(json, "deleted", whole->deleted);
	r2_json_number(json, "kept", whole->kept);
	r2_json_number(json, "relisted", whole->relisted);
	r2_json_number(json, "phantoms", whole->phantoms);
	if (apply->prove)
		r2_json_number(json, "proved", whole->proved);
	r2_json_open(json, "notes", '[');
	for (size_t i = 0; i < whole->notes.n; i++)
		r2_json_text(json, NULL, whole->notes.text[i]);
	r2_json_close(json, ']');
	if (apply->cli->options.diff) {
		r2_json_open(json, "diff", '[');
		for (size_t i = 0; i < apply->diff.n; i++)
			r2_json_text(json, NULL, apply->diff.at[i]);
		r2_json_close(json, ']');
	}
	r2_json_close(json, '}');
}

void r2_apply_report(struct r2_apply *apply)
{
	const struct r2_whole *whole = &apply->whole;
	const struct r2_options *options = &apply->cli->options;
	bool would = options->check || options->dry_run;

	if (options->json) {
		json_report(apply);
		return;
	}
	r2_say_notes(apply->cli, &whole->notes);
	if (options->quiet || options->dry_run)
		return;
	if (!r2_whole_changes(whole)) {
		printf("nothing to change: %zu route%s as %s says\n", whole->kept,
		       whole->kept == 1 ? "" : "s", apply->name);
		return;
	}
	printf("%s%zu added, %zu replaced, %zu deleted, %zu kept", would ? "would be " : "",
	       whole->added, whole->replaced, whole->deleted, whole->kept);
	if (whole->relisted)
		printf("; %zu gateway list%s changed", whole->relisted,
		       whole->relisted == 1 ? "" : "s");
	else if (!whole->added && !whole->replaced && !whole->deleted)
		printf("; phantoms put right");
	if (whole->to_prove)
		printf("; %zu proved", whole->proved);
	puts("");
}
