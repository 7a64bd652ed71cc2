/* SPDX-License-Identifier: MIT */
/* The verb snapshot: this host on paper, for `explain ... on FILE` here or elsewhere. */
#include "cli/cli.h"
#include "paper/paper.h"

static bool read_host(struct r2_cli *cli, const char *on, struct r2_host *ret, struct r2_error *err)
{
	struct r2_query query = {.parts = R2_PART_ALL, .family = cli->options.family};
	struct r2_notes notes = {0};

	if (!on)
		return cli->os->ops->snapshot(cli->os, &query, ret, err);
	if (!r2_paper_read(on, ret, &notes, err))
		return false;
	r2_say_notes(cli, &notes);
	return true;
}

int r2_verb_snapshot(struct r2_cli *cli)
{
	struct r2_host host = {0};
	const char *on = NULL;
	struct r2_error err;
	bool ok = r2_take_word(cli->words, &cli->n, "on", "a file or folder", &on, &err);

	if (ok && cli->n) {
		ok = r2_error_set(&err, R2_USAGE, "snapshot takes no \"%s\"", cli->words[0]);
		r2_error_hint(&err, "it writes to standard output: route2 snapshot > FILE");
	}
	ok = ok && read_host(cli, on, &host, &err);
	if (ok)
		r2_paper_write(stdout, &host);
	r2_host_free(&host);
	return ok ? R2_OK : r2_say_error(&err);
}
