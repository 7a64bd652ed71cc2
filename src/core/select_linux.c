/* SPDX-License-Identifier: MIT */
/* How Linux chooses a source and a table. */
#include "core/select_linux.h"

const struct r2_addr *r2_linux_source4(const struct r2_host *host, uint32_t link,
				       const struct r2_ip *next_hop, uint8_t scope)
{
	const struct r2_addr *first = NULL;

	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (addr->link != link || addr->ip.family != R2_IPV4)
			continue;
		if ((addr->flags & R2_ADDR_SECONDARY) || addr->scope > scope)
			continue;
		if (r2_prefix_contains(&addr->subnet, next_hop))
			return addr;
		if (!first)
			first = addr;
	}
	return first;
}

bool r2_linux_rule_leads(const struct r2_host *host, uint32_t table, const struct r2_prefix *dst)
{
	r2_each (const struct r2_rule, rule, &host->rules) {
		if (rule->family != dst->addr.family || rule->table != table ||
		    rule->flags != R2_RULE_TO_TABLE)
			continue;
		if (rule->to.addr.family == R2_NONE || r2_prefix_covers(&rule->to, dst))
			return true;
	}
	return false;
}
