/* SPDX-License-Identifier: MIT */
/*
 * How Windows chooses: Vista and later by KB 969029, XP and 2003 by KB 175396, as far as documents
 * tell. Nothing here was confirmed on a real Windows by this project.
 */
#ifndef R2_CORE_SELECT_WINDOWS_H
#define R2_CORE_SELECT_WINDOWS_H

#include "core/fib.h"
#include "core/select.h"

/**
 * r2_windows_choose() - as r2_model_choose()
 * @fib: of the flow's family; Windows' routes are in one table, R2_MAIN_TABLE
 * @rules: R2_RULES_WINDOWS or R2_RULES_WINDOWS_XP
 *
 * Several answers are a tie: the documents do not say who wins, so do not rely on either.
 */
size_t r2_windows_choose(const struct r2_host *host, const struct r2_fib *fib, enum r2_rules rules,
			 const struct r2_flow *flow, struct r2_pick *ret, size_t room,
			 r2_steps *steps);

#endif
