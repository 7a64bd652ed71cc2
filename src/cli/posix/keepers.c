/* SPDX-License-Identifier: MIT */
/* Keepers are forks, each in a session of its own; a pipe hangs up when `apply` ends. */
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

#include "cli/confirm.h"
#include "cli/scope.h"

int64_t r2_keeper_now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_BOOTTIME, &at);
	return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

/* The pipe's other end stays open in this process, and closes with it. */
intptr_t r2_keeper_mark(const struct r2_pending *pending)
{
	int ends[2];

	(void)pending;
	return pipe2(ends, O_CLOEXEC) ? -1 : ends[0];
}

void r2_keeper_marked(intptr_t apply)
{
	close((int)apply);
}

bool r2_keeper_wait(intptr_t apply, unsigned ms)
{
	struct pollfd ends = {.fd = (int)apply, .events = POLLIN};

	poll(&ends, 1, (int)ms);
	return ends.revents != 0;
}

bool r2_keeper_turn(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat file;

	return fd >= 0 && !flock(fd, LOCK_EX) && !fstat(fd, &file) && file.st_nlink;
}

bool r2_keeper_none(const struct r2_pending *pending, int64_t late_ms)
{
	(void)pending; /* its folder is emptied at boot, and clocks begin anew with it */
	return r2_keeper_now() >= late_ms;
}

bool r2_keeper_hidden(struct r2_cli *cli, const struct r2_pending *pending)
{
	(void)cli;
	(void)pending;
	return false;
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
bool r2_keeper_start(struct r2_cli *cli, const struct r2_pending *pending, intptr_t apply)
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
		detach(pending, (int)apply);
		r2_scope_enter();
		own.options.quiet = true;
		own.options.json = own.options.diff = false;
		r2_pending_keep(&own, pending, apply);
		_exit(0);
	}
	return waitpid(child, &status, 0) == child && status == 0;
}
