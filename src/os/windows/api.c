/* SPDX-License-Identifier: MIT */
/* The table of functions, filled by GetProcAddress (Microsoft Learn: Dynamic-Link Library
 * Security).
 */
#include "os/windows/api.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* FARPROC is a function pointer of another type: copied, not cast. */
static void find(HMODULE dll, const char *name, void *ret, size_t size)
{
	FARPROC found = GetProcAddress(dll, name);

	memcpy(ret, &found, size);
}

#define FIND(name, args) find(api->dll, #name, &api->name, sizeof(api->name));

bool r2_iphlp_load(struct r2_iphlp *api, struct r2_error *err)
{
	*api = (struct r2_iphlp){0};
	api->dll = LoadLibraryExW(L"iphlpapi.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
	if (!api->dll)
		return r2_win_fail(err, GetLastError(), "LoadLibraryEx",
				   "cannot load iphlpapi.dll from System32");
	R2_IPHLP_FUNCTIONS(FIND)
	FIND(FreeMibTable, unused)
	FIND(IcmpCreateFile, unused)
	FIND(Icmp6CreateFile, unused)
	FIND(IcmpCloseHandle, unused)
	return true;
}

static void trim(char *text)
{
	size_t n = strlen(text);

	while (n && (text[n - 1] == '\n' || text[n - 1] == '\r' || text[n - 1] == '.' ||
		     text[n - 1] == ' '))
		text[--n] = '\0';
}

bool r2_win_fail(struct r2_error *err, DWORD code, const char *call, const char *fmt, ...)
{
	WCHAR words[sizeof(err->kernel)] = L"";
	char what[sizeof(err->what)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	r2_error_set(err, code == ERROR_ACCESS_DENIED ? R2_NOT_PERMITTED : R2_FAILED, "%s", what);
	err->native = (int)code;
	err->win32 = true;
	err->call = call;
	if (FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code,
			   0, words, sizeof(words) / sizeof(*words), NULL) &&
	    WideCharToMultiByte(CP_UTF8, 0, words, -1, err->kernel, sizeof(err->kernel), NULL,
				NULL))
		trim(err->kernel);
	else
		*err->kernel = '\0';
	if (code == ERROR_ACCESS_DENIED)
		r2_error_hint(err, "run it elevated, as a member of Administrators");
	return false;
}

bool r2_win_gone(DWORD code)
{
	return code == ERROR_NOT_FOUND || code == ERROR_FILE_NOT_FOUND;
}

bool r2_win_missing(struct r2_error *err, const char *call)
{
	r2_error_set(err, R2_FAILED, "this Windows lacks %s (iphlpapi.dll)", call);
	return r2_error_hint(err, "Windows 10, Server 2016 and later have it");
}
