/* SPDX-License-Identifier: MIT */
/* What goes to stderr: errors, notes. */
#include "cli/cli.h"

#include <stdlib.h>
#include <unistd.h>

int r2_say_error(const struct r2_error *err)
{
	char text[R2_ERROR_TEXT];

	fflush(stdout);
	fprintf(stderr, "route2: %s\n", r2_error_format(err, text, sizeof(text)));
	return (int)err->kind;
}

void r2_say_notes(const struct r2_cli *cli, const struct r2_notes *notes)
{
	if (cli->options.quiet)
		return;
	fflush(stdout);
	for (size_t i = 0; i < notes->n; i++)
		fprintf(stderr, "route2: note: %s\n", notes->text[i]);
}

void r2_say_waiting(void *cli, const char *holder)
{
	const struct r2_cli *run = cli;

	if (!run->options.quiet)
		fprintf(stderr, "route2: waiting for %s, which is changing routes here\n", holder);
}

bool r2_colour(FILE *out)
{
	const char *no_color = getenv("NO_COLOR");

	return isatty(fileno(out)) && !(no_color && *no_color);
}
