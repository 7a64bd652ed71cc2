/* SPDX-License-Identifier: MIT */
/*
 * Probes as bytes: IP packets with an ICMP echo, a TCP SYN or a UDP datagram.
 *
 * Pure functions, so that they can be fuzzed; probe_send.c sends, probe_match.c finds what belongs.
 */
#ifndef R2_OS_LINUX_PROBE_PACKET_H
#define R2_OS_LINUX_PROBE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ip.h"

#define R2_PACKET_MAX 65535
#define R2_MARK       8 /* bytes of ours at the begin of every payload */

enum r2_packet_kind {
	R2_PACKET_OTHER,
	R2_PACKET_ECHO, /* ICMP echo request */
	R2_PACKET_ECHO_REPLY,
	R2_PACKET_TCP,
	R2_PACKET_UDP,
	R2_PACKET_ERROR,   /* ICMP error about another packet */
	R2_PACKET_SOLICIT, /* ND: who has @about */
	R2_PACKET_ADVERT,  /* ND: @about is here */
};

enum { R2_TCP_SYN = 2, R2_TCP_RST = 4, R2_TCP_ACK = 16 };

/**
 * struct r2_packet - an IP packet, understood; numbers in host order
 * @ttl: or hop limit
 * @sport, @dport: of TCP and UDP; of an echo its id and sequence number
 * @flags, @seq, @ack: of TCP
 * @marked, @mark: the first bytes of an echo's or UDP's payload, if there are so many
 * @type, @code, @mtu: of an error; @mtu 0 unless it says that the packet was too big
 * @about: of ND
 */
struct r2_packet {
	enum r2_packet_kind kind;
	struct r2_ip src, dst;
	uint8_t ttl;
	uint16_t sport, dport;
	uint8_t flags;
	uint32_t seq, ack;
	bool marked;
	uint8_t mark[R2_MARK];
	uint8_t type, code;
	uint16_t mtu;
	struct r2_ip about;
};

/**
 * r2_packet_read() - an IP packet, from its header on, perhaps cut short
 * @ret_quoted: of an error, the packet that it is about; its @kind is R2_PACKET_OTHER otherwise
 *
 * Return: false if it is no IP packet, or too short to tell whose it is.
 */
bool r2_packet_read(const uint8_t *at, size_t len, struct r2_packet *ret,
		    struct r2_packet *ret_quoted);

/**
 * r2_packet_write() - compose an IP packet
 * @packet: kind (ECHO, TCP or UDP), addresses, ports, TCP's flags, seq and ack, mark
 * @size: of the whole; 0, or less than it takes, for the least
 * @at: room for R2_PACKET_MAX bytes, or @size if that is more than 128
 *
 * It asks not to be fragmented (IPv4). Return: its length.
 */
size_t r2_packet_write(const struct r2_packet *packet, size_t size, uint8_t *at);

/** r2_packet_header() - length of the IP header that r2_packet_write() makes */
size_t r2_packet_header(const struct r2_packet *packet);

#endif
