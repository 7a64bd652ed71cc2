/* SPDX-License-Identifier: MIT */
/* Idea: the kernel's filter lets in what may be ours; exactness is for who reads. */
#include "os/linux/tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/linux/linux.h"

#define RECEIVE_BUFFER (4 << 20)

/* ---- the filter ---- */

struct program {
	struct sock_filter code[4 * R2_TAPPED_MAX + 32];
	unsigned short n;
};

static void load(struct program *program, uint16_t size, uint32_t at)
{
	program->code[program->n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_ABS | size, at);
}

/* If the word equals @value, @yes further on, else @no. */
static void jump(struct program *program, uint32_t value, uint8_t yes, uint8_t no)
{
	program->code[program->n++] =
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no);
}

static void done(struct program *program, uint32_t verdict)
{
	program->code[program->n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict);
}

/* The last four bytes of an address tell enough. */
static uint32_t last_word(const struct r2_ip *ip)
{
	uint32_t word;

	memcpy(&word, ip->bytes + r2_ip_bytes(ip) - sizeof(word), sizeof(word));
	return ntohl(word);
}

/* One of @hosts at @at, in the packet: then all of it is let in. */
static void let_in(struct program *program, uint32_t at, enum r2_family family,
		   const r2_tapped *hosts)
{
	load(program, BPF_W, (uint32_t)SKF_NET_OFF + at);
	r2_each (const struct r2_ip, host, hosts) {
		if (host->family != family)
			continue;
		jump(program, last_word(host), 0, 1);
		done(program, UINT32_MAX);
	}
}

/* @protocol stands at @where in the header; the addresses' last words at @src and @dst. */
static void family(struct program *program, enum r2_family which, uint32_t where, uint32_t protocol,
		   const uint32_t ends[2], const r2_tapped *hosts)
{
	load(program, BPF_B, (uint32_t)SKF_NET_OFF + where);
	jump(program, protocol, 0, 1);
	done(program, UINT32_MAX);
	let_in(program, ends[0], which, hosts);
	let_in(program, ends[1], which, hosts);
	done(program, 0);
}

/* Jumps reach 255 instructions: the families' parts are jumped over by one of their own. */
static void write_filter(struct program *program, const r2_tapped *hosts)
{
	static const uint32_t ends4[2] = {12, 16}, ends6[2] = {20, 36};
	unsigned short over;

	load(program, BPF_W, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL));
	jump(program, ETH_P_ARP, 0, 1);
	done(program, UINT32_MAX);
	jump(program, ETH_P_IP, 1, 0);
	over = program->n++;
	family(program, R2_IPV4, 9, 1, ends4, hosts);
	program->code[over] =
		(struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(program->n - over - 1));
	jump(program, ETH_P_IPV6, 1, 0);
	done(program, 0);
	family(program, R2_IPV6, 6, 58, ends6, hosts);
}

/* ---- the socket ---- */

static int fail(int fd, const char *call, struct r2_error *err)
{
	r2_nl_fail(NULL, err, errno, call, "cannot see what is on the wire");
	if (err->kind == R2_NOT_PERMITTED)
		r2_error_hint(err, "run it as root, or with CAP_NET_RAW");
	if (fd >= 0)
		close(fd);
	return -1;
}

int r2_tap_open(const r2_tapped *hosts, struct r2_error *err)
{
	const struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	const int on = 1, room = RECEIVE_BUFFER;
	/* Protocol 0: it hears nothing until the filter is on and bind() names the protocol. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct program program = {.n = 0};
	struct sock_fprog filter = {.filter = program.code};

	if (fd < 0)
		return fail(fd, "socket(AF_PACKET)", err);
	write_filter(&program, hosts);
	filter.len = program.n;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)))
		return fail(fd, "setsockopt(AF_PACKET)", err);
	if (bind(fd, (const struct sockaddr *)&all, sizeof(all)))
		return fail(fd, "bind(AF_PACKET)", err);
	return fd;
}

/* ---- frames ---- */

/* Where the network header begins (struct tpacket_auxdata), whatever the link's kind. */
static size_t network_offset(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		struct tpacket_auxdata aux;

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA ||
		    c->cmsg_len < CMSG_LEN(sizeof(aux)))
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		return aux.tp_net;
	}
	return SIZE_MAX;
}

static struct r2_mac ether(const uint8_t *at)
{
	struct r2_mac mac = {.len = ETH_ALEN};

	memcpy(mac.bytes, at, ETH_ALEN);
	return mac;
}

static bool understand(const struct sockaddr_ll *sender, const uint8_t *buf, size_t n, size_t net,
		       struct r2_frame *ret)
{
	if (net > n)
		return false;
	*ret = (struct r2_frame){.link = (uint32_t)sender->sll_ifindex,
				 .outgoing = sender->sll_pkttype == PACKET_OUTGOING,
				 .strayed = sender->sll_pkttype == PACKET_OTHERHOST,
				 .type = ntohs(sender->sll_protocol),
				 .packet = buf + net,
				 .len = n - net};
	if (sender->sll_hatype == ARPHRD_ETHER && net >= ETH_HLEN) {
		ret->to = ether(buf);
		ret->from = ether(buf + ETH_ALEN);
	}
	return true;
}

bool r2_tap_read(int tap, uint8_t *buf, size_t size, struct r2_frame *ret)
{
	for (;;) {
		struct sockaddr_ll sender = {0};
		union {
			struct cmsghdr align;
			char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
		} control;
		struct iovec iov = {buf, size};
		struct msghdr msg = {.msg_name = &sender,
				     .msg_namelen = sizeof(sender),
				     .msg_iov = &iov,
				     .msg_iovlen = 1,
				     .msg_control = control.bytes,
				     .msg_controllen = sizeof(control.bytes)};
		ssize_t n = recvmsg(tap, &msg, MSG_DONTWAIT);

		if (n < 0 && (errno == EINTR || errno == ENETDOWN))
			continue;
		if (n < 0)
			return false;
		if (understand(&sender, buf, (size_t)n, network_offset(&msg), ret))
			return true;
	}
}
