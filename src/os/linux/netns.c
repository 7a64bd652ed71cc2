/* SPDX-License-Identifier: MIT */
/* Idea: a namespace is entered for good, by this thread alone, before it makes any socket. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/linux/linux.h"

#define NETNS_DIR "/run/netns" /* where ip-netns(8) keeps the names */

static bool refuse(struct r2_error *err, int error, const char *call, const char *netns)
{
	if (error == ENOENT)
		r2_nl_fail(NULL, err, error, call, "there is no network namespace %s", netns);
	else if (error == EINVAL)
		r2_nl_fail(NULL, err, error, call, "%s is not a network namespace", netns);
	else
		r2_nl_fail(NULL, err, error, call, "cannot enter the network namespace %s", netns);
	return err->kind == R2_NOT_PERMITTED
		       ? r2_error_hint(err, "run it as root: entering one needs CAP_SYS_ADMIN")
		       : r2_error_hint(err, "`ip netns list` shows the names there are");
}

bool r2_linux_netns(const char *netns, struct r2_error *err)
{
	char path[256];
	bool is_path = strchr(netns, '/') != NULL;
	int fd, error = 0;

	if (!is_path && (!*netns || !strcmp(netns, ".") || !strcmp(netns, "..")))
		return r2_error_set(err, R2_USAGE, "'%s' is no name of a network namespace", netns);
	if ((size_t)snprintf(path, sizeof(path), "%s%s", is_path ? "" : NETNS_DIR "/", netns) >=
	    sizeof(path))
		return refuse(err, ENAMETOOLONG, "open", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return refuse(err, errno, "open", netns);
	if (setns(fd, CLONE_NEWNET))
		error = errno;
	close(fd);
	return !error || refuse(err, error, "setns", netns);
}
