/* SPDX-License-Identifier: MIT */
/* Texts that should have been addresses: what is wrong with them, and what may have been meant. */
#ifndef R2_CORE_ADVICE_H
#define R2_CORE_ADVICE_H

#include "core/error.h"
#include "core/ip.h"

/** r2_advise_address() - say why @text, which r2_ip_parse() refused, is none. Return: false */
bool r2_advise_address(const char *text, struct r2_error *err);

/**
 * r2_advise_prefix() - say why @text is no destination
 * @fault: what r2_prefix_parse() said, not R2_PREFIX_OK
 *
 * Return: false.
 */
bool r2_advise_prefix(const char *text, enum r2_prefix_fault fault, struct r2_error *err);

#endif
