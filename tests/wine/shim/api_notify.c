/* SPDX-License-Identifier: MIT */
/*
 * Idea: each registration is a thread with a socket of rtnetlink. As Windows does, it hands over a
 * row that names no more than what changed, and ending it from its own callback never returns.
 */
#include "rows.h"

#include "nl.h"
#include "sys.h"
#include "wire.h"

#include <stdlib.h>
#include <string.h>

enum kind { OF_ROUTES, OF_LINKS, OF_ADDRS };

struct watch {
	enum kind kind;
	ADDRESS_FAMILY family;
	int hears, stops;
	HANDLE thread;
	void *context;
	union {
		PIPFORWARD_CHANGE_CALLBACK route;
		PIPINTERFACE_CHANGE_CALLBACK link;
		PUNICAST_IPADDRESS_CHANGE_CALLBACK addr;
	} callback;
};

static void tell(const struct watch *watch, uint32_t index, MIB_NOTIFICATION_TYPE type)
{
	bool initial = type == MibInitialNotification;

	if (watch->kind == OF_ROUTES) {
		MIB_IPFORWARD_ROW2 row = {.InterfaceIndex = index};

		watch->callback.route(watch->context, initial ? NULL : &row, type);
	} else if (watch->kind == OF_LINKS) {
		MIB_IPINTERFACE_ROW row = {.Family = watch->family, .InterfaceIndex = index};

		watch->callback.link(watch->context, initial ? NULL : &row, type);
	} else {
		MIB_UNICASTIPADDRESS_ROW row = {.InterfaceIndex = index};

		row.Address.si_family = watch->family == AF_INET6 ? AF_INET6 : AF_INET;
		watch->callback.addr(watch->context, initial ? NULL : &row, type);
	}
}

static void tell_message(const struct watch *watch, const struct nlmsghdr *h)
{
	switch (h->type) {
	case NEWROUTE:
	case DELROUTE:
		tell(watch, 0, h->type == NEWROUTE ? MibAddInstance : MibDeleteInstance);
		break;
	case NEWADDR:
	case DELADDR:
		tell(watch, ((const struct ifaddrmsg *)(const void *)(h + 1))->index,
		     h->type == NEWADDR ? MibAddInstance : MibDeleteInstance);
		break;
	default:
		tell(watch, ((const struct ifinfomsg *)(const void *)(h + 1))->index,
		     h->type == NEWLINK ? MibParameterNotification : MibDeleteInstance);
	}
}

/* Sources hang on addresses: the routes get theirs anew before anybody is told. */
static void hear(const struct watch *watch, uint8_t *buf, size_t room)
{
	int64_t len = sys_recv(watch->hears, buf, room);
	const uint8_t *at = buf;

	if (watch->kind == OF_ADDRS)
		world_sync();
	if (len < 0) { /* messages were lost */
		tell(watch, 0, MibParameterNotification);
		return;
	}
	while ((size_t)len >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *h = (const void *)at;
		uint32_t step = (h->len + 3U) & ~3U;

		if (h->len < sizeof(*h) || h->len > len)
			return;
		tell_message(watch, h);
		at += step;
		len -= step < len ? step : len;
	}
}

static DWORD WINAPI run(void *context)
{
	enum { ROOM = 64 * 1024 };
	struct watch *watch = context;
	uint8_t *buf = malloc(ROOM);
	struct l_pollfd fds[] = {{.fd = watch->hears, .events = L_POLLIN},
				 {.fd = watch->stops, .events = L_POLLIN}};

	while (buf && sys_poll(fds, 2, -1) > 0 && !fds[1].revents)
		hear(watch, buf, ROOM);
	free(buf);
	return 0;
}

static unsigned groups_of(const struct watch *watch)
{
	static const unsigned GROUPS[][2] = {[OF_ROUTES] = {NL_ROUTE4, NL_ROUTE6},
					     [OF_LINKS] = {NL_LINK, NL_LINK},
					     [OF_ADDRS] = {NL_ADDR4, NL_ADDR6}};

	return (watch->family != AF_INET6 ? GROUPS[watch->kind][0] : 0U) |
	       (watch->family != AF_INET ? GROUPS[watch->kind][1] : 0U);
}

static void discard(struct watch *watch)
{
	if (watch->hears >= 0)
		sys_close(watch->hears);
	if (watch->stops >= 0)
		sys_close(watch->stops);
	free(watch);
}

static DWORD begin(struct watch *made, BOOLEAN initial, HANDLE *ret)
{
	struct watch *watch;

	*ret = NULL;
	if (made->family != AF_UNSPEC && !family_of_windows(made->family))
		return ERROR_INVALID_PARAMETER;
	watch = malloc(sizeof(*watch));
	if (!watch)
		return ERROR_NOT_ENOUGH_MEMORY;
	*watch = *made;
	watch->hears = nl_open(groups_of(watch));
	watch->stops = sys_eventfd();
	if (watch->hears < 0 || watch->stops < 0) {
		discard(watch);
		return ERROR_NOT_ENOUGH_MEMORY;
	}
	*ret = watch;
	if (initial)
		tell(watch, 0, MibInitialNotification);
	watch->thread = CreateThread(NULL, 0, run, watch, 0, NULL);
	return NO_ERROR;
}

static DWORD notify_routes(ADDRESS_FAMILY family, PIPFORWARD_CHANGE_CALLBACK callback,
			   void *context, BOOLEAN initial, HANDLE *handle)
{
	struct watch watch = {.kind = OF_ROUTES, .family = family, .context = context};

	watch.callback.route = callback;
	return begin(&watch, initial, handle);
}

EXPORT DWORD WINAPI NotifyRouteChange2(ADDRESS_FAMILY family, PIPFORWARD_CHANGE_CALLBACK callback,
				       PVOID context, BOOLEAN initial, HANDLE *handle)
{
	CALL("NotifyRouteChange2", NULL, 0,
	     notify_routes(family, callback, context, initial, handle));
}

static DWORD notify_links(ADDRESS_FAMILY family, PIPINTERFACE_CHANGE_CALLBACK callback,
			  void *context, BOOLEAN initial, HANDLE *handle)
{
	struct watch watch = {.kind = OF_LINKS, .family = family, .context = context};

	watch.callback.link = callback;
	return begin(&watch, initial, handle);
}

EXPORT DWORD WINAPI NotifyIpInterfaceChange(ADDRESS_FAMILY family,
					    PIPINTERFACE_CHANGE_CALLBACK callback, PVOID context,
					    BOOLEAN initial, HANDLE *handle)
{
	CALL("NotifyIpInterfaceChange", NULL, 0,
	     notify_links(family, callback, context, initial, handle));
}

static DWORD notify_addrs(ADDRESS_FAMILY family, PUNICAST_IPADDRESS_CHANGE_CALLBACK callback,
			  void *context, BOOLEAN initial, HANDLE *handle)
{
	struct watch watch = {.kind = OF_ADDRS, .family = family, .context = context};

	watch.callback.addr = callback;
	return begin(&watch, initial, handle);
}

EXPORT DWORD WINAPI NotifyUnicastIpAddressChange(ADDRESS_FAMILY family,
						 PUNICAST_IPADDRESS_CHANGE_CALLBACK callback,
						 PVOID context, BOOLEAN initial, HANDLE *handle)
{
	CALL("NotifyUnicastIpAddressChange", NULL, 0,
	     notify_addrs(family, callback, context, initial, handle));
}

static DWORD cancel(struct watch *watch)
{
	uint64_t one = 1;

	if (!watch)
		return ERROR_INVALID_PARAMETER;
	sys_write(watch->stops, &one, sizeof(one));
	if (watch->thread) {
		WaitForSingleObject(watch->thread, INFINITE);
		CloseHandle(watch->thread);
	}
	discard(watch);
	return NO_ERROR;
}

EXPORT DWORD WINAPI CancelMibChangeNotify2(HANDLE handle)
{
	CALL("CancelMibChangeNotify2", NULL, 0, cancel(handle));
}
