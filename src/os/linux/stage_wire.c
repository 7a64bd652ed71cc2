/* SPDX-License-Identifier: MIT */
/* Idea: what left is believed where it arrives, not where it was sent. */
#include "os/linux/stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/linux/ask.h"

#define PATIENCE_MS 3000
#define AGAIN_MS                                                                                   \
	100 /* a link that has just come up may swallow the first (linkwatch_run_queue()) */
#define DISCARD_PORT 9 /* RFC 863 */
#define ETHER        14
#define UDP          17

int r2_wire_socket(struct r2_error *err)
{
	/* Protocol 0: it hears nothing until bind() names one. */
	int wire = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (wire < 0)
		r2_nl_fail(NULL, err, errno, "socket(AF_PACKET)", "cannot hear what leaves");
	return wire;
}

bool r2_wire_listen(int wire, uint32_t link, struct r2_error *err)
{
	const struct sockaddr_ll where = {.sll_family = AF_PACKET,
					  .sll_protocol = htons(ETH_P_ALL),
					  .sll_ifindex = (int)link};

	return !bind(wire, (const struct sockaddr *)&where, sizeof(where)) ||
	       r2_nl_fail(NULL, err, errno, "bind(AF_PACKET)", "cannot hear what leaves");
}

/* Where the family's header has its addresses, and how long it is (RFC 791, RFC 8200). */
static bool is_datagram_to(const uint8_t *frame, size_t len, const struct r2_ip *dst,
			   struct r2_frame *ret)
{
	bool ipv4 = dst->family == R2_IPV4;
	size_t ip = ETHER, from = ip + (ipv4 ? 12 : 8), to = from + r2_ip_bytes(dst);
	size_t header = ipv4 ? 20 : 40;
	uint16_t type = ipv4 ? ETH_P_IP : ETH_P_IPV6;

	if (len < ip + header + 8 || frame[12] != type >> 8 || frame[13] != (type & 0xff) ||
	    frame[ip + (ipv4 ? 9 : 6)] != UDP ||
	    memcmp(frame + to, dst->bytes, r2_ip_bytes(dst)) != 0)
		return false;
	ret->heard = true;
	ret->source = r2_ip_make((enum r2_family)dst->family, frame + from);
	ret->to.len = R2_ETHER_MAC;
	memcpy(ret->to.bytes, frame, R2_ETHER_MAC);
	return true;
}

static bool hear(int wire, const struct r2_ip *dst, int64_t until, struct r2_frame *ret)
{
	struct pollfd poller = {.fd = wire, .events = POLLIN};
	uint8_t frame[2048];

	for (;;) {
		int64_t left = until - r2_linux_now_ms();
		ssize_t n = recv(wire, frame, sizeof(frame), 0);

		if (n > 0 && is_datagram_to(frame, (size_t)n, dst, ret))
			return true;
		if (n > 0)
			continue;
		if (left <= 0)
			return false;
		poll(&poller, 1, (int)left);
	}
}

static void forget(int wire)
{
	uint8_t byte;

	while (recv(wire, &byte, sizeof(byte), MSG_TRUNC) >= 0)
		;
}

static bool send_to(const struct r2_ip *dst, struct r2_error *err)
{
	struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(DISCARD_PORT)};
	struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(DISCARD_PORT)};
	bool ipv4 = dst->family == R2_IPV4;
	int sock = socket(ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[R2_IP_TEXT];
	bool sent;

	if (sock < 0)
		return r2_nl_fail(NULL, err, errno, "socket", "cannot send a datagram");
	memcpy(&to4.sin_addr, dst->bytes, sizeof(to4.sin_addr));
	memcpy(&to6.sin6_addr, dst->bytes, sizeof(to6.sin6_addr));
	sent = sendto(sock, "", 1, 0, ipv4 ? (struct sockaddr *)&to4 : (struct sockaddr *)&to6,
		      ipv4 ? sizeof(to4) : sizeof(to6)) == 1;
	if (!sent)
		r2_nl_fail(NULL, err, errno, "sendto", "cannot send to %s",
			   r2_ip_format(dst, text));
	close(sock);
	return sent;
}

bool r2_stage_packet(struct r2_stage *stage, const struct r2_ip *dst, struct r2_frame *ret,
		     struct r2_error *err)
{
	struct r2_linux_stage *ls = r2_linux_stage_of(stage);
	char text[R2_IP_TEXT];

	int64_t until = r2_linux_now_ms() + PATIENCE_MS;

	*ret = (struct r2_frame){0};
	forget(ls->wire);
	while (r2_linux_now_ms() < until) {
		if (!send_to(dst, err))
			return false;
		if (hear(ls->wire, dst, r2_linux_now_ms() + AGAIN_MS, ret))
			return true;
	}
	return r2_error_set(err, R2_FAILED, "no packet to %s was heard", r2_ip_format(dst, text));
}

/* ---- what is not true ---- */

/* An ARP answer to all, in the form that arp_is_garp() obeys at once (net/ipv4/arp.c). */
static size_t arp_answer(uint8_t *frame, const struct r2_ip *ip, const struct r2_mac *mac)
{
	static const uint8_t head[] = {0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0, 2};

	memset(frame, 0xff, R2_ETHER_MAC);
	memcpy(frame + 6, mac->bytes, R2_ETHER_MAC);
	memcpy(frame + 12, head, sizeof(head));
	memcpy(frame + 22, mac->bytes, R2_ETHER_MAC);
	memcpy(frame + 28, ip->bytes, 4);
	memcpy(frame + 32, mac->bytes, R2_ETHER_MAC);
	memcpy(frame + 38, ip->bytes, 4);
	return R2_ARP_FRAME;
}

/* A Neighbor Advertisement to all nodes, Override set (RFC 4861 section 4.4). */
static size_t nd_answer(uint8_t *frame, const struct r2_ip *ip, const struct r2_mac *mac)
{
	static const uint8_t all_nodes[] = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	uint8_t *header = frame + ETHER, *icmp = header + 40;
	uint16_t sum;

	memset(frame, 0, R2_ND_FRAME);
	memcpy(frame, (uint8_t[]){0x33, 0x33, 0, 0, 0, 1}, R2_ETHER_MAC);
	memcpy(frame + 6, mac->bytes, R2_ETHER_MAC);
	frame[12] = ETH_P_IPV6 >> 8;
	frame[13] = ETH_P_IPV6 & 0xff;
	header[0] = 0x60;
	header[5] = 32; /* payload */
	header[6] = IPPROTO_ICMPV6;
	header[7] = 255; /* section 7.1.2 wants it */
	memcpy(header + 8, ip->bytes, 16);
	memcpy(header + 24, all_nodes, 16);
	icmp[0] = 136;
	icmp[4] = 0x20; /* Override */
	memcpy(icmp + 8, ip->bytes, 16);
	icmp[24] = 2; /* Target Link-Layer Address, of 8 bytes */
	icmp[25] = 1;
	memcpy(icmp + 26, mac->bytes, R2_ETHER_MAC);
	/* The pseudo-header: both addresses, the length and the protocol (RFC 8200 section 8.1). */
	sum = r2_internet_sum(32 + IPPROTO_ICMPV6, header + 8, 32 + 32);
	icmp[2] = (uint8_t)(sum >> 8);
	icmp[3] = (uint8_t)(sum & 0xff);
	return R2_ND_FRAME;
}

bool r2_stage_claim(struct r2_stage *stage, const struct r2_ip *ip, const struct r2_mac *mac,
		    struct r2_error *err)
{
	struct r2_linux_stage *ls = r2_linux_stage_of(stage);
	uint8_t frame[R2_ND_FRAME];
	size_t len = ip->family == R2_IPV4 ? arp_answer(frame, ip, mac) : nd_answer(frame, ip, mac);

	return send(ls->wire, frame, len, 0) == (ssize_t)len ||
	       r2_nl_fail(NULL, err, errno, "send(AF_PACKET)", "cannot speak for the far side");
}
