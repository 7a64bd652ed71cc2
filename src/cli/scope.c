/* SPDX-License-Identifier: MIT */
/* A scope unit of systemd's for this process, asked for by busctl. */
#include "cli/scope.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOOTED "/run/systemd/system" /* sd_booted(3) */
#define BUSCTL "/usr/bin/busctl"

void r2_scope_enter(void)
{
	char pid[16], unit[48];
	const char *const words[] = {
		"busctl", "--timeout=2", "--quiet", "call", "org.freedesktop.systemd1",
		"/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
		"StartTransientUnit", "ssa(sv)a(sa(sv))", unit, "fail", "3",
		/* name, signature, value */
		"Description", "s", "route2: brings routes back unless they are confirmed",
		"CollectMode", "s", "inactive-or-failed", "PIDs", "au", "1", pid, "0", NULL};
	char *argv[sizeof(words) / sizeof(*words)], *const nothing[] = {NULL};
	posix_spawn_file_actions_t actions;
	pid_t child;

	if (access(BOOTED, F_OK) || access(BUSCTL, X_OK))
		return;
	memcpy(argv, words, sizeof(words)); /* posix_spawn() does not write there */
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	snprintf(unit, sizeof(unit), "route2-confirm-%ld.scope", (long)getpid());
	if (posix_spawn_file_actions_init(&actions))
		return;
	/* Refusals are nobody's concern: the keeper keeps, in whatever unit it is. */
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	if (!posix_spawn(&child, BUSCTL, &actions, NULL, argv, nothing))
		waitpid(child, NULL, 0);
	posix_spawn_file_actions_destroy(&actions);
}
