/* SPDX-License-Identifier: MIT */
/* One ICMP echo, and all that Windows tells of it. */
#ifndef R2_OS_WINDOWS_ECHO_H
#define R2_OS_WINDOWS_ECHO_H

#include "os/windows/windows.h"

/**
 * struct r2_echo
 * @src: R2_NONE: Windows takes one, and does not tell which
 * @link: where a link-local destination is
 * @size: of the IP packet, which then must not be fragmented; 0: as small as it may be
 * @wait_ms: for the answer
 * @answered, @ttl, @usec: filled in; IPv6 has no @ttl (ICMPV6_ECHO_REPLY)
 * @objection: filled in, if Windows tells who objects
 * @failed: filled in: Windows does not send it; a number of r2_errno_name()'s, or an IP_STATUS
 * @broke: filled in: the call itself failed, which says nothing of the way; a code of Windows
 */
struct r2_echo {
	struct r2_ip src, dst;
	uint32_t link;
	uint16_t size;
	DWORD wait_ms;
	bool answered;
	uint8_t ttl;
	uint64_t usec;
	struct r2_objection objection;
	int failed;
	DWORD broke;
};

/** r2_win_now_us() - a clock that only goes forward */
int64_t r2_win_now_us(void);

/** r2_win_errno() - of a code of Windows the number that r2_errno_name() has for it, else itself */
int r2_win_errno(DWORD code);

/** r2_win_echo() - send it and wait */
void r2_win_echo(const struct r2_iphlp *api, struct r2_echo *echo);

#endif
