/* SPDX-License-Identifier: MIT */
/*
 * Echo requests: IcmpSendEcho2Ex, Icmp6SendEcho2, by threads that wait. What a router or this host
 * says is a reply, with its address and a status; silence, and what cannot be sent, is an error.
 */
#include "rows.h"

#include "echo.h"

#include <icmpapi.h>
#include <string.h>

/* ICMPV6_ECHO_REPLY, which mingw-w64 10 lacks: IPV6_ADDRESS_EX is packed. */
struct reply6 {
	uint16_t address[13];
	ULONG status, time_ms;
};
enum { ADDRESS6 = 3 }; /* behind port and flow */
_Static_assert(sizeof(struct reply6) == 36, "ICMPV6_ECHO_REPLY");

static struct ip ip4(IPAddr addr)
{
	struct ip ip = {.family = addr ? 4 : 0};

	memcpy(ip.b, &addr, sizeof(addr));
	return ip;
}

static struct ip ip6(const struct sockaddr_in6 *name)
{
	struct ip ip = {.family = 6};

	memcpy(ip.b, &name->sin6_addr, 16);
	return is_unspecified(&ip) ? (struct ip){0} : ip;
}

static DWORD send4(const struct echo *echo, ICMP_ECHO_REPLY *reply, DWORD size)
{
	struct answer answer;

	if (!reply || size < sizeof(*reply) + echo->n + 8 || echo->n > ECHO_DATA_MOST)
		return ERROR_INVALID_PARAMETER;
	if (!echo_send(echo, &answer))
		return answer.status;
	memset(reply, 0, sizeof(*reply));
	memcpy(&reply->Address, answer.who.b, 4);
	reply->Status = answer.status;
	reply->RoundTripTime = answer.time_ms;
	reply->Options.Ttl = answer.ttl;
	if (!answer.status) {
		reply->DataSize = (USHORT)echo->n;
		reply->Data = reply + 1;
		memcpy(reply->Data, echo->data, echo->n);
	}
	return NO_ERROR;
}

static DWORD send6(const struct echo *echo, struct reply6 *reply, DWORD size)
{
	struct answer answer;

	if (!reply || size < sizeof(*reply) + echo->n + 8 || echo->n > ECHO_DATA_MOST)
		return ERROR_INVALID_PARAMETER;
	if (!echo_send(echo, &answer))
		return answer.status;
	memset(reply, 0, sizeof(*reply));
	memcpy(reply->address + ADDRESS6, answer.who.b, 16);
	reply->status = answer.status;
	reply->time_ms = answer.time_ms;
	return NO_ERROR;
}

static DWORD journaled4(const struct echo *echo, IPAddr src, IPAddr dst, void *reply, DWORD size)
{
	IPAddr both[2] = {src, dst};

	CALL("IcmpSendEcho2Ex", both, sizeof(both), send4(echo, reply, size));
}

static DWORD journaled6(const struct echo *echo, void *reply, DWORD size)
{
	struct in6_addr both[2];

	memcpy(&both[0], echo->src.b, 16);
	memcpy(&both[1], echo->dst.b, 16);
	CALL("Icmp6SendEcho2", both, sizeof(both), send6(echo, reply, size));
}

static DWORD told(DWORD code)
{
	SetLastError(code);
	return code == NO_ERROR;
}

EXPORT DWORD WINAPI IcmpSendEcho2Ex(HANDLE file, HANDLE event, void *apc, PVOID context, IPAddr src,
				    IPAddr dst, LPVOID data, WORD n, PIP_OPTION_INFORMATION options,
				    LPVOID reply, DWORD size, DWORD timeout);

EXPORT DWORD WINAPI IcmpSendEcho2Ex(HANDLE file, HANDLE event, void *apc, PVOID context, IPAddr src,
				    IPAddr dst, LPVOID data, WORD n, PIP_OPTION_INFORMATION options,
				    LPVOID reply, DWORD size, DWORD timeout)
{
	struct echo echo = {.src = ip4(src),
			    .dst = {.family = 4},
			    .ttl = options ? options->Ttl : 0,
			    .whole = options && (options->Flags & IP_FLAG_DF),
			    .data = data,
			    .n = n,
			    .timeout_ms = timeout};

	(void)context;
	memcpy(echo.dst.b, &dst, 4);
	if (!file || event || apc)
		return told(ERROR_INVALID_PARAMETER);
	return told(journaled4(&echo, src, dst, reply, size));
}

EXPORT DWORD WINAPI IcmpSendEcho(HANDLE file, IPAddr dst, LPVOID data, WORD n,
				 PIP_OPTION_INFORMATION options, LPVOID reply, DWORD size,
				 DWORD timeout)
{
	return IcmpSendEcho2Ex(file, NULL, NULL, NULL, 0, dst, data, n, options, reply, size,
			       timeout);
}

EXPORT DWORD WINAPI Icmp6SendEcho2(HANDLE file, HANDLE event, FARPROC apc, PVOID context,
				   struct sockaddr_in6 *src, struct sockaddr_in6 *dst, LPVOID data,
				   WORD n, PIP_OPTION_INFORMATION options, LPVOID reply, DWORD size,
				   DWORD timeout)
{
	struct echo echo = {.src = ip6(src),
			    .dst = ip6(dst),
			    .scope = dst->sin6_scope_id,
			    .ttl = options ? options->Ttl : 0,
			    .data = data,
			    .n = n,
			    .timeout_ms = timeout};

	(void)context;
	if (!file || event || apc || !echo.dst.family)
		return told(ERROR_INVALID_PARAMETER);
	return told(journaled6(&echo, reply, size));
}

EXPORT ULONG WINAPI IcmpParseReplies(LPVOID reply, DWORD size)
{
	return size >= sizeof(ICMP_ECHO_REPLY) && !((ICMP_ECHO_REPLY *)reply)->Status;
}

EXPORT HANDLE WINAPI IcmpCreateFile(VOID)
{
	return CreateEventW(NULL, TRUE, FALSE, NULL);
}

EXPORT HANDLE WINAPI Icmp6CreateFile(VOID)
{
	return CreateEventW(NULL, TRUE, FALSE, NULL);
}

EXPORT BOOL WINAPI IcmpCloseHandle(HANDLE file)
{
	return CloseHandle(file);
}
