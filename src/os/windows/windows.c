/* SPDX-License-Identifier: MIT */
/* Idea: the handle, and the table that joins the files of this directory to the seam. */
#include "os/windows/windows.h"

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
	r2_windows_end(os);
	r2_ledger_free(&win->ledger);
	FreeLibrary(win->api.dll);
	WSACleanup();
	free(win);
}

/* ---- what the watch would hear: not yet ---- */

static bool no_watch(struct r2_error *err)
{
	return r2_error_set(err, R2_FAILED, "the watch does not run on Windows yet");
}

static bool wire_open(struct r2_os *os, const struct r2_link *link, struct r2_wire *ret_wire,
		      struct r2_error *err)
{
	(void)os;
	(void)link;
	(void)ret_wire;
	return no_watch(err);
}

static bool wire_ask(struct r2_wire *wire, const struct r2_question *question, struct r2_error *err)
{
	(void)wire;
	(void)question;
	return no_watch(err);
}

static bool wire_hear(struct r2_wire *wire, unsigned most,
		      void (*each)(void *ctx, const struct r2_claim *claim), void *ctx)
{
	(void)wire;
	(void)most;
	(void)each;
	(void)ctx;
	return false;
}

static void wire_close(struct r2_wire *wire)
{
	*wire = (struct r2_wire){0};
}

static int ear_open(struct r2_os *os, struct r2_os *other, struct r2_error *err)
{
	(void)os;
	(void)other;
	no_watch(err);
	return -1;
}

static unsigned ear_hear(int ear)
{
	(void)ear;
	return 0;
}

static const struct r2_os_ops windows_ops = {
	.name = "windows",
	.begin = r2_windows_begin,
	.end = r2_windows_end,
	.shield = shield,
	.snapshot = r2_windows_snapshot,
	.apply = r2_windows_apply,
	.lookup = r2_windows_lookup,
	.ask = r2_windows_ask,
	.wire_open = wire_open,
	.wire_ask = wire_ask,
	.wire_hear = wire_hear,
	.wire_close = wire_close,
	.ear_open = ear_open,
	.ear_hear = ear_hear,
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
