/* SPDX-License-Identifier: MIT */
/* Idea: the version as ntdll has it, since GetVersionEx() says what the manifest lets it say. */
#include "os/windows/stage.h"

#include <stdio.h>
#include <string.h>

#define CURRENT L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"

static DWORD number(const WCHAR *name)
{
	DWORD value = 0, size = sizeof(value);

	if (RegGetValueW(HKEY_LOCAL_MACHINE, CURRENT, name, RRF_RT_REG_DWORD, NULL, &value, &size))
		return 0;
	return value;
}

static const char *text(const WCHAR *name, char *buf, int size)
{
	WCHAR wide[64];
	DWORD bytes = sizeof(wide);

	*buf = '\0';
	if (RegGetValueW(HKEY_LOCAL_MACHINE, CURRENT, name, RRF_RT_REG_SZ, NULL, wide, &bytes) ||
	    !WideCharToMultiByte(CP_UTF8, 0, wide, -1, buf, size, NULL, NULL))
		*buf = '\0';
	return buf;
}

/* FARPROC is a function pointer of another type: copied, not cast. */
static void find(const char *name, void *ret, size_t size)
{
	HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
	FARPROC found = ntdll ? GetProcAddress(ntdll, name) : NULL;

	memcpy(ret, &found, size);
}

const char *r2_stage_system(char *buf, size_t size)
{
	LONG(WINAPI * get_version)(OSVERSIONINFOW * version);
	const char *(*wine_version)(void);
	OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof(version)};
	char name[64], release[32];

	find("RtlGetVersion", &get_version, sizeof(get_version));
	find("wine_get_version", &wine_version, sizeof(wine_version));
	if (get_version)
		get_version(&version);
	snprintf(buf, size, "Windows %lu.%lu.%lu.%lu, %s%s%s%s%s", version.dwMajorVersion,
		 version.dwMinorVersion, version.dwBuildNumber, number(L"UBR"),
		 text(L"ProductName", name, sizeof(name)),
		 *text(L"DisplayVersion", release, sizeof(release)) ? " " : "", release,
		 wine_version ? "; but this is Wine " : "", wine_version ? wine_version() : "");
	return buf;
}
