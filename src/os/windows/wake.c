/* SPDX-License-Identifier: MIT */
#include "os/windows/wake.h"

#include <string.h>

static bool bind_one(SOCKET sock, struct sockaddr_in *ret_name)
{
	struct sockaddr_in name;
	int len = sizeof(name);

	memset(&name, 0, sizeof(name));
	name.sin_family = AF_INET;
	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return bind(sock, (const struct sockaddr *)&name, len) == 0 &&
	       getsockname(sock, (struct sockaddr *)ret_name, &len) == 0;
}

/* Connected both ways, neither hears from anybody else. */
static bool join(SOCKET a, SOCKET b)
{
	struct sockaddr_in of_a, of_b;
	u_long yes = 1;

	return bind_one(a, &of_a) && bind_one(b, &of_b) &&
	       connect(a, (const struct sockaddr *)&of_b, sizeof(of_b)) == 0 &&
	       connect(b, (const struct sockaddr *)&of_a, sizeof(of_a)) == 0 &&
	       ioctlsocket(a, (long)FIONBIO, &yes) == 0 && ioctlsocket(b, (long)FIONBIO, &yes) == 0;
}

bool r2_wake_open(struct r2_wake *wake, struct r2_error *err)
{
	*wake = (struct r2_wake){.ours = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP),
				 .theirs = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)};
	if (wake->ours != INVALID_SOCKET && wake->theirs != INVALID_SOCKET &&
	    join(wake->ours, wake->theirs))
		return true;
	r2_win_fail(err, (DWORD)WSAGetLastError(), "connect",
		    "cannot make sockets on 127.0.0.1 that wake the watch");
	r2_wake_close(wake);
	return false;
}

void r2_wake_call(struct r2_wake *wake)
{
	if (!InterlockedExchange(&wake->called, 1))
		send(wake->theirs, "", 1, 0);
}

void r2_wake_clear(struct r2_wake *wake)
{
	char unused[16];

	while (recv(wake->ours, unused, sizeof(unused), 0) >= 0)
		;
	InterlockedExchange(&wake->called, 0);
}

void r2_wake_close(struct r2_wake *wake)
{
	if (wake->ours != INVALID_SOCKET)
		closesocket(wake->ours);
	if (wake->theirs != INVALID_SOCKET)
		closesocket(wake->theirs);
	wake->ours = wake->theirs = INVALID_SOCKET;
}
