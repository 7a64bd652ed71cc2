/* SPDX-License-Identifier: MIT */
/*
 * Idea: an installed route is tried by sockets that are bound to nothing, as programs have them.
 * What is not installed yet is tried by frames, which no route, rule or filter of this host sees;
 * a socket that is bound but never used keeps their port from others.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "os/linux/probe.h"

int64_t r2_probe_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct r2_packet r2_probe_packet(const struct r2_campaign *campaign, size_t index)
{
	static const enum r2_packet_kind kinds[] = {R2_PACKET_ECHO, R2_PACKET_TCP, R2_PACKET_UDP};
	const struct r2_shot *probe = &campaign->probing->probes[index];
	const struct r2_asked *asked = &campaign->asked[index];
	struct r2_packet packet = {.kind = kinds[probe->by],
				   .src = probe->src,
				   .dst = probe->dst,
				   .sport = asked->own.port,
				   .dport = probe->port,
				   .flags = R2_TCP_SYN,
				   .seq = asked->seq};

	if (probe->by == R2_BY_ICMP) {
		packet.sport = campaign->id;
		packet.dport = (uint16_t)index;
	}
	memcpy(packet.mark, campaign->nonce, sizeof(campaign->nonce));
	packet.mark[R2_MARK - 2] = (uint8_t)(index >> 8);
	packet.mark[R2_MARK - 1] = (uint8_t)index;
	return packet;
}

/* ---- sockets ---- */

static socklen_t address(const struct r2_ip *ip, uint16_t port, struct sockaddr_storage *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (ip->family == R2_IPV6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, ip->bytes, 16);
		return sizeof(*in6);
	}
	struct sockaddr_in *in = (struct sockaddr_in *)ret;

	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	memcpy(&in->sin_addr, ip->bytes, 4);
	return sizeof(*in);
}

static struct r2_end end_of(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} own = {0};
	socklen_t len = sizeof(own);

	if (getsockname(fd, &own.any, &len))
		return (struct r2_end){0};
	if (own.any.sa_family == AF_INET6)
		return (struct r2_end){r2_ip_make(R2_IPV6, &own.six.sin6_addr),
				       ntohs(own.six.sin6_port)};
	return (struct r2_end){r2_ip_make(R2_IPV4, &own.four.sin_addr), ntohs(own.four.sin_port)};
}

static bool open_socket(struct r2_campaign *campaign, size_t index, struct r2_error *err)
{
	const struct r2_shot *probe = &campaign->probing->probes[index];
	int kind = probe->by == R2_BY_TCP ? SOCK_STREAM : SOCK_DGRAM;
	int fd = socket(r2_linux_af(&probe->dst), kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const struct linger at_once = {.l_onoff = 1};

	if (fd < 0)
		return r2_nl_fail(NULL, err, errno, "socket", "cannot send probes");
	/* What it may have connected to is let go by a reset: nothing of it stays. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	campaign->asked[index].fd = fd;
	return true;
}

/* ---- as any program ---- */

/* As if the socket were bound to @src, for this one (ip(7), RFC 3542 section 6.2). */
static bool send_from(int fd, const struct r2_ip *src, struct iovec packet,
		      struct sockaddr_storage *to, socklen_t to_len)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = {0};
	struct msghdr msg = {.msg_name = to,
			     .msg_namelen = to_len,
			     .msg_iov = &packet,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes};
	struct cmsghdr *head = &control.align;
	struct in6_pktinfo six = {0};
	struct in_pktinfo four = {0};

	if (src->family == R2_IPV6) {
		memcpy(&six.ipi6_addr, src->bytes, 16);
		msg.msg_controllen = CMSG_SPACE(sizeof(six));
		*head = (struct cmsghdr){CMSG_LEN(sizeof(six)), IPPROTO_IPV6, IPV6_PKTINFO};
		memcpy(CMSG_DATA(head), &six, sizeof(six));
	} else {
		memcpy(&four.ipi_spec_dst, src->bytes, 4);
		msg.msg_controllen = CMSG_SPACE(sizeof(four));
		*head = (struct cmsghdr){CMSG_LEN(sizeof(four)), IPPROTO_IP, IP_PKTINFO};
		memcpy(CMSG_DATA(head), &four, sizeof(four));
	}
	return sendmsg(fd, &msg, MSG_DONTWAIT) >= 0;
}

static bool send_icmp(struct r2_campaign *campaign, size_t index)
{
	const struct r2_shot *probe = &campaign->probing->probes[index];
	struct r2_packet packet = r2_probe_packet(campaign, index);
	size_t header = r2_packet_header(&packet), len;
	int fd = campaign->raw[probe->dst.family == R2_IPV6];
	struct sockaddr_storage to;
	socklen_t to_len = address(&probe->dst, 0, &to);
	uint8_t bytes[128];

	/* The kernel makes the header, and for IPv6 the checksum. */
	len = r2_packet_write(&packet, 0, bytes) - header;
	if (probe->src.family)
		return send_from(fd, &probe->src, (struct iovec){bytes + header, len}, &to, to_len);
	return sendto(fd, bytes + header, len, MSG_DONTWAIT, (struct sockaddr *)&to, to_len) >= 0;
}

static bool send_socket(struct r2_campaign *campaign, size_t index)
{
	const struct r2_shot *probe = &campaign->probing->probes[index];
	struct r2_packet packet = r2_probe_packet(campaign, index);
	struct r2_asked *asked = &campaign->asked[index];
	struct sockaddr_storage to;
	socklen_t to_len = address(&probe->dst, probe->port, &to);

	if (probe->src.family) {
		struct sockaddr_storage own;
		socklen_t len = address(&probe->src, 0, &own);

		if (bind(asked->fd, (struct sockaddr *)&own, len))
			return false;
	}
	if (connect(asked->fd, (struct sockaddr *)&to, to_len) && errno != EINPROGRESS)
		return false;
	asked->own = end_of(asked->fd);
	return probe->by == R2_BY_TCP ||
	       send(asked->fd, packet.mark, R2_MARK, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

/* ---- by hand ---- */

static bool send_packet(struct r2_campaign *campaign, const struct r2_shot *probe,
			const struct r2_packet *packet)
{
	static uint8_t bytes[R2_PACKET_MAX];
	size_t len = r2_packet_write(packet, probe->size, bytes);
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(probe->dst.family == R2_IPV6 ? ETH_P_IPV6 : ETH_P_IP),
		.sll_ifindex = (int)probe->link,
		.sll_halen = probe->to.len > 8 ? 8 : probe->to.len};

	memcpy(to.sll_addr, probe->to.bytes, to.sll_halen);
	return sendto(campaign->out, bytes, len, MSG_DONTWAIT, (struct sockaddr *)&to,
		      sizeof(to)) >= 0;
}

static bool send_by_hand(struct r2_campaign *campaign, size_t index)
{
	const struct r2_shot *probe = &campaign->probing->probes[index];
	struct r2_asked *asked = &campaign->asked[index];
	struct sockaddr_storage own;
	struct r2_packet packet;

	if (probe->by != R2_BY_ICMP) {
		socklen_t len = address(&probe->src, 0, &own);

		if (bind(asked->fd, (struct sockaddr *)&own, len))
			return false;
		asked->own = end_of(asked->fd);
		memcpy(&asked->seq, campaign->nonce, sizeof(asked->seq));
		asked->seq += (uint32_t)index * 0x01000193u;
	}
	packet = r2_probe_packet(campaign, index);
	return send_packet(campaign, probe, &packet);
}

void r2_probe_reset(struct r2_campaign *campaign, size_t index)
{
	struct r2_packet packet = r2_probe_packet(campaign, index);

	packet.flags = R2_TCP_RST;
	packet.seq++;
	send_packet(campaign, &campaign->probing->probes[index], &packet);
}

/* A full queue loses a probe, as the wire may. */
static bool is_loss(int error)
{
	return error == ENOBUFS || error == EAGAIN || error == EINTR;
}

bool r2_probe_send(struct r2_campaign *campaign, size_t index, struct r2_error *err)
{
	struct r2_shot *probe = &campaign->probing->probes[index];
	bool ok;

	probe->sent = true;
	if (probe->by != R2_BY_ICMP && !open_socket(campaign, index, err))
		return false;
	campaign->asked[index].sent_us = r2_probe_now_us();
	if (r2_probe_is_frame(probe))
		ok = send_by_hand(campaign, index);
	else if (probe->by == R2_BY_ICMP)
		ok = send_icmp(campaign, index);
	else
		ok = send_socket(campaign, index);
	if (!ok && !is_loss(errno))
		probe->failed = errno;
	return true;
}
