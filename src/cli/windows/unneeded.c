/* SPDX-License-Identifier: MIT */
/*
 * What libuv would import for functions that are never called here (uv_interface_addresses(),
 * uv_os_homedir()). Their DLLs are not among Windows' known ones, so that the loader would take
 * them from the program's own folder first, where a download may have put anything (Microsoft
 * Learn: Dynamic-Link Library Search Order). So the names are resolved here.
 */
#define WIN32_LEAN_AND_MEAN
/* Each of these needs the one before it. */
/* clang-format off */
#include <winsock2.h>
#include <iphlpapi.h>
/* clang-format on */

ULONG WINAPI GetAdaptersAddresses(ULONG family, ULONG flags, PVOID reserved,
				  PIP_ADAPTER_ADDRESSES addresses, PULONG size)
{
	(void)family;
	(void)flags;
	(void)reserved;
	(void)addresses;
	(void)size;
	return ERROR_NOT_SUPPORTED;
}

static BOOL WINAPI no_folder(HANDLE token, LPWSTR folder, LPDWORD size)
{
	(void)token;
	(void)folder;
	(void)size;
	SetLastError(ERROR_NOT_SUPPORTED);
	return FALSE;
}

/* As the loader would have filled it. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): its name is such */
extern BOOL(WINAPI *const __imp_GetUserProfileDirectoryW)(HANDLE, LPWSTR, LPDWORD);
BOOL(WINAPI *const __imp_GetUserProfileDirectoryW)(HANDLE, LPWSTR, LPDWORD) = no_folder;
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
