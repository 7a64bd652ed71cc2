/* SPDX-License-Identifier: MIT */
/*
 * Idea: the watch speaks and hears past the kernel's neighbour table: what it says goes to the MAC
 * that it means, and what it hears is not yet believed by anybody.
 */
#include <errno.h>
#include <linux/icmp.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/linux/linux.h"
#include "os/linux/packet.h"

enum { ICMP, ICMPV6 };

static bool fail(int error, const char *call, struct r2_error *err)
{
	r2_nl_fail(NULL, err, error, call, "cannot listen to the network");
	if (err->kind == R2_NOT_PERMITTED)
		r2_error_hint(err, "run it as root, or with CAP_NET_RAW");
	return false;
}

/* ---- echoes ---- */

static bool open_echoes(struct r2_wire *wire, int which, struct r2_error *err)
{
	const struct icmp_filter replies4 = {.data = ~(1u << ICMP_ECHOREPLY)};
	struct icmp6_filter replies6;
	bool six = which == ICMPV6;
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			six ? IPPROTO_ICMPV6 : IPPROTO_ICMP);

	if (fd < 0)
		return fail(errno, "socket(SOCK_RAW)", err);
	wire->fds[wire->n++] = fd;
	ICMP6_FILTER_SETBLOCKALL(&replies6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &replies6);
	if (six ? setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &replies6, sizeof(replies6))
		: setsockopt(fd, SOL_RAW, ICMP_FILTER, &replies4, sizeof(replies4)))
		return fail(errno, "setsockopt(ICMP_FILTER)", err);
	return true;
}

/* ---- the seam ---- */

static bool open_link(struct r2_wire *wire, const struct r2_link *link, int which,
		      struct r2_error *err)
{
	int fd = r2_packet_open(link, (enum r2_packet_of)which, wire->own, err);

	if (fd >= 0)
		wire->fds[wire->n++] = fd;
	return fd >= 0;
}

void r2_linux_wire_close(struct r2_wire *wire)
{
	for (size_t i = 0; i < wire->n; i++)
		close(wire->fds[i]);
	*wire = (struct r2_wire){0};
}

bool r2_linux_wire_open(struct r2_os *os, const struct r2_link *link, struct r2_wire *ret_wire,
			struct r2_error *err)
{
	struct r2_wire wire = {.link = link ? link->index : 0};
	bool ok = true;

	(void)os;
	for (int which = 0; ok && which < 2; which++)
		ok = link ? open_link(&wire, link, which, err) : open_echoes(&wire, which, err);
	if (!ok)
		r2_linux_wire_close(&wire);
	else
		*ret_wire = wire;
	return ok;
}

bool r2_linux_wire_ask(struct r2_wire *wire, const struct r2_question *question,
		       struct r2_error *err)
{
	const struct r2_ask ask = {
		.target = question->target, .sender = question->sender, .to = question->to};
	bool six = question->target.family == R2_IPV6;
	uint8_t frame[R2_ND_FRAME];
	size_t len;

	if (question->echo)
		len = r2_echo_request(frame, wire->own, question);
	else
		len = six ? r2_nd_solicit(frame, wire->own, &ask)
			  : r2_arp_request(frame, wire->own, &ask);
	if (send(wire->fds[six ? R2_PACKET_ND : R2_PACKET_ARP], frame, len, MSG_DONTWAIT) >= 0 ||
	    errno == ENOBUFS || errno == EAGAIN || errno == EINTR)
		return true;
	return fail(errno, "send(AF_PACKET)", err);
}

/* The address an echo over IPv6 came from: only the socket tells. */
static void fill_who(struct r2_claim *claim, const struct sockaddr_in6 *sender)
{
	if (!claim->who.family)
		claim->who = r2_ip_make(R2_IPV6, &sender->sin6_addr);
}

union sender {
	struct sockaddr any;
	struct sockaddr_ll link;
	struct sockaddr_in6 ipv6;
};

/* For us, or for all: not what is for another station, or our own. */
static bool understand(const struct r2_wire *wire, size_t which, const uint8_t *frame, size_t n,
		       const union sender *sender, struct r2_claim *ret)
{
	unsigned char type = sender->link.sll_pkttype;

	if (!wire->link) {
		if (!r2_echo_parse(frame, n, ret))
			return false;
		fill_who(ret, &sender->ipv6);
		return true;
	}
	if ((type != PACKET_HOST && type != PACKET_BROADCAST && type != PACKET_MULTICAST) ||
	    !(which == R2_PACKET_ND ? r2_nd_parse : r2_arp_parse)(frame, n, ret))
		return false;
	ret->direct = type == PACKET_HOST;
	return true;
}

bool r2_linux_wire_hear(struct r2_wire *wire, unsigned most,
			void (*each)(void *ctx, const struct r2_claim *claim), void *ctx)
{
	uint8_t frame[2048];
	struct r2_claim claim;

	for (size_t which = 0; which < wire->n; which++) {
		for (unsigned i = 0; i < most; i++) {
			union sender sender = {0};
			socklen_t len = sizeof(sender);
			ssize_t n = recvfrom(wire->fds[which], frame, sizeof(frame), MSG_DONTWAIT,
					     &sender.any, &len);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0 && (errno == ENETDOWN || errno == ENXIO))
				return false;
			if (n < 0)
				break;
			if (understand(wire, which, frame, (size_t)n, &sender, &claim))
				each(ctx, &claim);
		}
	}
	return true;
}
