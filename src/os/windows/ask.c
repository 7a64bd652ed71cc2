/* SPDX-License-Identifier: MIT */
/*
 * Idea: Windows lets no program send ARP or ND by itself; ResolveIpNetEntry2() asks for us, three
 * times by its own clock (about three seconds of silence). It throws away the entry of the address
 * first: so a permanent one is read instead of asked, and what a silent one leaves behind is
 * removed.
 */
#include "os/windows/windows.h"

#include <string.h>

/* Windows could not ask. Any other code is silence: which there are is not documented. */
static bool is_failure(DWORD code)
{
	return code == ERROR_ACCESS_DENIED || code == ERROR_INVALID_PARAMETER ||
	       code == ERROR_NOT_SUPPORTED || code == ERROR_NOT_ENOUGH_MEMORY ||
	       code == ERROR_OUTOFMEMORY || code == ERROR_NO_SYSTEM_RESOURCES;
}

static bool ask_one(struct r2_windows *win, const struct r2_link *link, struct r2_ask *ask,
		    struct r2_error *err)
{
	struct r2_neigh neigh = {.ip = ask->target, .link = link->index};
	MIB_IPNET_ROW2 row = r2_win_from_neigh(&win->api, &neigh), old = row;
	SOCKADDR_INET from = r2_win_from_ip(&ask->sender, ask->target.family);
	char text[R2_IP_TEXT];
	DWORD code;

	code = win->api.GetIpNetEntry2(&old);
	if (code == NO_ERROR && old.State == NlnsPermanent) {
		neigh = r2_win_to_neigh(&old);
	} else if (code != NO_ERROR && code != ERROR_NOT_FOUND && code != ERROR_FILE_NOT_FOUND) {
		return r2_win_fail(err, code, "GetIpNetEntry2", "cannot ask for %s",
				   r2_ip_format(&ask->target, text));
	} else {
		row.State = NlnsUnreachable;
		code = win->api.ResolveIpNetEntry2(&row, ask->sender.family ? &from : NULL);
		if (code == NO_ERROR)
			neigh = r2_win_to_neigh(&row);
		else if (is_failure(code))
			return r2_win_fail(err, code, "ResolveIpNetEntry2", "cannot ask for %s",
					   r2_ip_format(&ask->target, text));
		else
			win->api.DeleteIpNetEntry2(&row);
	}
	ask->answered = neigh.mac.len > 0;
	ask->mac = neigh.mac;
	return true;
}

bool r2_windows_ask(struct r2_os *os, const struct r2_link *link, struct r2_ask *asks, size_t n,
		    unsigned tries, unsigned timeout_ms, struct r2_error *err)
{
	struct r2_windows *win = r2_windows_of(os);

	(void)tries; /* Windows has a clock of its own for this */
	(void)timeout_ms;
	if (!R2_HAS(&win->api, GetIpNetEntry2, err) ||
	    !R2_HAS(&win->api, ResolveIpNetEntry2, err) ||
	    !R2_HAS(&win->api, DeleteIpNetEntry2, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!asks[i].answered && !ask_one(win, link, &asks[i], err))
			return false;
	}
	return true;
}
