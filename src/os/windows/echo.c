/* SPDX-License-Identifier: MIT */
/* Idea: IcmpSendEcho2Ex() and Icmp6SendEcho2() as they are, and their codes as the ICMP messages
 * that they stand for. */
#include "os/windows/echo.h"

#include <icmpapi.h>
#include <stdlib.h>
#include <string.h>

#include "core/select.h"

/* As icmpapi.h and ipexport.h have it: the reply, our data, 8 bytes of an ICMP error, an
 * IO_STATUS_BLOCK; IPv6: ICMPV6_ECHO_REPLY. */
#define REPLY_ROOM 256
#define LEAST      8 /* bytes of data */
#define MOST       9000
#define HEADS4     28 /* IP and ICMP */

/* ICMPV6_ECHO_REPLY of ipexport.h, which mingw-w64 10 lacks: an IPV6_ADDRESS_EX is packed. */
struct echo6_reply {
	uint8_t address[26];
	ULONG status, round_trip;
};
#define ADDRESS_AT 6 /* in it, behind port and flow */
_Static_assert(sizeof(struct echo6_reply) == 36, "ICMPV6_ECHO_REPLY");

int64_t r2_win_now_us(void)
{
	LARGE_INTEGER now, each_second;

	QueryPerformanceCounter(&now);
	QueryPerformanceFrequency(&each_second);
	return now.QuadPart / each_second.QuadPart * 1000000 +
	       now.QuadPart % each_second.QuadPart * 1000000 / each_second.QuadPart;
}

int r2_win_errno(DWORD code)
{
	switch (code) {
	case ERROR_ACCESS_DENIED:
	case WSAEACCES:
		return R2_EPERM; /* a firewall, mostly */
	case ERROR_NETWORK_UNREACHABLE:
	case WSAENETUNREACH:
		return R2_ENETUNREACH;
	case ERROR_HOST_UNREACHABLE:
	case WSAEHOSTUNREACH:
		return R2_EHOSTUNREACH;
	case ERROR_INVALID_NETNAME: /* IcmpSendEcho2Ex() of a source that is not ours */
	case WSAEADDRNOTAVAIL:
		return R2_EADDRNOTAVAIL;
	case WSAENETDOWN:
		return R2_ENETDOWN;
	default:
		return (int)code;
	}
}

/* ---- what the codes say ---- */

/* ipexport.h: type and code of the ICMP message (RFC 792, RFC 4443). A code that Windows tells
 * nothing finer of has the first of its kind. */
static const struct {
	ULONG status;
	uint8_t four[2], six[2];
} SAYS[] = {
	{IP_DEST_NET_UNREACHABLE, {3, 0}, {1, 0}},  {IP_DEST_HOST_UNREACHABLE, {3, 1}, {1, 3}},
	{IP_DEST_PROT_UNREACHABLE, {3, 2}, {1, 1}}, {IP_DEST_PORT_UNREACHABLE, {3, 3}, {1, 4}},
	{IP_PACKET_TOO_BIG, {3, 4}, {2, 0}},        {IP_TTL_EXPIRED_TRANSIT, {11, 0}, {3, 0}},
	{IP_TTL_EXPIRED_REASSEM, {11, 1}, {3, 1}},  {IP_PARAM_PROBLEM, {12, 0}, {4, 0}},
	{IP_DEST_SCOPE_MISMATCH, {3, 0}, {1, 2}},
};

static bool is_told(ULONG status, const struct r2_ip *who, struct r2_objection *ret)
{
	for (size_t i = 0; i < sizeof(SAYS) / sizeof(*SAYS); i++) {
		const uint8_t *says = who->family == R2_IPV6 ? SAYS[i].six : SAYS[i].four;

		if (SAYS[i].status != status)
			continue;
		*ret = (struct r2_objection){
			.seen = true, .who = *who, .type = says[0], .code = says[1]};
		return true;
	}
	return false;
}

static void take(struct r2_echo *echo, ULONG status, const struct r2_ip *who)
{
	struct r2_objection unused;

	echo->answered = status == IP_SUCCESS && r2_ip_equal(who, &echo->dst);
	if (status == IP_SUCCESS || status == IP_REQ_TIMED_OUT ||
	    (who->family && is_told(status, who, &echo->objection)))
		return;
	echo->failed = r2_win_errno(status);
	if (status < IP_STATUS_BASE && echo->failed == (int)status) {
		echo->failed = 0;
		echo->broke = status;
	} else if (is_told(status, &echo->dst, &unused) && status != IP_PACKET_TOO_BIG) {
		/* Without a name it may be somebody's word or our own: of that nothing follows. */
		echo->failed = 0;
	}
}

/* ---- the calls ---- */

static void ask4(const struct r2_iphlp *api, struct r2_echo *echo, HANDLE icmp, void *data,
		 uint8_t *reply, DWORD room)
{
	const ICMP_ECHO_REPLY *said = (const void *)reply;
	IP_OPTION_INFORMATION options = {.Ttl = 128, .Flags = echo->size ? IP_FLAG_DF : 0};
	WORD n = (WORD)(echo->size > HEADS4 + LEAST ? echo->size - HEADS4 : LEAST);
	struct r2_ip who = {.family = R2_IPV4};
	ULONG from = 0, to;

	memcpy(&from, echo->src.bytes, 4);
	memcpy(&to, echo->dst.bytes, 4);
	if (!api->IcmpSendEcho2Ex(icmp, NULL, NULL, NULL, from, to, data, n, &options, reply, room,
				  echo->wait_ms)) {
		take(echo, GetLastError(), &(struct r2_ip){0});
		return;
	}
	memcpy(who.bytes, &said->Address, 4);
	take(echo, said->Status, &who);
	if (echo->answered)
		echo->ttl = said->Options.Ttl;
}

static struct sockaddr_in6 name_of(const struct r2_ip *ip, uint32_t link)
{
	struct sockaddr_in6 name;

	memset(&name, 0, sizeof(name));
	name.sin6_family = AF_INET6;
	memcpy(&name.sin6_addr, ip->bytes, 16);
	if (r2_ip_is_link_local(ip))
		name.sin6_scope_id = link;
	return name;
}

static void ask6(const struct r2_iphlp *api, struct r2_echo *echo, HANDLE icmp, void *data,
		 uint8_t *reply, DWORD room)
{
	const struct echo6_reply *said = (const void *)reply;
	struct sockaddr_in6 from = name_of(&echo->src, echo->link);
	struct sockaddr_in6 to = name_of(&echo->dst, echo->link);
	IP_OPTION_INFORMATION options = {.Ttl = 128};
	struct r2_ip who = {.family = R2_IPV6};

	if (!api->Icmp6SendEcho2(icmp, NULL, NULL, NULL, &from, &to, data, LEAST, &options, reply,
				 room, echo->wait_ms)) {
		take(echo, GetLastError(), &(struct r2_ip){0});
		return;
	}
	memcpy(who.bytes, said->address + ADDRESS_AT, 16);
	take(echo, said->status, &who);
}

static bool is_possible(const struct r2_iphlp *api, bool six)
{
	return api->IcmpCloseHandle && (six ? api->Icmp6CreateFile && api->Icmp6SendEcho2
					    : api->IcmpCreateFile && api->IcmpSendEcho2Ex);
}

void r2_win_echo(const struct r2_iphlp *api, struct r2_echo *echo)
{
	bool six = echo->dst.family == R2_IPV6;
	DWORD room = REPLY_ROOM + echo->size;
	uint8_t *reply = NULL, *data = NULL;
	HANDLE icmp = INVALID_HANDLE_VALUE;
	int64_t begun = r2_win_now_us();

	/* Of IPv6 no fragments can be forbidden here: its size would say nothing of the path. */
	if (!is_possible(api, six) || (six && echo->size) || echo->size > MOST)
		echo->failed = ERROR_NOT_SUPPORTED;
	else
		icmp = six ? api->Icmp6CreateFile() : api->IcmpCreateFile();
	if (icmp == INVALID_HANDLE_VALUE) {
		echo->broke = echo->failed ? 0 : GetLastError();
		return;
	}
	reply = calloc(1, room);
	data = calloc(1, LEAST + (size_t)echo->size);
	if (reply && data) {
		memcpy(data, "route2", sizeof("route2"));
		(six ? ask6 : ask4)(api, echo, icmp, data, reply, room);
	} else {
		echo->broke = ERROR_NOT_ENOUGH_MEMORY;
	}
	echo->usec = (uint64_t)(r2_win_now_us() - begun);
	free(reply);
	free(data);
	api->IcmpCloseHandle(icmp);
}
