/* SPDX-License-Identifier: MIT */
/* The control: what is sent beside the source's probes, and how far it can be trusted. */
#include "core/select.h"
#include "core/source4.h"
#include "core/source6.h"
#include "os/prove_rounds.h"

#include <string.h>

/* Windows compares its addresses with the next hop: what it takes by the gateway itself. */
static struct r2_ip by_gateway(const struct r2_host *host, const struct r2_evidence *evidence)
{
	struct r2_route route = {.dst = r2_prefix_host(&evidence->dst),
				 .link = evidence->link,
				 .table = R2_MAIN_TABLE,
				 .type = R2_TYPE_UNICAST};
	struct r2_flow flow = {.dst = evidence->dst};
	struct r2_host alone = *host; /* all but its routes */
	struct r2_pick pick = {.error = R2_ENETUNREACH};
	struct r2_model *model;

	if (evidence->gateways.n)
		route.gateway = evidence->gateways.at[0];
	memset(&alone.routes, 0, sizeof(alone.routes));
	model = r2_list_push(&alone.routes, &route) ? r2_model_new(&alone, R2_RULES_WINDOWS) : NULL;
	if (model)
		r2_model_choose(model, &flow, &pick, 1, NULL);
	r2_model_free(model);
	r2_list_free(&alone.routes);
	return pick.error ? (struct r2_ip){0} : pick.source;
}

struct r2_ip r2_prove_control(const struct r2_host *host, const struct r2_evidence *evidence)
{
	const struct r2_addr *addr;

	if (host->system == R2_SYSTEM_WINDOWS)
		return by_gateway(host, evidence);
	if (evidence->dst.family == R2_IPV6)
		addr = r2_source6(host, evidence->link, &evidence->dst, false, NULL);
	else
		addr = r2_source4(host, evidence->link,
				  evidence->gateways.n ? &evidence->gateways.at[0] : NULL,
				  evidence->gateways.n ? R2_SCOPE_GLOBAL : R2_SCOPE_LINK, NULL);
	return addr ? addr->ip : (struct r2_ip){0};
}

bool r2_prove_only_link(const struct r2_host *host, uint32_t index, enum r2_family family)
{
	const uint32_t up = R2_LINK_UP | R2_LINK_CARRIER;

	r2_each (const struct r2_addr, addr, &host->addrs) {
		const struct r2_link *link = r2_host_link(host, addr->link);

		if (link && link->index != index && (link->flags & up) == up &&
		    !(link->flags & R2_LINK_LOOPBACK) && addr->ip.family == family &&
		    !r2_ip_is_link_local(&addr->ip))
			return false;
	}
	return true;
}
