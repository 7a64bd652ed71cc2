/* SPDX-License-Identifier: MIT */
/* The stage on Windows: an adapter that nobody needs, addresses of the active store alone. */
#include "os/windows/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS  10000 /* duplicate address detection takes three seconds */
#define CLEARING_MS  5000  /* more than that Windows does not wait for a handler of CLOSE */
#define SWITCH_MS    30000 /* an adapter's driver is unloaded and loaded */
#define DISCARD_PORT 9     /* RFC 863 */
#define FIRST        "192.0.2.12"

/* A MAC that no card has (IEEE 802: locally administered): no gateway answers on a loopback. */
static const struct r2_mac NOBODY = {6, {0x02, 0x72, 0x32, 0x00, 0x00, 0x01}};

static volatile LONG interrupted;
static HANDLE cleared; /* what was put on the stage has been taken away */

struct r2_windows_stage *r2_windows_stage_of(struct r2_stage *stage)
{
	return (struct r2_windows_stage *)(void *)stage; /* its first member */
}

const struct r2_iphlp *r2_stage_api(struct r2_stage *stage)
{
	return &r2_windows_of(stage->os)->api;
}

/* Runs in a thread of its own. Windows ends the program when this returns from CLOSE and later. */
static BOOL WINAPI on_ctrl(DWORD kind)
{
	InterlockedExchange(&interrupted, 1);
	if (kind != CTRL_C_EVENT && kind != CTRL_BREAK_EVENT)
		WaitForSingleObject(cleared, CLEARING_MS);
	return TRUE;
}

bool r2_stage_interrupted(struct r2_stage *stage)
{
	(void)stage;
	return interrupted != 0;
}

/* ---- addresses ---- */

MIB_UNICASTIPADDRESS_ROW r2_stage_address_row(struct r2_stage *stage, const struct r2_ip *ip)
{
	MIB_UNICASTIPADDRESS_ROW row;

	/* As InitializeUnicastIpAddressEntry() leaves it, which Wine lacks. */
	memset(&row, 0, sizeof(row));
	row.PrefixOrigin = IpPrefixOriginUnchanged;
	row.SuffixOrigin = IpSuffixOriginUnchanged;
	row.Address = r2_win_from_ip(ip, ip->family);
	row.InterfaceLuid = r2_windows_stage_of(stage)->luid;
	return row;
}

/* Duplicate address detection runs first (RFC 5227, RFC 4862). */
static bool wait_preferred(struct r2_stage *stage, const struct r2_ip *ip, struct r2_error *err)
{
	const struct r2_iphlp *api = r2_stage_api(stage);
	ULONGLONG until = GetTickCount64() + PATIENCE_MS;
	char text[R2_IP_TEXT];

	for (;;) {
		MIB_UNICASTIPADDRESS_ROW row = r2_stage_address_row(stage, ip);
		DWORD code = api->GetUnicastIpAddressEntry(&row);

		if (code)
			return r2_win_fail(err, code, "GetUnicastIpAddressEntry",
					   "the address %s is not there", r2_ip_format(ip, text));
		if (row.DadState == IpDadStatePreferred)
			return true;
		if (GetTickCount64() > until)
			return r2_error_set(
				err, R2_FAILED,
				"the address %s does not get into service (DadState %d)",
				r2_ip_format(ip, text), (int)row.DadState);
		Sleep(10);
	}
}

bool r2_stage_address(struct r2_stage *stage, const struct r2_ip *ip, bool skip,
		      struct r2_error *err)
{
	MIB_UNICASTIPADDRESS_ROW row = r2_stage_address_row(stage, ip);
	char text[R2_IP_TEXT];
	DWORD code;

	row.OnLinkPrefixLength = ip->family == R2_IPV4 ? R2_STAGE_SUBNET4 : R2_STAGE_SUBNET6;
	row.ValidLifetime = row.PreferredLifetime = R2_STAGE_LIFETIME;
	row.SkipAsSource = skip;
	row.DadState = IpDadStatePreferred;
	code = r2_stage_api(stage)->CreateUnicastIpAddressEntry(&row);
	if (code)
		return r2_win_fail(err, code, "CreateUnicastIpAddressEntry",
				   "cannot add the address %s", r2_ip_format(ip, text));
	return wait_preferred(stage, ip, err);
}

bool r2_stage_address_del(struct r2_stage *stage, const struct r2_ip *ip, struct r2_error *err)
{
	MIB_UNICASTIPADDRESS_ROW row = r2_stage_address_row(stage, ip);
	char text[R2_IP_TEXT];
	DWORD code = r2_stage_api(stage)->DeleteUnicastIpAddressEntry(&row);

	return !code || r2_win_fail(err, code, "DeleteUnicastIpAddressEntry",
				    "cannot remove the address %s", r2_ip_format(ip, text));
}

bool r2_stage_foreign(struct r2_stage *stage, const struct r2_route *route, struct r2_error *err)
{
	const struct r2_iphlp *api = r2_stage_api(stage);
	MIB_IPFORWARD_ROW2 row = r2_win_from_route(api, route);
	char text[R2_PREFIX_TEXT];
	DWORD code;

	row.Protocol = MIB_IPPROTO_NT_STATIC; /* as `route add` has it (routprot.h) */
	code = api->CreateIpForwardEntry2(&row);
	return !code ||
	       r2_win_fail(err, code, "CreateIpForwardEntry2", "cannot add the route to %s",
			   r2_prefix_name(&route->dst, text));
}

/* ---- packets ---- */

/* Nothing hears it: Windows lets no program see frames. */
bool r2_stage_packet(struct r2_stage *stage, const struct r2_ip *dst, struct r2_frame *ret,
		     struct r2_error *err)
{
	SOCKADDR_INET to = r2_win_from_ip(dst, dst->family);
	SOCKET sock = socket(to.si_family, SOCK_DGRAM, IPPROTO_UDP);
	int len = dst->family == R2_IPV6 ? (int)sizeof(to.Ipv6) : (int)sizeof(to.Ipv4);
	char text[R2_IP_TEXT];
	DWORD code = 0;

	(void)stage;
	*ret = (struct r2_frame){0};
	to.Ipv4.sin_port = htons(DISCARD_PORT); /* where IPv6 has it too */
	if (sock == INVALID_SOCKET || connect(sock, (const struct sockaddr *)&to, len) ||
	    send(sock, "", 1, 0) != 1)
		code = (DWORD)WSAGetLastError();
	if (sock != INVALID_SOCKET)
		closesocket(sock);
	return !code ||
	       r2_win_fail(err, code, "send", "cannot send to %s", r2_ip_format(dst, text));
}

bool r2_stage_claim(struct r2_stage *stage, const struct r2_ip *ip, const struct r2_mac *mac,
		    struct r2_error *err)
{
	(void)stage;
	(void)ip;
	(void)mac;
	return r2_error_set(err, R2_FAILED, "nobody speaks for a far side on Windows");
}

/* ---- the interface ---- */

bool r2_stage_row(struct r2_stage *stage, MIB_IF_ROW2 *ret, struct r2_error *err)
{
	const struct r2_iphlp *api = r2_stage_api(stage);
	PMIB_IF_TABLE2 table = NULL;
	DWORD code = api->GetIfTable2(&table);
	bool found = false;

	if (code)
		return r2_win_fail(err, code, "GetIfTable2", "cannot read the interfaces");
	for (ULONG i = 0; !found && i < table->NumEntries; i++) {
		found = table->Table[i].InterfaceLuid.Value ==
			r2_windows_stage_of(stage)->luid.Value;
		if (found)
			*ret = table->Table[i];
	}
	api->FreeMibTable(table);
	return found || r2_error_set(err, R2_FAILED, "the interface has gone");
}

bool r2_stage_carrier(struct r2_stage *stage, bool on, struct r2_error *err)
{
	(void)stage;
	(void)on;
	return r2_error_set(err, R2_FAILED, "a carrier is nothing that a program takes away");
}

bool r2_stage_enable(struct r2_stage *stage, bool on, struct r2_error *err)
{
	const struct r2_iphlp *api = r2_stage_api(stage);
	ULONGLONG until = GetTickCount64() + SWITCH_MS;
	MIB_IFROW row = {.dwIndex = stage->link.index,
			 .dwAdminStatus = on ? MIB_IF_ADMIN_STATUS_UP : MIB_IF_ADMIN_STATUS_DOWN};
	MIB_IF_ROW2 now;
	DWORD code;

	if (!R2_HAS(api, SetIfEntry, err))
		return false;
	code = api->SetIfEntry(&row);
	if (code)
		return r2_win_fail(err, code, "SetIfEntry", "cannot switch the interface %s",
				   on ? "on" : "off");
	/* Off it may not be in the table at all; on it may have another index. */
	while (r2_stage_row(stage, &now, err) ? (now.OperStatus == IfOperStatusUp) != on : on) {
		if (GetTickCount64() > until)
			return r2_error_set(err, R2_FAILED, "the interface %s",
					    on ? "does not come up" : "stays up");
		Sleep(20);
	}
	if (on)
		stage->link.index = now.InterfaceIndex;
	return true;
}

/* ---- the whole ---- */

static bool has_functions(const struct r2_iphlp *api, struct r2_error *err)
{
	return R2_HAS(api, GetIfTable2, err) && R2_HAS(api, CreateUnicastIpAddressEntry, err) &&
	       R2_HAS(api, DeleteUnicastIpAddressEntry, err) &&
	       R2_HAS(api, GetUnicastIpAddressEntry, err) &&
	       R2_HAS(api, GetUnicastIpAddressTable, err) &&
	       R2_HAS(api, CreateIpForwardEntry2, err) && R2_HAS(api, DeleteIpForwardEntry2, err) &&
	       R2_HAS(api, DeleteIpNetEntry2, err);
}

static bool has_ipv6(struct r2_stage *stage)
{
	struct r2_query query = {.parts = R2_PART_ADDRS, .family = R2_IPV6};
	struct r2_error unused;
	struct r2_host host;
	bool found = false;

	if (!stage->os->ops->snapshot(stage->os, &query, &host, &unused))
		return false;
	r2_each (const struct r2_addr, addr, &host.addrs) /* with IPv6, there is fe80:: at least */
		found = found || addr->link == stage->link.index;
	r2_host_free(&host);
	return found;
}

static void tell_kind(struct r2_stage *stage)
{
	char driver[120] = "?";
	struct r2_error unused;
	MIB_IF_ROW2 row;

	if (r2_stage_row(stage, &row, &unused))
		WideCharToMultiByte(CP_UTF8, 0, row.Description, -1, driver, sizeof(driver), NULL,
				    NULL);
	driver[sizeof(driver) - 1] = '\0';
	snprintf(stage->kind, sizeof(stage->kind), "an adapter of this host, driver %s", driver);
}

/* Not elevated is one error, and not one at every point. */
static bool may_change(struct r2_stage *stage, struct r2_error *err)
{
	struct r2_ip ip;

	return r2_ip_parse(FIRST, &ip) && r2_stage_address(stage, &ip, false, err) &&
	       r2_stage_address_del(stage, &ip, err);
}

static bool open_stage(struct r2_windows_stage *ws, const struct r2_stage_options *options,
		       struct r2_error *err)
{
	struct r2_stage *stage = &ws->stage;

	stage->os = r2_system_open(options->netns, err);
	if (!stage->os || !has_functions(r2_stage_api(stage), err) ||
	    !r2_stage_begin(stage, options, err) || !r2_stage_find(stage, options->dev, err))
		return false;
	ws->luid.Value = r2_win_luid(r2_stage_api(stage), stage->link.index);
	stage->gateway = NOBODY;
	stage->can = options->disruptive ? R2_STAGE_DISABLE : 0;
	if (has_ipv6(stage))
		stage->can |= R2_STAGE_IPV6;
	tell_kind(stage);
	cleared = CreateEventW(NULL, TRUE, FALSE, NULL);
	SetConsoleCtrlHandler(on_ctrl, TRUE);
	if (r2_stage_take(stage, err) && may_change(stage, err))
		return true;
	SetEvent(cleared);
	return false;
}

static void let_go(struct r2_windows_stage *ws)
{
	SetConsoleCtrlHandler(on_ctrl, FALSE);
	if (ws->stage.os)
		ws->stage.os->ops->close(ws->stage.os);
	free(ws);
}

struct r2_stage *r2_stage_open(const struct r2_stage_options *options, struct r2_error *err)
{
	struct r2_windows_stage *ws = calloc(1, sizeof(*ws));

	if (!ws) {
		r2_error_set(err, R2_FAILED, "out of memory");
		return NULL;
	}
	if (open_stage(ws, options, err))
		return &ws->stage;
	let_go(ws);
	return NULL;
}

bool r2_stage_close(struct r2_stage *stage, struct r2_error *err)
{
	bool ok = r2_stage_clear(stage, err);

	SetEvent(cleared);
	let_go(r2_windows_stage_of(stage));
	return ok;
}
