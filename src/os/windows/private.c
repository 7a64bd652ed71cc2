/* SPDX-License-Identifier: MIT */
/* Idea: they lie in ProgramData\route2, which administrators alone may write to, and inherit that.
 */
#include "os/private.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>

#include "os/windows/windows.h"

#define WIDE     (R2_PRIVATE_PATH + 32)
#define TRIES    100
#define RETRY_MS 10

static bool widen(const char *path, WCHAR ret[WIDE])
{
	return MultiByteToWideChar(CP_UTF8, 0, path, -1, ret, WIDE) > 0;
}

static bool fail(void)
{
	switch (GetLastError()) {
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
		errno = ENOENT;
		break;
	case ERROR_DISK_FULL:
		errno = ENOSPC;
		break;
	default:
		errno = EACCES;
	}
	return false;
}

bool r2_private_path(const char *name, char ret_path[R2_PRIVATE_PATH])
{
	struct r2_windows win = {0};
	struct r2_error unused;
	char dir[R2_PRIVATE_PATH];

	return r2_win_ledger_dir(&win, true, &unused) &&
	       WideCharToMultiByte(CP_UTF8, 0, win.dir, -1, dir, sizeof(dir), NULL, NULL) &&
	       snprintf(ret_path, R2_PRIVATE_PATH, "%s\\%s.routes", dir, name) < R2_PRIVATE_PATH;
}

static bool beside(const char *path, WCHAR ret[WIDE])
{
	char text[WIDE];

	return snprintf(text, sizeof(text), "%s.new", path) < R2_PRIVATE_PATH && widen(text, ret);
}

static FILE *stream_of(HANDLE file, int flags, const char *mode)
{
	int fd = file == INVALID_HANDLE_VALUE ? -1 : _open_osfhandle((intptr_t)file, flags);
	FILE *stream = fd < 0 ? NULL : _fdopen(fd, mode);

	if (!stream)
		fail();
	if (fd >= 0 && !stream)
		_close(fd);
	else if (fd < 0 && file != INVALID_HANDLE_VALUE)
		CloseHandle(file);
	return stream;
}

FILE *r2_private_begin(const char *path)
{
	WCHAR wide[WIDE];

	if (!beside(path, wide))
		return NULL;
	return stream_of(CreateFileW(wide, GENERIC_WRITE | DELETE, FILE_SHARE_DELETE, NULL,
				     CREATE_ALWAYS, FILE_FLAG_OPEN_REPARSE_POINT, NULL),
			 _O_WRONLY | _O_BINARY, "wb");
}

/* Whoever reads what is there now does so for a moment only. */
static bool move(const WCHAR *from, const WCHAR *to)
{
	for (unsigned i = 0; i < TRIES; i++) {
		if (MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
			return true;
		if (GetLastError() != ERROR_ACCESS_DENIED &&
		    GetLastError() != ERROR_SHARING_VIOLATION)
			break;
		Sleep(RETRY_MS);
	}
	return fail();
}

bool r2_private_end(FILE *file, const char *path, bool keep)
{
	bool whole = !fflush(file) && !ferror(file) && !_commit(_fileno(file));
	WCHAR fresh[WIDE], wide[WIDE];
	int error;

	whole = !fclose(file) && whole;
	if (!beside(path, fresh) || !widen(path, wide))
		return false;
	if (keep && whole && move(fresh, wide))
		return true;
	error = errno;
	DeleteFileW(fresh);
	errno = error;
	return false;
}

FILE *r2_private_read(const char *path)
{
	WCHAR wide[WIDE];

	if (!widen(path, wide))
		return NULL;
	return stream_of(CreateFileW(wide, GENERIC_READ,
				     FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
				     OPEN_EXISTING, 0, NULL),
			 _O_RDONLY | _O_BINARY, "rb");
}

bool r2_private_move(const char *from, const char *to)
{
	WCHAR old[WIDE], new[WIDE];

	return widen(from, old) && widen(to, new) && move(old, new);
}

bool r2_private_remove(const char *path)
{
	WCHAR wide[WIDE];

	return widen(path, wide) && (DeleteFileW(wide) || fail());
}

bool r2_private_exists(const char *path)
{
	WCHAR wide[WIDE];

	return widen(path, wide) && GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES;
}
