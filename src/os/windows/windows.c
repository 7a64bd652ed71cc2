/* SPDX-License-Identifier: MIT */
/* Idea: the handle, and the table that joins the files of this directory to the seam. */
#include "os/windows/windows.h"
#include "os/control.h"
#include "os/windows/pool.h"

#include <stdlib.h>
#include <string.h>

struct r2_windows *r2_windows_of(struct r2_os *os)
{
	return (struct r2_windows *)(void *)os; /* its first member */
}

/* Ctrl-C and a closed console end a program at once: not while a change is half done. */
static void shield(struct r2_os *os, bool on)
{
	(void)os;
	SetConsoleCtrlHandler(NULL, on);
}

/* Windows has one table of routes, and no names for it. */
static bool table(struct r2_os *os, const char *name, uint32_t *ret_number)
{
	(void)os;
	if (strcmp(name, "main") != 0)
		return false;
	*ret_number = R2_MAIN_TABLE;
	return true;
}

static const char *table_name(struct r2_os *os, uint32_t number)
{
	(void)os;
	return number == R2_MAIN_TABLE ? "main" : NULL;
}

static void close_windows(struct r2_os *os)
{
	struct r2_windows *win;

	if (!os)
		return;
	win = r2_windows_of(os);
	r2_windows_ear_close(os, 0);
	r2_windows_probers_end(win);
	r2_windows_end(os);
	r2_ledger_free(&win->ledger);
	if (win->fwp.dll)
		FreeLibrary(win->fwp.dll);
	FreeLibrary(win->api.dll);
	WSACleanup();
	free(win);
}

static const struct r2_os_ops windows_ops = {
	.name = "windows",
	/* Windows repeats an unanswered ARP question each second by itself, and times threads and
	 * timers by a clock of 15.6 ms. */
	.limits = {.interval_min_us = 1000000,
		   .timeout_min_us = 50000,
		   .asks_all = true,
		   .hears_answers = true,
		   .sees_no_frames = true,
		   .makes_no_frames = true,
		   .probes_max = R2_POOL_THREADS},
	.begin = r2_windows_begin,
	.end = r2_windows_end,
	.shield = shield,
	.snapshot = r2_windows_snapshot,
	.apply = r2_windows_apply,
	.lookup = r2_windows_lookup,
	.ask = r2_windows_ask,
	.probe = r2_windows_probe,
	.policy = r2_windows_policy,
	.recall = r2_windows_recall,
	.wire_open = r2_windows_wire_open,
	.wire_ask = r2_windows_wire_ask,
	.wire_hear = r2_windows_wire_hear,
	.wire_close = r2_windows_wire_close,
	.ear_open = r2_windows_ear_open,
	.ear_hear = r2_windows_ear_hear,
	.ear_close = r2_windows_ear_close,
	.tell = r2_control_tell,
	.table = table,
	.table_name = table_name,
	.close = close_windows,
};

struct r2_os *r2_windows_open(struct r2_error *err)
{
	struct r2_windows *win = calloc(1, sizeof(*win));
	WSADATA data;
	int code;

	if (!win) {
		r2_error_set(err, R2_FAILED, "out of memory");
		return NULL;
	}
	win->os.ops = &windows_ops;
	win->os.system = R2_SYSTEM_WINDOWS;
	win->lock = win->file = INVALID_HANDLE_VALUE;
	code = WSAStartup(MAKEWORD(2, 2), &data);
	if (code) {
		r2_win_fail(err, (DWORD)code, "WSAStartup", "cannot use sockets");
		free(win);
		return NULL;
	}
	if (!r2_iphlp_load(&win->api, err)) {
		WSACleanup();
		free(win);
		return NULL;
	}
	return &win->os;
}

struct r2_os *r2_system_open(const char *netns, struct r2_error *err)
{
	if (netns) {
		r2_error_set(err, R2_USAGE, "-n %.100s: Windows has no network namespaces", netns);
		return NULL;
	}
	return r2_windows_open(err);
}
