/* SPDX-License-Identifier: MIT */
/*
 * Idea: a connection policy for each native line, by a name that follows from the line, under a
 * provider of route2's own. It is neither dynamic nor persistent: such an object lives until it is
 * deleted, the filter engine stops or the system does (Microsoft Learn: Object Management), just as
 * the active store's routes do. So a reboot takes both, and the service brings both back.
 */
#include "core/book.h"
#include "os/windows/windows.h"

#include <string.h>

#define WEIGHT UINT64_C(0x10000000) /* and the prefix's length: the longer goes before */

/* route2's provider, by which others can tell whose its policies are. */
static const GUID PROVIDER = {
	0x72323034, 0x7632, 0x8072, {0x80, 0x72, 0x6f, 0x75, 0x74, 0x65, 0x32, 0x01}};
/* FWPM_CONDITION_IP_REMOTE_ADDRESS, fwpmu.h */
static const GUID REMOTE_ADDRESS = {
	0xb235ae9a, 0x1d64, 0x49b8, {0xa4, 0x4c, 0x5f, 0xf3, 0xd9, 0x09, 0x50, 0x45}};

static uint32_t number_of(const struct r2_ip *ip)
{
	return (uint32_t)ip->bytes[0] << 24 | (uint32_t)ip->bytes[1] << 16 |
	       (uint32_t)ip->bytes[2] << 8 | ip->bytes[3];
}

static GUID guid_of(const struct r2_ledger_row *row)
{
	uint8_t bytes[16];
	GUID guid;

	r2_policy_guid(row, bytes);
	guid.Data1 = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
		     bytes[3];
	guid.Data2 = (uint16_t)(bytes[4] << 8 | bytes[5]);
	guid.Data3 = (uint16_t)(bytes[6] << 8 | bytes[7]);
	memcpy(guid.Data4, bytes + 8, sizeof(guid.Data4));
	return guid;
}

/**
 * struct policy - one, with what it points to
 * @mask4, @mask6: the destination; @source6: the source, should it be IPv6
 */
struct policy {
	WCHAR name[16];
	GUID provider;
	FWP_BYTE_ARRAY16 source6;
	FWP_V4_ADDR_AND_MASK mask4;
	FWP_V6_ADDR_AND_MASK mask6;
	struct r2_fwp_setting setting;
	struct r2_fwp_settings settings;
	struct r2_fwp_context context;
	FWPM_FILTER_CONDITION0 condition;
};

static void fill_setting(struct policy *policy, const struct r2_ip *src)
{
	FWP_VALUE0 *value = &policy->setting.value;

	policy->setting.type = R2_FWP_SOURCE_ADDRESS;
	if (src->family == R2_IPV6) {
		value->type = FWP_BYTE_ARRAY16_TYPE;
		memcpy(policy->source6.byteArray16, src->bytes, 16);
		value->byteArray16 = &policy->source6;
	} else {
		value->type = FWP_UINT32;
		value->uint32 = htonl(number_of(src));
	}
}

static void fill_condition(struct policy *policy, const struct r2_prefix *dst)
{
	FWP_CONDITION_VALUE0 *value = &policy->condition.conditionValue;

	policy->condition.fieldKey = REMOTE_ADDRESS;
	policy->condition.matchType = FWP_MATCH_EQUAL;
	if (dst->addr.family == R2_IPV6) {
		value->type = FWP_V6_ADDR_MASK;
		memcpy(policy->mask6.addr, dst->addr.bytes, 16);
		policy->mask6.prefixLength = dst->len;
		value->v6AddrMask = &policy->mask6;
	} else {
		value->type = FWP_V4_ADDR_MASK;
		policy->mask4.addr = number_of(&dst->addr);
		policy->mask4.mask = dst->len ? UINT32_MAX << (32 - dst->len) : 0;
		value->v4AddrMask = &policy->mask4;
	}
}

DWORD r2_win_policy_add(struct r2_fwp *fwp, HANDLE engine, const GUID *key, bool ours,
			const struct r2_prefix *dst, const struct r2_ip *src)
{
	struct policy policy = {.name = L"route2", .provider = PROVIDER};

	fill_setting(&policy, src);
	fill_condition(&policy, dst);
	policy.settings = (struct r2_fwp_settings){1, &policy.setting};
	policy.context.key = *key;
	policy.context.display.name = policy.name;
	policy.context.provider = ours ? &policy.provider : NULL;
	policy.context.type = R2_FWP_POLICY_CONTEXT;
	policy.context.settings = &policy.settings;
	return fwp->FwpmConnectionPolicyAdd0(engine, &policy.context,
					     dst->addr.family == R2_IPV6 ? FWP_IP_VERSION_V6
									 : FWP_IP_VERSION_V4,
					     WEIGHT + dst->len, 1, &policy.condition, NULL);
}

static DWORD add_provider(struct r2_fwp *fwp, HANDLE engine)
{
	static WCHAR name[] = L"route2", what[] = L"sources of destinations";
	const FWPM_PROVIDER0 provider = {.providerKey = PROVIDER,
					 .displayData = {.name = name, .description = what}};
	DWORD code = fwp->FwpmProviderAdd0(engine, &provider, NULL);

	return code == (DWORD)FWP_E_ALREADY_EXISTS ? 0 : code;
}

static bool is_absent(DWORD code)
{
	return code == (DWORD)FWP_E_PROVIDER_CONTEXT_NOT_FOUND ||
	       code == (DWORD)FWP_E_PROVIDER_NOT_FOUND || code == (DWORD)FWP_E_NOT_FOUND;
}

static bool fail(DWORD code, const char *call, const struct r2_ledger_row *row,
		 struct r2_error *err)
{
	char dst[R2_PREFIX_TEXT], src[R2_IP_TEXT];

	return r2_win_fail(err, code, call, "cannot set the connection policy to %s from %s",
			   r2_prefix_format(&row->dst, dst), r2_ip_format(&row->src, src));
}

/*
 * What is there by that name, and says the same: what else is not ours to count on. Return: 0, or
 * why it cannot be told.
 */
static DWORD find(struct r2_fwp *fwp, HANDLE engine, const struct r2_ledger_row *row,
		  bool *ret_stands)
{
	struct r2_fwp_context *found = NULL;
	const GUID key = guid_of(row);
	DWORD code = fwp->FwpmProviderContextGetByKey3(engine, &key, &found);

	*ret_stands = false;
	if (code || !found)
		return is_absent(code) ? 0 : code;
	if (found->type == R2_FWP_POLICY_CONTEXT && found->settings && found->settings->n == 1) {
		const FWP_VALUE0 *value = &found->settings->at[0].value;

		*ret_stands = row->src.family == R2_IPV6
				      ? value->type == FWP_BYTE_ARRAY16_TYPE &&
						!memcmp(value->byteArray16, row->src.bytes, 16)
				      : value->type == FWP_UINT32 &&
						value->uint32 == htonl(number_of(&row->src));
	}
	fwp->FwpmFreeMemory0((void **)(void *)&found);
	return 0;
}

/* Who may not ask, or has no answer, takes the ledger's word: what it forgets nobody takes away. */
bool r2_win_policy_stands(struct r2_windows *win, const struct r2_ledger_row *row)
{
	struct r2_error unused;
	bool stands, found;
	HANDLE engine;

	if (!r2_fwp_load(&win->fwp, &unused))
		return false;
	if (!r2_fwp_open(&win->fwp, false, &engine, &unused))
		return true;
	stands = find(&win->fwp, engine, row, &found) || found;
	win->fwp.FwpmEngineClose0(engine);
	return stands;
}

bool r2_win_policy_put(struct r2_windows *win, const struct r2_ledger_row *row,
		       struct r2_error *err)
{
	const GUID key = guid_of(row);
	HANDLE engine;
	bool stands;
	DWORD code;

	if (!r2_fwp_open(&win->fwp, false, &engine, err))
		return false;
	code = find(&win->fwp, engine, row, &stands);
	if (code || stands) {
		win->fwp.FwpmEngineClose0(engine);
		return code ? fail(code, "FwpmProviderContextGetByKey3", row, err)
			    : r2_win_ledger_put(win, row, err);
	}
	if (!r2_win_ledger_put(win, row, err)) {
		win->fwp.FwpmEngineClose0(engine);
		return false;
	}
	code = add_provider(&win->fwp, engine);
	if (!code)
		code = r2_win_policy_add(&win->fwp, engine, &key, true, &row->dst, &row->src);
	win->fwp.FwpmEngineClose0(engine);
	/* The claim stays: it may have been done all the same, and its inverse undoes it. */
	return !code || fail(code, "FwpmConnectionPolicyAdd0", row, err);
}

/* A change that was killed has left two lines that stand for one policy. */
static bool has_another_line(const struct r2_windows *win, const struct r2_ledger_row *row)
{
	r2_each (const struct r2_ledger_row, other, &win->ledger.rows) {
		if (!other->gone && !other->old && other->kind == R2_LEDGER_BOOK &&
		    other->metric != row->metric &&
		    other->metric % R2_BOOK_ORDERS == R2_BOOK_POLICY && other->link == row->link &&
		    r2_prefix_equal(&other->dst, &row->dst) &&
		    r2_ip_equal(&other->hop, &row->hop) && r2_ip_equal(&other->src, &row->src))
			return true;
	}
	return false;
}

bool r2_win_policy_take(struct r2_windows *win, const struct r2_ledger_row *row,
			struct r2_error *err)
{
	const GUID key = guid_of(row);
	DWORD code, provider;
	HANDLE engine;

	if (has_another_line(win, row))
		return r2_win_ledger_strike(win, row, err);
	if (!r2_fwp_open(&win->fwp, false, &engine, err))
		return false;
	code = win->fwp.FwpmConnectionPolicyDeleteByKey0(engine, &key);
	/* The provider goes with the last; before that it is in use, and stays. */
	provider = win->fwp.FwpmProviderDeleteByKey0(engine, &PROVIDER);
	win->fwp.FwpmEngineClose0(engine);
	if (code && !is_absent(code))
		return fail(code, "FwpmConnectionPolicyDeleteByKey0", row, err);
	if (provider && provider != (DWORD)FWP_E_IN_USE && !is_absent(provider))
		return fail(provider, "FwpmProviderDeleteByKey0", row, err);
	return r2_win_ledger_strike(win, row, err);
}
