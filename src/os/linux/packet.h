/* SPDX-License-Identifier: MIT */
/* Packet sockets that hear what is said of neighbours on one link (packet(7)). */
#ifndef R2_OS_LINUX_PACKET_H
#define R2_OS_LINUX_PACKET_H

#include "os/linux/ask.h"

/** enum r2_packet_of - what is heard: ARP, or Neighbor Advertisements and nothing else of IPv6 */
enum r2_packet_of { R2_PACKET_ARP, R2_PACKET_ND, R2_PACKET_KINDS };

/**
 * r2_packet_open() - a socket that does not wait
 * @ret_own: our MAC there
 *
 * Return: the socket, -1 with @err if there is none to be had, or @link is no Ethernet.
 */
int r2_packet_open(const struct r2_link *link, enum r2_packet_of what,
		   uint8_t ret_own[R2_ETHER_MAC], struct r2_error *err);

#endif
