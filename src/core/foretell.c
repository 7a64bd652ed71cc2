/* SPDX-License-Identifier: MIT */
#include "core/foretell.h"

bool r2_foretell(const struct r2_host *host, const struct r2_ip *dst, const struct r2_ip *src,
		 struct r2_answer *ret_answer, struct r2_error *err)
{
	struct r2_model *model = r2_model_new(host, r2_rules_of(host));
	struct r2_flow flow = {.dst = *dst};
	struct r2_pick pick;

	if (!model)
		return r2_error_set(err, R2_FAILED, "out of memory");
	if (src)
		flow.src = *src;
	r2_model_choose(model, &flow, &pick, 1, NULL);
	r2_model_free(model);
	*ret_answer = (struct r2_answer){.error = pick.error,
					 .type = pick.type,
					 .source = pick.source,
					 .gateway = pick.gateway,
					 .link = pick.link,
					 .table = pick.table};
	if (pick.route != R2_NO_ROUTE)
		ret_answer->match = host->routes.at[pick.route];
	return true;
}
