/* SPDX-License-Identifier: MIT */
/*
 * Idea: the kernel filters: a listener that hears everything costs whoever fills a table a quarter
 * of his time, one that hears what concerns it next to nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/linux/linux.h"

#define RECEIVE_BYTES (4 * 1024 * 1024)

#define LOAD_HALF(at)   BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)(at))
#define LOAD_WORD(at)   BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(at))
#define LOAD_BYTE(at)   BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)(at))
#define IF_IS(x, y, n)  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (x), (y), (n))
#define IF_HAS(x, y, n) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (x), (y), (n))
#define PASS            BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)
#define DROP            BPF_STMT(BPF_RET | BPF_K, 0)

/*
 * Dropped: what our own sockets have done; routes of other protocols that replace none; neighbours
 * that the kernel keeps by itself. BPF loads in network byte order, hence the htons() and htonl().
 */
static bool filter(int fd, uint32_t self, uint32_t other)
{
	const size_t body = sizeof(struct nlmsghdr);
	struct sock_filter code[] = {
		/* 0 */ LOAD_WORD(offsetof(struct nlmsghdr, nlmsg_pid)),
		/* 1 */ IF_IS(htonl(self), 14, 0),
		/* 2 */ IF_IS(htonl(other), 13, 0),
		/* 3 */ LOAD_HALF(offsetof(struct nlmsghdr, nlmsg_type)),
		/* 4 */ IF_IS(htons(RTM_NEWROUTE), 3, 0),
		/* 5 */ IF_IS(htons(RTM_DELROUTE), 4, 0),
		/* 6 */ IF_IS(htons(RTM_NEWNEIGH), 5, 0),
		/* 7 */ PASS,
		/* 8 */ LOAD_HALF(offsetof(struct nlmsghdr, nlmsg_flags)),
		/* 9 */ IF_HAS(htons(NLM_F_REPLACE), 5, 0),
		/* 10 */ LOAD_BYTE(body + offsetof(struct rtmsg, rtm_protocol)),
		/* 11 */ IF_IS(R2_PROTOCOL, 3, 4),
		/* 12 */ LOAD_HALF(body + offsetof(struct ndmsg, ndm_state)),
		/* 13 */ IF_HAS(htons(NUD_PERMANENT), 1, 2),
		/* 14 */ DROP,
		/* 15 */ PASS,
		/* 16 */ DROP,
	};
	const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	return !setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static bool join(int fd)
{
	static const int groups[] = {RTNLGRP_LINK,        RTNLGRP_NEIGH,      RTNLGRP_IPV4_IFADDR,
				     RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
				     RTNLGRP_IPV4_RULE,   RTNLGRP_IPV6_RULE};

	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			       sizeof(groups[i])))
			return false;
	}
	return true;
}

int r2_linux_ear_open(struct r2_os *os, struct r2_os *other, struct r2_error *err)
{
	const struct r2_linux *lx = r2_linux_of(os), *second = other ? r2_linux_of(other) : lx;
	struct sockaddr_nl me = {.nl_family = AF_NETLINK};
	const int bytes = RECEIVE_BYTES;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0) {
		r2_nl_fail(NULL, err, errno, "socket(AF_NETLINK)", "cannot hear of changes");
		return -1;
	}
	/* Refused in a user namespace; then the kernel's usual limit holds. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (!filter(fd, lx->nl.portid, second->nl.portid) ||
	    bind(fd, (struct sockaddr *)&me, sizeof(me)) || !join(fd)) {
		r2_nl_fail(NULL, err, errno, "bind(AF_NETLINK)", "cannot hear of changes");
		close(fd);
		return -1;
	}
	return fd;
}

static unsigned kind_of(const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return R2_CHANGE_LINKS;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return R2_CHANGE_ADDRS;
	case RTM_NEWRULE:
	case RTM_DELRULE:
		return R2_CHANGE_RULES;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		return R2_CHANGE_NEIGHS;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return R2_CHANGE_ROUTES;
	default:
		return 0;
	}
}

void r2_linux_ear_close(struct r2_os *os, int ear)
{
	(void)os;
	close(ear);
}

unsigned r2_linux_ear_hear(struct r2_os *os, int ear)
{
	static uint8_t buf[R2_NL_BUFFER];
	unsigned changes = 0;

	(void)os;
	for (;;) {
		struct sockaddr_nl sender;
		socklen_t len = sizeof(sender);
		ssize_t n = recvfrom(ear, buf, sizeof(buf), MSG_DONTWAIT,
				     (struct sockaddr *)&sender, &len);
		const struct nlmsghdr *nlh;
		const uint8_t *at = buf;
		size_t left;

		if (n < 0 && errno == ENOBUFS)
			changes |= R2_CHANGE_LOST;
		if (n < 0 && errno != ENOBUFS && errno != EINTR)
			return changes;
		if (n <= 0 || sender.nl_pid != 0)
			continue;
		left = (size_t)n;
		while ((nlh = r2_nl_message(&at, &left)))
			changes |= kind_of(nlh);
	}
}
