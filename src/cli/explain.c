/* SPDX-License-Identifier: MIT */
/* The verb explain: which source the host picks, and why; and whether another can be had. */
#include "cli/explain.h"
#include "cli/console.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/verify.h"
#include "paper/paper.h"

#define UDP 17 /* IANA protocol number */

#define LINE_MAX_WORDS 64
#define REREADS_MAX    3 /* new snapshots for what differs, in one run */

struct explain {
	struct r2_cli *cli;
	const char *on; /* the file or folder that the host is read from; NULL: this host */
	const char *rules_word;
	enum r2_rules rules;
	struct r2_host host;
	struct r2_model *model;
	struct r2_json json;
	unsigned rereads;
	bool live; /* the kernel that the snapshot is of can be asked */
	bool many; /* `explain -` */
};

/* Without the word, those of the host's own system. */
static bool settle_rules(struct explain *explain, struct r2_error *err)
{
	const char *word = explain->rules_word;

	explain->rules = r2_rules_of(&explain->host);
	for (int rules = R2_RULES_LINUX; word && rules <= R2_RULES_WINDOWS_XP; rules++) {
		if (strcmp(word, r2_rules_word((enum r2_rules)rules)) == 0) {
			explain->rules = (enum r2_rules)rules;
			return true;
		}
	}
	if (!word)
		return true;
	r2_error_set(err, R2_USAGE, "there are no rules \"%s\"", word);
	return r2_error_hint(err, "there are linux, windows and windows-xp");
}

static bool parse(const struct explain *explain, const char **words, size_t n,
		  struct r2_explanation *one, struct r2_error *err)
{
	const unsigned allowed = R2_WORD_PREFIX | R2_WORD_VIA | R2_WORD_BACKUP | R2_WORD_SRC |
				 R2_WORD_DEV | R2_WORD_METRIC | R2_WORD_TABLE | R2_WORD_METHOD |
				 R2_WORD_PHANTOM;
	const struct r2_cli *cli = explain->cli;

	if (!r2_intent_parse(words, n, allowed, cli->options.family, &cli->names, &one->intent,
			     NULL, err))
		return false;
	one->src = (one->intent.given & R2_WORD_SRC) != 0;
	one->dst = one->intent.dst;
	if (!one->dst.addr.family)
		one->dst.addr.family = (uint8_t)R2_IPV4;
	if (!one->src && one->intent.given != R2_WORD_PREFIX) {
		r2_error_set(err, R2_USAGE, "without `src` there is nothing to try");
		return r2_error_hint(err,
				     "say which source you want: route2 explain DEST src SOURCE");
	}
	return true;
}

/* ---- the host ---- */

static bool read_host(struct explain *explain, struct r2_error *err)
{
	struct r2_query query = {.parts = R2_PART_ALL};
	struct r2_os *os = explain->cli->os;
	struct r2_notes notes = {0};

	if (!explain->on)
		return os->ops->snapshot(os, &query, &explain->host, err);
	if (!r2_paper_read(explain->on, &explain->host, &notes, err))
		return false;
	r2_say_notes(explain->cli, &notes);
	return true;
}

static bool prepare(struct explain *explain, struct r2_error *err)
{
	r2_model_free(explain->model);
	explain->model = NULL;
	r2_host_free(&explain->host);
	if (!read_host(explain, err) || !settle_rules(explain, err))
		return false;
	explain->live = !explain->on && explain->rules == r2_rules_of(&explain->host);
	explain->model = r2_model_new(&explain->host, explain->rules);
	return explain->model || r2_error_set(err, R2_FAILED, "out of memory");
}

/* ---- one destination ---- */

static bool same(const struct r2_pick *pick, const struct r2_answer *kernel)
{
	if (pick->error || kernel->error)
		return pick->error == kernel->error;
	return pick->link == kernel->link && r2_ip_equal(&pick->source, &kernel->source) &&
	       r2_ip_equal(&pick->gateway, &kernel->gateway);
}

static bool ask_kernel(const struct explain *explain, struct r2_explanation *one,
		       struct r2_error *err)
{
	struct r2_os *os = explain->cli->os;

	if (!explain->live)
		return true;
	if (!os->ops->lookup(os, &one->sample, NULL, &one->kernel, err))
		return false;
	one->asked = true;
	one->agrees = false;
	for (size_t i = 0; i < one->n && i < R2_PICKS_MAX; i++)
		one->agrees |= same(&one->picks[i], &one->kernel);
	one->agrees |= one->n > R2_PICKS_MAX || one->picks[0].not_modelled;
	return true;
}

static bool choose(const struct explain *explain, struct r2_explanation *one, bool whole,
		   struct r2_error *err)
{
	/* inet_rtm_getroute() asks as the user who asks, and in IPv4 for UDP. */
	struct r2_flow flow = {.dst = one->sample,
			       .uid = explain->live ? r2_console_user() : 0,
			       .ip_proto = one->sample.family == R2_IPV4 ? UDP : 0};

	one->steps.n = 0;
	one->n = r2_model_choose(explain->model, &flow, one->picks, R2_PICKS_MAX,
				 whole ? &one->steps : NULL);
	return ask_kernel(explain, one, err);
}

/* The host may have changed since the snapshot: a difference counts if a new one shows it too. */
static bool choose_surely(struct explain *explain, struct r2_explanation *one, bool whole,
			  struct r2_error *err)
{
	for (;;) {
		if (!choose(explain, one, whole, err))
			return false;
		if (!one->asked || one->agrees || explain->rereads == REREADS_MAX)
			return true;
		explain->rereads++;
		if (!prepare(explain, err))
			return false;
	}
}

static struct r2_ip sample_of(const struct explain *explain, const struct r2_prefix *dst)
{
	struct r2_route route = {.dst = *dst, .table = R2_MAIN_TABLE};
	struct r2_ip samples[R2_SAMPLES_MAX];

	if (dst->len == r2_ip_bits(&dst->addr))
		return dst->addr;
	r2_verify_samples(&explain->host, &route, samples);
	return samples[0];
}

static bool explain_one(struct explain *explain, struct r2_explanation *one, bool whole,
			struct r2_error *err)
{
	r2_steps *steps = whole ? &one->steps : NULL;

	one->sample = sample_of(explain, &one->dst);
	one->host = &explain->host;
	one->netns = explain->cli->options.netns;
	one->rules = explain->rules;
	if (!choose_surely(explain, one, whole, err))
		return false;
	if (!one->src)
		return true;
	r2_step(steps, R2_STEP_NOTE, "what if", "route2(8), explain",
		"from here on, with the route that was asked for");
	return r2_whatif(&explain->host, explain->rules, &one->intent, &one->sample, &one->notes,
			 steps, &one->whatif) ||
	       r2_error_set(err, R2_FAILED, "out of memory");
}

/* Return: the exit status that the answer means. */
static int status_of(const struct r2_explanation *one)
{
	if (one->src)
		return one->whatif.possible ? R2_OK : R2_FAILED;
	return one->picks[0].error || (one->asked && !one->agrees) ? R2_FAILED : R2_OK;
}

static int run_line(struct explain *explain, const char **words, size_t n, struct r2_error *err)
{
	const struct r2_options *options = &explain->cli->options;
	bool whole = !explain->many || options->verbose || options->json;
	struct r2_explanation one = {0};
	int status = -1;

	if (parse(explain, words, n, &one, err) && explain_one(explain, &one, whole, err)) {
		if (options->dot)
			r2_explain_dot(stdout, &one, &explain->cli->names);
		else if (options->json)
			r2_explain_json(&explain->json, &one, &explain->cli->names);
		else
			r2_explain_text(stdout, &one, &explain->cli->names, whole,
					r2_colour(stdout));
		if (!options->json)
			r2_say_notes(explain->cli, &one.notes);
		status = status_of(&one);
	}
	r2_list_free(&one.steps);
	return status;
}

/* ---- many ---- */

/* Return: how many words; LINE_MAX_WORDS + 1 if there are more than fit any line of the grammar. */
static size_t split(char *line, const char **words)
{
	size_t n = 0;
	char *at = NULL;

	line[strcspn(line, "\r\n")] = '\0';
	for (char *word = strtok_r(line, " \t", &at); word && *word != '#';
	     word = strtok_r(NULL, " \t", &at)) {
		if (n == LINE_MAX_WORDS)
			return n + 1;
		words[n++] = word;
	}
	return n;
}

static int run_words(struct explain *explain, char *line, size_t len, struct r2_error *err)
{
	const char *words[LINE_MAX_WORDS];
	size_t n;

	if (memchr(line, '\0', len)) {
		r2_error_set(err, R2_USAGE, "it holds a zero byte");
		return -1;
	}
	n = split(line, words);
	if (n > LINE_MAX_WORDS) {
		r2_error_set(err, R2_USAGE, "it has more than %d words", LINE_MAX_WORDS);
		return -1;
	}
	return n ? run_line(explain, words, n, err) : R2_OK;
}

/* A bad line is told with its number, and the others are answered all the same. */
static int run_lines(struct explain *explain)
{
	unsigned long number = 0;
	struct r2_error err;
	char *line = NULL;
	size_t room = 0;
	int worst = R2_OK;
	ssize_t len;

	while ((len = r2_console_line(&line, &room)) >= 0) {
		int status = run_words(explain, line, (size_t)len, &err);

		number++;
		if (status < 0) {
			r2_error_prefix(&err, "line %lu", number);
			status = r2_say_error(&err) ? R2_FAILED : R2_OK;
		}
		worst = status ? R2_FAILED : worst;
	}
	free(line);
	if (ferror(stdin)) {
		r2_error_set(&err, R2_FAILED, "cannot read standard input");
		err.native = errno;
		err.call = "read";
		return r2_say_error(&err);
	}
	return worst;
}

/* ---- the verb ---- */

static int run(struct explain *explain, const char **words, size_t n, struct r2_error *err)
{
	int status;

	if (!prepare(explain, err))
		return -1;
	if (explain->cli->options.json && explain->many)
		r2_json_open(&explain->json, NULL, '[');
	status = explain->many ? run_lines(explain) : run_line(explain, words, n, err);
	if (explain->cli->options.json && explain->many)
		r2_json_close(&explain->json, ']');
	return status;
}

/* The words that are no line of the grammar's; what is left of @words is. */
static bool take_words(struct explain *explain, const char **words, size_t *n, struct r2_error *err)
{
	if (!r2_take_word(words, n, "rules", "linux, windows or windows-xp", &explain->rules_word,
			  err) ||
	    !r2_take_word(words, n, "on", "a file or folder", &explain->on, err) ||
	    !settle_rules(explain, err))
		return false;
	explain->many = *n == 1 && strcmp(words[0], "-") == 0;
	if (explain->on && explain->cli->options.netns)
		return r2_error_set(err, R2_USAGE, "`on %s` and -n %s name two hosts", explain->on,
				    explain->cli->options.netns);
	if (explain->on && explain->many && strcmp(explain->on, "-") == 0)
		return r2_error_set(err, R2_USAGE,
				    "destinations and host cannot both come from standard input");
	return *n || r2_error_set(err, R2_USAGE, "explain needs a destination after it");
}

int r2_verb_explain(struct r2_cli *cli)
{
	struct explain explain = {.cli = cli, .json = {.out = stdout}};
	const char **words = calloc(cli->n + 1, sizeof(*words));
	size_t n = cli->n;
	struct r2_error err;
	int status = -1;

	if (!words) {
		r2_error_set(&err, R2_FAILED, "out of memory");
		return r2_say_error(&err);
	}
	memcpy(words, cli->words, n * sizeof(*words));
	if (take_words(&explain, words, &n, &err))
		status = run(&explain, words, n, &err);
	r2_model_free(explain.model);
	r2_host_free(&explain.host);
	free(words);
	return status < 0 ? r2_say_error(&err) : status;
}
