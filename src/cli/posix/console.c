/* SPDX-License-Identifier: MIT */
/* Standard files and signals. */
#include "cli/console.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static sigset_t before;

/*
 * A closed 0, 1 or 2 would be the number of the next socket, and what is printed would go there. It
 * is opened the wrong way round, so that reading and writing fail as they would have.
 */
bool r2_console_ready(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			return false;
	}
	return true;
}

void r2_console_wait(unsigned for_ms)
{
	const struct timespec time = {.tv_sec = for_ms / 1000,
				      .tv_nsec = (long)(for_ms % 1000) * 1000000};
	static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
	sigset_t set;
	int signal;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		sigaddset(&set, ending[i]);
	sigprocmask(SIG_BLOCK, &set, &before);
	signal = sigtimedwait(&set, NULL, &time);
	if (signal > 0)
		raise(signal); /* it is held back until all is as before */
}

void r2_console_resume(void)
{
	sigprocmask(SIG_SETMASK, &before, NULL);
}

uint32_t r2_console_user(void)
{
	return getuid();
}

long r2_console_line(char **line, size_t *room)
{
	return getline(line, room, stdin);
}

bool r2_console_pause(unsigned for_ms)
{
	const struct timespec time = {.tv_sec = for_ms / 1000,
				      .tv_nsec = (long)(for_ms % 1000) * 1000000};

	return nanosleep(&time, NULL) == 0;
}

bool r2_console_utf8(void)
{
	const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < 3; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strstr(value, "UTF-8") || strstr(value, "utf8");
	}
	return false;
}

const char *r2_console_file(void)
{
	return "/etc/route2/route2.conf";
}

const char *r2_console_nowhere(void)
{
	return "/dev/null";
}
