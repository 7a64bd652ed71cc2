/* SPDX-License-Identifier: MIT */
/*
 * Idea: as for the lock, a name among the abstract unix sockets, which the kernel keeps apart by
 * network namespace. Anybody can take such a name, so each end looks who the other is.
 */
#include "os/control.h"

#include <errno.h>
#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/intake.h"

#define NAME       "route2-watch"
#define USER       "route2" /* as which the unit runs the watch */
#define BACKLOG    64
#define PATIENCE_S 5
#define ANSWER_MAX (64u * 1024 * 1024)

static socklen_t address(struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(ret->sun_path + 1, NAME, sizeof(NAME) - 1);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(NAME));
}

static int fail(int fd, const char *call, const char *what, struct r2_error *err)
{
	int error = errno;

	if (fd >= 0)
		close(fd);
	r2_error_set(err, R2_FAILED, "%s: %s", what, strerror(error));
	err->native = error;
	err->call = call;
	return -1;
}

bool r2_control_trusts(int fd)
{
	struct ucred cred = {0};
	socklen_t len = sizeof(cred);
	const struct passwd *own;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return false;
	if (cred.uid == 0 || cred.uid == geteuid())
		return true;
	own = getpwnam(USER);
	return own && own->pw_uid == cred.uid;
}

int r2_control_listen(struct r2_error *err)
{
	struct sockaddr_un me;
	socklen_t len = address(&me);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fail(-1, "socket(AF_UNIX)",
			    "cannot make the socket that the watch is spoken to by", err);
	if (bind(fd, (struct sockaddr *)&me, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	if (errno != EADDRINUSE)
		return fail(fd, "bind(AF_UNIX)",
			    "cannot make the socket that the watch is spoken to by", err);
	close(fd);
	r2_error_set(err, R2_FAILED, "a watch runs here already");
	r2_error_hint(err, "see it: route2 status");
	return -1;
}

int r2_control_connect(struct r2_error *err)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un watch;
	socklen_t len = address(&watch);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail(-1, "socket(AF_UNIX)", "cannot speak to the watch", err);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&watch, len)) {
		if (errno != ECONNREFUSED)
			return fail(fd, "connect(AF_UNIX)", "cannot speak to the watch", err);
		close(fd);
		r2_error_set(err, R2_FAILED, "no watch runs here");
		r2_error_hint(err, "start it: route2 watch, or systemctl start route2-watch");
		return -1;
	}
	if (r2_control_trusts(fd))
		return fd;
	errno = EPERM;
	return fail(fd, "getsockopt(SO_PEERCRED)", "another user poses as the watch", err);
}

static bool send_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t n = send(fd, text, left, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		left -= (size_t)n;
	}
	return true;
}

/* To the end of what the watch says. Return: NULL with errno. */
static char *receive_all(int fd)
{
	struct r2_intake answer = {.most = ANSWER_MAX};
	size_t room;
	ssize_t got;
	char *to;

	while ((to = r2_intake_room(&answer, &room))) {
		got = recv(fd, to, room, 0);
		if (got == 0)
			return r2_intake_take(&answer);
		if (got > 0)
			answer.n += (size_t)got;
		else if (errno != EINTR)
			break;
	}
	if (!to)
		errno = ENOBUFS;
	r2_intake_drop(&answer);
	return NULL;
}

bool r2_control_ask(const char *request, char **ret_answer, struct r2_error *err)
{
	int fd = r2_control_connect(err);
	char *answer;

	if (fd < 0)
		return false;
	if (!send_all(fd, request) || shutdown(fd, SHUT_WR) || !(answer = receive_all(fd))) {
		if (errno == EAGAIN)
			errno = ETIMEDOUT; /* what SO_RCVTIMEO means */
		fail(fd, "recv(AF_UNIX)", "the watch does not answer", err);
		return r2_error_hint(err, "its log may say why: journalctl -u route2-watch");
	}
	close(fd);
	*ret_answer = answer;
	return true;
}
