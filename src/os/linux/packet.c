/* SPDX-License-Identifier: MIT */
/* Idea: what is not for us stays in the kernel, by filter, before the socket hears anything. */
#include "os/linux/packet.h"

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

static int fail(int fd, const struct r2_link *link, const char *call, struct r2_error *err)
{
	r2_nl_fail(NULL, err, errno, call, "cannot ask for neighbours on %s", link->name);
	if (err->kind == R2_NOT_PERMITTED)
		r2_error_hint(err, "run it as root, or with CAP_NET_RAW");
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Let only Neighbor Advertisements through: all else of IPv6 stays in the kernel. */
static int only_adverts(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20), /* IPv6 next header */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 58, 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54), /* ICMPv6 type */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 136, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT16_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int hear_all_nodes(int fd, uint32_t link)
{
	/* Answers to a probe go to all nodes (RFC 4861 section 7.2.4), which is 33:33:0:0:0:1. */
	const struct packet_mreq all_nodes = {.mr_ifindex = (int)link,
					      .mr_type = PACKET_MR_MULTICAST,
					      .mr_alen = R2_ETHER_MAC,
					      .mr_address = {0x33, 0x33, 0, 0, 0, 1}};

	return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all_nodes, sizeof(all_nodes));
}

int r2_packet_open(const struct r2_link *link, enum r2_packet_of what,
		   uint8_t ret_own[R2_ETHER_MAC], struct r2_error *err)
{
	struct sockaddr_ll me = {.sll_family = AF_PACKET,
				 .sll_protocol =
					 htons(what == R2_PACKET_ARP ? ETH_P_ARP : ETH_P_IPV6),
				 .sll_ifindex = (int)link->index};
	socklen_t len = sizeof(me);
	const int on = 1;
	/* Protocol 0: it hears nothing until the filter is on and bind() names the protocol. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fail(fd, link, "socket(AF_PACKET)", err);
	/* Since Linux 4.20; without it, our own frames are dropped when heard. */
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	if (what == R2_PACKET_ND && (only_adverts(fd) || hear_all_nodes(fd, link->index)))
		return fail(fd, link, "setsockopt(AF_PACKET)", err);
	if (bind(fd, (struct sockaddr *)&me, sizeof(me)) ||
	    getsockname(fd, (struct sockaddr *)&me, &len))
		return fail(fd, link, "bind(AF_PACKET)", err);
	if (me.sll_hatype == ARPHRD_ETHER && me.sll_halen == R2_ETHER_MAC) {
		memcpy(ret_own, me.sll_addr, R2_ETHER_MAC);
		return fd;
	}
	close(fd);
	r2_error_set(err, R2_FAILED,
		     "%s is not an Ethernet interface: neighbours cannot be asked for there",
		     link->name);
	return -1;
}
