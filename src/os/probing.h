/* SPDX-License-Identifier: MIT */
/*
 * Probes: packets that ask for an answer, and what is seen of them on the wire of all interfaces.
 *
 * Nothing is changed: no route, no neighbour, no connection that stays.
 */
#ifndef R2_OS_PROBING_H
#define R2_OS_PROBING_H

#include "core/proof.h"

/**
 * struct r2_shot - one packet
 * @port: of TCP and UDP
 * @src: R2_NONE: an unbound socket sends it, as any program would. Else it is made by hand, and
 *	goes out on @link as a frame to @to (no MAC: the link has none); or, where no frames can be
 *	made (struct r2_limits), a socket bound to it sends it by whatever route stands
 * @boomerang: its destination is ours: that it comes back itself is the answer
 * @by_socket: a socket that is bound to @src sends, by whatever route the kernel has from there
 * @size: of the IP packet, 0 for as small as it may be; more than the least is for ICMP by hand
 * @at_ms: when it is sent
 * @sent: it was; @failed: the errno if the system would not
 * @left, @answer, @objection: filled in
 */
struct r2_shot {
	enum r2_probe_by by;
	struct r2_ip dst, src;
	uint16_t port;
	uint32_t link;
	struct r2_mac to;
	uint16_t size;
	unsigned at_ms;
	bool boomerang, by_socket, sent;
	int failed;
	struct r2_leaving left;
	struct r2_coming answer;
	struct r2_objection objection;
};

/**
 * struct r2_probing - probes that are sent and heard together
 * @heeds, @n_heeds: addresses that may be asked for meanwhile
 * @wait_ms: how long is waited after the last one
 * @enough: asked whenever something was seen or time went by: true ends it. May be NULL.
 * @drops: filled in: by how much the kernel's count of reverse-path drops rose
 */
struct r2_probing {
	struct r2_shot *probes;
	size_t n;
	struct r2_heed *heeds;
	size_t n_heeds;
	unsigned wait_ms;
	bool (*enough)(void *ctx, unsigned elapsed_ms);
	void *ctx;
	uint64_t drops;
};

#define R2_PROBES_MAX 512 /* of one r2_probing */

#endif
