/* SPDX-License-Identifier: MIT */
/* The IPv4 tables of Linux: which route serves, with which of its next hops. */
#ifndef R2_CORE_LOOKUP4_H
#define R2_CORE_LOOKUP4_H

#include "core/hops.h"
#include "core/model.h"

/**
 * struct r2_lookup4 - a question under way
 * @model, @flow, @steps: filled in by the caller
 * @route: the one that won, or that said the error; NULL if none did
 * @table, @prefix: where it stands
 * @hops: those of its next hops that are usable
 */
struct r2_lookup4 {
	const struct r2_model *model;
	const struct r2_flow *flow;
	r2_steps *steps;
	const struct r2_route *route;
	const struct r2_fib_table *table;
	uint32_t prefix;
	struct r2_hops hops;
};

/** r2_lookup4() - fib_lookup(): the rules, then the tables. Return: 0, or the errno that is said */
int r2_lookup4(struct r2_lookup4 *asking);

/**
 * r2_lookup4_local_link() - __ip_dev_find() (net/ipv4/devinet.c): the interface of a local address,
 * or of a route of table local that says so
 *
 * Return: 0 if @ip is not this host's.
 */
uint32_t r2_lookup4_local_link(const struct r2_lookup4 *asking, const struct r2_ip *ip);

/**
 * r2_lookup4_covers() - what the routes without gateway that hold @ip say it to be, in any table
 * @ret_local: our own address; @ret_other: something else
 */
void r2_lookup4_covers(const struct r2_model *model, const struct r2_ip *ip, bool *ret_local,
		       bool *ret_other);

#endif
