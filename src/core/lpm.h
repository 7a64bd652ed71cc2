/* SPDX-License-Identifier: MIT */
/* Longest prefix match over a million prefixes of one family. */
#ifndef R2_CORE_LPM_H
#define R2_CORE_LPM_H

#include "core/ip.h"

#define R2_LPM_NONE UINT32_MAX

struct r2_lpm;

/**
 * r2_lpm_new() - index prefixes of one family
 * @prefixes: sorted by r2_prefix_compare(), each once, host bits clear; must outlive the index
 *
 * Return: NULL if memory ran out.
 */
struct r2_lpm *r2_lpm_new(const struct r2_prefix *prefixes, size_t n);
void r2_lpm_free(struct r2_lpm *lpm);

/** r2_lpm_find() - index of the longest prefix that holds @ip, R2_LPM_NONE if none does */
uint32_t r2_lpm_find(const struct r2_lpm *lpm, const struct r2_ip *ip);

/** r2_lpm_shorter() - the next longest that holds all of prefix @index, or R2_LPM_NONE */
uint32_t r2_lpm_shorter(const struct r2_lpm *lpm, uint32_t index);

#endif
