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
 * Return: what @ask said, the error of an unreachable, prohibit or blackhole rule, or R2_ENETUNREACH
 * at the end.
 */
int r2_rules_walk(const struct r2_host *host, enum r2_family family, const struct r2_flow *flow,
		  r2_rules_ask *ask, void *ctx, r2_steps *steps);

/** r2_rules_usual() - only `from all` to local, main (and, in IPv4, default) at 0, 32766, 32767 */
bool r2_rules_usual(const struct r2_host *host, enum r2_family family);

#endif
