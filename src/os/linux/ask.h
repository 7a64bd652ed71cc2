/* SPDX-License-Identifier: MIT */
/*
 * Questions and answers of ARP (RFC 826, RFC 5227) and ND (RFC 4861) as Ethernet frames.
 *
 * Pure functions over bytes, so that they can be fuzzed; ask.c does the sending.
 */
#ifndef R2_OS_LINUX_ASK_H
#define R2_OS_LINUX_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/os.h"
#include "os/senses.h"

#define R2_ETHER_MAC 6

/**
 * r2_claim_answers() - is @ask answered by it?
 * @own: our MAC on that link
 *
 * A question from a sender is answered only by an answer to that very sender: what nobody asked
 * for proves nothing. A probe is answered by any sign that the address is in use, or is about
 * to be (RFC 5227 section 2.1.1, RFC 4862 section 5.4.4), by another than ourselves.
 */
bool r2_claim_answers(const struct r2_claim *claim, const struct r2_ask *ask,
		      const uint8_t own[R2_ETHER_MAC]);

/** r2_ether_is_station() - a MAC that one station can have: not zero, not a group's */
bool r2_ether_is_station(const uint8_t mac[R2_ETHER_MAC]);

#define R2_ARP_FRAME  42
#define R2_ND_FRAME   86
#define R2_ECHO_FRAME 62

/** r2_arp_request() - the frame that asks for @ask->target. Return: its length */
size_t r2_arp_request(uint8_t frame[R2_ARP_FRAME], const uint8_t own[R2_ETHER_MAC],
		      const struct r2_ask *ask);

/**
 * r2_arp_parse() - an Ethernet frame with an ARP packet for IPv4
 *
 * Return: false if it is anything else, cut short, or claims an impossible MAC.
 */
bool r2_arp_parse(const uint8_t *frame, size_t len, struct r2_claim *ret);

/** r2_nd_solicit() - the Neighbor Solicitation for @ask->target. Return: its length */
size_t r2_nd_solicit(uint8_t frame[R2_ND_FRAME], const uint8_t own[R2_ETHER_MAC],
		     const struct r2_ask *ask);

/** r2_echo_request() - an ICMP echo in a frame to @question->to. Return: its length */
size_t r2_echo_request(uint8_t frame[R2_ECHO_FRAME], const uint8_t own[R2_ETHER_MAC],
		       const struct r2_question *question);

/** r2_internet_sum() - RFC 1071 over @len bytes, beginning with @sum, folded and complemented */
uint16_t r2_internet_sum(uint32_t sum, const uint8_t *data, size_t len);

/**
 * r2_echo_parse() - an IP packet, from its header on, that is an ICMP or ICMPv6 echo reply
 *
 * Return: false if it is anything else.
 */
bool r2_echo_parse(const uint8_t *packet, size_t len, struct r2_claim *ret);

/**
 * r2_nd_parse() - an Ethernet frame with a Neighbor Advertisement
 *
 * Return: false if it is anything else, or not valid by RFC 4861 section 7.1.2.
 */
bool r2_nd_parse(const uint8_t *frame, size_t len, struct r2_claim *ret);

#endif
