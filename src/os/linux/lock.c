/* SPDX-License-Identifier: MIT */
/*
 * Idea: the right to write is the name "\0route2" among the abstract unix sockets. The kernel
 * keeps these names per network namespace (unix(7), unix_find_socket_byname()) and gives a name
 * free with the process that held it, however that ended. Who finds it taken connects to it: that
 * tells who the holder is (SO_PEERCRED), and the connection hangs up when the holder lets go.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/linux/linux.h"

#define LOCK_NAME   "route2"
#define PATIENCE_MS 1000 /* after that long, say whom we wait for */
#define BACKLOG     4096 /* waiters are never accepted; the kernel caps it at somaxconn */
#define HOLDER_TEXT 64
#define RETRY_MS    10

/* One wait for the lock. */
struct wait {
	int64_t begun, until;
	bool told;
	void (*waiting)(void *ctx, const char *holder);
	void *ctx;
	char holder[HOLDER_TEXT];
};

static socklen_t lock_address(struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(ret->sun_path + 1, LOCK_NAME, sizeof(LOCK_NAME) - 1);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(LOCK_NAME));
}

/* Take the name. Return: the socket that holds it, or -1 with errno. */
static int take(void)
{
	struct sockaddr_un address;
	socklen_t len = lock_address(&address);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, len) || listen(fd, BACKLOG)) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

/* `NAME (pid N)` of the process at the other end. */
static void name_holder(int fd, char ret[HOLDER_TEXT])
{
	struct ucred cred = {0};
	socklen_t len = sizeof(cred);
	char path[64], name[32] = "";
	FILE *file;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) || cred.pid == 0) {
		snprintf(ret, HOLDER_TEXT, "a process of another pid namespace");
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)cred.pid);
	file = fopen(path, "re");
	if (file) {
		if (!fgets(name, sizeof(name), file))
			name[0] = '\0';
		fclose(file);
	}
	name[strcspn(name, "\n")] = '\0';
	snprintf(ret, HOLDER_TEXT, "%s (pid %d)", name[0] ? name : "a process", (int)cred.pid);
}

/*
 * Connect to the holder. Return: the connection, or -1: it is just about to listen or to let go
 * (ECONNREFUSED), or its queue of waiters is full (EAGAIN).
 */
static int connect_to_holder(void)
{
	struct sockaddr_un address;
	socklen_t len = lock_address(&address);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, len)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Tell the user, once, whom we wait for. Return: how long to sleep before there is news. */
static int tell(struct wait *wait)
{
	int64_t now = r2_linux_now_ms(), next = wait->until;

	if (!wait->told && wait->holder[0] && wait->waiting) {
		if (now >= wait->begun + PATIENCE_MS) {
			wait->told = true;
			wait->waiting(wait->ctx, wait->holder);
		} else if (next > wait->begun + PATIENCE_MS) {
			next = wait->begun + PATIENCE_MS;
		}
	}
	return next > now ? (int)(next - now) : 0;
}

/* Wait until the holder may have let go, or time is up. */
static void wait_for_holder(struct wait *wait)
{
	int fd = connect_to_holder();
	struct pollfd poller = {.fd = fd, .events = POLLIN};

	if (fd < 0) {
		int left = tell(wait);

		poll(NULL, 0, left < RETRY_MS ? left : RETRY_MS);
		return;
	}
	name_holder(fd, wait->holder);
	/* The holder never writes: readable means end of file or reset, it is gone. */
	for (;;) {
		int left = tell(wait), n = poll(&poller, 1, left);

		if (n > 0 || (n == 0 && r2_linux_now_ms() >= wait->until) ||
		    (n < 0 && errno != EINTR))
			break;
	}
	close(fd);
}

/* Would the kernel let us? Asked by deleting what does not exist: no line of the book is this. */
static bool may_change(struct r2_linux *lx, struct r2_error *err)
{
	const struct r2_route nothing = {.dst = {{.family = R2_IPV4}, 32},
					 .table = R2_BOOK_TABLE,
					 .metric = UINT32_MAX,
					 .protocol = R2_PROTOCOL,
					 .type = R2_TYPE_UNICAST};
	struct r2_nl_request req;
	int error;

	r2_linux_route_request(&req, RTM_DELROUTE, 0, &nothing);
	/* rtnetlink_rcv_msg() refuses before it looks; ESRCH means that it looked. */
	error = r2_nl_call(&lx->nl, &req, NULL, NULL);
	return (error != EPERM && error != EACCES) ||
	       r2_nl_fail(&lx->nl, err, error, "RTM_DELROUTE", "changing routes is not permitted");
}

bool r2_linux_begin(struct r2_os *os, unsigned wait_ms,
		    void (*waiting)(void *ctx, const char *holder), void *ctx, struct r2_error *err)
{
	struct r2_linux *lx = r2_linux_of(os);
	int64_t begun = r2_linux_now_ms();
	struct wait wait = {
		.begun = begun, .until = begun + wait_ms, .waiting = waiting, .ctx = ctx};

	/* First the right, so that who has none neither waits nor makes others wait. */
	if (!may_change(lx, err))
		return false;
	for (bool waited = false;; waited = true) {
		lx->lock = lx->lock >= 0 ? lx->lock : take();
		if (lx->lock >= 0)
			return true;
		if (errno != EADDRINUSE) {
			int error = errno;

			return r2_nl_fail(NULL, err, error, "bind(AF_UNIX)",
					  "cannot become the one writer");
		}
		if (waited && r2_linux_now_ms() >= wait.until)
			break;
		wait_for_holder(&wait);
	}
	r2_error_set(err, R2_FAILED, "%s is changing routes here, and was not done after %u ms",
		     wait.holder[0] ? wait.holder : "another process", wait_ms);
	err->native = EBUSY;
	return r2_error_hint(err, "try again when it has ended, or wait longer: --wait 5m");
}

void r2_linux_end(struct r2_os *os)
{
	struct r2_linux *lx = r2_linux_of(os);

	r2_taken_close(&lx->taken);
	if (lx->lock >= 0)
		close(lx->lock);
	lx->lock = -1;
	r2_linux_ask_close(lx);
}
