/* SPDX-License-Identifier: MIT */
/*
 * The naive limit: raw netlink without a thought, 256 routes to a send, in the order of the file.
 *
 *   push add|replace|del|dump FAMILY GATEWAY SOURCE < PREFIXES
 *
 * Prints the seconds from the first send to the last acknowledgement; composing the messages before
 * is not counted. `dump` reads table main's routes of protocol 114 and decodes nothing.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "os/linux/linux.h"

#define PER_SEND 256
#define ROOM     128

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "push: %s: %s\n", what, strerrordesc_np(errno));
	exit(1);
}

static bool count(void *ctx, const struct nlmsghdr *nlh)
{
	(void)nlh;
	++*(size_t *)ctx;
	return true;
}

static void dump(struct r2_linux *lx, uint8_t family)
{
	struct r2_nl_request req;
	struct rtmsg *rtm = r2_nl_begin(&req, RTM_GETROUTE, 0, sizeof(*rtm));
	size_t n = 0;
	struct r2_nl_visit visit = {.each = count, .ctx = &n};
	double begun = now();

	rtm->rtm_family = family;
	rtm->rtm_protocol = R2_PROTOCOL;
	r2_nl_put_u32(&req, RTA_TABLE, R2_MAIN_TABLE);
	if (r2_nl_dump(&lx->nl, &req, &visit))
		die("dump");
	printf("%.6f %zu\n", now() - begun, n);
}

/* All messages, one behind the other; @ends: where each send ends. */
struct messages {
	uint8_t *at;
	size_t used, room, n, *ends, sends, latest;
};

static void add_message(struct messages *all, const struct r2_route *route, const char *verb)
{
	uint16_t type = strcmp(verb, "del") == 0 ? RTM_DELROUTE : RTM_NEWROUTE;
	uint16_t how = strcmp(verb, "replace") == 0 ? NLM_F_REPLACE : NLM_F_EXCL;
	struct r2_nl_request req;
	size_t len;

	r2_linux_route_request(&req, type, type == RTM_NEWROUTE ? NLM_F_CREATE | how : 0, route);
	len = NLMSG_ALIGN((size_t)req.nlh->nlmsg_len);
	if (all->used + len > all->room)
		all->at = realloc(all->at, all->room = all->room * 2 + (1 << 20));
	if (all->n % PER_SEND == 0)
		all->ends = realloc(all->ends, (all->sends + 2) * sizeof(*all->ends));
	if (!all->at || !all->ends)
		die("memory");
	req.nlh->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
	req.nlh->nlmsg_flags |= NLM_F_REQUEST;
	if (all->n % PER_SEND == PER_SEND - 1)
		req.nlh->nlmsg_flags |= NLM_F_ACK;
	req.nlh->nlmsg_seq = (uint32_t)++all->n;
	memcpy(all->at + all->used, req.nlh, req.nlh->nlmsg_len);
	all->latest = all->used;
	all->used += len;
	if (all->n % PER_SEND == 0)
		all->ends[all->sends++] = all->used;
}

static void wait_for_ack(struct r2_nl *nl)
{
	for (;;) {
		ssize_t n = r2_nl_receive(nl, 0);
		const uint8_t *at = nl->buf;
		size_t left = (size_t)n;
		const struct nlmsghdr *nlh;

		if (n < 0)
			die("receive");
		while ((nlh = r2_nl_message(&at, &left))) {
			char words[R2_NL_WORDS];
			int error = nlh->nlmsg_type == NLMSG_ERROR ? r2_nl_verdict(nlh, words) : 0;

			if (error) {
				errno = error;
				die(words);
			}
			if (nlh->nlmsg_type == NLMSG_ERROR)
				return;
		}
	}
}

int main(int argc, char **argv)
{
	struct r2_error err;
	struct r2_os *os = r2_linux_open(NULL, &err);
	struct r2_linux *lx = os ? r2_linux_of(os) : NULL;
	struct messages all = {0};
	struct r2_route route = {
		.table = R2_MAIN_TABLE, .type = R2_TYPE_UNICAST, .protocol = R2_PROTOCOL};
	char line[ROOM];
	size_t from = 0;
	double begun;

	if (!lx || argc != 5)
		die("push add|replace|del|dump FAMILY GATEWAY SOURCE");
	if (strcmp(argv[1], "dump") == 0) {
		dump(lx, argv[2][0] == '6' ? AF_INET6 : AF_INET);
		return 0;
	}
	if (!r2_ip_parse(argv[3], &route.gateway) || !r2_ip_parse(argv[4], &route.prefsrc))
		die("addresses");
	route.metric = route.gateway.family == R2_IPV6 ? 1024 : 0;
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (r2_prefix_parse(line, &route.dst) == R2_PREFIX_OK)
			add_message(&all, &route, argv[1]);
	}
	if (all.n % PER_SEND) { /* the last send is not full */
		((struct nlmsghdr *)(void *)(all.at + all.latest))->nlmsg_flags |= NLM_F_ACK;
		all.ends[all.sends++] = all.used;
	}
	begun = now();
	for (size_t i = 0; i < all.sends; i++) {
		if (mnl_socket_sendto(lx->nl.sock, all.at + from, all.ends[i] - from) < 0)
			die("send");
		from = all.ends[i];
		wait_for_ack(&lx->nl);
	}
	printf("%.6f %zu\n", now() - begun, all.n);
	return 0;
}
