/* SPDX-License-Identifier: MIT */
/* Echo requests of IPv4 (IcmpSendEcho2Ex), with the source that is asked for. */
#include "rows.h"

#include "sys.h"
#include "wire.h"

#include <icmpapi.h>
#include <stdlib.h>
#include <string.h>

enum { ICMP = 1, RAW = 3, ECHO = 8, ECHO_REPLY = 0, IP_HEAD = 20, ICMP_HEAD = 8, MOST_DATA = 1400 };
enum { SUCCESS = 0, TIMED_OUT = 11010, NO_ROUTE_TO_HOST = 11003 }; /* ipexport.h */

struct l_sockaddr_in {
	uint16_t family, port;
	uint32_t addr;
	uint8_t zero[8];
};

struct echo {
	HANDLE event;
	uint32_t src, dst;
	uint8_t packet[ICMP_HEAD + MOST_DATA];
	size_t len;
	ICMP_ECHO_REPLY *reply;
	DWORD size, timeout;
};

static uint16_t checksum(const uint8_t *bytes, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	if (n % 2)
		sum += (uint32_t)bytes[n - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void compose(struct echo *echo, const void *data, size_t n)
{
	static LONG sequence;
	uint16_t id = (uint16_t)sys_pid(), seq = (uint16_t)InterlockedIncrement(&sequence), sum;
	uint8_t *packet = echo->packet;

	memset(packet, 0, ICMP_HEAD);
	packet[0] = ECHO;
	memcpy(packet + 4, &id, 2);
	memcpy(packet + 6, &seq, 2);
	memcpy(packet + ICMP_HEAD, data, n);
	echo->len = ICMP_HEAD + n;
	sum = checksum(packet, echo->len);
	packet[2] = (uint8_t)(sum >> 8);
	packet[3] = (uint8_t)sum;
}

/* Return: 0 when it is the answer to ours. */
static int is_answer(const struct echo *echo, const uint8_t *packet, int64_t len)
{
	const uint8_t *icmp = packet + (packet[0] & 15) * 4;

	return len >= IP_HEAD + ICMP_HEAD && !memcmp(packet + 12, &echo->dst, 4) &&
	       icmp[0] == ECHO_REPLY && !memcmp(icmp + 4, echo->packet + 4, 4);
}

static void fill_reply(struct echo *echo, ULONG status, ULONG time_ms)
{
	memset(echo->reply, 0, sizeof(*echo->reply));
	echo->reply->Address = echo->dst;
	echo->reply->Status = status;
	echo->reply->RoundTripTime = time_ms;
	if (status == SUCCESS && sizeof(*echo->reply) + echo->len - ICMP_HEAD <= echo->size) {
		echo->reply->DataSize = (USHORT)(echo->len - ICMP_HEAD);
		echo->reply->Data = echo->reply + 1;
		memcpy(echo->reply->Data, echo->packet + ICMP_HEAD, echo->len - ICMP_HEAD);
	}
}

static ULONG wait_for(struct echo *echo, int fd)
{
	uint64_t begun = sys_now_us(), now = begun, end = begun + echo->timeout * 1000ULL;
	uint8_t buf[IP_HEAD + ICMP_HEAD + MOST_DATA + 64];

	for (; now < end; now = sys_now_us()) {
		struct l_pollfd poll = {.fd = fd, .events = L_POLLIN};
		int64_t len = -1;

		if (sys_poll(&poll, 1, (int)((end - now + 999) / 1000)) > 0)
			len = sys_recv(fd, buf, sizeof(buf));
		if (len > 0 && is_answer(echo, buf, len)) {
			fill_reply(echo, SUCCESS, (ULONG)((sys_now_us() - begun) / 1000));
			return SUCCESS;
		}
	}
	return TIMED_OUT;
}

static ULONG send_echo(struct echo *echo)
{
	struct l_sockaddr_in from = {.family = L_AF_INET, .addr = echo->src};
	struct l_sockaddr_in to = {.family = L_AF_INET, .addr = echo->dst};
	int fd = sys_socket(L_AF_INET, RAW, ICMP);
	ULONG status = NO_ROUTE_TO_HOST;

	if (fd < 0)
		return ERROR_ACCESS_DENIED;
	if (echo->src && sys_bind(fd, &from, sizeof(from)) < 0)
		status = ERROR_INVALID_NETNAME;
	else if (sys_connect(fd, &to, sizeof(to)) == 0 &&
		 sys_send(fd, echo->packet, echo->len) >= 0)
		status = wait_for(echo, fd);
	sys_close(fd);
	if (status != SUCCESS)
		fill_reply(echo, status, 0);
	return status;
}

static DWORD WINAPI send_later(void *context)
{
	struct echo *echo = context;

	send_echo(echo);
	SetEvent(echo->event);
	free(echo);
	return 0;
}

static DWORD begin_echo(HANDLE event, IPAddr src, IPAddr dst, const void *data, WORD n, void *reply,
			DWORD size, DWORD timeout)
{
	struct echo *echo;
	HANDLE thread;
	ULONG status;

	if (!reply || size < sizeof(ICMP_ECHO_REPLY) || n > MOST_DATA)
		return ERROR_INVALID_PARAMETER;
	echo = calloc(1, sizeof(*echo));
	if (!echo)
		return ERROR_NOT_ENOUGH_MEMORY;
	*echo = (struct echo){.event = event,
			      .src = src,
			      .dst = dst,
			      .reply = reply,
			      .size = size,
			      .timeout = timeout};
	compose(echo, data, n);
	if (!event) {
		status = send_echo(echo);
		free(echo);
		return status;
	}
	thread = CreateThread(NULL, 0, send_later, echo, 0, NULL);
	if (!thread) {
		free(echo);
		return ERROR_NOT_ENOUGH_MEMORY;
	}
	CloseHandle(thread);
	return ERROR_IO_PENDING;
}

static DWORD journaled(HANDLE event, IPAddr src, IPAddr dst, const void *data, WORD n, void *reply,
		       DWORD size, DWORD timeout)
{
	IPAddr both[2] = {src, dst};

	CALL("IcmpSendEcho2Ex", both, sizeof(both),
	     begin_echo(event, src, dst, data, n, reply, size, timeout));
}

EXPORT DWORD WINAPI IcmpSendEcho2Ex(HANDLE file, HANDLE event, void *apc, PVOID context, IPAddr src,
				    IPAddr dst, LPVOID data, WORD n, PIP_OPTION_INFORMATION options,
				    LPVOID reply, DWORD size, DWORD timeout);

EXPORT DWORD WINAPI IcmpSendEcho2Ex(HANDLE file, HANDLE event, void *apc, PVOID context, IPAddr src,
				    IPAddr dst, LPVOID data, WORD n, PIP_OPTION_INFORMATION options,
				    LPVOID reply, DWORD size, DWORD timeout)
{
	DWORD code = file && !apc ? journaled(event, src, dst, data, n, reply, size, timeout)
				  : ERROR_INVALID_PARAMETER;

	(void)context;
	(void)options;
	SetLastError(code);
	return code == NO_ERROR;
}

EXPORT DWORD WINAPI IcmpSendEcho(HANDLE file, IPAddr dst, LPVOID data, WORD n,
				 PIP_OPTION_INFORMATION options, LPVOID reply, DWORD size,
				 DWORD timeout)
{
	return IcmpSendEcho2Ex(file, NULL, NULL, NULL, 0, dst, data, n, options, reply, size,
			       timeout);
}

EXPORT ULONG WINAPI IcmpParseReplies(LPVOID reply, DWORD size)
{
	return size >= sizeof(ICMP_ECHO_REPLY) && ((ICMP_ECHO_REPLY *)reply)->Status == SUCCESS;
}

EXPORT HANDLE WINAPI IcmpCreateFile(VOID)
{
	return CreateEventW(NULL, TRUE, FALSE, NULL);
}

EXPORT BOOL WINAPI IcmpCloseHandle(HANDLE file)
{
	return CloseHandle(file);
}
