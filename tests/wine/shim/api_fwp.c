/* SPDX-License-Identifier: MIT */
/*
 * Of the Windows Filtering Platform what connection policies take, refusing what Microsoft's pages
 * and field reports say that it refuses. Types that mingw-w64 lacks are written here from those
 * pages, and not taken from src/: each judges the other.
 */
#include "rows.h"

/* clang-format off */
#include <rpc.h>
#include <fwpmtypes.h>
/* clang-format on */

#include "policies.h"
#include "sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The prototypes are those of Microsoft's fwpmu.h; mingw-w64's lacks half of them. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

enum { SOURCE_ADDRESS, NEXT_HOP_INTERFACE, NEXT_HOP };
enum { POLICY_CONTEXT = 13, DYNAMIC = 1 };
enum { FWP_E_DUPLICATE_CONDITION_ = (int)0x8032002A };

struct setting {
	int type;
	FWP_VALUE0 value;
};

struct settings {
	UINT32 n;
	struct setting *at;
};

struct context {
	GUID key;
	FWPM_DISPLAY_DATA0 display;
	UINT32 flags;
	GUID *provider;
	FWP_BYTE_BLOB data;
	int type;
	struct settings *settings;
	UINT64 id;
};

_Static_assert(sizeof(struct context) == 88, "FWPM_PROVIDER_CONTEXT3");

/* What a test reads in the journal: the row of a call. */
struct seen {
	GUID key;
	uint8_t family, len, spare[2];
	uint8_t dst[16], src[16];
};

struct session {
	uint32_t flags;
};

static void name_of(const GUID *guid, char text[33])
{
	const uint8_t *bytes = (const void *)guid;

	for (unsigned i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static DWORD open_session(const wchar_t *server, UINT32 service, const FWPM_SESSION0 *wanted,
			  HANDLE *engine)
{
	struct session *session = calloc(1, sizeof(*session));

	if (server || (service != RPC_C_AUTHN_WINNT && service != RPC_C_AUTHN_DEFAULT) || !engine)
		return ERROR_INVALID_PARAMETER;
	if (!session)
		return ERROR_NOT_ENOUGH_MEMORY;
	session->flags = wanted ? wanted->flags : 0;
	*engine = session;
	return 0;
}

EXPORT DWORD WINAPI FwpmEngineOpen0(const wchar_t *server, UINT32 service,
				    SEC_WINNT_AUTH_IDENTITY_W *who, const FWPM_SESSION0 *wanted,
				    HANDLE *engine)
{
	(void)who;
	CALL("FwpmEngineOpen0", NULL, 0, open_session(server, service, wanted, engine));
}

EXPORT DWORD WINAPI FwpmEngineClose0(HANDLE engine)
{
	struct session *session = engine;

	if (session->flags & DYNAMIC)
		policies_drop(NULL, sys_pid());
	free(session);
	return 0;
}

static DWORD add_provider(const FWPM_PROVIDER0 *provider)
{
	char name[33];

	if (!provider->displayData.name)
		return ERROR_INVALID_PARAMETER;
	name_of(&provider->providerKey, name);
	return providers_add(name) ? 0 : (DWORD)FWP_E_ALREADY_EXISTS;
}

EXPORT DWORD WINAPI FwpmProviderAdd0(HANDLE engine, const FWPM_PROVIDER0 *provider,
				     PSECURITY_DESCRIPTOR sd)
{
	(void)engine, (void)sd;
	CALL("FwpmProviderAdd0", NULL, 0, add_provider(provider));
}

static DWORD drop_provider(const GUID *key)
{
	char name[33];
	int code;

	name_of(key, name);
	code = providers_drop(name);
	if (code == -L_EEXIST)
		return (DWORD)FWP_E_IN_USE;
	return code ? (DWORD)FWP_E_PROVIDER_NOT_FOUND : 0;
}

EXPORT DWORD WINAPI FwpmProviderDeleteByKey0(HANDLE engine, const GUID *key)
{
	(void)engine;
	CALL("FwpmProviderDeleteByKey0", NULL, 0, drop_provider(key));
}

EXPORT void WINAPI FwpmFreeMemory0(void **memory)
{
	free(*memory);
	*memory = NULL;
}

static DWORD find_context(const GUID *key, struct context **ret)
{
	struct whole {
		struct context context;
		struct settings settings;
		struct setting setting;
		FWP_BYTE_ARRAY16 source;
	} * whole;
	struct policy policy;
	char name[33];

	name_of(key, name);
	if (!policies_find(name, &policy))
		return (DWORD)FWP_E_PROVIDER_CONTEXT_NOT_FOUND;
	whole = calloc(1, sizeof(*whole));
	if (!whole)
		return ERROR_NOT_ENOUGH_MEMORY;
	whole->context.key = *key;
	whole->context.type = POLICY_CONTEXT;
	whole->context.settings = &whole->settings;
	whole->settings = (struct settings){1, &whole->setting};
	whole->setting.type = SOURCE_ADDRESS;
	if (policy.src.family == 6) {
		memcpy(whole->source.byteArray16, policy.src.b, 16);
		whole->setting.value.type = FWP_BYTE_ARRAY16_TYPE;
		whole->setting.value.byteArray16 = &whole->source;
	} else {
		whole->setting.value.type = FWP_UINT32;
		memcpy(&whole->setting.value.uint32, policy.src.b, 4);
	}
	*ret = &whole->context;
	return 0;
}

EXPORT DWORD WINAPI FwpmProviderContextGetByKey3(HANDLE engine, const GUID *key,
						 struct context **ret)
{
	(void)engine;
	CALL("FwpmProviderContextGetByKey3", NULL, 0, find_context(key, ret));
}

/* Addresses of settings are in network byte order, those of conditions in the host's. */
static bool read_setting(const struct context *context, FWP_IP_VERSION version, struct ip *ret)
{
	const struct setting *setting = context->settings ? context->settings->at : NULL;

	if (context->type != POLICY_CONTEXT || !setting || context->settings->n != 1 ||
	    setting->type != SOURCE_ADDRESS)
		return false;
	*ret = (struct ip){.family = version == FWP_IP_VERSION_V6 ? 6 : 4};
	if (version == FWP_IP_VERSION_V6 && setting->value.type == FWP_BYTE_ARRAY16_TYPE)
		memcpy(ret->b, setting->value.byteArray16->byteArray16, 16);
	else if (version == FWP_IP_VERSION_V4 && setting->value.type == FWP_UINT32)
		memcpy(ret->b, &setting->value.uint32, 4);
	else
		return false;
	return true;
}

static bool read_mask(const FWP_V4_ADDR_AND_MASK *mask, struct policy *policy)
{
	policy->dst = (struct ip){4,
				  {(uint8_t)(mask->addr >> 24), (uint8_t)(mask->addr >> 16),
				   (uint8_t)(mask->addr >> 8), (uint8_t)mask->addr}};
	for (policy->len = 0; policy->len < 32; policy->len++) {
		if (!(mask->mask >> (31 - policy->len) & 1U))
			break;
	}
	return policy->len == 32 || !(mask->mask << policy->len);
}

static bool read_condition(const FWPM_FILTER_CONDITION0 *condition, FWP_IP_VERSION version,
			   struct policy *policy)
{
	static const GUID REMOTE = {
		0xb235ae9a, 0x1d64, 0x49b8, {0xa4, 0x4c, 0x5f, 0xf3, 0xd9, 0x09, 0x50, 0x45}};
	const FWP_CONDITION_VALUE0 *value = &condition->conditionValue;

	if (memcmp(&condition->fieldKey, &REMOTE, sizeof(REMOTE)) != 0 ||
	    condition->matchType != FWP_MATCH_EQUAL)
		return false;
	if (version == FWP_IP_VERSION_V4 && value->type == FWP_V4_ADDR_MASK)
		return read_mask(value->v4AddrMask, policy);
	if (version != FWP_IP_VERSION_V6 || value->type != FWP_V6_ADDR_MASK)
		return false;
	policy->dst = (struct ip){.family = 6};
	memcpy(policy->dst.b, value->v6AddrMask->addr, 16);
	policy->len = value->v6AddrMask->prefixLength;
	return policy->len <= 128;
}

static DWORD add_policy(const struct session *session, const struct context *context,
			FWP_IP_VERSION version, UINT64 weight, UINT32 n,
			const FWPM_FILTER_CONDITION0 *conditions)
{
	struct policy policy = {
		.weight = weight, .provider = "0", .pid = session->flags & DYNAMIC ? sys_pid() : 0};
	int code;

	if (n > 1 && !memcmp(&conditions[0].fieldKey, &conditions[1].fieldKey, sizeof(GUID)))
		return (DWORD)FWP_E_DUPLICATE_CONDITION_;
	if (n != 1 || !context->display.name || !read_setting(context, version, &policy.src) ||
	    !read_condition(conditions, version, &policy))
		return ERROR_INVALID_PARAMETER;
	name_of(&context->key, policy.name);
	if (context->provider) {
		name_of(context->provider, policy.provider);
		if (!providers_has(policy.provider))
			return (DWORD)FWP_E_PROVIDER_NOT_FOUND;
	}
	code = policies_add(&policy);
	return code == -L_EEXIST ? (DWORD)FWP_E_ALREADY_EXISTS : code_of(code);
}

static struct seen seen_of(const struct context *context, FWP_IP_VERSION version,
			   const FWPM_FILTER_CONDITION0 *conditions)
{
	struct seen seen = {.key = context->key};
	struct policy policy = {0};
	struct ip src;

	if (read_setting(context, version, &src) && read_condition(conditions, version, &policy)) {
		seen.family = src.family;
		seen.len = policy.len;
		memcpy(seen.dst, policy.dst.b, 16);
		memcpy(seen.src, src.b, 16);
	}
	return seen;
}

EXPORT DWORD WINAPI FwpmConnectionPolicyAdd0(HANDLE engine, const struct context *context,
					     FWP_IP_VERSION version, UINT64 weight, UINT32 n,
					     const FWPM_FILTER_CONDITION0 *conditions,
					     PSECURITY_DESCRIPTOR sd)
{
	struct seen seen = seen_of(context, version, conditions);

	(void)sd;
	CALL("FwpmConnectionPolicyAdd0", &seen, sizeof(seen),
	     add_policy(engine, context, version, weight, n, conditions));
}

static DWORD drop_policy(const GUID *key)
{
	char name[33];

	name_of(key, name);
	return policies_drop(name, 0) ? 0 : (DWORD)FWP_E_PROVIDER_CONTEXT_NOT_FOUND;
}

EXPORT DWORD WINAPI FwpmConnectionPolicyDeleteByKey0(HANDLE engine, const GUID *key)
{
	(void)engine;
	CALL("FwpmConnectionPolicyDeleteByKey0", (void *)(uintptr_t)key, sizeof(*key),
	     drop_policy(key));
}
