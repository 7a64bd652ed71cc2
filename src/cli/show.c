/* SPDX-License-Identifier: MIT */
/* The verb show: route2's own routes, printed as the kernel hands them over. */
#include "cli/lines.h"
#include "core/settle.h"

struct show {
	struct r2_cli *cli;
	struct r2_intent selector;
	struct r2_host host; /* links, addresses, neighbours and the book */
	struct r2_book book;
	struct r2_json json;
	FILE *out;
	bool colour;
};

static bool print_route(void *ctx, const struct r2_host *unused, const struct r2_route *route)
{
	struct show *show = ctx;
	struct r2_line line;

	(void)unused;
	if (!r2_route_is_ours(route))
		return false;
	r2_describe(&show->host, &show->book, route, &line);
	if (!r2_line_matches(&line, &show->selector))
		return false;
	if (show->json.out)
		r2_line_json(&show->json, NULL, &line, &show->cli->names);
	else
		r2_line_print(show->out, &line, &show->cli->names, show->colour);
	return false; /* printed, not kept */
}

static bool read_book(struct show *show, struct r2_error *err)
{
	struct r2_query query = {.parts = R2_PART_LINKS | R2_PART_ADDRS | R2_PART_NEIGHS |
					  R2_PART_ROUTES,
				 .protocol = R2_PROTOCOL,
				 .table = R2_BOOK_TABLE};
	uint32_t unused;

	if (!show->cli->os->ops->snapshot(show->cli->os, &query, &show->host, err))
		return false;
	if (!r2_book_read(&show->host, &show->book))
		return r2_error_set(err, R2_FAILED, "out of memory");
	return !*show->selector.dev ||
	       r2_settle_link(&show->host, show->selector.dev, &unused, err);
}

static bool stream_routes(struct show *show, struct r2_error *err)
{
	const struct r2_intent *selector = &show->selector;
	struct r2_query query = {.parts = R2_PART_ROUTES,
				 .family = show->cli->options.family,
				 .protocol = R2_PROTOCOL,
				 .keep = print_route,
				 .ctx = show};
	struct r2_host nothing = {0};
	bool ok;

	if (selector->given & R2_WORD_TABLE)
		query.table = selector->table;
	if (selector->dst.addr.family)
		query.family = (enum r2_family)selector->dst.addr.family;
	ok = show->cli->os->ops->snapshot(show->cli->os, &query, &nothing, err);
	r2_host_free(&nothing);
	return ok;
}

static bool run_show(struct show *show, struct r2_error *err)
{
	bool json = show->json.out != NULL, ok;

	if (!read_book(show, err))
		return false;
	if (json)
		r2_json_open(&show->json, NULL, '[');
	ok = stream_routes(show, err);
	if (json)
		r2_json_close(&show->json, ']');
	return ok;
}

bool r2_show_all(struct r2_cli *cli, FILE *out, struct r2_error *err)
{
	struct show show = {.cli = cli, .out = out};
	bool ok = run_show(&show, err);

	r2_book_free(&show.book);
	r2_host_free(&show.host);
	return ok;
}

int r2_verb_show(struct r2_cli *cli)
{
	struct show show = {.cli = cli,
			    .json = {.out = cli->options.json ? stdout : NULL},
			    .out = stdout,
			    .colour = r2_colour(stdout)};
	const unsigned words = R2_WORD_PREFIX | R2_WORD_SRC | R2_WORD_DEV | R2_WORD_METRIC |
			       R2_WORD_TABLE | R2_WORD_METHOD | R2_WORD_NO_PREFIX;
	struct r2_error err;
	bool ok;

	if (!r2_intent_parse(cli->words, cli->n, words, cli->options.family, &cli->names,
			     &show.selector, NULL, &err))
		return r2_say_error(&err);
	ok = run_show(&show, &err);
	r2_book_free(&show.book);
	r2_host_free(&show.host);
	return ok ? R2_OK : r2_say_error(&err);
}
