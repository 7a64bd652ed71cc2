/* SPDX-License-Identifier: MIT */
/*
 * How Linux chooses: the parts of its rules that decide before a change is made.
 *
 * Facts and measurements: the kernel's net/ipv4/devinet.c, fib_semantics.c and core/fib_rules.c.
 */
#ifndef R2_CORE_SELECT_LINUX_H
#define R2_CORE_SELECT_LINUX_H

#include "core/host.h"

/**
 * r2_linux_source4() - the source of an IPv4 route without a preferred one
 * @link: outgoing interface
 * @next_hop: its gateway or phantom; for an on-link route the destination
 * @scope: of the route: global by a gateway, link without one
 *
 * inet_select_addr() (net/ipv4/devinet.c): in the interface's order, secondaries and addresses of a
 * narrower scope left out, the first whose subnet holds the next hop, else the first of all.
 *
 * Return: NULL if the interface has none (the kernel then borrows one of another interface).
 */
const struct r2_addr *r2_linux_source4(const struct r2_host *host, uint32_t link,
				       const struct r2_ip *next_hop, uint8_t scope);

/**
 * r2_linux_rule_leads() - does a policy rule lead an unbound packet to @table
 *
 * fib_rules_lookup() (net/core/fib_rules.c). Counts rules that every packet to @dst obeys; those
 * that also look at the sender, a mark, a user or a port are the users' own business.
 */
bool r2_linux_rule_leads(const struct r2_host *host, uint32_t table, const struct r2_prefix *dst);

#endif
