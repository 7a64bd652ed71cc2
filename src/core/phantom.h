/* SPDX-License-Identifier: MIT */
/*
 * The phantom: which made-up next hop may be used.
 *
 * On Linux the preferred source chooses the address, so a phantom need only be free. It is
 * taken from ranges that no host configures by itself:
 *
 *   IPv4  169.254.255.0/24, 169.254.0.0/24   RFC 3927 section 2.1: reserved, never autoconfigured
 *         fe80::7232:0/112                   by `via inet6`, when both are used up
 *   IPv6  fe80::7232:0/112                   0x7232 is "r2"
 */
#ifndef R2_CORE_PHANTOM_H
#define R2_CORE_PHANTOM_H

#include "core/book.h"
#include "core/error.h"

typedef R2_LIST(struct r2_ip) r2_ips;

/**
 * r2_phantom_usable() - may @phantom stand for a gateway list on @link
 *
 * Refused: an address of ours, a broadcast or network address of a subnet of ours, multicast,
 * unspecified and loopback addresses, one that a neighbour entry or another gateway list has, and
 * the next hop of a route that is not ours. Whether a host on the link answers to it is to be asked
 * besides (r2_phantom_in_subnet()).
 *
 * Return: false with R2_FAILED and the reason.
 */
bool r2_phantom_usable(const struct r2_host *host, const struct r2_book *book, uint32_t link,
		       const struct r2_ip *phantom, struct r2_error *err);

/**
 * r2_phantom_choose() - the first usable one of the ranges
 * @family: of the routes that will use it
 * @answering: addresses that hosts on the link have been found to answer to; may be NULL
 * @ret_phantom: may be IPv6 for IPv4 routes
 *
 * Return: false if every one of them is taken.
 */
bool r2_phantom_choose(const struct r2_host *host, const struct r2_book *book, uint32_t link,
		       enum r2_family family, const r2_ips *answering, struct r2_ip *ret_phantom);

/** r2_phantom_in_subnet() - does it lie in a subnet of ours or a route without gateway on @link, so
 * that a host may have it */
bool r2_phantom_in_subnet(const struct r2_host *host, uint32_t link, const struct r2_ip *phantom);

/** r2_phantom_in_ranges() - is it one that r2_phantom_choose() could give */
bool r2_phantom_in_ranges(const struct r2_ip *phantom);

#endif
