/* SPDX-License-Identifier: MIT */
/*
 * Connection policies of Windows (FwpmConnectionPolicyAdd0(), Microsoft Learn): one names the
 * source of all connections to a prefix, whatever route they take. So it is wanted where its route
 * is, and refused where it would catch what is no business of that route.
 */
#ifndef R2_CORE_POLICY_H
#define R2_CORE_POLICY_H

#include "core/ledger.h"
#include "core/settle.h"

/**
 * r2_policy_fits() - may @target, settled but for its method, be done by a policy
 * @host: with all routes more specific than the target's
 *
 * Not where loopback or another route's destinations lie in the prefix: a policy looks at the
 * destination alone, and takes no heed of longer prefixes. Not where the source belongs to another
 * interface, unless that one may send from it.
 */
bool r2_policy_fits(const struct r2_host *host, const struct r2_target *target,
		    struct r2_error *err);

/** r2_policy_flag() - the host's flag that says they are obeyed in this family */
uint32_t r2_policy_flag(uint8_t family);

/** r2_policy_guid() - the name that the policy of a line of the book has: always the same one, of
 * version 8 (RFC 9562) */
void r2_policy_guid(const struct r2_ledger_row *row, uint8_t ret_guid[16]);

#endif
