/* SPDX-License-Identifier: MIT */
/* One ICMP echo by a raw socket of Linux: what is sent, and what becomes of it. */
#ifndef SHIM_ECHO_H
#define SHIM_ECHO_H

#include "values.h"

enum { ECHO_DATA_MOST = 9000 };

/** struct answer - @status: of ipexport.h; @who: whose word it is, none: nobody's */
struct answer {
	uint32_t status;
	struct ip who;
	uint8_t ttl;
	uint32_t time_ms;
};

/**
 * struct echo
 * @src: none: the kernel chooses; @scope: of addresses of the link (IPv6)
 * @ttl: 0: the usual; @whole: not to be fragmented (IPv4)
 */
struct echo {
	struct ip src, dst;
	uint32_t scope;
	uint8_t ttl;
	bool whole;
	const void *data;
	size_t n;
	uint32_t timeout_ms;
};

/** echo_send() - and wait. Return: did somebody say anything of it; else @ret->status is why not */
bool echo_send(const struct echo *echo, struct answer *ret);

#endif
