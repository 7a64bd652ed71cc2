/* SPDX-License-Identifier: MIT */
/* Policy rules of Linux: which table is asked, in which order (net/core/fib_rules.c). */
#ifndef R2_CORE_RULES_H
#define R2_CORE_RULES_H

#include "core/select.h"

/** What a table, or a rule's suppressor, says: R2_EAGAIN for "go on", else final (0 or an errno) */
typedef int r2_rules_ask(void *ctx, const struct r2_rule *rule, uint32_t table);

/**
 * r2_rules_walk() - fib_rules_lookup(): by priority, with goto, nop, invert and detached names
 * @ask: called for each matching rule that leads to a table; it also applies suppressors
 * @steps: may be NULL
 *
 * Without any rule of @family in the host and R2_HOST_NO_RULES, the usual ones hold.
 *
 * Return: what @ask said, the error of an unreachable, prohibit or blackhole rule, or
 * R2_ENETUNREACH at the end.
 */
int r2_rules_walk(const struct r2_host *host, enum r2_family family, const struct r2_flow *flow,
		  r2_rules_ask *ask, void *ctx, r2_steps *steps);

/** r2_rules_unmodelled() - selects by something that the models do not know */
bool r2_rules_unmodelled(const struct r2_rule *rule);

/** r2_rules_usual() - only `from all` to local, main (and, in IPv4, default) at 0, 32766, 32767 */
bool r2_rules_usual(const struct r2_host *host, enum r2_family family);

/**
 * r2_rules_lead() - does a policy rule lead an unbound packet to @table; Windows has none, and its
 * one table serves
 *
 * fib_rules_lookup() (net/core/fib_rules.c). Counts rules that every packet to @dst obeys; those
 * that also look at the sender, a mark, a user or a port are the users' own business.
 */
bool r2_rules_lead(const struct r2_host *host, uint32_t table, const struct r2_prefix *dst);

#endif
