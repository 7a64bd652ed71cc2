/* SPDX-License-Identifier: MIT */
/*
 * Idea: the right to write is an open file: whoever has ProgramData\route2\lock open for writing
 * shares it for reading only, and Windows closes it with the process, however that ends. Who the
 * holder is stands in it. Only those who may write may open it at all: a reader that shares it with
 * nobody would keep everybody waiting.
 */
#include "os/windows/windows.h"

#include <sddl.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE_MS 1000 /* after that long, say whom we wait for */
#define RETRY_MS    20

#define ACCESS L"D:P(A;;FA;;;SY)(A;;FA;;;BA)" /* SYSTEM and Administrators */

/* Return: the file, or INVALID_HANDLE_VALUE with GetLastError() */
static HANDLE take(const struct r2_windows *win)
{
	SECURITY_ATTRIBUTES attributes = {.nLength = sizeof(attributes)};
	WCHAR path[MAX_PATH + 8];
	HANDLE file;
	DWORD code;

	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
		    ACCESS, SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL))
		return INVALID_HANDLE_VALUE;
	swprintf(path, sizeof(path) / sizeof(*path), L"%ls\\lock", win->dir);
	file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ, &attributes, OPEN_ALWAYS,
			   FILE_ATTRIBUTE_NORMAL, NULL);
	code = GetLastError();
	LocalFree(attributes.lpSecurityDescriptor);
	SetLastError(code);
	return file;
}

static void sign(HANDLE lock)
{
	char text[32];
	DWORD done;
	int n = snprintf(text, sizeof(text), "process %lu\n", GetCurrentProcessId());

	SetEndOfFile(lock);
	WriteFile(lock, text, (DWORD)n, &done, NULL);
}

static void name_holder(const struct r2_windows *win, char *buf, DWORD size)
{
	WCHAR path[MAX_PATH + 8];
	DWORD got = 0;
	HANDLE file;

	swprintf(path, sizeof(path) / sizeof(*path), L"%ls\\lock", win->dir);
	file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
			   OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
	if (file != INVALID_HANDLE_VALUE) {
		if (!ReadFile(file, buf, size - 1, &got, NULL))
			got = 0;
		CloseHandle(file);
	}
	buf[got] = '\0';
	buf[strcspn(buf, "\r\n")] = '\0';
	if (!*buf)
		snprintf(buf, size, "another process");
}

static bool wait_for(struct r2_windows *win, unsigned wait_ms,
		     void (*waiting)(void *ctx, const char *holder), void *ctx,
		     struct r2_error *err)
{
	ULONGLONG begun = GetTickCount64();
	bool told = false;
	char holder[64];

	for (;;) {
		ULONGLONG waited = GetTickCount64() - begun;
		DWORD code;

		win->lock = take(win);
		if (win->lock != INVALID_HANDLE_VALUE)
			return true;
		code = GetLastError();
		if (code != ERROR_SHARING_VIOLATION)
			return r2_win_fail(err, code, "CreateFile", "cannot become the one writer");
		if (waited >= wait_ms) {
			name_holder(win, holder, sizeof(holder));
			r2_error_set(err, R2_FAILED, "%s is changing routes here just now", holder);
			return r2_error_hint(
				err, "try again when it has ended, or wait longer: --wait 5m");
		}
		if (!told && waited >= PATIENCE_MS && waiting) {
			name_holder(win, holder, sizeof(holder));
			waiting(ctx, holder);
			told = true;
		}
		Sleep(RETRY_MS);
	}
}

bool r2_windows_begin(struct r2_os *os, unsigned wait_ms,
		      void (*waiting)(void *ctx, const char *holder), void *ctx,
		      struct r2_error *err)
{
	struct r2_windows *win = r2_windows_of(os);

	if (!r2_win_ledger_dir(win, true, err) || !wait_for(win, wait_ms, waiting, ctx, err))
		return false;
	sign(win->lock);
	if (r2_win_ledger_open(win, err) && r2_win_begin_boot(win, err))
		return true;
	r2_windows_end(os);
	return false;
}

void r2_windows_end(struct r2_os *os)
{
	struct r2_windows *win = r2_windows_of(os);

	r2_win_ledger_close(win);
	if (win->lock != INVALID_HANDLE_VALUE)
		CloseHandle(win->lock);
	win->lock = INVALID_HANDLE_VALUE;
}
