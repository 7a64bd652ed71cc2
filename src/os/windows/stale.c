/* SPDX-License-Identifier: MIT */
/*
 * Idea: the ledger outlives what it speaks of. While the system runs, what does not stand any more
 * was deleted by somebody else, and is struck out. After a restart it is old: nothing is claimed by
 * it, so that a route which somebody makes at the same place is theirs; but it can be brought back.
 * That the system was started anew is told by a key of the registry that is never written to disk
 * (REG_OPTION_VOLATILE, Microsoft Learn: RegCreateKeyEx).
 */
#include "os/windows/windows.h"

#include <string.h>

#define WAIT_MS 30000 /* for whoever is the one writer now */

/* ---- while the system runs ---- */

static bool concerns(const struct r2_ledger_row *row, enum r2_ledger_kind kind,
		     enum r2_family family)
{
	return !row->gone && !row->old && row->kind == kind &&
	       (family == R2_NONE || row->dst.addr.family == family);
}

void r2_win_look_for(struct r2_windows *win, enum r2_ledger_kind kind, enum r2_family family)
{
	r2_each (struct r2_ledger_row, row, &win->ledger.rows)
		row->seen = row->seen && !concerns(row, kind, family);
}

static bool is_connected(struct r2_windows *win, const struct r2_host *host, uint64_t luid)
{
	const struct r2_link *link;
	struct r2_error unused;
	uint32_t index;

	if (!r2_win_find_index(&win->api, luid, &index, &unused))
		return false;
	link = r2_host_link(host, index);
	return link && (link->flags & R2_LINK_UP) && (link->flags & R2_LINK_CARRIER);
}

void r2_win_strike_unseen(struct r2_windows *win, const struct r2_host *host,
			  enum r2_ledger_kind kind, enum r2_family family)
{
	struct r2_error unused;

	if (win->file == INVALID_HANDLE_VALUE)
		return;
	for (size_t i = 0; i < win->ledger.rows.n; i++) {
		struct r2_ledger_row row = win->ledger.rows.at[i];

		if (concerns(&row, kind, family) && !row.seen && is_connected(win, host, row.link))
			r2_win_ledger_strike(win, &row, &unused);
	}
}

bool r2_win_ledger_drop_old(struct r2_windows *win, const struct r2_ledger_row *route,
			    struct r2_error *err)
{
	if (!win->ledger.boot)
		return true;
	for (size_t i = 0; i < win->ledger.rows.n; i++) {
		struct r2_ledger_row row = win->ledger.rows.at[i];

		if (!row.gone && row.old && row.kind == R2_LEDGER_ROUTE &&
		    row.metric == route->metric && r2_prefix_equal(&row.dst, &route->dst) &&
		    !r2_win_ledger_strike(win, &row, err))
			return false;
	}
	return true;
}

/* ---- after a restart ---- */

static uint64_t make_number(void)
{
	LARGE_INTEGER ticks;
	FILETIME now;

	GetSystemTimeAsFileTime(&now);
	QueryPerformanceCounter(&ticks);
	return ((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) ^
	       (uint64_t)ticks.QuadPart << 20 ^ GetCurrentProcessId();
}

/* Which run of the system this is; 0 if that cannot be told. */
static uint64_t this_boot(void)
{
	static const WCHAR KEY[] = L"SOFTWARE\\route2 run", NAME[] = L"number";
	DWORD size = sizeof(uint64_t), type = 0;
	uint64_t number = 0;
	HKEY key;

	if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, KEY, 0, NULL, REG_OPTION_VOLATILE,
			    KEY_QUERY_VALUE | KEY_SET_VALUE, NULL, &key, NULL))
		return 0;
	if (RegQueryValueExW(key, NAME, NULL, &type, (BYTE *)&number, &size) || type != REG_QWORD ||
	    !number) {
		number = make_number() | 1;
		if (RegSetValueExW(key, NAME, 0, REG_QWORD, (const BYTE *)&number, sizeof(number)))
			number = 0;
	}
	RegCloseKey(key);
	return number;
}

bool r2_win_begin_boot(struct r2_windows *win, struct r2_error *err)
{
	uint64_t boot = this_boot();
	struct r2_ledger_row line = r2_ledger_boot_row(boot);

	return !boot || boot == win->ledger.boot || r2_win_ledger_put(win, &line, err);
}

/* ---- what was ours before ---- */

static struct r2_route route_of(const struct r2_ledger_row *row, uint32_t link)
{
	bool book = row->kind == R2_LEDGER_BOOK;

	return (struct r2_route){
		.dst = row->dst,
		.gateway = row->hop,
		.prefsrc = row->src,
		.metric = row->metric,
		.link = link,
		.table = book ? R2_BOOK_TABLE : R2_MAIN_TABLE,
		.protocol = R2_PROTOCOL,
		.type = R2_TYPE_UNICAST,
		.flags = row->hop.family && (book || row->src.family) ? R2_ROUTE_ONLINK : 0U};
}

static bool recall_row(const struct r2_ledger_row *row, uint32_t link, struct r2_host *host)
{
	struct r2_neigh neigh = {.ip = row->hop,
				 .link = link,
				 .mac = row->mac,
				 .state = R2_NUD_PERMANENT,
				 .protocol = R2_PROTOCOL};
	struct r2_route route = route_of(row, link);

	if (row->kind == R2_LEDGER_NEIGH)
		return r2_list_push(&host->neighs, &neigh);
	return row->kind == R2_LEDGER_SKIP || r2_list_push(&host->routes, &route);
}

bool r2_windows_recall(struct r2_os *os, struct r2_host *ret_host, struct r2_error *err)
{
	struct r2_query query = {.parts = R2_PART_LINKS | R2_PART_ADDRS};
	struct r2_windows *win = r2_windows_of(os);
	bool writes = win->file != INVALID_HANDLE_VALUE, ok;
	struct r2_host host = {0};

	/* Who writes next finds out that the system was started anew. */
	if (!writes && !r2_windows_begin(os, WAIT_MS, NULL, NULL, err))
		return false;
	ok = r2_windows_snapshot(os, &query, &host, err);
	for (size_t i = 0; ok && i < win->ledger.rows.n; i++) {
		const struct r2_ledger_row *row = &win->ledger.rows.at[i];
		uint32_t link = 0;

		if (row->gone || !row->old)
			continue;
		/* An interface that is not there yet keeps its lines for later. */
		ok = r2_win_find_index(&win->api, row->link, &link, err);
		if (ok && link && !recall_row(row, link, &host))
			ok = r2_error_set(err, R2_FAILED, "out of memory");
	}
	if (!writes)
		r2_windows_end(os);
	if (!ok) {
		r2_host_free(&host);
		return false;
	}
	*ret_host = host;
	return true;
}
