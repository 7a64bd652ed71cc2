/* SPDX-License-Identifier: MIT */
/*
 * Idea: the ledger on disk is appended to while it is open, so that a kill at any instruction
 * leaves whole lines and at most one torn one; it is written anew beside itself and moved over
 * (MoveFileEx replaces in one step) when most of it is history. A line is written before what it
 * claims is made, and the opposite line after it is gone: what is ours is never without a line.
 *
 * It lies in ProgramData\route2, where administrators and the system alone may write.
 */
#include "os/windows/windows.h"

#include <aclapi.h>
#include <sddl.h>
#include <shlobj.h>
#include <stdlib.h>
#include <string.h>

/* Full access for SYSTEM and Administrators, reading for Users; nothing inherited from above. */
#define ACCESS L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;BU)"

#define STATE_MAX (UINT64_C(1) << 30)

static bool path_of(const struct r2_windows *win, const WCHAR *name, WCHAR ret[MAX_PATH])
{
	size_t dir = wcslen(win->dir), len = wcslen(name);

	if (dir + 1 + len >= MAX_PATH)
		return false;
	memcpy(ret, win->dir, dir * sizeof(WCHAR));
	ret[dir] = L'\\';
	memcpy(ret + dir + 1, name, (len + 1) * sizeof(WCHAR));
	return true;
}

/* ---- the folder ---- */

bool r2_win_is_own_user(void *owner)
{
	union {
		TOKEN_USER user;
		BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
	} token;
	DWORD size = sizeof(token);
	HANDLE handle;
	bool same;

	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &handle))
		return false;
	same = GetTokenInformation(handle, TokenUser, &token, size, &size) &&
	       EqualSid(token.user.User.Sid, owner);
	CloseHandle(handle);
	return same;
}

/* Anybody may make a folder in ProgramData: one that somebody else made first is not to be trusted.
 */
static bool check_owner(struct r2_windows *win, struct r2_error *err)
{
	PSECURITY_DESCRIPTOR descriptor = NULL;
	PSID owner = NULL;
	bool ok = false;
	DWORD code = GetNamedSecurityInfoW(win->dir, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION,
					   &owner, NULL, NULL, NULL, &descriptor);

	if (code)
		return r2_win_fail(err, code, "GetNamedSecurityInfo",
				   "cannot see who owns ProgramData\\route2");
	ok = IsWellKnownSid(owner, WinBuiltinAdministratorsSid) ||
	     IsWellKnownSid(owner, WinLocalSystemSid) || r2_win_is_own_user(owner);
	LocalFree(descriptor);
	if (ok)
		return true;
	r2_error_set(err, R2_NOT_PERMITTED,
		     "ProgramData\\route2 belongs neither to the administrators nor to you");
	return r2_error_hint(err, "see who made it, and remove it");
}

static bool make_dir(struct r2_windows *win, struct r2_error *err)
{
	SECURITY_ATTRIBUTES attributes = {.nLength = sizeof(attributes)};
	DWORD code = 0;

	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
		    ACCESS, SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL))
		return r2_win_fail(err, GetLastError(),
				   "ConvertStringSecurityDescriptorToSecurityDescriptor",
				   "cannot say who may write to ProgramData\\route2");
	if (!CreateDirectoryW(win->dir, &attributes))
		code = GetLastError();
	LocalFree(attributes.lpSecurityDescriptor);
	if (code && code != ERROR_ALREADY_EXISTS)
		return r2_win_fail(err, code, "CreateDirectory", "cannot make ProgramData\\route2");
	return check_owner(win, err);
}

bool r2_win_ledger_dir(struct r2_windows *win, bool make, struct r2_error *err)
{
	static const WCHAR NAME[] = L"\\route2";
	PWSTR data = NULL;
	size_t len;

	if (!*win->dir) {
		HRESULT result = SHGetKnownFolderPath(&FOLDERID_ProgramData, 0, NULL, &data);

		if (FAILED(result) || wcslen(data) + sizeof(NAME) / sizeof(*NAME) > MAX_PATH) {
			CoTaskMemFree(data);
			return r2_win_fail(err, (DWORD)result & 0xffff, "SHGetKnownFolderPath",
					   "cannot find the folder ProgramData");
		}
		len = wcslen(data);
		memcpy(win->dir, data, len * sizeof(WCHAR));
		memcpy(win->dir + len, NAME, sizeof(NAME));
		CoTaskMemFree(data);
	}
	return !make || make_dir(win, err);
}

/* ---- reading ---- */

/* The whole of a file into memory. Return: 0, or a Win32 code. */
static DWORD slurp(const WCHAR *path, char **ret_text, size_t *ret_len)
{
	HANDLE file = CreateFileW(path, GENERIC_READ,
				  FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
				  OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
	LARGE_INTEGER size = {0};
	DWORD code = 0, got = 1;
	char *text = NULL;
	size_t len = 0;

	if (file == INVALID_HANDLE_VALUE)
		return GetLastError();
	if (!GetFileSizeEx(file, &size))
		code = GetLastError();
	else if ((uint64_t)size.QuadPart > STATE_MAX)
		code = ERROR_FILE_TOO_LARGE;
	else if (!(text = malloc((size_t)size.QuadPart + 1)))
		code = ERROR_NOT_ENOUGH_MEMORY;
	while (!code && got && len < (size_t)size.QuadPart) {
		if (!ReadFile(file, text + len, (DWORD)((size_t)size.QuadPart - len), &got, NULL))
			code = GetLastError();
		len += got;
	}
	CloseHandle(file);
	if (code) {
		free(text);
		return code;
	}
	*ret_text = text;
	*ret_len = len;
	return 0;
}

/* @ret_whole: the file ends with a newline and no line of it is torn */
static bool read_state(struct r2_windows *win, bool *ret_whole, struct r2_error *err)
{
	WCHAR path[MAX_PATH];
	char *text = NULL;
	size_t len = 0, torn = 0;
	bool ok;
	DWORD code;

	*ret_whole = true;
	r2_ledger_free(&win->ledger);
	if (!r2_win_ledger_dir(win, false, err))
		return false;
	if (!path_of(win, L"state", path))
		return r2_error_set(err, R2_FAILED, "the path of ProgramData is too long");
	code = slurp(path, &text, &len);
	if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND)
		return true;
	if (code)
		return r2_win_fail(err, code, "ReadFile",
				   "cannot read ProgramData\\route2\\state, which says what is "
				   "route2's");
	ok = r2_ledger_read(&win->ledger, text, len, &torn);
	*ret_whole = !torn && (!text || !len || text[len - 1] == '\n');
	free(text);
	return ok || r2_error_set(err, R2_FAILED, "out of memory");
}

bool r2_win_ledger_read(struct r2_windows *win, struct r2_error *err)
{
	bool unused;

	return read_state(win, &unused, err);
}

/* ---- writing ---- */

static bool write_all(HANDLE file, const char *text, size_t len)
{
	while (len) {
		DWORD done = 0;

		if (!WriteFile(file, text, len > 1u << 20 ? 1u << 20 : (DWORD)len, &done, NULL) ||
		    !done)
			return false;
		text += done;
		len -= done;
	}
	return true;
}

/* Those that are old, or those that are not. */
static bool write_rows(HANDLE file, const struct r2_ledger *ledger, bool old)
{
	enum { ROOM = 64 * 1024 };
	char *buf = malloc(ROOM);
	size_t used = 0;
	bool ok = buf != NULL;

	r2_each (const struct r2_ledger_row, row, &ledger->rows) {
		char line[R2_LEDGER_TEXT];
		size_t len;

		if (!ok || row->gone || row->old != old)
			continue;
		len = strlen(r2_ledger_format(row, line));
		if (used + len > ROOM) {
			ok = write_all(file, buf, used);
			used = 0;
		}
		if (ok)
			memcpy(buf + used, line, len);
		used += len;
	}
	ok = ok && write_all(file, buf, used);
	free(buf);
	return ok;
}

static bool write_ledger(HANDLE file, const struct r2_ledger *ledger)
{
	struct r2_ledger_row boot = r2_ledger_boot_row(ledger->boot);
	char line[R2_LEDGER_TEXT];

	r2_ledger_format(&boot, line);
	return write_rows(file, ledger, true) && write_all(file, line, strlen(line)) &&
	       write_rows(file, ledger, false);
}

static bool fail_write(struct r2_error *err, const char *call)
{
	return r2_win_fail(err, GetLastError(), call, "cannot write ProgramData\\route2\\state");
}

static bool write_anew(struct r2_windows *win, struct r2_error *err)
{
	WCHAR fresh[MAX_PATH], path[MAX_PATH];
	HANDLE file;
	bool ok;

	path_of(win, L"state", path); /* read_state() has seen that it fits */
	if (!path_of(win, L"state.new", fresh))
		return r2_error_set(err, R2_FAILED, "the path of ProgramData is too long");
	file = CreateFileW(fresh, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL,
			   NULL);
	if (file == INVALID_HANDLE_VALUE)
		return fail_write(err, "CreateFile");
	ok = (write_ledger(file, &win->ledger) && FlushFileBuffers(file)) ||
	     fail_write(err, "WriteFile");
	CloseHandle(file);
	if (ok && !MoveFileExW(fresh, path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
		ok = fail_write(err, "MoveFileEx");
	if (!ok)
		DeleteFileW(fresh);
	return ok;
}

static size_t living(const struct r2_ledger *ledger)
{
	size_t n = 0;

	r2_each (const struct r2_ledger_row, row, &ledger->rows)
		n += !row->gone;
	return n;
}

bool r2_win_ledger_open(struct r2_windows *win, struct r2_error *err)
{
	enum { WORTH_IT = 64 };
	WCHAR path[MAX_PATH];
	bool whole;

	if (!read_state(win, &whole, err))
		return false;
	if (r2_ledger_prune(&win->ledger))
		whole = false;
	if ((!whole || win->ledger.lines > 2 * living(&win->ledger) + WORTH_IT) &&
	    !(write_anew(win, err) && read_state(win, &whole, err)))
		return false;
	path_of(win, L"state", path);
	win->file = CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
				OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
	return win->file != INVALID_HANDLE_VALUE || fail_write(err, "CreateFile");
}

bool r2_win_ledger_put(struct r2_windows *win, const struct r2_ledger_row *row,
		       struct r2_error *err)
{
	char line[R2_LEDGER_TEXT];

	r2_ledger_format(row, line);
	if (!write_all(win->file, line, strlen(line)))
		return fail_write(err, "WriteFile");
	return r2_ledger_note(&win->ledger, row) || r2_error_set(err, R2_FAILED, "out of memory");
}

bool r2_win_ledger_strike(struct r2_windows *win, const struct r2_ledger_row *row,
			  struct r2_error *err)
{
	struct r2_ledger_row gone = *row;

	gone.gone = true;
	return r2_win_ledger_put(win, &gone, err);
}

void r2_win_ledger_close(struct r2_windows *win)
{
	if (win->file != INVALID_HANDLE_VALUE)
		CloseHandle(win->file);
	win->file = INVALID_HANDLE_VALUE;
}
