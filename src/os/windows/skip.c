/* SPDX-License-Identifier: MIT */
/*
 * Idea: SkipAsSource of an address that is there, set and taken back (SetUnicastIpAddressEntry(),
 * Microsoft Learn). Whoever else had set it keeps it: only what the ledger has is ever taken back.
 */
#include "os/windows/windows.h"

#include <string.h>

static bool fail(DWORD code, const char *call, const struct r2_addr *addr, struct r2_error *err)
{
	char text[R2_IP_TEXT];

	return r2_win_fail(err, code, call, "cannot set SkipAsSource of %s",
			   r2_ip_format(&addr->ip, text));
}

static MIB_UNICASTIPADDRESS_ROW row_of(const struct r2_addr *addr, uint64_t luid)
{
	MIB_UNICASTIPADDRESS_ROW row;

	memset(&row, 0, sizeof(row));
	row.Address = r2_win_from_ip(&addr->ip, addr->ip.family);
	row.InterfaceIndex = addr->link;
	row.InterfaceLuid.Value = luid;
	return row;
}

/* Read back: it is what all the rest stands on. */
static bool write(struct r2_windows *win, MIB_UNICASTIPADDRESS_ROW *row, const struct r2_addr *addr,
		  bool skip, struct r2_error *err)
{
	DWORD code;

	row->SkipAsSource = skip;
	code = win->api.SetUnicastIpAddressEntry(row);
	if (code)
		return fail(code, "SetUnicastIpAddressEntry", addr, err);
	code = win->api.GetUnicastIpAddressEntry(row);
	if (code)
		return fail(code, "GetUnicastIpAddressEntry", addr, err);
	return row->SkipAsSource == skip ||
	       fail(ERROR_INVALID_DATA, "SetUnicastIpAddressEntry", addr, err);
}

/* Should it fail, the claim stays: it may have been done all the same, and is undone by its
 * inverse, or swept by the next change. */
static bool set(struct r2_windows *win, MIB_UNICASTIPADDRESS_ROW *row, const struct r2_addr *addr,
		const struct r2_ledger_row *claim, struct r2_error *err)
{
	return r2_win_ledger_put(win, claim, err) && write(win, row, addr, true, err);
}

bool r2_windows_apply_skip(struct r2_windows *win, const struct r2_op *op, struct r2_error *err)
{
	const struct r2_addr *addr = &op->addr;
	MIB_UNICASTIPADDRESS_ROW row;
	struct r2_ledger_row claim;
	uint64_t luid;
	DWORD code;

	if (!r2_win_need_luid(&win->api, addr->link, &luid, err))
		return false;
	row = row_of(addr, luid);
	claim = r2_ledger_row_of_skip(&addr->ip, luid);
	if (op->kind == R2_OP_SKIP_CLEAR && !r2_ledger_find(&win->ledger, &claim))
		return true;
	if (!R2_HAS(&win->api, GetUnicastIpAddressEntry, err) ||
	    !R2_HAS(&win->api, SetUnicastIpAddressEntry, err))
		return false;
	code = win->api.GetUnicastIpAddressEntry(&row);
	if (r2_win_gone(code) && op->kind == R2_OP_SKIP_CLEAR)
		return r2_win_ledger_strike(win, &claim, err);
	if (code)
		return fail(code, "GetUnicastIpAddressEntry", addr, err);
	if (op->kind == R2_OP_SKIP_SET)
		return row.SkipAsSource || set(win, &row, addr, &claim, err);
	return (!row.SkipAsSource || write(win, &row, addr, false, err)) &&
	       r2_win_ledger_strike(win, &claim, err);
}
