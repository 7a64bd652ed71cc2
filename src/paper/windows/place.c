/* SPDX-License-Identifier: MIT */
/*
 * fopen() takes names in the code page of the system. That is UTF-8 if the manifest is obeyed,
 * which Windows does since 10 1903 (Microsoft Learn: Use UTF-8 code pages in Windows apps).
 */
#include "paper/place.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <errno.h>
#include <stdlib.h>
#include <wchar.h>

#define NAME_MAX_UTF8 (MAX_PATH * 3)

/* With room for @more characters behind it; to be freed. */
static WCHAR *widen(const char *path, size_t more)
{
	int n = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, NULL, 0);
	WCHAR *wide = n > 0 ? calloc((size_t)n + more, sizeof(*wide)) : NULL;

	if (wide)
		MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, n);
	return wide;
}

FILE *r2_place_open(const char *path)
{
	WCHAR *wide = widen(path, 0);
	FILE *file = wide ? _wfopen(wide, L"rb") : NULL;

	if (!wide)
		errno = ENOENT;
	free(wide);
	return file;
}

static void walk(HANDLE search, WIN32_FIND_DATAW *found, bool (*each)(void *ctx, const char *name),
		 void *ctx)
{
	char name[NAME_MAX_UTF8];

	do {
		if (found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
			continue;
		if (WideCharToMultiByte(CP_UTF8, 0, found->cFileName, -1, name, sizeof(name), NULL,
					NULL) &&
		    !each(ctx, name))
			return;
	} while (FindNextFileW(search, found));
}

bool r2_place_files(const char *path, bool (*each)(void *ctx, const char *name), void *ctx)
{
	static const WCHAR ALL[] = L"\\*";
	WCHAR *wide = widen(path, sizeof(ALL) / sizeof(*ALL));
	DWORD kind = wide ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES;
	bool folder = kind != INVALID_FILE_ATTRIBUTES && kind & FILE_ATTRIBUTE_DIRECTORY;
	WIN32_FIND_DATAW found;
	HANDLE search;

	if (folder) {
		wmemcpy(wide + wcslen(wide), ALL, sizeof(ALL) / sizeof(*ALL));
		search = FindFirstFileW(wide, &found);
		if (search != INVALID_HANDLE_VALUE) {
			walk(search, &found, each, ctx);
			FindClose(search);
		}
	}
	free(wide);
	return folder;
}

bool r2_place_has_drives(void)
{
	return true;
}
