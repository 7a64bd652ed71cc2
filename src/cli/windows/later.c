/* SPDX-License-Identifier: MIT */
/* Verbs that Windows does not have yet: named as such, never a crash. */
#include "cli/cli.h"
#include "cli/confirm.h"

static bool not_yet(struct r2_error *err, const char *what)
{
	return r2_error_set(err, R2_FAILED, "%s is not there on Windows yet", what);
}

static int refuse(const char *what)
{
	struct r2_error err;

	not_yet(&err, what);
	return r2_say_error(&err);
}

int r2_verb_confirm(struct r2_cli *cli)
{
	(void)cli;
	return refuse("--confirm");
}

bool r2_pending_find(struct r2_pending *ret)
{
	(void)ret;
	return false;
}

bool r2_pending_begin(struct r2_cli *cli, struct r2_pending *pending,
		      int (*restore)(struct r2_cli *cli, const char *path), struct r2_error *err)
{
	(void)cli;
	(void)pending;
	(void)restore;
	return not_yet(err, "--confirm");
}

void r2_pending_settle(const struct r2_cli *cli, const struct r2_pending *pending)
{
	(void)cli;
	(void)pending;
}

bool r2_pending_end(const struct r2_pending *pending)
{
	(void)pending;
	return false;
}
