/* SPDX-License-Identifier: MIT */
/* The verb check: does it leave as asked, and do answers come back. */
#include "cli/check.h"
#include "cli/console.h"
#include "cli/probes.h"

#include <stdlib.h>
#include <string.h>

#define WORDS                                                                                      \
	(R2_WORD_PREFIX | R2_WORD_VIA | R2_WORD_BACKUP | R2_WORD_SRC | R2_WORD_DEV |               \
	 R2_WORD_METRIC | R2_WORD_TABLE | R2_WORD_METHOD | R2_WORD_PHANTOM)

#define MANY 1024 /* so many routes are checked one by one; of more, some of each kind */

/**
 * struct check - one run
 * @all: every route of ours; @lists: these, or those in @intent's destination
 * @routes: how many of them there are
 */
struct check {
	struct r2_cli *cli;
	struct r2_intent intent;
	bool all, lists;
	size_t routes;
	struct r2_probes probes;
	struct r2_host host;
	struct r2_book book;
	struct r2_notes notes;
	R2_LIST(struct r2_subject) subjects;
};

/* ---- words ---- */

static bool read_port(const char *text, uint16_t *ret, struct r2_error *err)
{
	size_t digits = strspn(text, "0123456789");
	long port = digits && digits < 6 && !text[digits] ? strtol(text, NULL, 10) : 0;

	if (port < 1 || port > UINT16_MAX)
		return r2_error_set(err, R2_USAGE, "\"%.60s\" is no port: 1 to 65535", text);
	*ret = (uint16_t)port;
	return true;
}

/* 1.2.3.4:80 or [2001:db8::1]:80: what stands before the port goes to @ret, R2_PREFIX_TEXT bytes.
 */
static bool split_port(const char *word, char *ret, uint16_t *ret_port, struct r2_error *err)
{
	const char *colon = strchr(word, ':'), *end;
	size_t len = strlen(word);

	if (*word == '[') {
		end = strchr(word, ']');
		if (!end || (end[1] && end[1] != ':'))
			return r2_error_set(err, R2_USAGE, "%.60s is not [ADDRESS]:PORT", word);
		colon = end[1] ? end + 1 : NULL;
		len = (size_t)(end - ++word);
	} else if (colon && !strchr(colon + 1, ':')) {
		len = (size_t)(colon - word);
	} else {
		colon = NULL;
	}
	if (colon && !read_port(colon + 1, ret_port, err))
		return false;
	if (len >= R2_PREFIX_TEXT)
		return r2_error_set(err, R2_USAGE, "%.60s is not an address", word);
	memcpy(ret, word, len);
	ret[len] = '\0';
	return true;
}

static bool read_words(struct check *check, struct r2_error *err)
{
	const struct r2_cli *cli = check->cli;
	char first[R2_PREFIX_TEXT] = "";
	uint16_t port = 0;
	bool ok = true;

	check->all = !cli->n || strcmp(cli->words[0], "all") == 0;
	if (check->all && cli->n > 1)
		return r2_error_set(err, R2_USAGE, "nothing may follow `all`, but \"%s\" does",
				    cli->words[1]);
	if (!check->all) {
		const char *given = cli->words[0];

		ok = split_port(given, first, &port, err);
		cli->words[0] = first;
		ok = ok && r2_intent_parse(cli->words, cli->n, WORDS, cli->options.family,
					   &cli->names, &check->intent, NULL, err);
		cli->words[0] = given;
	}
	if (!ok || !r2_probes_read(cli, port, &check->probes, err))
		return false;
	if (!check->all && !check->intent.dst.addr.family)
		check->intent.dst.addr.family = (uint8_t)R2_IPV4; /* of default */
	if (!check->all && r2_prefix_is_nowhere(&check->intent.dst)) {
		r2_error_set(err, R2_USAGE, "%s is no destination: it means this host itself",
			     first);
		return r2_error_hint(err, "every destination is `default`");
	}
	check->lists = check->all || (!(check->intent.given & R2_WORD_SRC) &&
				      check->intent.dst.len < r2_ip_bits(&check->intent.dst.addr));
	if (!check->all && !(check->intent.given & R2_WORD_SRC) &&
	    check->intent.given != R2_WORD_PREFIX) {
		r2_error_set(err, R2_USAGE, "without `src` there is nothing to try");
		return r2_error_hint(err, "say which source: route2 check DEST src SOURCE");
	}
	return true;
}

/* ---- subjects ---- */

static bool is_meant(const struct check *check, const struct r2_route *route)
{
	enum r2_family family = check->cli->options.family;

	if (!r2_route_is_ours(route) || (family && route->dst.addr.family != family))
		return false;
	return check->all || r2_prefix_covers(&check->intent.dst, &route->dst);
}

static bool keep(void *ctx, const struct r2_host *host, const struct r2_route *route)
{
	struct check *check = ctx;

	if (route->table == R2_BOOK_TABLE)
		return true;
	if (r2_route_is_ours(route) && check->lists && is_meant(check, route))
		return r2_prove_picks(host, route, ++check->routes, MANY);
	if (r2_route_is_ours(route) && !check->all)
		return !check->lists || r2_prefix_covers(&route->dst, &check->intent.dst);
	return check->intent.given && r2_settle_needs(&check->intent, host, route);
}

static bool read_host(struct check *check, struct r2_error *err)
{
	struct r2_os *os = check->cli->os;
	struct r2_query query = {.parts = R2_PART_LINKS | R2_PART_ADDRS | R2_PART_RULES |
					  R2_PART_NEIGHS | R2_PART_ROUTES,
				 .keep = keep,
				 .ctx = check};

	if (!os->ops->snapshot(os, &query, &check->host, err))
		return false;
	return r2_book_read(&check->host, &check->book) ||
	       r2_error_set(err, R2_FAILED, "out of memory");
}

static bool push(struct check *check, const struct r2_subject *subject, struct r2_error *err)
{
	return r2_list_push(&check->subjects, subject) ||
	       r2_error_set(err, R2_FAILED, "out of memory");
}

static bool add_routes(struct check *check, struct r2_error *err)
{
	r2_each (const struct r2_route, route, &check->host.routes) {
		struct r2_subject subject;

		if (!is_meant(check, route))
			continue;
		subject = r2_subject_of_route(&check->host, &check->book, route);
		if (!push(check, &subject, err))
			return false;
	}
	return true;
}

/*
 * The way may be good, and add refuse it all the same: where a rule `from` the source leads
 * elsewhere, connect(2) obeys that (os/truth.c).
 */
static void note_rule(struct check *check, const struct r2_target *target)
{
	struct r2_os *os = check->cli->os;
	struct r2_answer answer = {0};
	char text[R2_IP_TEXT];
	struct r2_error unused;

	r2_each (const struct r2_rule, rule, &check->host.rules) {
		if (!rule->from.len || !r2_prefix_contains(&rule->from, &target->src) ||
		    !os->ops->lookup(os, &target->route.dst.addr, &target->src, &answer, &unused) ||
		    (!answer.error && answer.link == target->route.link))
			continue;
		r2_note(&check->notes, "a policy rule leads what is from %s another way: ip rule",
			r2_ip_format(&target->src, text));
		return;
	}
}

static bool add_line(struct check *check, struct r2_error *err)
{
	struct r2_target target;
	struct r2_subject subject;

	if (!r2_settle(&check->host, &check->intent, &target, &check->notes, err))
		return false;
	note_rule(check, &target);
	subject = r2_subject_of_target(&target);
	return push(check, &subject, err);
}

/*
 * An address: the route that it has; a prefix: our routes in it, or else some of its addresses, by
 * the route that they have.
 */
static bool add_destination(struct check *check, struct r2_error *err)
{
	const struct r2_prefix *dst = &check->intent.dst;
	struct r2_route route = {.dst = *dst, .table = R2_MAIN_TABLE};
	struct r2_ip samples[R2_SAMPLES_MAX] = {dst->addr};
	struct r2_subject subject;

	if (dst->len < r2_ip_bits(&dst->addr)) {
		if (!add_routes(check, err))
			return false;
		if (check->subjects.n)
			return true;
		r2_verify_samples(&check->host, &route, samples);
	}
	if (!r2_subject_of_address(check->cli->os, &check->host, &check->book, &samples[0],
				   &subject, err))
		return false;
	subject.dst = *dst;
	if (!subject.ours && dst->len < r2_ip_bits(&dst->addr))
		subject.gateways.n = 0; /* each address has its own */
	return push(check, &subject, err);
}

static bool gather(struct check *check, struct r2_error *err)
{
	if (!read_host(check, err))
		return false;
	if (check->all)
		return add_routes(check, err);
	if (check->intent.given & R2_WORD_SRC)
		return add_line(check, err);
	return add_destination(check, err);
}

/* ---- the verb ---- */

static void print(struct check *check)
{
	const struct r2_cli *cli = check->cli;
	bool one = check->subjects.n == 1 && !check->all;
	struct r2_json json = {.out = stdout};

	if (cli->options.json) {
		if (!one)
			r2_json_open(&json, NULL, '[');
		r2_each (const struct r2_subject, subject, &check->subjects)
			r2_check_json(&json, subject, &cli->names);
		if (!one)
			r2_json_close(&json, ']');
	} else if (!cli->options.quiet && one) {
		r2_check_path(stdout, check->subjects.at, &cli->names, r2_colour(stdout),
			      r2_console_utf8());
	} else if (!cli->options.quiet) {
		r2_check_table(stdout, check->subjects.at, check->subjects.n, r2_colour(stdout));
	}
}

static int run(struct check *check)
{
	struct r2_error err;

	if (!read_words(check, &err) || !r2_prove_possible(check->cli->os, &err) ||
	    !gather(check, &err))
		return r2_say_error(&err);
	check->probes.options.mtu = check->subjects.n == 1;
	if (check->lists && check->subjects.n < check->routes)
		r2_note(&check->notes, "%zu of %zu routes were tried, some of each kind",
			check->subjects.n, check->routes);
	if (!check->subjects.n)
		r2_note(&check->notes, "route2 has no route%s: nothing is proved",
			check->all ? " here" : " there");
	if (!r2_prove(check->cli->os, &check->host, check->subjects.at, check->subjects.n,
		      &check->probes.options, &err))
		return r2_say_error(&err);
	print(check);
	r2_say_notes(check->cli, &check->notes);
	return check->subjects.n ? (int)r2_prove_status(check->subjects.at, check->subjects.n)
				 : (int)R2_UNKNOWN;
}

int r2_verb_check(struct r2_cli *cli)
{
	struct check check = {.cli = cli};
	int status = run(&check);

	r2_list_free(&check.subjects);
	r2_book_free(&check.book);
	r2_host_free(&check.host);
	return status;
}
