/* SPDX-License-Identifier: MIT */
/*
 * Idea: the watch speaks and hears past the kernel's neighbour table: what it says goes to the MAC
 * that it means, and what it hears is not yet believed by anybody.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/linux/linux.h"
#include "os/linux/packet.h"

static bool fail(const char *call, struct r2_error *err)
{
	r2_nl_fail(NULL, err, errno, call, "cannot listen to the network");
	if (err->kind == R2_NOT_PERMITTED)
		r2_error_hint(err, "run it as root, or with CAP_NET_RAW");
	return false;
}

/* ---- echoes ---- */

/* Echo replies alone leave the kernel; offsets are from the IP header on (packet(7), SOCK_DGRAM).
 */
static bool only_echoes(int fd, bool six)
{
	struct sock_filter ipv4[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9), /* protocol: ICMP */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 4),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), /* length of the header */
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT16_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_filter ipv6[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6), /* next header: ICMPv6 */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 58, 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 40),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 129, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT16_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {six ? sizeof(ipv6) / sizeof(*ipv6)
					       : sizeof(ipv4) / sizeof(*ipv4),
					   six ? ipv6 : ipv4};

	return !setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* Of all interfaces: the answer need not come back by the one that asked. */
static bool open_echoes(struct r2_wire *wire, int which, struct r2_error *err)
{
	bool six = which == R2_PACKET_ND;
	const struct sockaddr_ll all = {.sll_family = AF_PACKET,
					.sll_protocol = htons(six ? ETH_P_IPV6 : ETH_P_IP)};
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fail("socket(AF_PACKET)", err);
	wire->fds[wire->n++] = fd;
	return (only_echoes(fd, six) && !bind(fd, (const struct sockaddr *)&all, sizeof(all))) ||
	       fail("bind(AF_PACKET)", err);
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
	return fail("send(AF_PACKET)", err);
}

/* For us, or for all: not what is for another station, or our own. */
static bool understand(const struct r2_wire *wire, size_t which, const uint8_t *frame, size_t n,
		       unsigned char type, struct r2_claim *ret)
{
	if (type != PACKET_HOST && type != PACKET_BROADCAST && type != PACKET_MULTICAST)
		return false;
	if (!wire->link)
		return r2_echo_parse(frame, n, ret);
	if (!(which == R2_PACKET_ND ? r2_nd_parse : r2_arp_parse)(frame, n, ret))
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
			struct sockaddr_ll sender = {0};
			socklen_t len = sizeof(sender);
			ssize_t n = recvfrom(wire->fds[which], frame, sizeof(frame), MSG_DONTWAIT,
					     (struct sockaddr *)&sender, &len);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0 && (errno == ENETDOWN || errno == ENXIO))
				return false;
			if (n < 0)
				break;
			if (understand(wire, which, frame, (size_t)n, sender.sll_pkttype, &claim))
				each(ctx, &claim);
		}
	}
	return true;
}
