/* SPDX-License-Identifier: MIT */
/*
 * Keepers are programs started anew, `route2 confirm keep PROCESS EVENT`, without a console and out
 * of the job of whoever runs us. Each holds a file open for as long as it lives, so that after a
 * kill, or a boot, it is plain that none is there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "cli/confirm.h"

#define READY_MS 15000
#define TURN_MS  50
#define WIDE     (R2_PENDING_PATH + 32)

static HANDLE held = INVALID_HANDLE_VALUE; /* closed when the process ends */

int64_t r2_keeper_now(void)
{
	return (int64_t)GetTickCount64();
}

static HANDLE open_beside(const char *path, const char *ending, DWORD access, DWORD share,
			  DWORD how)
{
	SECURITY_ATTRIBUTES inherited = {.nLength = sizeof(inherited), .bInheritHandle = TRUE};
	char text[WIDE];
	WCHAR wide[WIDE];

	snprintf(text, sizeof(text), "%s%s", path, ending);
	if (!MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, WIDE))
		return INVALID_HANDLE_VALUE;
	return CreateFileW(wide, access, share, strcmp(ending, ".log") == 0 ? &inherited : NULL,
			   how, FILE_ATTRIBUTE_NORMAL, NULL);
}

static void hold(const struct r2_pending *pending)
{
	/* Who looks whether it is held has it alone for a moment. */
	for (unsigned i = 0; held == INVALID_HANDLE_VALUE && i < 100; i++) {
		if (i > 0)
			Sleep(10);
		held = open_beside(pending->path, ".kept", GENERIC_READ | GENERIC_WRITE,
				   FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
				   OPEN_ALWAYS);
	}
}

bool r2_keeper_none(const struct r2_pending *pending, int64_t late_ms)
{
	HANDLE alone = open_beside(pending->path, ".kept", GENERIC_READ, 0, OPEN_EXISTING);

	(void)late_ms; /* time says less: clocks begin anew at boot, and the folder stays */
	if (alone == INVALID_HANDLE_VALUE)
		return GetLastError() == ERROR_FILE_NOT_FOUND;
	CloseHandle(alone);
	return true;
}

/* ---- by `apply` ---- */

intptr_t r2_keeper_mark(const struct r2_pending *pending)
{
	HANDLE self = NULL;

	hold(pending);
	if (!DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &self,
			     SYNCHRONIZE, TRUE, 0))
		return -1;
	return (intptr_t)self;
}

/* They hold it now: once they are gone, nobody does. */
void r2_keeper_marked(intptr_t apply)
{
	CloseHandle((HANDLE)apply);
	if (held != INVALID_HANDLE_VALUE)
		CloseHandle(held);
	held = INVALID_HANDLE_VALUE;
}

/* With these handles and no others, or whoever reads what we print would wait for its end. */
static bool start(WCHAR *command, HANDLE handles[3], DWORD flags, PROCESS_INFORMATION *ret)
{
	STARTUPINFOEXW with = {
		.StartupInfo = {.cb = sizeof(with), .dwFlags = STARTF_USESTDHANDLES}};
	WCHAR exe[MAX_PATH];
	DWORD n = GetModuleFileNameW(NULL, exe, MAX_PATH);
	SIZE_T size = 0;
	bool ok;

	with.StartupInfo.hStdOutput = with.StartupInfo.hStdError = handles[2];
	InitializeProcThreadAttributeList(NULL, 1, 0, &size);
	with.lpAttributeList = malloc(size);
	if (!n || n >= MAX_PATH || !with.lpAttributeList ||
	    !InitializeProcThreadAttributeList(with.lpAttributeList, 1, 0, &size)) {
		free(with.lpAttributeList);
		return false;
	}
	ok = UpdateProcThreadAttribute(with.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
				       handles, 3 * sizeof(*handles), NULL, NULL) &&
	     CreateProcessW(exe, command, NULL, NULL, TRUE,
			    flags | DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP |
				    EXTENDED_STARTUPINFO_PRESENT,
			    NULL, NULL, &with.StartupInfo, ret);
	DeleteProcThreadAttributeList(with.lpAttributeList);
	free(with.lpAttributeList);
	return ok;
}

bool r2_keeper_start(struct r2_cli *cli, const struct r2_pending *pending, intptr_t apply)
{
	SECURITY_ATTRIBUTES inherited = {.nLength = sizeof(inherited), .bInheritHandle = TRUE};
	HANDLE ready = CreateEventW(&inherited, TRUE, FALSE, NULL);
	HANDLE log =
		open_beside(pending->path, ".log", FILE_APPEND_DATA,
			    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, OPEN_ALWAYS);
	HANDLE handles[3] = {(HANDLE)apply, ready, log};
	PROCESS_INFORMATION child = {0};
	HANDLE either[2];
	WCHAR command[100];
	bool ok = false;

	(void)cli;
	swprintf(command, sizeof(command) / sizeof(*command), L"route2 confirm keep %llu %llu",
		 (unsigned long long)(uintptr_t)apply, (unsigned long long)(uintptr_t)ready);
	/* A job that ends with the login may let us out of it, or not. */
	if (ready && log != INVALID_HANDLE_VALUE)
		ok = start(command, handles, CREATE_BREAKAWAY_FROM_JOB, &child) ||
		     start(command, handles, 0, &child);
	if (ok) {
		either[0] = ready;
		either[1] = child.hProcess;
		ok = WaitForMultipleObjects(2, either, FALSE, READY_MS) == WAIT_OBJECT_0;
		CloseHandle(child.hThread);
		CloseHandle(child.hProcess);
	}
	if (ready)
		CloseHandle(ready);
	if (log != INVALID_HANDLE_VALUE)
		CloseHandle(log);
	return ok;
}

/* ---- by a keeper ---- */

bool r2_keeper_wait(intptr_t apply, unsigned ms)
{
	if (apply != -1 && WaitForSingleObject((HANDLE)apply, ms) == WAIT_OBJECT_0)
		return true;
	if (apply == -1)
		Sleep(ms);
	return false;
}

/* Nobody else has it open while we have: a lock that ends with its holder. */
bool r2_keeper_turn(const char *path)
{
	while (r2_private_exists(path)) {
		HANDLE turn = open_beside(path, ".turn", GENERIC_WRITE, 0, OPEN_ALWAYS);

		if (turn != INVALID_HANDLE_VALUE)
			return r2_private_exists(path);
		if (GetLastError() != ERROR_SHARING_VIOLATION)
			return true; /* better twice than never */
		Sleep(TURN_MS);
	}
	return false;
}

bool r2_keeper_hidden(struct r2_cli *cli, const struct r2_pending *pending)
{
	HANDLE apply, ready;

	if (cli->n != 3 || strcmp(cli->words[0], "keep") != 0)
		return false;
	apply = (HANDLE)(uintptr_t)strtoull(cli->words[1], NULL, 10);
	ready = (HANDLE)(uintptr_t)strtoull(cli->words[2], NULL, 10);
	cli->options.quiet = true;
	hold(pending);
	SetConsoleCtrlHandler(NULL, TRUE);
	SetEvent(ready);
	r2_pending_keep(cli, pending, (intptr_t)apply);
	return true;
}
