/* SPDX-License-Identifier: MIT */
/* On the link: which interface a gateway is reached by, and what needs no gateway at all. */
#ifndef R2_CORE_ONLINK_H
#define R2_CORE_ONLINK_H

#include "core/error.h"
#include "core/host.h"

/**
 * struct r2_onlink - where a gateway is
 * @table: of the on-link route that holds it
 * @by_next_hop: no on-link route holds it, but another route already uses it as next hop there
 * @unproven: nothing says so but the user's `dev`: it must answer ARP or ND
 */
struct r2_onlink {
	uint32_t link;
	uint32_t table;
	bool by_next_hop;
	bool unproven;
};

/**
 * r2_onlink_find() - the interface by which @gateway is reached
 * @wanted: only this interface, or 0 for any: then the longest prefix, the lowest metric
 * @src: an IPv6 link-local gateway without `dev` is taken to be on the source's interface
 *
 * Return: false with R2_FAILED naming the gateway if it is on no link that is up.
 */
bool r2_onlink_find(const struct r2_host *host, const struct r2_ip *gateway, uint32_t wanted,
		    const struct r2_ip *src, struct r2_onlink *ret_onlink, struct r2_error *err);

/** r2_onlink_two_links() - the error for gateways of one line on different interfaces */
bool r2_onlink_two_links(const struct r2_host *host, const struct r2_ip *a, uint32_t link_a,
			 const struct r2_ip *b, uint32_t link_b, struct r2_error *err);

/** r2_onlink_holds() - does a route without gateway on @link, not ours, hold @ip */
bool r2_onlink_holds(const struct r2_host *host, uint32_t link, const struct r2_ip *ip);

/** r2_onlink_straight() - does @dst need no gateway on @link: point-to-point, or all on-link */
bool r2_onlink_straight(const struct r2_host *host, uint32_t link, const struct r2_prefix *dst);

/**
 * r2_onlink_default_gateway() - the one gateway that default routes on @link name
 * @dst: its family counts, and it is named in the error
 *
 * Return: false with R2_FAILED if there is none (other interfaces' are listed) or more than one
 * (all are listed).
 */
bool r2_onlink_default_gateway(const struct r2_host *host, uint32_t link,
			       const struct r2_prefix *dst, struct r2_ip *ret_gateway,
			       struct r2_error *err);

#endif
