/* SPDX-License-Identifier: MIT */
/* The verb switch: drain a gateway. */
#include "os/switch.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "cli/console.h"
#include "cli/lines.h"
#include "os/control.h"

struct wish {
	struct r2_ip from, to;
	const char *dev;
	unsigned for_ms; /* 0: for good */
};

static bool read_gateway(const char *word, struct r2_ip *ret, struct r2_error *err)
{
	if (r2_ip_parse(word, ret))
		return true;
	r2_error_set(err, R2_USAGE, "\"%s\" is not the address of a gateway", word);
	return r2_error_hint(err, "see who carries what: route2 -j show");
}

/* [dev IFACE] GATEWAY to GATEWAY [for TIME] */
static bool parse(struct r2_cli *cli, struct wish *ret, struct r2_error *err)
{
	const char *time = NULL, *to = NULL;

	*ret = (struct wish){.dev = ""};
	if (!r2_take_word(cli->words, &cli->n, "dev", "an interface", &ret->dev, err) ||
	    !r2_take_word(cli->words, &cli->n, "for", "a time such as 10m", &time, err) ||
	    !r2_take_word(cli->words, &cli->n, "to", "a gateway", &to, err))
		return false;
	if (cli->n != 1 || !to) {
		r2_error_set(err, R2_USAGE, "switch needs two gateways");
		return r2_error_hint(err, "route2 switch GATEWAY to GATEWAY");
	}
	if (time && (!r2_time_parse(time, &ret->for_ms) || !ret->for_ms))
		return r2_error_set(err, R2_USAGE, "\"%s\" is not a time such as 90s or 10m", time);
	if (!read_gateway(cli->words[0], &ret->from, err) || !read_gateway(to, &ret->to, err))
		return false;
	if (ret->from.family == ret->to.family && !r2_ip_equal(&ret->from, &ret->to))
		return true;
	return r2_error_set(err, R2_USAGE, "%s and %s are %s", cli->words[0], to,
			    ret->from.family == ret->to.family ? "the same gateway"
							       : "of two families");
}

struct trace {
	struct r2_cli *cli;
	struct r2_switch result;
};

static void say_operation(void *ctx, const struct r2_op *op, bool undoing)
{
	const struct trace *trace = ctx;
	const struct r2_options *options = &trace->cli->options;
	char text[R2_COMMAND_TEXT];

	r2_op_command(op, options->netns, &trace->result.host, text, sizeof(text));
	if (!*text)
		return;
	if (options->dry_run)
		puts(text);
	else if (options->verbose)
		fprintf(stderr, "%s %s\n", undoing ? "undo:" : "+", text);
}

static void report(struct r2_cli *cli, const struct wish *wish, const struct r2_switch *result)
{
	char to[R2_IP_TEXT], from[R2_IP_TEXT];

	r2_say_notes(cli, &result->notes);
	if (cli->options.json) {
		struct r2_json json = {.out = stdout};

		r2_json_open(&json, NULL, '{');
		r2_json_bool(&json, "changed", result->moved > 0);
		r2_json_number(&json, "moved", result->moved);
		r2_json_number(&json, "already", result->already);
		r2_json_close(&json, '}');
	} else if (!cli->options.quiet && !cli->options.dry_run) {
		r2_ip_format(&wish->from, from);
		r2_ip_format(&wish->to, to);
		if (result->moved)
			printf("%zu phantom%s moved from %s to %s\n", result->moved,
			       result->moved == 1 ? "" : "s", from, to);
		else
			printf("nothing to move: %s carries already\n", to);
	}
	fflush(stdout);
}

static bool run(struct r2_cli *cli, const struct wish *wish, struct r2_error *err)
{
	struct trace trace = {.cli = cli};
	const struct r2_options *options = &cli->options;
	const struct r2_change_options change = {.dry_run = options->dry_run,
						 .tries = options->tries,
						 .timeout_ms = options->timeout_ms,
						 .wait_ms = options->wait_ms,
						 .waiting = r2_say_waiting,
						 .ctx = cli,
						 .trace = {say_operation, &trace}};
	bool ok = r2_switch_carrier(cli->os, &wish->from, &wish->to, wish->dev, &change,
				    &trace.result, err);

	if (ok)
		report(cli, wish, &trace.result);
	r2_host_free(&trace.result.host);
	return ok;
}

/*
 * A running watch does it, for it would take the change for somebody's meddling; and it keeps the
 * time. Return: false if none runs here.
 */
static bool ask_watch(struct r2_cli *cli, const struct wish *wish, struct r2_error *err,
		      bool *ret_ok)
{
	char request[200], from[R2_IP_TEXT], to[R2_IP_TEXT], time[40] = "", *answer;
	struct r2_switch result = {0};
	const json_t *said;
	json_t *all;

	if (cli->options.dry_run)
		return false;
	if (wish->for_ms)
		snprintf(time, sizeof(time), " for %llu", 1000ull * wish->for_ms);
	snprintf(request, sizeof(request), "switch %s to %s%s%s%s%s\n",
		 r2_ip_format(&wish->from, from), r2_ip_format(&wish->to, to),
		 *wish->dev ? " dev \"" : "", wish->dev, *wish->dev ? "\"" : "", time);
	*ret_ok = r2_control_ask(request, &answer, err);
	if (!*ret_ok)
		return err->native != 0;
	all = json_loads(answer, 0, NULL);
	free(answer);
	said = json_object_get(all, "error");
	*ret_ok = all && !said;
	if (said) {
		r2_error_set(err, R2_FAILED, "%s", json_string_value(said));
	} else if (!all) {
		r2_error_set(err, R2_FAILED, "the watch says what nobody understands");
		r2_error_hint(err, "is it of another version? start it anew");
	}
	result.moved = (size_t)json_integer_value(json_object_get(all, "moved"));
	if (*ret_ok)
		report(cli, wish, &result);
	json_decref(all);
	return true;
}

int r2_verb_switch(struct r2_cli *cli)
{
	struct r2_error err;
	struct wish wish, back;
	bool ok;

	if (!parse(cli, &wish, &err))
		return r2_say_error(&err);
	if (ask_watch(cli, &wish, &err, &ok))
		return ok ? R2_OK : r2_say_error(&err);
	if (!run(cli, &wish, &err))
		return r2_say_error(&err);
	if (!wish.for_ms || cli->options.dry_run)
		return R2_OK;
	r2_console_wait(wish.for_ms);
	back = wish;
	back.from = wish.to;
	back.to = wish.from;
	ok = run(cli, &back, &err);
	r2_console_resume();
	return ok ? R2_OK : r2_say_error(&err);
}
