/* SPDX-License-Identifier: MIT */
/*
 * Idea: two witnesses. GetBestRoute2() says which route and which source; an unbound socket,
 * connected, has the source that a program would really send from. Where they differ the socket is
 * believed: it has met what GetBestRoute2() does not look at, such as a connection policy.
 */
#include "os/windows/windows.h"

#include "core/select.h"

#include <string.h>

#define DISCARD_PORT                                                                               \
	9 /* RFC 863; nothing is sent: connect() of a datagram socket only looks up                \
	   */

/* What befalls packets, rather than our question. */
static bool is_unreachable(DWORD code)
{
	return code == ERROR_FILE_NOT_FOUND || code == ERROR_NOT_FOUND ||
	       code == ERROR_NETWORK_UNREACHABLE || code == ERROR_HOST_UNREACHABLE ||
	       code == WSAENETUNREACH || code == WSAEHOSTUNREACH;
}

/* Return: what befell connect(); R2_NONE in @ret_source if no socket could be asked. */
int r2_win_socket_source(const struct r2_ip *dst, struct r2_ip *ret_source)
{
	SOCKADDR_INET to = r2_win_from_ip(dst, dst->family), from;
	int len = dst->family == R2_IPV6 ? (int)sizeof(to.Ipv6) : (int)sizeof(to.Ipv4);
	int from_len = sizeof(from), code = 0;
	SOCKET sock = socket(to.si_family, SOCK_DGRAM, IPPROTO_UDP);

	*ret_source = (struct r2_ip){0};
	if (sock == INVALID_SOCKET)
		return WSAGetLastError();
	to.Ipv4.sin_port = htons(DISCARD_PORT); /* where IPv6 has it too */
	memset(&from, 0, sizeof(from));
	if (connect(sock, (const struct sockaddr *)&to, len) != 0)
		code = WSAGetLastError();
	else if (getsockname(sock, (struct sockaddr *)&from, &from_len) == 0)
		*ret_source = r2_win_to_ip(&from);
	closesocket(sock);
	return code;
}

/* The document wants an interface; the best one is asked for first, as OpenVPN does. */
static DWORD best_route(struct r2_windows *win, const struct r2_ip *dst, const struct r2_ip *src,
			MIB_IPFORWARD_ROW2 *ret_row, SOCKADDR_INET *ret_source)
{
	SOCKADDR_INET to = r2_win_from_ip(dst, dst->family);
	SOCKADDR_INET from = src ? r2_win_from_ip(src, src->family) : to;
	NET_IFINDEX index = 0;
	DWORD code = win->api.GetBestInterfaceEx((struct sockaddr *)&to, &index);

	if (code)
		return code;
	return win->api.GetBestRoute2(NULL, index, src ? &from : NULL, &to, 0, ret_row, ret_source);
}

/* The second witness. Return: false if packets get nowhere. */
static bool hear_socket(const struct r2_ip *dst, struct r2_answer *answer)
{
	struct r2_ip seen;

	if (is_unreachable((DWORD)r2_win_socket_source(dst, &seen)))
		return false;
	if (seen.family && !r2_ip_equal(&seen, &answer->source)) {
		answer->tabled = answer->source;
		answer->source = seen;
	}
	return true;
}

bool r2_windows_lookup(struct r2_os *os, const struct r2_ip *dst, const struct r2_ip *src,
		       struct r2_answer *ret_answer, struct r2_error *err)
{
	struct r2_windows *win = r2_windows_of(os);
	struct r2_answer answer = {.type = R2_TYPE_UNICAST, .table = R2_MAIN_TABLE};
	const struct r2_ledger_row *known;
	struct r2_ledger_row key;
	MIB_IPFORWARD_ROW2 row;
	SOCKADDR_INET source;
	char text[R2_IP_TEXT];
	DWORD code;

	if (!R2_HAS(&win->api, GetBestInterfaceEx, err) || !R2_HAS(&win->api, GetBestRoute2, err))
		return false;
	memset(&row, 0, sizeof(row));
	memset(&source, 0, sizeof(source));
	code = best_route(win, dst, src, &row, &source);
	if (code && !is_unreachable(code))
		return r2_win_fail(err, code, "GetBestRoute2", "cannot look up %s",
				   r2_ip_format(dst, text));
	if (code) {
		*ret_answer = (struct r2_answer){.error = R2_ENETUNREACH};
		return true;
	}
	answer.match = r2_win_to_route(&row);
	key = r2_ledger_row_of(&answer.match, row.InterfaceLuid.Value);
	known = r2_ledger_find(&win->ledger, &key);
	if (known && known->metric == answer.match.metric) {
		answer.match.protocol = R2_PROTOCOL;
		answer.match.prefsrc = known->src;
	}
	answer.source = r2_win_to_ip(&source);
	answer.gateway = answer.match.gateway;
	answer.link = answer.match.link;
	if (src)
		answer.source = *src;
	else if (!hear_socket(dst, &answer))
		answer = (struct r2_answer){.error = R2_ENETUNREACH};
	*ret_answer = answer;
	return true;
}
