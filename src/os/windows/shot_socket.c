/* SPDX-License-Identifier: MIT */
/*
 * Idea: sockets as any program has them. What they are bound to, or what Windows bound them to, is
 * the source that left; how connect() and recv() end is the answer.
 */
#include "os/windows/shots.h"

#include <mstcpip.h>
#include <string.h>

static const char WORDS[] = "route2 asks: is anybody there?";

static int name_of(const struct r2_ip *ip, uint16_t port, uint32_t link, SOCKADDR_INET *ret)
{
	*ret = r2_win_from_ip(ip, ip->family);
	ret->Ipv4.sin_port = htons(port); /* where IPv6 has it too */
	if (ip->family == R2_IPV6 && r2_ip_is_link_local(ip))
		ret->Ipv6.sin6_scope_id = link;
	return ip->family == R2_IPV6 ? (int)sizeof(ret->Ipv6) : (int)sizeof(ret->Ipv4);
}

/* A TCP socket may know it only when it is connected: till then the word of a UDP one stands. */
static void note_source(SOCKET sock, struct r2_leaving *left)
{
	SOCKADDR_INET own;
	int len = sizeof(own);
	struct r2_ip ip;

	memset(&own, 0, sizeof(own));
	if (getsockname(sock, (struct sockaddr *)&own, &len))
		return;
	ip = r2_win_to_ip(&own);
	if (ip.family)
		left->src = ip;
}

/* One probe is one SYN: else Windows repeats it even after a reset, for seconds
 * (SIO_TCP_INITIAL_RTO, Microsoft Learn; since Windows 8). */
static void ask_once(SOCKET sock)
{
	TCP_INITIAL_RTO_PARAMETERS once = {.Rtt = TCP_INITIAL_RTO_DEFAULT_RTT,
					   .MaxSynRetransmissions =
						   TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS};
	DWORD unused;

	(void)WSAIoctl(sock, SIO_TCP_INITIAL_RTO, &once, sizeof(once), NULL, 0, &unused, NULL,
		       NULL);
}

static bool open_socket(struct r2_campaign *campaign, size_t index, struct r2_error *err)
{
	const struct r2_shot *probe = &campaign->probing->probes[index];
	bool tcp = probe->by == R2_BY_TCP;
	SOCKET sock = socket(probe->dst.family == R2_IPV6 ? AF_INET6 : AF_INET,
			     tcp ? SOCK_STREAM : SOCK_DGRAM, tcp ? IPPROTO_TCP : IPPROTO_UDP);
	const struct linger at_once = {.l_onoff = 1};

	if (sock == INVALID_SOCKET)
		return r2_win_fail(err, (DWORD)WSAGetLastError(), "socket", "cannot send probes");
	campaign->asked[index].sock = sock;
	if (WSAEventSelect(sock, campaign->bell, FD_CONNECT | FD_READ | FD_CLOSE))
		return r2_win_fail(err, (DWORD)WSAGetLastError(), "WSAEventSelect",
				   "cannot send probes");
	/* What it may have connected to is let go by a reset: nothing of it stays. */
	if (tcp) {
		setsockopt(sock, SOL_SOCKET, SO_LINGER, (const char *)&at_once, sizeof(at_once));
		ask_once(sock);
	}
	return true;
}

/* Return: 0 or why not. What has another source than asked for (Wine's UDP) is not sent. */
static int send_socket(SOCKET sock, struct r2_shot *probe)
{
	SOCKADDR_INET name;
	int len = name_of(&probe->src, 0, probe->link, &name);

	if (probe->src.family && bind(sock, (const struct sockaddr *)&name, len))
		return WSAGetLastError();
	len = name_of(&probe->dst, probe->port, probe->link, &name);
	if (connect(sock, (const struct sockaddr *)&name, len) &&
	    WSAGetLastError() != WSAEWOULDBLOCK)
		return WSAGetLastError();
	note_source(sock, &probe->left);
	if (probe->src.family && !r2_ip_equal(&probe->left.src, &probe->src))
		return WSAEADDRNOTAVAIL;
	if (probe->by == R2_BY_UDP && send(sock, WORDS, sizeof(WORDS) - 1, 0) < 0)
		return WSAGetLastError();
	return 0;
}

static void shut(struct r2_asked *asked)
{
	closesocket(asked->sock);
	asked->sock = INVALID_SOCKET;
}

bool r2_shot_connect(struct r2_campaign *campaign, size_t index, struct r2_error *err)
{
	struct r2_shot *probe = &campaign->probing->probes[index];
	struct r2_asked *asked = &campaign->asked[index];
	int code;

	if (!open_socket(campaign, index, err))
		return false;
	asked->sent_us = r2_win_now_us();
	code = send_socket(asked->sock, probe);
	probe->failed = code ? r2_win_errno((DWORD)code) : 0;
	if (!code)
		return true;
	probe->left = (struct r2_leaving){0};
	shut(asked);
	return true;
}

static void note_answer(struct r2_campaign *campaign, size_t index, bool declined)
{
	struct r2_shot *probe = &campaign->probing->probes[index];
	int64_t sent = campaign->asked[index].sent_us;

	note_source(campaign->asked[index].sock, &probe->left);
	probe->answer = (struct r2_coming){.seen = true,
					   .heard = true,
					   .declined = declined,
					   .rejected = declined && probe->by == R2_BY_UDP,
					   .usec = (uint64_t)(r2_win_now_us() - sent)};
}

/* Connected, or a reset; whatever else ends it is nobody's answer. */
static void hear_tcp(struct r2_campaign *campaign, size_t index)
{
	struct r2_asked *asked = &campaign->asked[index];
	WSANETWORKEVENTS events;
	int code;

	if (WSAEnumNetworkEvents(asked->sock, NULL, &events) ||
	    !(events.lNetworkEvents & (FD_CONNECT | FD_CLOSE)))
		return;
	code = events.lNetworkEvents & FD_CONNECT ? events.iErrorCode[FD_CONNECT_BIT] : 0;
	if (!code || code == WSAECONNREFUSED)
		note_answer(campaign, index, code != 0);
	shut(asked);
}

/* A datagram, or that nobody listens: WSAECONNRESET (recv(), Microsoft Learn). It is looked for, as
 * nobody promises an event for the latter; Wine tells it by the event alone. */
static void hear_udp(struct r2_campaign *campaign, size_t index)
{
	struct r2_asked *asked = &campaign->asked[index];
	WSANETWORKEVENTS events = {0};
	int code = 0;
	char byte;

	WSAEnumNetworkEvents(asked->sock, NULL, &events);
	if (recv(asked->sock, &byte, 1, 0) < 0)
		code = WSAGetLastError();
	if (code == WSAEWOULDBLOCK && (events.lNetworkEvents & FD_CLOSE))
		code = events.iErrorCode[FD_CLOSE_BIT];
	if (code == WSAEWOULDBLOCK)
		return;
	if (!code || code == WSAEMSGSIZE)
		note_answer(campaign, index, false);
	else if (code == WSAECONNRESET || code == WSAECONNREFUSED)
		note_answer(campaign, index, true);
	shut(asked);
}

void r2_shot_hear(struct r2_campaign *campaign, size_t index)
{
	if (campaign->asked[index].sock == INVALID_SOCKET)
		return;
	if (campaign->probing->probes[index].by == R2_BY_TCP)
		hear_tcp(campaign, index);
	else
		hear_udp(campaign, index);
}
