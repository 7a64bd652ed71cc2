/* SPDX-License-Identifier: MIT */
/*
 * Idea: Windows shows no frame to a program and sends none that a program made. So probes are those
 * of any program: echoes by threads of the pool, sockets for the rest; unbound for what is
 * installed, else bound to the source. What left is what an unbound socket, GetBestRoute2() and the
 * neighbour table tell.
 *
 * An echo cannot be called off: who ends early leaves it to its thread.
 */
#include "os/windows/shots.h"

#include "core/select.h"
#include "os/windows/pool.h"

#include <stdlib.h>

#define TICK_MS 100 /* how often it is asked whether this is enough, when nothing is heard */

/**
 * struct r2_echo_task - an echo that a thread waits for
 * @bell: its own handle of the campaign's
 * @until_us: when the campaign ends
 * @begun, @done: by the thread; @refs: the thread's, and ours
 */
struct r2_echo_task {
	const struct r2_iphlp *api;
	struct r2_echo echo;
	HANDLE bell;
	int64_t until_us;
	volatile LONG begun, done, refs;
};

/* ---- echoes ---- */

static void let_go(struct r2_echo_task *task)
{
	if (InterlockedDecrement(&task->refs))
		return;
	CloseHandle(task->bell);
	free(task);
}

static void CALLBACK wait_for_echo(PTP_CALLBACK_INSTANCE instance, void *ctx)
{
	struct r2_echo_task *task = ctx;
	int64_t left_us = task->until_us - r2_win_now_us();

	CallbackMayRunLong(instance);
	if (left_us > 0) {
		InterlockedExchange(&task->begun, 1);
		if (task->echo.wait_ms > left_us / 1000 + 1)
			task->echo.wait_ms = (DWORD)(left_us / 1000 + 1);
		r2_win_echo(task->api, &task->echo);
		InterlockedExchange(&task->done, 1);
	}
	SetEvent(task->bell);
	let_go(task);
}

/* The campaign's event may be gone before the echo is back. */
static bool share_bell(HANDLE bell, HANDLE *ret)
{
	HANDLE self = GetCurrentProcess();

	return DuplicateHandle(self, bell, self, ret, 0, FALSE, DUPLICATE_SAME_ACCESS);
}

static bool can_echo(const struct r2_iphlp *api, bool six, struct r2_error *err)
{
	if (six)
		return R2_HAS(api, Icmp6CreateFile, err) && R2_HAS(api, Icmp6SendEcho2, err) &&
		       R2_HAS(api, IcmpCloseHandle, err);
	return R2_HAS(api, IcmpCreateFile, err) && R2_HAS(api, IcmpSendEcho2Ex, err) &&
	       R2_HAS(api, IcmpCloseHandle, err);
}

static bool send_echo(struct r2_campaign *campaign, size_t index, int64_t until_us,
		      struct r2_error *err)
{
	const struct r2_shot *probe = &campaign->probing->probes[index];
	struct r2_echo_task *task = calloc(1, sizeof(*task));

	if (!task)
		return r2_error_set(err, R2_FAILED, "out of memory");
	if (!can_echo(&campaign->win->api, probe->dst.family == R2_IPV6, err)) {
		free(task);
		return false;
	}
	/* Windows does not tell which source an unbound echo took: it gets that of a socket. */
	*task = (struct r2_echo_task){.api = &campaign->win->api,
				      .echo = {.src = probe->left.src,
					       .dst = probe->dst,
					       .link = probe->link,
					       .size = probe->size,
					       .wait_ms = campaign->probing->wait_ms},
				      .until_us = until_us,
				      .refs = 2};
	if (!share_bell(campaign->bell, &task->bell) ||
	    !r2_win_pool_run(campaign->win->probers, wait_for_echo, task)) {
		r2_win_fail(err, GetLastError(), "TrySubmitThreadpoolCallback",
			    "cannot send probes");
		if (task->bell)
			CloseHandle(task->bell);
		free(task);
		return false;
	}
	campaign->asked[index].task = task;
	return true;
}

static bool hear_echo(struct r2_campaign *campaign, size_t index, struct r2_error *err)
{
	struct r2_asked *asked = &campaign->asked[index];
	struct r2_shot *probe = &campaign->probing->probes[index];
	struct r2_echo_task *task = asked->task;
	DWORD broke;

	if (!task || !InterlockedCompareExchange(&task->done, 0, 0))
		return true;
	probe->failed = task->echo.failed;
	if (probe->failed)
		probe->left = (struct r2_leaving){0};
	probe->objection = task->echo.objection;
	if (task->echo.answered)
		probe->answer = (struct r2_coming){.seen = true,
						   .heard = true,
						   .ttl = task->echo.ttl,
						   .usec = task->echo.usec};
	broke = task->echo.broke;
	asked->task = NULL;
	let_go(task);
	return !broke ||
	       r2_win_fail(err, broke,
			   probe->dst.family == R2_IPV6 ? "Icmp6SendEcho2" : "IcmpSendEcho2Ex",
			   "cannot send echoes");
}

/* ---- what leaves ---- */

static struct r2_shot *find_alike(struct r2_campaign *campaign, size_t index)
{
	struct r2_shot *probes = campaign->probing->probes;

	for (size_t i = 0; i < campaign->probing->n; i++) {
		if (i != index && probes[i].left.seen &&
		    r2_ip_equal(&probes[i].dst, &probes[index].dst) &&
		    r2_ip_equal(&probes[i].src, &probes[index].src))
			return &probes[i];
	}
	return NULL;
}

/* Which way Windows says that it goes; the same for all that are alike. */
static bool note_way(struct r2_campaign *campaign, size_t index, struct r2_error *err)
{
	struct r2_shot *probe = &campaign->probing->probes[index];
	const struct r2_shot *alike = find_alike(campaign, index);
	struct r2_answer answer;

	if (alike) {
		probe->left = alike->left;
		return true;
	}
	/* Of a source that is on another interface, nobody promises an answer: then it is not
	 * tried. */
	if (!r2_windows_lookup(&campaign->win->os, &probe->dst,
			       probe->src.family ? &probe->src : NULL, &answer, err))
		return probe->src.family != R2_NONE;
	if (answer.error)
		return true;
	probe->left = (struct r2_leaving){
		.seen = true, .link = answer.link, .src = answer.source, .hop = answer.gateway};
	return true;
}

/* Whom the neighbour table has for the next hop, now that it was needed. */
static bool note_mac(struct r2_campaign *campaign, struct r2_leaving *left, const struct r2_ip *dst,
		     struct r2_error *err)
{
	const struct r2_iphlp *api = &campaign->win->api;
	struct r2_neigh neigh = {.ip = left->hop.family ? left->hop : *dst, .link = left->link};
	MIB_IPNET_ROW2 row = r2_win_from_neigh(api, &neigh);
	char text[R2_IP_TEXT];
	DWORD code;

	if (!R2_HAS(api, GetIpNetEntry2, err))
		return false;
	code = api->GetIpNetEntry2(&row);
	if (code && !r2_win_gone(code))
		return r2_win_fail(err, code, "GetIpNetEntry2", "cannot tell where %s is",
				   r2_ip_format(&neigh.ip, text));
	if (!code && row.State != NlnsUnreachable && row.State != NlnsIncomplete)
		left->to = r2_win_to_neigh(&row).mac;
	return true;
}

static bool note_macs(struct r2_campaign *campaign, struct r2_error *err)
{
	struct r2_shot *probes = campaign->probing->probes;

	for (size_t i = 0; i < campaign->probing->n; i++) {
		const struct r2_shot *alike = find_alike(campaign, i);

		if (!probes[i].left.seen)
			continue;
		if (alike && alike < &probes[i])
			probes[i].left.to = alike->left.to;
		else if (!note_mac(campaign, &probes[i].left, &probes[i].dst, err))
			return false;
	}
	return true;
}

/* ---- the run ---- */

static bool send_one(struct r2_campaign *campaign, size_t index, int64_t until_us,
		     struct r2_error *err)
{
	struct r2_shot *probe = &campaign->probing->probes[index];

	if (!note_way(campaign, index, err))
		return false;
	probe->sent = true;
	if (!probe->left.seen) {
		probe->failed = R2_ENETUNREACH;
		return true;
	}
	return probe->by == R2_BY_ICMP ? send_echo(campaign, index, until_us, err)
				       : r2_shot_connect(campaign, index, err);
}

/* Return: false on failure; *@ret_next: when the next is due, in ms since the begin, or -1. */
static bool send_due(struct r2_campaign *campaign, int64_t begun_us, int64_t until_us,
		     int64_t *ret_next, struct r2_error *err)
{
	int64_t elapsed_ms = (r2_win_now_us() - begun_us) / 1000;

	*ret_next = -1;
	for (size_t i = 0; i < campaign->probing->n; i++) {
		const struct r2_shot *probe = &campaign->probing->probes[i];

		if (probe->sent)
			continue;
		if (probe->at_ms > elapsed_ms) {
			if (*ret_next < 0 || probe->at_ms < *ret_next)
				*ret_next = probe->at_ms;
		} else if (!send_one(campaign, i, until_us, err)) {
			return false;
		}
	}
	return true;
}

static bool hear(struct r2_campaign *campaign, int64_t wait_ms, struct r2_error *err)
{
	bool ok = true;

	wait_ms = wait_ms > TICK_MS ? TICK_MS : wait_ms < 0 ? 0 : wait_ms;
	WaitForSingleObject(campaign->bell, (DWORD)wait_ms);
	for (size_t i = 0; ok && i < campaign->probing->n; i++) {
		ok = hear_echo(campaign, i, err);
		r2_shot_hear(campaign, i);
	}
	return ok;
}

static bool run(struct r2_campaign *campaign, struct r2_error *err)
{
	struct r2_probing *probing = campaign->probing;
	int64_t begun = r2_win_now_us(), last = 0, until, next, wait;

	for (size_t i = 0; i < probing->n; i++)
		last = probing->probes[i].at_ms > last ? probing->probes[i].at_ms : last;
	until = begun + (last + probing->wait_ms) * 1000;
	for (;;) {
		if (!send_due(campaign, begun, until, &next, err))
			return false;
		wait = (next < 0 ? until : begun + next * 1000) - r2_win_now_us();
		if (next < 0 && wait <= 0)
			return true;
		if (!hear(campaign, wait / 1000 + 1, err))
			return false;
		if (probing->enough &&
		    probing->enough(probing->ctx, (unsigned)((r2_win_now_us() - begun) / 1000)))
			return true;
	}
}

static bool begin(struct r2_campaign *campaign, struct r2_error *err)
{
	size_t n = campaign->probing->n;

	campaign->asked = calloc(n + 1, sizeof(*campaign->asked));
	if (!campaign->asked || n > R2_PROBES_MAX)
		return r2_error_set(err, R2_FAILED, "out of memory");
	for (size_t i = 0; i < n; i++)
		campaign->asked[i].sock = INVALID_SOCKET;
	campaign->bell = CreateEventW(NULL, FALSE, FALSE, NULL);
	return campaign->bell
		       ? r2_win_pool(campaign->win, err)
		       : r2_win_fail(err, GetLastError(), "CreateEvent", "cannot send probes");
}

static void end_one(struct r2_campaign *campaign, size_t index)
{
	struct r2_asked *asked = &campaign->asked[index];

	if (asked->sock != INVALID_SOCKET)
		closesocket(asked->sock);
	if (!asked->task)
		return;
	/* No thread came to it in time. */
	if (!InterlockedCompareExchange(&asked->task->begun, 0, 0))
		campaign->probing->probes[index].sent = false;
	let_go(asked->task);
}

static void end(struct r2_campaign *campaign)
{
	for (size_t i = 0; campaign->asked && i < campaign->probing->n; i++)
		end_one(campaign, i);
	free(campaign->asked);
	if (campaign->bell)
		CloseHandle(campaign->bell);
}

bool r2_windows_probe(struct r2_os *os, struct r2_probing *probing, struct r2_error *err)
{
	struct r2_campaign campaign = {.win = r2_windows_of(os), .probing = probing};
	bool ok = begin(&campaign, err) && run(&campaign, err) && note_macs(&campaign, err);

	end(&campaign);
	return ok;
}
