/* SPDX-License-Identifier: MIT */
/* Hearing all interfaces at once, both what comes and what goes (packet(7)). */
#ifndef R2_OS_LINUX_TAP_H
#define R2_OS_LINUX_TAP_H

#include "core/error.h"
#include "core/ip.h"
#include "core/list.h"

/**
 * struct r2_frame - one frame
 * @outgoing: of ours; @strayed: for another station
 * @from, @to: none where the link has no MACs
 * @type: Ethernet's, host order
 * @packet, @len: from the network header on, perhaps cut short
 */
struct r2_frame {
	uint32_t link;
	bool outgoing, strayed;
	struct r2_mac from, to;
	uint16_t type;
	const uint8_t *packet;
	size_t len;
};

typedef R2_LIST(struct r2_ip) r2_tapped;

/**
 * r2_tap_open() - hear ARP, ICMP, and of TCP and UDP what concerns @hosts
 *
 * Return: the socket, which does not wait; -1 with @err.
 */
#define R2_TAPPED_MAX 48
int r2_tap_open(const r2_tapped *hosts, struct r2_error *err);

/**
 * r2_tap_read() - the next frame
 * @buf: of @size bytes, that @ret points into
 *
 * Return: false if there is none now.
 */
bool r2_tap_read(int tap, uint8_t *buf, size_t size, struct r2_frame *ret);

#endif
