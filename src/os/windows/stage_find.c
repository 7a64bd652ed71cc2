/* SPDX-License-Identifier: MIT */
/*
 * Idea: nobody works over an interface that has no address but those it gave itself; and among such
 * interfaces a loopback adapter is there for nothing else than tests.
 */
#include "os/windows/stage.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define ETHERNET 6 /* IF_TYPE_ETHERNET_CSMACD, ipifcons.h */

static bool is_spare(const struct r2_host *host, const struct r2_link *link)
{
	struct r2_error unused;

	if (!r2_stage_fits(host, link, &unused))
		return false;
	r2_each (const struct r2_addr, addr, &host->addrs)
		if (addr->link == link->index && !r2_ip_is_link_local(&addr->ip) &&
		    !r2_stage_is_test(&addr->ip)) /* of a run that was killed */
			return false;
	return true;
}

/* sshd says `CLIENT PORT SERVER PORT`: is the server's address on this interface? */
static bool carries_session(const struct r2_host *host, const struct r2_link *link)
{
	const char *session = getenv("SSH_CONNECTION"), *at = session;
	char text[R2_IP_TEXT] = "";
	const struct r2_addr *addr;
	struct r2_ip ip;

	for (int i = 0; at && i < 2; i++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	if (!at || strcspn(at, " %") >= sizeof(text))
		return false;
	memcpy(text, at, strcspn(at, " %"));
	addr = r2_ip_parse(text, &ip) ? r2_host_addr(host, &ip, link->index) : NULL;
	return addr && addr->link == link->index;
}

/* 2: a loopback adapter, 1: another spare one, 0: not to be used. */
static int rank(const struct r2_host *host, const MIB_IF_ROW2 *row)
{
	const struct r2_link *link = r2_host_link(host, row->InterfaceIndex);

	if (!link || row->Type != ETHERNET || !is_spare(host, link) || carries_session(host, link))
		return 0;
	return wcsstr(row->Description, L"Loopback") || wcsstr(row->Description, L"KM-TEST") ? 2
											     : 1;
}

static uint32_t best_of(const struct r2_host *host, const MIB_IF_TABLE2 *table)
{
	uint32_t found = 0;
	int best = 0;

	for (ULONG i = 0; i < table->NumEntries; i++) {
		int now = rank(host, &table->Table[i]);

		if (now > best) {
			best = now;
			found = table->Table[i].InterfaceIndex;
		}
	}
	return found;
}

static bool choose(struct r2_stage *stage, const struct r2_host *host, uint32_t *ret,
		   struct r2_error *err)
{
	const struct r2_iphlp *api = r2_stage_api(stage);
	PMIB_IF_TABLE2 table = NULL;
	DWORD code = api->GetIfTable2(&table);

	if (code)
		return r2_win_fail(err, code, "GetIfTable2", "cannot read the interfaces");
	*ret = best_of(host, table);
	api->FreeMibTable(table);
	if (*ret)
		return true;
	r2_error_set(err, R2_FAILED,
		     "there is no loopback or spare adapter, up and without address "
		     "and default route");
	return r2_error_hint(err,
			     "add a loopback adapter: hdwwiz.exe, from a list, network "
			     "adapters, Microsoft KM-TEST Loopback Adapter (or `devcon install "
			     "%%windir%%\\inf\\netloop.inf *MSLOOP`); or name a spare one: dev "
			     "IFACE");
}

bool r2_stage_find(struct r2_stage *stage, const char *dev, struct r2_error *err)
{
	struct r2_query query = {.parts = R2_PART_LINKS | R2_PART_ADDRS | R2_PART_ROUTES};
	const struct r2_link *link = NULL;
	struct r2_host host;
	uint32_t index = 0;
	bool ok = true;

	if (!stage->os->ops->snapshot(stage->os, &query, &host, err))
		return false;
	if (dev)
		link = r2_host_link_named(&host, dev);
	else if ((ok = choose(stage, &host, &index, err)))
		link = r2_host_link(&host, index);
	if (link)
		stage->link = *link;
	r2_host_free(&host);
	if (ok && !link) {
		r2_error_set(err, R2_FAILED, "there is no interface %.100s", dev ? dev : "");
		return r2_error_hint(err, "`netsh interface show interface` lists their names");
	}
	return ok;
}
