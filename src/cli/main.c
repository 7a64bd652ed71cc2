/* SPDX-License-Identifier: MIT */
/* route2: options, verb, exit status. */
#include "cli/cli.h"
#include "cli/console.h"
#include "core/words.h"
#include "paper/paper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct r2_verb *find_verb(const char *name)
{
	for (size_t i = 0; i < r2_n_verbs; i++) {
		const struct r2_verb *verb = &r2_verbs[i];

		if (strcmp(verb->name, name) == 0 ||
		    (verb->alias && strcmp(verb->alias, name) == 0))
			return verb;
	}
	return NULL;
}

/* The batch file's lines begin with an address, and no verb does. */
static bool is_batch(const char *word)
{
	return (*word >= '0' && *word <= '9') || strchr(word, ':') || strchr(word, '/');
}

static int unknown_verb(const char *word)
{
	const char *names[32] = {NULL};
	const char *near;
	struct r2_error err;

	for (size_t i = 0; i < r2_n_verbs && i < 32; i++)
		names[i] = r2_verbs[i].name;
	near = r2_words_nearest(word, names, r2_n_verbs);
	r2_error_set(&err, R2_USAGE, "unknown verb \"%s\"", word);
	if (near)
		r2_error_hint(&err, "did you mean \"%s\"?", near);
	else
		r2_error_hint(&err, "see route2 --help");
	return r2_say_error(&err);
}

/* A host that is not here: what was written of it. */
static struct r2_os *open_paper(struct r2_cli *cli, struct r2_error *err)
{
	struct r2_host host = {0};
	struct r2_notes notes = {0};

	cli->options.dry_run = true;
	cli->options.tries = 0; /* what the file does not say, nobody will */
	if (!r2_paper_read(cli->options.on, &host, &notes, err))
		return NULL;
	r2_say_notes(cli, &notes);
	return r2_onpaper_open(&host, err);
}

static bool open_os(struct r2_cli *cli, struct r2_error *err)
{
	if (cli->options.on) {
		cli->os = open_paper(cli, err);
		return cli->os != NULL;
	}
	cli->os = r2_system_open(cli->options.netns, err);
	if (cli->os && cli->options.dry_run)
		cli->os = r2_dryrun_open(cli->os, err);
	return cli->os != NULL;
}

static bool table_by_name(void *ctx, const char *name, uint32_t *ret_number)
{
	struct r2_os *os = ctx;

	return os->ops->table(os, name, ret_number);
}

static const char *name_of_table(void *ctx, uint32_t number)
{
	struct r2_os *os = ctx;

	return os->ops->table_name(os, number);
}

static int run(struct r2_cli *cli, int (*verb)(struct r2_cli *cli))
{
	struct r2_notes notes = {0};
	struct r2_error err;
	int status;

	if (!open_os(cli, &err))
		return r2_say_error(&err);
	cli->names = (struct r2_names){table_by_name, name_of_table, cli->os};
	status = verb(cli);
	if (cli->options.on && status == R2_OK)
		r2_note(&notes, "nobody on the link was asked whether a phantom is free there, and "
				"the gateways up");
	r2_say_notes(cli, &notes);
	cli->os->ops->close(cli->os);
	return status;
}

/* An option that would be passed over is more likely a mistake that matters. */
static bool check_options(const struct r2_options *options, const struct r2_verb *verb,
			  struct r2_error *err)
{
	const struct {
		bool given;
		int (*run)(struct r2_cli *cli);
		const char *name, *verb;
	} bound[] = {
		{options->check, r2_verb_apply, "check", "apply"},
		{options->diff, r2_verb_apply, "diff", "apply"},
		{options->within != NULL, r2_verb_apply, "within", "apply"},
		{options->confirm_ms != 0, r2_verb_apply, "confirm", "apply"},
		{options->dot, r2_verb_explain, "dot", "explain"},
		{options->follow, r2_verb_status, "follow", "status"},
		{options->prometheus, r2_verb_status, "prometheus", "status"},
		{options->icmp && !options->prove, r2_verb_check, "icmp", "check"},
		{options->tcp && !options->prove, r2_verb_check, "tcp", "check"},
		{options->udp && !options->prove, r2_verb_check, "udp", "check"},
		{options->count && !options->prove, r2_verb_check, "count", "check"},
		{options->withdraw, r2_verb_watch, "withdraw", "watch"},
		{options->disruptive, r2_verb_selftest, "disruptive", "selftest"},
	};

	if (options->prove && verb && verb->run != r2_verb_add && verb->run != r2_verb_replace &&
	    verb->run != r2_verb_apply) {
		r2_error_set(err, R2_USAGE, "--prove is for add, replace and apply only");
		return r2_error_hint(err, "route2 check proves what stands");
	}
	for (size_t i = 0; i < sizeof(bound) / sizeof(*bound); i++) {
		if (!bound[i].given || (verb && verb->run == bound[i].run))
			continue;
		r2_error_set(err, R2_USAGE, "--%s is for %s only", bound[i].name,
			     bound[i].run == r2_verb_check ? "check and --prove" : bound[i].verb);
		if (options->check)
			r2_error_hint(err, "nothing was changed; --dry-run shows what would be");
		else
			r2_error_hint(err, "see route2 %s --help", bound[i].verb);
		return false;
	}
	if (options->json && (options->dot || options->prometheus))
		return r2_error_set(err, R2_USAGE, "-j and --%s exclude each other",
				    options->dot ? "dot" : "prometheus");
	return true;
}

/* On paper only what has a dry run can be done, and only where the paper is. */
static bool check_paper(const struct r2_cli *cli, const struct r2_verb *verb, struct r2_error *err)
{
	const struct r2_options *options = &cli->options;
	bool changes = !verb || verb->run == r2_verb_add || verb->run == r2_verb_replace ||
		       verb->run == r2_verb_del || verb->run == r2_verb_apply;

	if (!options->on)
		return true;
	if (!changes) {
		r2_error_set(err, R2_USAGE, "--on is for add, replace, del and apply only");
		return r2_error_hint(err, "explain and snapshot say `on FILE`, without dashes");
	}
	if (options->netns)
		return r2_error_set(err, R2_USAGE,
				    "--on %.100s is no host of this machine: -n %.100s "
				    "has no meaning there",
				    options->on, options->netns);
	if (strcmp(options->on, "-") == 0 && cli->n && strcmp(cli->words[0], "-") == 0)
		return r2_error_set(err, R2_USAGE,
				    "standard input cannot be both the host and the lines");
	return true;
}

static int dispatch(struct r2_cli *cli, const char **words, size_t n)
{
	struct r2_error err;
	const struct r2_verb *verb;

	if (!n) {
		r2_help(cli->options.help ? stdout : stderr, NULL);
		return cli->options.help ? R2_OK : R2_USAGE;
	}
	verb = find_verb(words[0]);
	if (cli->options.help || strcmp(words[0], "help") == 0) {
		if (!verb && n > 1)
			verb = find_verb(words[1]);
		r2_help(stdout, verb);
		return R2_OK;
	}
	if (!verb && !is_batch(words[0]))
		return unknown_verb(words[0]);
	if (!check_options(&cli->options, verb, &err))
		return r2_say_error(&err);
	cli->words = words + (verb ? 1 : 0);
	cli->n = n - (verb ? 1 : 0);
	if (!check_paper(cli, verb, &err))
		return r2_say_error(&err);
	return run(cli, verb ? verb->run : r2_verb_batch);
}

/* Output that got lost is no success. */
static int flush(int status)
{
	struct r2_error err;
	bool lost = fflush(stdout) != 0 || ferror(stdout);

	if (!lost || status)
		return status;
	r2_error_set(&err, R2_FAILED, "cannot write to standard output: %s", strerror(errno));
	err.native = errno;
	err.call = "write";
	return r2_say_error(&err);
}

int main(int argc, char **argv)
{
	struct r2_cli cli = {0};
	const char **words;
	struct r2_error err;
	int status;
	size_t n;

	if (!r2_console_ready(&argc, &argv))
		return R2_FAILED;
	words = calloc((size_t)argc + 1, sizeof(*words));
	if (!words)
		return R2_FAILED;
	if (!r2_options_take(argc, argv, &cli.options, words, &n, &err)) {
		status = r2_say_error(&err);
	} else if (cli.options.version) {
		puts("route2 " R2_VERSION);
		status = R2_OK;
	} else {
		status = dispatch(&cli, words, n);
	}
	free(words);
	return flush(status);
}
