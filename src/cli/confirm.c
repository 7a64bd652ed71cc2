/* SPDX-License-Identifier: MIT */
/* The verb confirm, and the keepers of what is not confirmed. */
#include "cli/confirm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/scope.h"

#define FOLDER   "/run/route2"
#define LOOK_MS  100
#define KEEPERS  2
#define DEADLINE "# to be brought back at " /* milliseconds since boot: the first line */
#define NOT_YET  (-1)                       /* the change is still being made */
#define LATE_MS  60000                      /* nobody will bring it back any more */

/* Counts on while the machine sleeps. */
static int64_t now_ms(void)
{
	struct timespec at;

	clock_gettime(CLOCK_BOOTTIME, &at);
	return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

/* ---- the file ---- */

/* Without root, as in a container of one's own, the user's own folder; never one that is shared.
 */
static const char *folder(void)
{
	const char *own = getenv("XDG_RUNTIME_DIR");

	if ((mkdir(FOLDER, 0700) == 0 || errno == EEXIST) && access(FOLDER, W_OK) == 0)
		return FOLDER;
	return own && own[0] == '/' ? own : FOLDER;
}

/* The name that the file has while a keeper brings it back. */
static const char *restoring(const struct r2_pending *pending, char buf[R2_PENDING_PATH + 16])
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

/* Whole or not at all: written beside, and renamed. The rest of @old follows the new deadline. */
static bool write_file(struct r2_cli *cli, const struct r2_pending *pending, int64_t deadline,
		       FILE *old, struct r2_error *err)
{
	char beside[R2_PENDING_PATH + 8], line[4096];
	FILE *file;
	bool ok = true;
	int fd;

	snprintf(beside, sizeof(beside), "%s.new", pending->path);
	unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		return cannot("write", beside, err);
	fprintf(file, "%s%lld\n", DEADLINE, (long long)deadline);
	if (old) {
		while (fgets(line, sizeof(line), old))
			fputs(line, file);
	} else {
		ok = r2_show_all(cli, file, err);
	}
	if (ok && (fflush(file) || ferror(file)))
		ok = cannot("write", beside, err);
	fclose(file);
	if (ok && rename(beside, pending->path))
		ok = cannot("write", pending->path, err);
	if (!ok)
		unlink(beside);
	return ok;
}

/* Return: 0 if the file is not there any more. */
static int64_t deadline_of(const char *path)
{
	char line[80] = "";
	FILE *file = fopen(path, "re");
	int64_t deadline = file ? INT64_MAX : 0;

	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file) && strncmp(line, DEADLINE, strlen(DEADLINE)) == 0)
		deadline = strtoll(line + strlen(DEADLINE), NULL, 10);
	fclose(file);
	return deadline;
}

/* Both keepers were killed: what stood before is kept, and nobody waits for it any more. */
static bool is_lost(const struct r2_pending *pending)
{
	char lost[R2_PENDING_PATH + 8];
	int64_t deadline = deadline_of(pending->path);

	if (deadline == NOT_YET || now_ms() < deadline + LATE_MS)
		return false;
	snprintf(lost, sizeof(lost), "%s.lost", pending->path);
	return rename(pending->path, lost) == 0;
}

bool r2_pending_find(struct r2_pending *ret)
{
	char now[R2_PENDING_PATH + 16];
	struct stat netns = {0};

	stat("/proc/self/ns/net", &netns);
	if ((size_t)snprintf(ret->path, sizeof(ret->path), "%s/pending-%lu.routes", folder(),
			     (unsigned long)netns.st_ino) >= sizeof(ret->path))
		ret->path[0] = '\0';
	if (access(restoring(ret, now), F_OK) == 0)
		return true;
	return access(ret->path, F_OK) == 0 && !is_lost(ret);
}

void r2_pending_settle(const struct r2_cli *cli, const struct r2_pending *pending)
{
	FILE *old = fopen(pending->path, "re");
	struct r2_error unused;
	char line[80];

	if (old && fgets(line, sizeof(line), old))
		write_file(NULL, pending, now_ms() + cli->options.confirm_ms, old, &unused);
	if (old)
		fclose(old);
}

bool r2_pending_end(const struct r2_pending *pending)
{
	return unlink(pending->path) == 0;
}

/* ---- the keepers ---- */

/* Wait until it is due. Return: false if it was confirmed. @end: hangs up when `apply` ends. */
static bool wait_for_it(const struct r2_pending *pending, int end)
{
	struct pollfd ends = {.fd = end, .events = POLLIN};
	char now[R2_PENDING_PATH + 16];

	for (;;) {
		bool ended = ends.revents != 0;
		int64_t deadline = deadline_of(pending->path);

		if (!deadline)
			return access(restoring(pending, now), F_OK) == 0;
		if (deadline == NOT_YET ? ended : now_ms() >= deadline)
			return true;
		if (ended)
			ends.fd = -1;
		poll(&ends, 1, LOOK_MS);
	}
}

/*
 * From when it is renamed it cannot be confirmed any more. Who has the lock brings it back; the
 * other waits for the lock, in case that the first is killed meanwhile.
 */
static void keep(struct r2_cli *cli, const struct r2_pending *pending, int end,
		 int (*restore)(struct r2_cli *cli, const char *path))
{
	char path[R2_PENDING_PATH + 16];
	struct r2_error unused;
	struct stat file;
	int fd;

	if (!wait_for_it(pending, end))
		return;
	rename(pending->path, restoring(pending, path));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || flock(fd, LOCK_EX) || fstat(fd, &file) || !file.st_nlink)
		return;
	cli->os = r2_system_open(NULL, &unused);
	if (!cli->os)
		return;
	if (restore(cli, path) == R2_OK)
		unlink(path);
	cli->os->ops->close(cli->os);
}

/* A session of its own, no terminal, nothing open but where it writes what it did. */
static void detach(const struct r2_pending *pending, int keep_open)
{
	char log[R2_PENDING_PATH + 8];
	int out, in = open("/dev/null", O_RDONLY);

	setsid();
	clearenv();
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (chdir("/"))
		return;
	snprintf(log, sizeof(log), "%s.log", pending->path);
	unlink(log);
	out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
	if (out < 0)
		out = open("/dev/null", O_WRONLY);
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	for (int fd = 3; fd < 256; fd++) {
		if (fd != keep_open)
			close(fd);
	}
}

/* By a child that ends at once, so that nobody waits for the keeper. */
static bool start_keeper(struct r2_cli *cli, const struct r2_pending *pending, int end,
			 int (*restore)(struct r2_cli *cli, const char *path))
{
	struct r2_cli own = *cli;
	pid_t child = fork();
	int status;

	if (child < 0)
		return false;
	if (child == 0) {
		pid_t keeper = fork();

		if (keeper)
			_exit(keeper < 0);
		detach(pending, end);
		r2_scope_enter();
		own.options.quiet = true;
		own.options.json = own.options.diff = false;
		keep(&own, pending, end, restore);
		_exit(0);
	}
	return waitpid(child, &status, 0) == child && status == 0;
}

bool r2_pending_begin(struct r2_cli *cli, struct r2_pending *pending,
		      int (*restore)(struct r2_cli *cli, const char *path), struct r2_error *err)
{
	unsigned started = 0;
	int ends[2];

	/* Its other end stays open in this process, and closes with it. */
	if (pipe2(ends, O_CLOEXEC))
		return cannot("make", "a pipe", err);
	fflush(NULL);
	if (!write_file(cli, pending, NOT_YET, NULL, err)) {
		close(ends[0]);
		close(ends[1]);
		return false;
	}
	for (unsigned i = 0; i < KEEPERS; i++)
		started += start_keeper(cli, pending, ends[0], restore);
	close(ends[0]);
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
