/* SPDX-License-Identifier: MIT */
/*
 * The phantom theorem: a next hop that makes Windows pick the source we want.
 *
 * Windows (Vista and later) takes the local address that shares most leading bits with the next hop
 * (KB 969029, rule 3 there), not capped at the mask. With s the wanted source, L the eligible
 * addresses of its interface and m the most bits that s shares with another of L, a next hop p
 * picks s uniquely if and only if p shares at least m + 1 bits with s (proof: doc/phantom.md).
 */
#ifndef R2_CORE_STEER_H
#define R2_CORE_STEER_H

#include "core/explain.h"
#include "core/phantom.h"

enum r2_steer_how {
	R2_STEER_NEEDLESS, /* the source is alone: any next hop picks it */
	R2_STEER_GATEWAY,  /* the real gateway itself lies in the block */
	R2_STEER_PHANTOM,
	R2_STEER_BY_RULE,    /* no next hop can: the neighbour address s XOR 1 is ours; XP: an
				earlier address has the source's whole subnet */
	R2_STEER_BY_HYGIENE, /* every address of the block in the source's subnet is taken */
	R2_STEER_UNFIT,      /* the source cannot win: SkipAsSource, not preferred, other scope */
};

/**
 * struct r2_steer - the outcome
 * @how: enum r2_steer_how
 * @shared: m, -1 if the source is alone; @block: the addresses that pick it: s/(m+1)
 * @phantom: for R2_STEER_PHANTOM; the gateway for R2_STEER_GATEWAY
 * @blocked_by: the address that is in the way: for BY_RULE s XOR 1, for BY_HYGIENE the one that
 *	took the nearest place; R2_NONE otherwise
 */
struct r2_steer {
	uint8_t how;
	int shared;
	struct r2_prefix block;
	struct r2_ip phantom;
	struct r2_ip blocked_by;
};

/** r2_steer_wins() - the theorem: does @next_hop pick @src alone among the addresses on its link */
bool r2_steer_wins(const struct r2_host *host, const struct r2_addr *src,
		   const struct r2_ip *next_hop);

/** r2_steer_in_way() - would @addr tie with @src or win for @next_hop; SkipAsSource, which either
 * may have, is left out of account */
bool r2_steer_in_way(const struct r2_addr *addr, const struct r2_addr *src,
		     const struct r2_ip *next_hop);

/**
 * r2_steer_choose() - the phantom for @src by @gateway, in the order s^1, s^2, s^3 ...
 * @gateway: NULL if a phantom is wanted in any case, as for backups
 * @dst: what the route is for; an on-link or local one cannot be steered
 * @answering: addresses that hosts on the link have been found to answer to; may be NULL
 * @steps: why this one and not the others; may be NULL
 *
 * Return: whether @src will be picked (NEEDLESS, GATEWAY or PHANTOM).
 */
bool r2_steer_choose(const struct r2_host *host, const struct r2_addr *src,
		     const struct r2_ip *gateway, const struct r2_prefix *dst,
		     const r2_ips *answering, r2_steps *steps, struct r2_steer *ret);

/**
 * r2_steer_choose_xp() - the same by the reading of XP and 2003 that the field reports: of the
 * interface's addresses the first whose subnet holds the next hop (KB 175396; doc/phantom.md)
 *
 * A phantom lies in the source's subnet, and in none of an address before it.
 */
bool r2_steer_choose_xp(const struct r2_host *host, const struct r2_addr *src,
			const struct r2_ip *gateway, const struct r2_prefix *dst,
			const r2_ips *answering, r2_steps *steps, struct r2_steer *ret);

#endif
