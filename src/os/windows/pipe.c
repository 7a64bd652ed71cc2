/* SPDX-License-Identifier: MIT */
/*
 * Idea: one instance of one pipe is also what makes the watch the only one: the first to make it
 * has the name until it ends, however it ends, and nobody slips in a pipe of his own.
 */
#include "os/windows/pipe.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>
#include <string.h>

#include "core/intake.h"
#include "os/control.h"
#include "os/windows/windows.h"

#define NAME       L"\\\\.\\pipe\\route2-watch"
#define ROOM       (64 * 1024)
#define PATIENCE   5000
#define ANSWER_MAX (64u * 1024 * 1024)

/* Owner Administrators; full access for them and for SYSTEM, for nobody else. */
#define ACCESS L"O:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)"

/* ---- one operation at a time, with an end ---- */

static void cancel(struct r2_pipe *pipe, OVERLAPPED *io)
{
	DWORD unused;

	if (CancelIoEx(pipe->file, io) || GetLastError() != ERROR_NOT_FOUND)
		GetOverlappedResult(pipe->file, io, &unused, TRUE);
}

/* Return: is it done, with *ret_n bytes. @code: of the call that began it, 0 for success */
static bool finish(struct r2_pipe *pipe, OVERLAPPED *io, DWORD code, DWORD wait_ms, DWORD *ret_n)
{
	HANDLE events[2] = {pipe->done, pipe->stop};
	DWORD which;

	*ret_n = 0;
	if (code && code != ERROR_IO_PENDING)
		return code == ERROR_PIPE_CONNECTED;
	which = WaitForMultipleObjects(pipe->stop ? 2 : 1, events, FALSE, wait_ms);
	if (which != WAIT_OBJECT_0) {
		cancel(pipe, io);
		return false;
	}
	return GetOverlappedResult(pipe->file, io, ret_n, FALSE);
}

static bool read_some(struct r2_pipe *pipe, char *buf, size_t size, unsigned wait_ms, DWORD *ret_n)
{
	OVERLAPPED io = {.hEvent = pipe->done};
	DWORD code = 0;

	if (!ReadFile(pipe->file, buf, (DWORD)size, NULL, &io))
		code = GetLastError();
	return finish(pipe, &io, code, wait_ms, ret_n) && *ret_n > 0;
}

static bool write_some(struct r2_pipe *pipe, const char *text, size_t n, unsigned wait_ms,
		       DWORD *ret_n)
{
	OVERLAPPED io = {.hEvent = pipe->done};
	DWORD code = 0;

	if (!WriteFile(pipe->file, text, n > ROOM ? ROOM : (DWORD)n, NULL, &io))
		code = GetLastError();
	return finish(pipe, &io, code, wait_ms, ret_n) && *ret_n > 0;
}

bool r2_pipe_line(struct r2_pipe *pipe, char *buf, size_t size, unsigned wait_ms)
{
	size_t n = 0;
	DWORD got;

	while (n + 1 < size) {
		char *end;

		if (!read_some(pipe, buf + n, size - 1 - n, wait_ms, &got))
			return false;
		n += got;
		buf[n] = '\0';
		end = strchr(buf, '\n');
		if (end) {
			*end = '\0';
			return true;
		}
	}
	return false;
}

static bool write_all(struct r2_pipe *pipe, const char *text, size_t n, unsigned wait_ms)
{
	while (n) {
		DWORD done;

		if (!write_some(pipe, text, n, wait_ms, &done))
			return false;
		text += done;
		n -= done;
	}
	return true;
}

bool r2_pipe_say(struct r2_pipe *pipe, const char *text, unsigned wait_ms)
{
	size_t n = strlen(text);

	return write_all(pipe, text, n, wait_ms) &&
	       (n && text[n - 1] == '\n' ? true : write_all(pipe, "\n", 1, wait_ms));
}

void r2_pipe_close(struct r2_pipe *pipe)
{
	if (pipe->file && pipe->file != INVALID_HANDLE_VALUE)
		CloseHandle(pipe->file);
	if (pipe->done)
		CloseHandle(pipe->done);
	*pipe = (struct r2_pipe){0};
}

/* ---- the watch's end ---- */

static HANDLE make(DWORD *ret_code)
{
	SECURITY_ATTRIBUTES attributes = {.nLength = sizeof(attributes)};
	HANDLE file;

	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
		    ACCESS, SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL)) {
		*ret_code = GetLastError();
		return INVALID_HANDLE_VALUE;
	}
	file = CreateNamedPipeW(
		NAME, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
		PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1,
		ROOM, ROOM, 0, &attributes);
	*ret_code = file == INVALID_HANDLE_VALUE ? GetLastError() : 0;
	LocalFree(attributes.lpSecurityDescriptor);
	return file;
}

bool r2_pipe_listen(HANDLE stop, struct r2_pipe *ret, struct r2_error *err)
{
	struct r2_pipe pipe = {.stop = stop};
	DWORD code;

	pipe.file = make(&code);
	if (code == ERROR_PIPE_BUSY || (code == ERROR_ACCESS_DENIED && WaitNamedPipeW(NAME, 1)) ||
	    (code == ERROR_ACCESS_DENIED && GetLastError() == ERROR_SEM_TIMEOUT)) {
		r2_error_set(err, R2_FAILED, "a watch runs here already");
		return r2_error_hint(err, "see it: route2 status");
	}
	if (code)
		return r2_win_fail(err, code, "CreateNamedPipe",
				   "cannot make the pipe that the watch is spoken to by");
	pipe.done = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (!pipe.done) {
		r2_win_fail(err, GetLastError(), "CreateEvent",
			    "cannot make the pipe that the watch is spoken to by");
		r2_pipe_close(&pipe);
		return false;
	}
	*ret = pipe;
	return true;
}

bool r2_pipe_accept(struct r2_pipe *pipe)
{
	OVERLAPPED io = {.hEvent = pipe->done};
	DWORD code = 0, unused;

	if (!ConnectNamedPipe(pipe->file, &io))
		code = GetLastError();
	return finish(pipe, &io, code, INFINITE, &unused);
}

void r2_pipe_part(struct r2_pipe *pipe, unsigned wait_ms)
{
	char rest[16];
	DWORD unused;

	(void)read_some(pipe, rest, sizeof(rest), wait_ms, &unused);
	DisconnectNamedPipe(pipe->file);
}

/* ---- the other end ---- */

/* Anybody can make a pipe of that name while no watch has it. */
static bool is_trusted(HANDLE file)
{
	PSECURITY_DESCRIPTOR descriptor = NULL;
	PSID owner = NULL;
	bool ok;

	if (GetSecurityInfo(file, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL,
			    NULL, &descriptor) ||
	    !owner)
		return false;
	ok = IsWellKnownSid(owner, WinBuiltinAdministratorsSid) ||
	     IsWellKnownSid(owner, WinLocalSystemSid) || r2_win_is_own_user(owner);
	LocalFree(descriptor);
	return ok;
}

static bool fail_open(DWORD code, struct r2_error *err)
{
	if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND) {
		r2_error_set(err, R2_FAILED, "no watch runs here");
		return r2_error_hint(err, "start it: route2 watch, or route2 service start");
	}
	return r2_win_fail(err, code, "CreateFile", "cannot speak to the watch");
}

/* It serves one after the other. */
static bool dial(struct r2_pipe *ret, struct r2_error *err)
{
	ULONGLONG end = GetTickCount64() + PATIENCE;
	struct r2_pipe pipe = {0};
	DWORD code;

	for (;;) {
		pipe.file = CreateFileW(NAME, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
					FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT |
						SECURITY_IDENTIFICATION,
					NULL);
		code = GetLastError();
		if (pipe.file != INVALID_HANDLE_VALUE)
			break;
		if (code != ERROR_PIPE_BUSY || GetTickCount64() >= end)
			return fail_open(code, err);
		WaitNamedPipeW(NAME, 200);
	}
	pipe.done = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (pipe.done && is_trusted(pipe.file)) {
		*ret = pipe;
		return true;
	}
	r2_pipe_close(&pipe);
	r2_error_set(err, R2_NOT_PERMITTED, "another user poses as the watch");
	err->native = ERROR_ACCESS_DENIED;
	return false;
}

/* Up to the newline. Return: NULL if it does not come. */
static char *receive(struct r2_pipe *pipe)
{
	struct r2_intake answer = {.most = ANSWER_MAX};
	size_t room;
	DWORD got;
	char *to;

	while ((to = r2_intake_room(&answer, &room)) && read_some(pipe, to, room, PATIENCE, &got)) {
		answer.n += got;
		if (to[got - 1] == '\n') {
			answer.n--;
			return r2_intake_take(&answer);
		}
	}
	r2_intake_drop(&answer);
	return NULL;
}

bool r2_control_ask(const char *request, char **ret_answer, struct r2_error *err)
{
	struct r2_pipe pipe = {0};
	char *answer = NULL;

	if (!dial(&pipe, err))
		return false;
	if (r2_pipe_say(&pipe, request, PATIENCE))
		answer = receive(&pipe);
	r2_pipe_close(&pipe);
	if (answer) {
		*ret_answer = answer;
		return true;
	}
	r2_error_set(err, R2_FAILED, "the watch does not answer");
	err->native = ERROR_SEM_TIMEOUT;
	return r2_error_hint(err, "its log may say why: ProgramData\\route2\\route2.log");
}
