/* SPDX-License-Identifier: MIT */
/*
 * What the watch hears and asks: the wire of one link, and what the kernel tells of changes.
 *
 * Nothing here waits. What is heard was said by anybody: it is for core to believe or not.
 */
#ifndef R2_OS_SENSES_H
#define R2_OS_SENSES_H

#include "core/error.h"
#include "core/host.h"

/** enum r2_claim_kind - what a frame says of an address */
enum r2_claim_kind {
	R2_CLAIM_ANSWER, /* an ARP reply or a Neighbor Advertisement: @who is at @mac */
	R2_CLAIM_USE,    /* an ARP request: its sender uses @who */
	R2_CLAIM_PROBE,  /* an ARP probe: its sender is about to use @who (RFC 5227 section 1.1) */
	R2_CLAIM_ECHO,   /* an ICMP echo reply of @who's, with @seq; it has no MAC */
};

/**
 * struct r2_claim - one frame, understood
 * @to: who had asked; R2_NONE if the frame answers nobody (an unsolicited advertisement, a probe)
 * @direct: it came to our own MAC, not to all
 * @id, @seq: of an echo, in host byte order
 */
struct r2_claim {
	enum r2_claim_kind kind;
	struct r2_ip who;
	struct r2_ip to;
	struct r2_mac mac;
	bool direct;
	uint16_t id, seq;
};

/**
 * struct r2_question - one frame of the watch's
 * @echo: ICMP echo (RFC 792, RFC 4443 section 4.1) to @target; else ARP or a solicitation for it
 * @sender: our address in it; of @target's family
 * @to: the MAC it goes to; none: all stations. An echo has one.
 * @id, @seq: of an echo, in host byte order
 */
struct r2_question {
	bool echo;
	struct r2_ip target, sender;
	struct r2_mac to;
	uint16_t id, seq;
};

/**
 * struct r2_wire - one link, listened to, or (@link 0) the host's echo replies
 * @fds: to be waited for, readable; @n of them
 * @own: our MAC there when it was opened
 * @behind: what else the system keeps of it, or NULL
 */
struct r2_wire {
	uint32_t link;
	int fds[2];
	size_t n;
	uint8_t own[6];
	void *behind;
};

/** enum r2_change_of - what has changed, as the kernel told; a set */
enum r2_change_of {
	R2_CHANGE_LINKS = 1 << 0,
	R2_CHANGE_ADDRS = 1 << 1,
	R2_CHANGE_RULES = 1 << 2,
	R2_CHANGE_NEIGHS = 1 << 3, /* permanent ones, or any that went */
	R2_CHANGE_ROUTES = 1 << 4, /* of our protocol, or one replaced another */
	R2_CHANGE_LOST = 1 << 5,   /* notifications were lost: anything may have */
};

#endif
