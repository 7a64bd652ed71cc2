/* SPDX-License-Identifier: MIT */
/* inet_select_addr(), net/ipv4/devinet.c. */
#include "core/source4.h"

#define WHERE "inet_select_addr(), net/ipv4/devinet.c"
#define RULE  "IPv4 source"

/* Why a candidate is out whatever the next hop, NULL if it is not. */
static const char *unfit(const struct r2_addr *addr, uint8_t scope, uint8_t localnet_scope)
{
	uint8_t own = addr->scope < localnet_scope ? addr->scope : localnet_scope;

	if (addr->flags & R2_ADDR_SECONDARY)
		return "is secondary: an earlier address has its subnet";
	return own > scope ? "has a narrower scope than the route" : NULL;
}

static const struct r2_addr *on_link(const struct r2_host *host, const struct r2_link *link,
				     const struct r2_ip *next_hop, uint8_t scope, r2_steps *steps)
{
	uint8_t localnet = link->flags & R2_LINK_ROUTE_LOCALNET ? R2_SCOPE_LINK : R2_SCOPE_HOST;
	const struct r2_addr *first = NULL;
	char text[R2_IP_TEXT], hop[R2_IP_TEXT];

	r2_each (const struct r2_addr, addr, &host->addrs) {
		const char *why;

		if (addr->link != link->index || addr->ip.family != R2_IPV4)
			continue;
		why = unfit(addr, scope, localnet);
		if (why) {
			if (steps)
				r2_step(steps, R2_STEP_DROPPED, RULE, WHERE, "%s %s",
					r2_ip_format(&addr->ip, text), why);
			continue;
		}
		if (!next_hop || r2_prefix_contains(&addr->subnet, next_hop)) {
			if (steps)
				r2_step(steps, R2_STEP_CHOSEN, RULE, WHERE, "%s is the first %s %s",
					r2_ip_format(&addr->ip, text),
					next_hop ? "whose subnet holds next hop" : "of",
					next_hop ? r2_ip_format(next_hop, hop) : link->name);
			return addr;
		}
		if (steps)
			r2_step(steps, first ? R2_STEP_DROPPED : R2_STEP_NOTE, RULE, WHERE,
				"%s: its subnet does not hold next hop %s%s",
				r2_ip_format(&addr->ip, text), r2_ip_format(next_hop, hop),
				first ? "" : "; it stands if none does");
		if (!first)
			first = addr;
	}
	if (first && steps)
		r2_step(steps, R2_STEP_CHOSEN, RULE, WHERE,
			"no subnet holds next hop %s: %s, the first of %s, is taken",
			r2_ip_format(next_hop, hop), r2_ip_format(&first->ip, text), link->name);
	return first;
}

static const struct r2_addr *on_any(const struct r2_host *host, uint8_t scope, r2_steps *steps)
{
	char text[R2_IP_TEXT];

	r2_each (const struct r2_link, link, &host->links) {
		r2_each (const struct r2_addr, addr, &host->addrs) {
			if (addr->link != link->index || addr->ip.family != R2_IPV4 ||
			    (addr->flags & R2_ADDR_SECONDARY) || addr->scope == R2_SCOPE_LINK ||
			    addr->scope > scope)
				continue;
			if (steps)
				r2_step(steps, R2_STEP_CHOSEN, RULE, WHERE,
					"%s of %s is the first on any interface",
					r2_ip_format(&addr->ip, text), link->name);
			return addr;
		}
	}
	r2_step(steps, R2_STEP_DROPPED, RULE, WHERE, "no address is fit: Linux sends from 0.0.0.0");
	return NULL;
}

const struct r2_addr *r2_source4(const struct r2_host *host, uint32_t link,
				 const struct r2_ip *next_hop, uint8_t scope, r2_steps *steps)
{
	const struct r2_link *out = r2_host_link(host, link);
	const struct r2_addr *found = NULL;

	if (next_hop && next_hop->family != R2_IPV4)
		next_hop = NULL;
	if (out)
		found = on_link(host, out, next_hop, scope, steps);
	return found ? found : on_any(host, scope, steps);
}
