/* SPDX-License-Identifier: MIT */
/*
 * The source that Windows since Vista takes, from what Microsoft has published: KB 969029 for IPv4,
 * RFC 3484 for IPv6. Written beside src/core/select_windows.c and not from it: each judges the
 * other. Pure.
 */
#ifndef SHIM_MODEL_H
#define SHIM_MODEL_H

#include "values.h"

/** same_ip() - and both of a family */
bool same_ip(const struct ip *a, const struct ip *b);

/** shared_bits() - how many leading bits two addresses of one family share */
unsigned shared_bits(const struct ip *a, const struct ip *b);

/** inside() - is @ip in @dst/@len */
bool inside(const struct ip *ip, const struct ip *dst, unsigned len);

/** model_route() - the route of a packet to @dst by interface @index (0: any), or NULL */
const struct route *model_route(const struct world *world, const struct ip *dst, uint32_t index);

/**
 * model_source() - the source of a packet to @dst that @route takes, or NULL
 * @ret_tie: may be NULL; no rule told the last candidates apart, and the last of them was taken,
 *	since nobody may rely on the first
 */
const struct addr *model_source(const struct world *world, const struct route *route,
				const struct ip *dst, bool *ret_tie);

#endif
