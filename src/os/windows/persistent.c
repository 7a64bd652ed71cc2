/* SPDX-License-Identifier: MIT */
/*
 * Idea: route2 writes the active store alone, but a route of the active store may be somebody's
 * persistent one too (`route -p`), and then it is not ours to delete. Microsoft Learn, `route`:
 * those are in the registry, under Tcpip\Parameters\PersistentRoutes; each is the name of a value,
 * DESTINATION,MASK,GATEWAY,METRIC. What netsh makes persistent is kept where no document says.
 */
#include "os/windows/windows.h"

#include <string.h>

#define WHERE L"SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\\PersistentRoutes"

enum { NAME = 128 };

/* The next address of a name, which is cut there. */
static bool next_ip(char **at, struct r2_ip *ret)
{
	size_t len = strcspn(*at, ",");
	bool more = (*at)[len];

	(*at)[len] = '\0';
	if (!r2_ip_parse(*at, ret))
		return false;
	*at += len + more;
	return true;
}

static bool says(char *name, const struct r2_route *route)
{
	struct r2_ip dst, mask, gateway;
	uint8_t len;

	return next_ip(&name, &dst) && next_ip(&name, &mask) && next_ip(&name, &gateway) &&
	       r2_netmask_length(&mask, &len) && len == route->dst.len &&
	       r2_ip_equal(&dst, &route->dst.addr) && r2_ip_equal(&gateway, &route->gateway);
}

bool r2_win_is_persistent(const struct r2_route *route)
{
	bool found = false;
	HKEY key;

	if (route->dst.addr.family != R2_IPV4 || !route->gateway.family ||
	    RegOpenKeyExW(HKEY_LOCAL_MACHINE, WHERE, 0, KEY_QUERY_VALUE, &key))
		return false;
	for (DWORD i = 0; !found; i++) {
		WCHAR wide[NAME];
		char name[NAME * 3];
		DWORD len = NAME;
		LSTATUS code = RegEnumValueW(key, i, wide, &len, NULL, NULL, NULL, NULL);

		if (code == ERROR_NO_MORE_ITEMS)
			break;
		found = !code &&
			WideCharToMultiByte(CP_UTF8, 0, wide, -1, name, sizeof(name), NULL, NULL) &&
			says(name, route);
	}
	RegCloseKey(key);
	return found;
}
