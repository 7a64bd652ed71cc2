/* SPDX-License-Identifier: MIT */
/*
 * Idea: Windows tells of routes, addresses and interfaces, but what it tells is incomplete
 * (Microsoft Learn: NotifyRouteChange2), so a callback only marks what to read again. Of neighbours
 * it tells nothing: a thread looks at the permanent ones each second.
 *
 * Routes of all programs are told of, and where one dials up and down they come in bursts: a burst
 * is told as one. Our own changes are told of too. They cost one reading that finds nothing to do,
 * and so end.
 */
#include "os/windows/wake.h"
#include "os/windows/windows.h"

#include <process.h>
#include <stdlib.h>

#define LOOK_MS  1000
#define BURST_MS 100

struct r2_ear {
	const struct r2_iphlp *api;
	struct r2_wake wake;
	volatile LONG changes; /* enum r2_change_of */
	HANDLE told[3], thread, stop, route;
};

static void mark(struct r2_ear *ear, LONG change)
{
	InterlockedOr(&ear->changes, change);
	r2_wake_call(&ear->wake);
}

/* ---- what Windows tells ---- */

static void WINAPI on_route(void *ctx, PMIB_IPFORWARD_ROW2 row, MIB_NOTIFICATION_TYPE type)
{
	const struct r2_ear *ear = ctx;

	(void)row;
	(void)type;
	SetEvent(ear->route);
}

static void WINAPI on_address(void *ctx, PMIB_UNICASTIPADDRESS_ROW row, MIB_NOTIFICATION_TYPE type)
{
	(void)row;
	(void)type;
	mark(ctx, R2_CHANGE_ADDRS);
}

static void WINAPI on_interface(void *ctx, PMIB_IPINTERFACE_ROW row, MIB_NOTIFICATION_TYPE type)
{
	(void)row;
	(void)type;
	mark(ctx, R2_CHANGE_LINKS);
}

static bool subscribe(struct r2_ear *ear, struct r2_error *err)
{
	const struct r2_iphlp *api = ear->api;
	DWORD code;

	if (!R2_HAS(api, NotifyRouteChange2, err) ||
	    !R2_HAS(api, NotifyUnicastIpAddressChange, err) ||
	    !R2_HAS(api, NotifyIpInterfaceChange, err) ||
	    !R2_HAS(api, CancelMibChangeNotify2, err) || !R2_HAS(api, GetIpNetTable2, err))
		return false;
	code = api->NotifyRouteChange2(AF_UNSPEC, on_route, ear, FALSE, &ear->told[0]);
	if (code)
		return r2_win_fail(err, code, "NotifyRouteChange2", "cannot hear of changes");
	code = api->NotifyUnicastIpAddressChange(AF_UNSPEC, on_address, ear, FALSE, &ear->told[1]);
	if (code)
		return r2_win_fail(err, code, "NotifyUnicastIpAddressChange",
				   "cannot hear of changes");
	code = api->NotifyIpInterfaceChange(AF_UNSPEC, on_interface, ear, FALSE, &ear->told[2]);
	return !code || r2_win_fail(err, code, "NotifyIpInterfaceChange", "cannot hear of changes");
}

/* ---- what it does not tell ---- */

/* FNV-1a (draft-eastlake-fnv) */
static uint64_t mix(uint64_t hash, const void *data, size_t n)
{
	const uint8_t *at = data;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* Of all permanent ones, in whatever order they come. */
static uint64_t look(const struct r2_ear *ear, ADDRESS_FAMILY family)
{
	PMIB_IPNET_TABLE2 table = NULL;
	uint64_t sum = 0;

	if (ear->api->GetIpNetTable2(family, &table))
		return 0;
	for (ULONG i = 0; i < table->NumEntries; i++) {
		const MIB_IPNET_ROW2 *row = &table->Table[i];
		struct r2_ip ip = r2_win_to_ip(&row->Address);
		uint64_t hash = UINT64_C(0xcbf29ce484222325);

		if (row->State != NlnsPermanent)
			continue;
		hash = mix(hash, &row->InterfaceLuid, sizeof(row->InterfaceLuid));
		hash = mix(hash, ip.bytes, sizeof(ip.bytes));
		sum += mix(hash, row->PhysicalAddress, row->PhysicalAddressLength);
	}
	ear->api->FreeMibTable(table);
	return sum;
}

static unsigned __stdcall keep_looking(void *arg)
{
	struct r2_ear *ear = arg;
	const HANDLE events[2] = {ear->stop, ear->route};
	uint64_t before = look(ear, AF_INET) + look(ear, AF_INET6), now;
	ULONGLONG next = GetTickCount64() + LOOK_MS, time;
	DWORD which;

	for (;;) {
		time = GetTickCount64();
		which = WaitForMultipleObjects(2, events, FALSE,
					       time < next ? (DWORD)(next - time) : 0);
		if (which == WAIT_OBJECT_0)
			return 0;
		if (which == WAIT_OBJECT_0 + 1) {
			WaitForSingleObject(ear->stop, BURST_MS);
			ResetEvent(ear->route);
			mark(ear, R2_CHANGE_ROUTES);
			continue;
		}
		now = look(ear, AF_INET) + look(ear, AF_INET6);
		if (now != before)
			mark(ear, R2_CHANGE_NEIGHS);
		before = now;
		next = GetTickCount64() + LOOK_MS;
	}
}

/* ---- the seam ---- */

static void free_ear(struct r2_ear *ear)
{
	/* Waits for a callback that runs; never called by one. */
	for (size_t i = 0; i < sizeof(ear->told) / sizeof(*ear->told); i++) {
		if (ear->told[i])
			ear->api->CancelMibChangeNotify2(ear->told[i]);
	}
	if (ear->thread) {
		SetEvent(ear->stop);
		WaitForSingleObject(ear->thread, INFINITE);
		CloseHandle(ear->thread);
	}
	if (ear->stop)
		CloseHandle(ear->stop);
	if (ear->route)
		CloseHandle(ear->route);
	r2_wake_close(&ear->wake);
	free(ear);
}

static bool start(struct r2_ear *ear, struct r2_error *err)
{
	if (ear->stop && ear->route)
		ear->thread = (HANDLE)_beginthreadex(NULL, 0, keep_looking, ear, 0, NULL);
	return ear->thread ||
	       r2_win_fail(err, GetLastError(), "CreateThread", "cannot look at neighbours");
}

int r2_windows_ear_open(struct r2_os *os, struct r2_os *other, struct r2_error *err)
{
	struct r2_windows *win = r2_windows_of(os);
	struct r2_ear *ear = calloc(1, sizeof(*ear));

	(void)other;
	if (!ear || !r2_wake_open(&ear->wake, err)) {
		if (!ear)
			r2_error_set(err, R2_FAILED, "out of memory");
		free(ear);
		return -1;
	}
	ear->api = &win->api;
	ear->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
	ear->route = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (!subscribe(ear, err) || !start(ear, err)) {
		free_ear(ear);
		return -1;
	}
	win->ear = ear;
	return (int)ear->wake.ours;
}

unsigned r2_windows_ear_hear(struct r2_os *os, int unused)
{
	struct r2_ear *ear = r2_windows_of(os)->ear;

	(void)unused; /* a handle has one */
	r2_wake_clear(&ear->wake);
	return (unsigned)InterlockedExchange(&ear->changes, 0);
}

void r2_windows_ear_close(struct r2_os *os, int unused)
{
	struct r2_windows *win = r2_windows_of(os);

	(void)unused;
	if (win->ear)
		free_ear(win->ear);
	win->ear = NULL;
}
