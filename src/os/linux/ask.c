/* SPDX-License-Identifier: MIT */
/*
 * Idea: ask on the wire, past the kernel's neighbour table, so that the table stays untouched and
 * its opinion is not taken for the neighbour's. One raw socket a family carries all questions.
 */
#include "os/linux/ask.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/linux/linux.h"
#include "os/linux/packet.h"

enum { ARP = R2_PACKET_ARP, ND = R2_PACKET_ND, WIRES = R2_PACKET_KINDS };

/* One round of questions; @fd: -1 where no question needs that socket. */
struct asking {
	struct pollfd fd[WIRES];
	const struct r2_link *link;
	struct r2_ask *asks;
	size_t n, open; /* @open: not answered yet */
	uint8_t own[R2_ETHER_MAC];
};

static bool fail(const struct r2_link *link, int error, const char *call, struct r2_error *err)
{
	r2_nl_fail(NULL, err, error, call, "cannot ask for neighbours on %s", link->name);
	if (err->kind == R2_NOT_PERMITTED)
		r2_error_hint(err, "run it as root, or with CAP_NET_RAW");
	return false;
}

static bool open_wire(struct asking *asking, int wire, struct r2_error *err)
{
	asking->fd[wire].fd =
		r2_packet_open(asking->link, (enum r2_packet_of)wire, asking->own, err);
	return asking->fd[wire].fd >= 0;
}

static int wire_of(const struct r2_ask *ask)
{
	return ask->target.family == R2_IPV6 ? ND : ARP;
}

/* Send every question that is still open. */
static bool send_questions(const struct asking *asking, struct r2_error *err)
{
	uint8_t frame[R2_ND_FRAME];

	for (size_t i = 0; i < asking->n; i++) {
		const struct r2_ask *ask = &asking->asks[i];
		int wire = wire_of(ask);

		if (ask->answered)
			continue;

		size_t len = wire == ND ? r2_nd_solicit(frame, asking->own, ask)
					: r2_arp_request(frame, asking->own, ask);

		/* A full queue loses a question; the next try asks it again. */
		if (send(asking->fd[wire].fd, frame, len, 0) < 0 && errno != ENOBUFS &&
		    errno != EAGAIN && errno != EINTR)
			return fail(asking->link, errno, "send(AF_PACKET)", err);
	}
	return true;
}

/* Take what has arrived on one socket. */
static void hear(struct asking *asking, int wire)
{
	uint8_t frame[2048];
	struct sockaddr_ll from;
	struct r2_claim claim;

	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(asking->fd[wire].fd, frame, sizeof(frame), 0,
				     (struct sockaddr *)&from, &len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		/* Not what is for another station, or for a VLAN that does not exist here. */
		if (from.sll_pkttype != PACKET_HOST && from.sll_pkttype != PACKET_BROADCAST &&
		    from.sll_pkttype != PACKET_MULTICAST)
			continue;
		if (!(wire == ND ? r2_nd_parse : r2_arp_parse)(frame, (size_t)n, &claim))
			continue;
		for (size_t i = 0; i < asking->n; i++) {
			struct r2_ask *ask = &asking->asks[i];

			if (ask->answered || !r2_claim_answers(&claim, ask, asking->own))
				continue;
			ask->answered = true;
			ask->mac = claim.mac;
			asking->open--;
		}
	}
}

static bool ask_all(struct asking *asking, unsigned tries, unsigned timeout_ms,
		    struct r2_error *err)
{
	for (unsigned try = 0; try < tries && asking->open > 0; try++) {
		int64_t left, until = r2_linux_now_ms() + timeout_ms;

		if (!send_questions(asking, err))
			return false;
		while (asking->open > 0 && (left = until - r2_linux_now_ms()) > 0) {
			/* poll(2) takes no notice of a descriptor below zero. */
			if (poll(asking->fd, WIRES, (int)left) <= 0)
				continue;
			for (int wire = 0; wire < WIRES; wire++)
				if (asking->fd[wire].revents)
					hear(asking, wire);
		}
	}
	return true;
}

/*
 * To close a packet socket is to wait until no processor looks at it any more (synchronize_net() in
 * packet_release()): some milliseconds, which a change that is to come must not wait for.
 */
static void close_later(struct r2_linux *lx, int fd)
{
	if (lx->n_spent < sizeof(lx->spent) / sizeof(*lx->spent))
		lx->spent[lx->n_spent++] = fd;
	else
		close(fd);
}

bool r2_linux_ask(struct r2_os *os, const struct r2_link *link, struct r2_ask *asks, size_t n,
		  unsigned tries, unsigned timeout_ms, struct r2_error *err)
{
	struct asking asking = {.fd = {{-1, POLLIN, 0}, {-1, POLLIN, 0}},
				.link = link,
				.asks = asks,
				.n = n,
				.open = n};
	bool good = true;

	for (size_t i = 0; i < n && good; i++) {
		asks[i].answered = false;
		if (asking.fd[wire_of(&asks[i])].fd < 0)
			good = open_wire(&asking, wire_of(&asks[i]), err);
	}
	good = good && ask_all(&asking, tries, timeout_ms, err);
	for (int wire = 0; wire < WIRES; wire++)
		if (asking.fd[wire].fd >= 0)
			close_later(r2_linux_of(os), asking.fd[wire].fd);
	return good;
}

void r2_linux_ask_close(struct r2_linux *lx)
{
	while (lx->n_spent > 0)
		close(lx->spent[--lx->n_spent]);
}
