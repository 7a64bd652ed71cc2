/* SPDX-License-Identifier: MIT */
/* Which IPv4 address Linux takes where a route names none: inet_select_addr(). */
#ifndef R2_CORE_SOURCE4_H
#define R2_CORE_SOURCE4_H

#include "core/explain.h"
#include "core/host.h"

/**
 * r2_source4() - the source of an IPv4 route without a preferred one
 * @link: outgoing interface
 * @next_hop: its IPv4 gateway or phantom; NULL, none or IPv6: any address will do (the destination
 *	of an on-link route plays no part)
 * @scope: of the route: global by a gateway, link without one
 * @steps: one for each candidate; may be NULL
 *
 * inet_select_addr() (net/ipv4/devinet.c): in the interface's order, secondaries and addresses of
 * a narrower scope than the route are passed over; the first whose subnet holds the next hop wins,
 * else the first; else, over all interfaces, the first of a scope that is not link.
 *
 * Return: NULL if there is none: Linux then sends from 0.0.0.0.
 */
const struct r2_addr *r2_source4(const struct r2_host *host, uint32_t link,
				 const struct r2_ip *next_hop, uint8_t scope, r2_steps *steps);

#endif
