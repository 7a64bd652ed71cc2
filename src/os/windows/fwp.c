/* SPDX-License-Identifier: MIT */
/* The filter engine: its functions, found at run time, and a session with it. */
#include "os/windows/fwp.h"

#include <string.h>

static void find(HMODULE dll, const char *name, void *ret, size_t size)
{
	FARPROC found = GetProcAddress(dll, name);

	memcpy(ret, &found, size);
}

#define FIND(name, args) find(fwp->dll, #name, &fwp->name, sizeof(fwp->name));

static bool lacks(struct r2_error *err)
{
	r2_error_set(err, R2_FAILED,
		     "this Windows has no connection policies (FwpmConnectionPolicyAdd0 is not in "
		     "fwpuclnt.dll)");
	return r2_error_hint(err, "Windows 11 24H2 and Server 2025 are said to have them");
}

bool r2_fwp_load(struct r2_fwp *fwp, struct r2_error *err)
{
	if (!fwp->dll) {
		fwp->dll = LoadLibraryExW(L"fwpuclnt.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
		if (!fwp->dll)
			return lacks(err);
		R2_FWP_FUNCTIONS(FIND)
		find(fwp->dll, "FwpmFreeMemory0", &fwp->FwpmFreeMemory0,
		     sizeof(fwp->FwpmFreeMemory0));
	}
	return (fwp->FwpmEngineOpen0 && fwp->FwpmEngineClose0 && fwp->FwpmConnectionPolicyAdd0 &&
		fwp->FwpmConnectionPolicyDeleteByKey0 && fwp->FwpmProviderContextGetByKey3 &&
		fwp->FwpmProviderAdd0 && fwp->FwpmProviderDeleteByKey0 && fwp->FwpmFreeMemory0) ||
	       lacks(err);
}

bool r2_fwp_open(struct r2_fwp *fwp, bool dynamic, HANDLE *ret_engine, struct r2_error *err)
{
	static WCHAR name[] = L"route2";
	FWPM_SESSION0 session = {.displayData = {.name = name},
				 .flags = dynamic ? R2_FWP_DYNAMIC : 0U};
	DWORD code;

	if (!r2_fwp_load(fwp, err))
		return false;
	code = fwp->FwpmEngineOpen0(NULL, RPC_C_AUTHN_WINNT, NULL, &session, ret_engine);
	return !code || r2_win_fail(err, code, "FwpmEngineOpen0", "cannot reach the filter engine");
}
