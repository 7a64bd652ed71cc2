/* SPDX-License-Identifier: MIT */
/* Verification: which addresses to ask the kernel about, and what its answers mean. */
#ifndef R2_CORE_VERIFY_H
#define R2_CORE_VERIFY_H

#include "core/error.h"
#include "core/host.h"

/**
 * struct r2_answer - what the kernel would do now with an unbound packet
 * @error: 0, or the errno that connect(2) would see (ENETUNREACH ...); the rest is then unset
 * @type: R2_TYPE_*: a local or broadcast answer is no route's
 * @source, @gateway, @link, @table: what it would use; @gateway R2_NONE if on-link
 * @tabled: Windows: what the routing table alone would send from, where a socket that is connected
 *	says otherwise (@source); else none
 * @match: prefix, table, metric and protocol of the route that won (RTM_F_FIB_MATCH)
 */
struct r2_answer {
	int error;
	uint8_t type;
	struct r2_ip source;
	struct r2_ip gateway;
	struct r2_ip tabled;
	uint32_t link;
	uint32_t table;
	struct r2_route match;
};

/**
 * r2_verify_samples() - addresses inside @route's prefix that its truth is tested on
 * @host: its routes to more specific destinations in the same table are avoided as far as possible
 *
 * The two ends' neighbours, the middle and a few spread over the rest, always the same for the
 * same prefix; a host prefix gives its one address. Multicast and loopback are left out of short
 * prefixes.
 *
 * Return: how many, at least 1.
 */
#define R2_SAMPLES_MAX 8
size_t r2_verify_samples(const struct r2_host *host, const struct r2_route *route,
			 struct r2_ip ret_samples[R2_SAMPLES_MAX]);

/**
 * r2_verify_gap() - an address of @route's prefix that no more specific route known to @host holds
 *
 * Return: false if they cover all of it (or too many are known to tell).
 */
bool r2_verify_gap(const struct r2_host *host, const struct r2_route *route, struct r2_ip *ret_gap);

/** r2_answer_text() - the route that won, as `203.0.113.0/24 via 192.0.2.1 dev e0 table main
 * metric 0 protocol static`. Return: @buf */
#define R2_ANSWER_TEXT 240
const char *r2_answer_text(const struct r2_host *host, const struct r2_answer *answer,
			   char buf[R2_ANSWER_TEXT]);

enum r2_verdict {
	R2_TRUE,      /* as wanted */
	R2_STANDBY,   /* another line of ours to the same prefix serves, by its lower metric */
	R2_OVERRULED, /* a more specific route or a local address has this one: no fault of ours */
	R2_UNTRUE,    /* another route, rule, source or next hop won */
};

/**
 * r2_verify_judge() - does the kernel's answer for @sample keep the promise
 * @route: as installed
 * @src: the wanted source
 * @err: set on R2_UNTRUE, saying what won
 */
enum r2_verdict r2_verify_judge(const struct r2_host *host, const struct r2_route *route,
				const struct r2_ip *src, const struct r2_ip *sample,
				const struct r2_answer *answer, struct r2_error *err);

#endif
