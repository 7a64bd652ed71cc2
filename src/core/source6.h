/* SPDX-License-Identifier: MIT */
/* Which IPv6 address Linux takes where a route names none: RFC 6724 section 5. */
#ifndef R2_CORE_SOURCE6_H
#define R2_CORE_SOURCE6_H

#include "core/bits.h"
#include "core/explain.h"
#include "core/host.h"

/**
 * r2_source6() - ipv6_dev_get_saddr() (net/ipv6/addrconf.c)
 * @link: outgoing interface, 0 for none
 * @home: rule 4 applies: the kernel was built with CONFIG_IPV6_MIP6
 * @steps: one for each candidate, naming the rule that it lost by; may be NULL
 *
 * The next hop plays no part. Equal to the last rule, the one earlier in the list stays.
 *
 * Return: NULL if no address may be a source.
 */
const struct r2_addr *r2_source6(const struct r2_host *host, uint32_t link, const struct r2_ip *dst,
				 bool home, r2_steps *steps);

/**
 * struct r2_candidate6 - an address that may be a source, with what no destination changes
 * @len: of its subnet
 * @always: what some rules say of it whatever the destination
 */
struct r2_candidate6 {
	const struct r2_addr *addr;
	struct r2_bits bits;
	uint32_t label;
	uint32_t always;
	uint8_t scope;
	uint8_t len;
	bool orchid;
	bool home;
};

/** struct r2_sources6 - those of a host, in the order that decides where the rules do not */
struct r2_sources6 {
	const struct r2_host *host;
	R2_LIST(struct r2_candidate6) candidates;
};

/**
 * r2_sources6_build() - make ready for many destinations
 * @host: must outlive @ret and stay as it is
 *
 * Return: false if memory ran out.
 */
bool r2_sources6_build(const struct r2_host *host, struct r2_sources6 *ret);
void r2_sources6_free(struct r2_sources6 *sources);

/** r2_sources6_choose() - as r2_source6(), without steps */
const struct r2_addr *r2_sources6_choose(const struct r2_sources6 *sources, uint32_t link,
					 const struct r2_ip *dst, bool home);

/** r2_label6() - the label of an address on @link (RFC 6724 section 2.1), by the host's table or,
 * if that is unknown, the kernel's own (net/ipv6/addrlabel.c) */
uint32_t r2_label6(const struct r2_host *host, const struct r2_ip *ip, uint32_t link);

/** r2_scope6() - of RFC 6724 section 3.1, as a multicast scope: 2 link, 5 site, 14 global */
unsigned r2_scope6(const struct r2_ip *ip);

#endif
