/* SPDX-License-Identifier: MIT */
/* The verb confirm, and what is not confirmed. */
#include "cli/confirm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/apply.h"

#define LOOK_MS  100
#define KEEPERS  2
#define DEADLINE "# to be brought back at " /* milliseconds since boot: the first line */
#define NOT_YET  (-1)                       /* the change is still being made */
#define LATE_MS  60000                      /* nobody will bring it back any more */

/* ---- the file ---- */

const char *r2_pending_restoring(const struct r2_pending *pending, char buf[R2_PENDING_PATH + 16])
{
	snprintf(buf, R2_PENDING_PATH + 16, "%s.restoring", pending->path);
	return buf;
}

static bool cannot(const char *what, const char *path, struct r2_error *err)
{
	int error = errno;

	r2_error_set(err, R2_FAILED, "cannot %s %s: %s", what, path, strerror(error));
	err->native = error;
	return false;
}

/* The rest of @old follows the new deadline. */
static bool write_file(struct r2_cli *cli, const struct r2_pending *pending, int64_t deadline,
		       FILE *old, struct r2_error *err)
{
	FILE *file = r2_private_begin(pending->path);
	char line[4096];
	bool ok = true;

	if (!file)
		return cannot("write", pending->path, err);
	fprintf(file, "%s%lld\n", DEADLINE, (long long)deadline);
	if (old) {
		while (fgets(line, sizeof(line), old))
			fputs(line, file);
		/* Windows moves nothing over a file that is open without its leave. */
		fclose(old);
	} else {
		ok = r2_show_all(cli, file, err);
	}
	return r2_private_end(file, pending->path, ok) ||
	       (ok && cannot("write", pending->path, err));
}

/* Return: 0 if the file is not there any more. */
static int64_t deadline_of(const char *path)
{
	char line[80] = "";
	FILE *file = r2_private_read(path);
	int64_t deadline = file ? INT64_MAX : 0;

	if (!file)
		return r2_private_exists(path) ? INT64_MAX : 0;
	if (fgets(line, sizeof(line), file) && strncmp(line, DEADLINE, strlen(DEADLINE)) == 0)
		deadline = strtoll(line + strlen(DEADLINE), NULL, 10);
	fclose(file);
	return deadline;
}

/* All keepers were killed: what stood before is kept, and nobody waits for it any more. */
static bool is_lost(const struct r2_pending *pending)
{
	char lost[R2_PENDING_PATH + 8];
	int64_t deadline = deadline_of(pending->path);

	if (!r2_keeper_none(pending, deadline == NOT_YET ? INT64_MAX : deadline + LATE_MS))
		return false;
	snprintf(lost, sizeof(lost), "%s.lost", pending->path);
	return r2_private_move(pending->path, lost);
}

bool r2_pending_find(struct r2_pending *ret)
{
	char now[R2_PENDING_PATH + 16];

	if (!r2_private_path("pending", ret->path)) {
		*ret->path = '\0';
		return false;
	}
	if (r2_private_exists(r2_pending_restoring(ret, now)))
		return true;
	return r2_private_exists(ret->path) && !is_lost(ret);
}

void r2_pending_settle(const struct r2_cli *cli, const struct r2_pending *pending)
{
	FILE *old = r2_private_read(pending->path);
	struct r2_error unused;
	char line[80];

	if (old && fgets(line, sizeof(line), old))
		write_file(NULL, pending, r2_keeper_now() + cli->options.confirm_ms, old, &unused);
	else if (old)
		fclose(old);
}

bool r2_pending_end(const struct r2_pending *pending)
{
	return r2_private_remove(pending->path);
}

/* ---- the keepers ---- */

/* Until it is due. Return: false if it was confirmed. */
static bool wait_for_it(const struct r2_pending *pending, intptr_t apply)
{
	char now[R2_PENDING_PATH + 16];
	bool ended = false;

	for (;;) {
		int64_t deadline = deadline_of(pending->path);

		if (!deadline)
			return r2_private_exists(r2_pending_restoring(pending, now));
		if (deadline == NOT_YET ? ended : r2_keeper_now() >= deadline)
			return true;
		ended = r2_keeper_wait(ended ? -1 : apply, LOOK_MS) || ended;
	}
}

/*
 * From when it is renamed it cannot be confirmed any more. Whose turn it is brings it back; the
 * other waits for its own, in case that the first is killed meanwhile.
 */
void r2_pending_keep(struct r2_cli *cli, const struct r2_pending *pending, intptr_t apply)
{
	char path[R2_PENDING_PATH + 16];
	struct r2_cli own = *cli;
	struct r2_error unused;

	if (!wait_for_it(pending, apply))
		return;
	r2_private_move(pending->path, r2_pending_restoring(pending, path));
	if (!r2_keeper_turn(path))
		return;
	own.os = r2_system_open(NULL, &unused);
	if (!own.os)
		return;
	if (r2_apply_restore(&own, path) == R2_OK)
		r2_private_remove(path);
	own.os->ops->close(own.os);
}

bool r2_pending_begin(struct r2_cli *cli, struct r2_pending *pending, struct r2_error *err)
{
	unsigned started = 0;
	intptr_t mark;

	if (!*pending->path) {
		r2_error_set(err, R2_NOT_PERMITTED, "there is no folder to keep in what stands");
		return r2_error_hint(err, "run it as root, or say one in XDG_RUNTIME_DIR");
	}
	mark = r2_keeper_mark(pending);
	if (mark < 0)
		return cannot("mark", "this process", err);
	fflush(NULL);
	if (!write_file(cli, pending, NOT_YET, NULL, err)) {
		r2_keeper_marked(mark);
		return false;
	}
	for (unsigned i = 0; i < KEEPERS; i++)
		started += r2_keeper_start(cli, pending, mark);
	r2_keeper_marked(mark);
	if (started)
		return true;
	r2_pending_end(pending);
	return cannot("start", "a process that brings it back", err);
}

/* ---- the verb ---- */

int r2_verb_confirm(struct r2_cli *cli)
{
	struct r2_pending pending;
	struct r2_error err;
	bool found = r2_pending_find(&pending);

	if (cli->n && r2_keeper_hidden(cli, &pending))
		return R2_OK;
	if (cli->n) {
		r2_error_set(&err, R2_USAGE, "confirm takes no \"%s\"", cli->words[0]);
		return r2_say_error(&err);
	}
	if (!found || !r2_pending_end(&pending)) {
		r2_error_set(&err, R2_FAILED, "nothing is waiting to be confirmed");
		r2_error_hint(&err, "was it brought back already? see: route2 show");
		return r2_say_error(&err);
	}
	if (!cli->options.quiet)
		puts("confirmed: it stays");
	return R2_OK;
}
