/* SPDX-License-Identifier: MIT */
/*
 * A library for LD_PRELOAD that lets something happen at the n-th netlink message of a program:
 *
 *   R2_NTH="send 3 fail"      sendto(), sendmsg(): the third fails with ENOBUFS, unsent
 *   R2_NTH="send 3 fail-on"   the third and all that follow
 *   R2_NTH="tell 3 fail"      the same, counting only what is no request for a dump
 *   R2_NTH="recv 3 fail"      recvmsg(), recvfrom(): the third fails with ENOBUFS, unread
 *   R2_NTH="recv 3 lose"      the same, and what it would have read is lost
 *   R2_NTH="recv 3 intr"      recvmsg(), recvfrom(): a signal comes first: EINTR, unread
 *   R2_NTH="recv 3 torn"      what it reads is marked as of a dump that was torn (NLM_F_DUMP_INTR)
 *   R2_NTH="recv 3 nomem"     an acknowledgement that it reads says ENOMEM instead
 *   ... kill-before, kill-after, stop-before, stop-after: SIGKILL or SIGSTOP around the third
 *
 * What was made to fail is said on stderr, so that a test knows that there was a third.
 */
#define _DEFAULT_SOURCE /* syscall(); _GNU_SOURCE would make unions of the addresses */
#include <errno.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum call { SEND, TELL, RECV, CALLS };
enum when { BEFORE, AFTER };

static bool is_netlink(int fd)
{
	int domain = 0, error = errno;
	socklen_t len = sizeof(domain);
	bool is = !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) && domain == AF_NETLINK;

	errno = error;
	return is;
}

/* Count this call. Return: what is to happen at it, the last word of R2_NTH, or "". */
static const char *due(enum call call, int fd)
{
	static const char *const names[CALLS] = {"send ", "tell ", "recv "};
	static unsigned long counts[CALLS];
	const char *wish = getenv("R2_NTH");
	char *action;
	unsigned long n;

	if (!wish || !is_netlink(fd))
		return "";
	counts[call]++;
	if (strncmp(wish, names[call], strlen(names[call])) != 0)
		return "";
	n = strtoul(wish + strlen(names[call]), &action, 10);
	action += *action == ' ';
	if (strcmp(action, "fail-on") == 0 && counts[call] >= n)
		return action;
	return counts[call] == n ? action : "";
}

static const char *due_send(int fd, const void *data, size_t len)
{
	const char *action = due(SEND, fd);
	struct nlmsghdr nlh;

	if (*action || len < sizeof(nlh))
		return action;
	memcpy(&nlh, data, sizeof(nlh));
	return (nlh.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP ? "" : due(TELL, fd);
}

/* Return: whether the call fails. */
static bool happen(const char *action, enum call call, enum when when)
{
	const char *at = when == BEFORE ? "-before" : "-after";
	bool intr = strcmp(action, "intr") == 0, lose = strcmp(action, "lose") == 0;
	bool fail = intr || strncmp(action, "fail", 4) == 0;

	if (strncmp(action, "kill", 4) == 0 && strcmp(action + 4, at) == 0)
		raise(SIGKILL);
	if (strncmp(action, "stop", 4) == 0 && strcmp(action + 4, at) == 0)
		raise(SIGSTOP);
	if ((when == BEFORE && !fail) || (when == AFTER && !lose))
		return false;
	fprintf(stderr, "R2_NTH: this %s fails\n", call == SEND ? "send" : "recv");
	errno = intr ? EINTR : ENOBUFS;
	return true;
}

/* Write another truth into what was read. */
static void alter(const char *action, void *data, ssize_t n)
{
	bool torn = strcmp(action, "torn") == 0, done = false;
	char *at = data;

	if (!torn && strcmp(action, "nomem") != 0)
		return;
	while (n >= (ssize_t)sizeof(struct nlmsghdr)) {
		struct nlmsghdr *nlh = (struct nlmsghdr *)(void *)at;
		struct nlmsgerr *answer = (struct nlmsgerr *)(void *)(at + NLMSG_HDRLEN);
		ssize_t size = (ssize_t)NLMSG_ALIGN(nlh->nlmsg_len);

		if (torn)
			nlh->nlmsg_flags |= NLM_F_DUMP_INTR;
		else if (!done && nlh->nlmsg_type == NLMSG_ERROR)
			answer->error = -ENOMEM;
		done |= torn || nlh->nlmsg_type == NLMSG_ERROR;
		if (size < (ssize_t)sizeof(*nlh) || size > n)
			break;
		at += size;
		n -= size;
	}
	/* Where there is nothing to alter the call has come all the same: the sweep goes on. */
	fprintf(stderr, "R2_NTH: this recv fails\n");
}

/* The calls themselves go straight to the kernel: whoever else is preloaded has no part in it. */

EXPORT ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to,
		      socklen_t to_len)
{
	const char *action = due_send(fd, data, len);
	ssize_t n;

	if (happen(action, SEND, BEFORE))
		return -1;
	n = syscall(SYS_sendto, fd, data, len, flags, to, to_len);
	happen(action, SEND, AFTER);
	return n;
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	const struct iovec *first = msg->msg_iov;
	const char *action = due_send(fd, first->iov_base, first->iov_len);
	ssize_t n;

	if (happen(action, SEND, BEFORE))
		return -1;
	n = syscall(SYS_sendmsg, fd, msg, flags);
	happen(action, SEND, AFTER);
	return n;
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	const char *action = due(RECV, fd);
	ssize_t n;

	if (happen(action, RECV, BEFORE))
		return -1;
	n = syscall(SYS_recvmsg, fd, msg, flags);
	alter(action, msg->msg_iov->iov_base, n);
	return happen(action, RECV, AFTER) ? -1 : n;
}

EXPORT ssize_t recvfrom(int fd, void *data, size_t len, int flags, struct sockaddr *from,
			socklen_t *from_len)
{
	const char *action = due(RECV, fd);
	ssize_t n;

	if (happen(action, RECV, BEFORE))
		return -1;
	n = syscall(SYS_recvfrom, fd, data, len, flags, from, from_len);
	alter(action, data, n);
	return happen(action, RECV, AFTER) ? -1 : n;
}
