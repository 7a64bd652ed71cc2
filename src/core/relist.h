/* SPDX-License-Identifier: MIT */
/* A phantom that stands gets another gateway list: whatever routes use it stay as they are. */
#ifndef R2_CORE_RELIST_H
#define R2_CORE_RELIST_H

#include "core/book.h"
#include "core/op.h"

/**
 * r2_relist() - the operations that give @entry's phantom the list @gateways
 * @entry: of @host's book; may be torn
 * @mac: of the gateway that shall carry
 * @ops: more are added
 *
 * The neighbour first: killed in between, the book still shows the old list or a torn one, and the
 * same change is found to be left. Afterwards the other way round it would pass for done.
 *
 * Return: false if memory ran out.
 */
bool r2_relist(const struct r2_host *host, const struct r2_entry *entry,
	       const struct r2_gateways *gateways, const struct r2_mac *mac, r2_ops *ops);

#endif
