/* SPDX-License-Identifier: MIT */
/*
 * The functions of the Windows Filtering Platform that connection policies take, reached at run
 * time from System32's fwpuclnt.dll; and what mingw-w64's headers lack of their types (Microsoft
 * Learn: FWPM_PROVIDER_CONTEXT3, FWPM_NETWORK_CONNECTION_POLICY_SETTING0,
 * FwpmConnectionPolicyAdd0).
 */
#ifndef R2_OS_WINDOWS_FWP_H
#define R2_OS_WINDOWS_FWP_H

#include "os/windows/api.h"

/* clang-format off */
#include <rpc.h>
#include <fwpmtypes.h>
/* clang-format on */

enum { R2_FWP_POLICY_CONTEXT = 13 }; /* FWPM_NETWORK_CONNECTION_POLICY_CONTEXT */
enum { R2_FWP_SOURCE_ADDRESS = 0 };  /* FWP_NETWORK_CONNECTION_POLICY_SOURCE_ADDRESS */
enum { R2_FWP_DYNAMIC = 1 };         /* FWPM_SESSION_FLAG_DYNAMIC */

/** struct r2_fwp_setting - FWPM_NETWORK_CONNECTION_POLICY_SETTING0; its addresses are in network
 * byte order, those of conditions in the host's */
struct r2_fwp_setting {
	INT32 type;
	FWP_VALUE0 value;
};

/** struct r2_fwp_settings - FWPM_NETWORK_CONNECTION_POLICY_SETTINGS0 */
struct r2_fwp_settings {
	UINT32 n;
	struct r2_fwp_setting *at;
};

/** struct r2_fwp_context - FWPM_PROVIDER_CONTEXT3 */
struct r2_fwp_context {
	GUID key;
	FWPM_DISPLAY_DATA0 display;
	UINT32 flags;
	GUID *provider;
	FWP_BYTE_BLOB data;
	INT32 type;
	struct r2_fwp_settings *settings;
	UINT64 id;
};

_Static_assert(sizeof(FWPM_SESSION0) == 72, "FWPM_SESSION0");
_Static_assert(sizeof(FWPM_PROVIDER0) == 64, "FWPM_PROVIDER0");
_Static_assert(sizeof(FWPM_FILTER_CONDITION0) == 40, "FWPM_FILTER_CONDITION0");
_Static_assert(sizeof(FWP_VALUE0) == 16, "FWP_VALUE0");
_Static_assert(sizeof(struct r2_fwp_setting) == 24, "FWPM_NETWORK_CONNECTION_POLICY_SETTING0");
_Static_assert(sizeof(struct r2_fwp_settings) == 16, "FWPM_NETWORK_CONNECTION_POLICY_SETTINGS0");
_Static_assert(sizeof(struct r2_fwp_context) == 88, "FWPM_PROVIDER_CONTEXT3");
_Static_assert(offsetof(struct r2_fwp_context, type) == 64, "FWPM_PROVIDER_CONTEXT3.type");
_Static_assert(offsetof(struct r2_fwp_context, settings) == 72, "FWPM_PROVIDER_CONTEXT3 union");

/* name, arguments: every one returns a Win32 or FWP_E_* code, 0 for success */
#define R2_FWP_FUNCTIONS(X)                                                                        \
	X(FwpmEngineOpen0, (const wchar_t *server, UINT32 authn, SEC_WINNT_AUTH_IDENTITY_W *who,   \
			    const FWPM_SESSION0 *session, HANDLE *engine))                         \
	X(FwpmEngineClose0, (HANDLE engine))                                                       \
	X(FwpmProviderAdd0,                                                                        \
	  (HANDLE engine, const FWPM_PROVIDER0 *provider, PSECURITY_DESCRIPTOR sd))                \
	X(FwpmProviderDeleteByKey0, (HANDLE engine, const GUID *key))                              \
	X(FwpmProviderContextGetByKey3,                                                            \
	  (HANDLE engine, const GUID *key, struct r2_fwp_context **context))                       \
	X(FwpmConnectionPolicyAdd0,                                                                \
	  (HANDLE engine, const struct r2_fwp_context *policy, FWP_IP_VERSION version,             \
	   UINT64 weight, UINT32 n, const FWPM_FILTER_CONDITION0 *conditions,                      \
	   PSECURITY_DESCRIPTOR sd))                                                               \
	X(FwpmConnectionPolicyDeleteByKey0, (HANDLE engine, const GUID *key))

/** struct r2_fwp - the table; NULL where this Windows lacks the function */
struct r2_fwp {
	HMODULE dll;
	R2_FWP_FUNCTIONS(R2_IPHLP_MEMBER)
	void(WINAPI *FwpmFreeMemory0)(void **memory);
};

/** r2_fwp_load() - fill the table once; false, with an error that says so, if this Windows has no
 * connection policies */
bool r2_fwp_load(struct r2_fwp *fwp, struct r2_error *err);

/** r2_fwp_open() - a session with the filter engine; @dynamic: what is added in it goes with it */
bool r2_fwp_open(struct r2_fwp *fwp, bool dynamic, HANDLE *ret_engine, struct r2_error *err);

#endif
