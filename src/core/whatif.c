/* SPDX-License-Identifier: MIT */
/* What if: the line of the user, tried on paper. */
#include "core/whatif.h"

#include <string.h>

#include "core/book.h"
#include "core/phantom.h"

#define W_METHOD "route2(8), METHODS"

/* The phantom that `add` would take: the list's own, the one given, or the first that is free. */
static bool find_phantom(const struct r2_host *host, struct r2_whatif *whatif, r2_steps *steps)
{
	const struct r2_target *target = &whatif->target;
	const struct r2_entry *shared;
	struct r2_book book;
	char text[R2_IP_TEXT];
	bool ok = true;

	if (!r2_book_read(host, &book))
		return false;
	shared = r2_book_by_list(&book, target->route.link, &target->gateways);
	if (target->phantom.family) {
		whatif->phantom = target->phantom;
		if (!shared || !r2_ip_equal(&shared->phantom, &target->phantom))
			ok = r2_phantom_usable(host, &book, target->route.link, &target->phantom,
					       &whatif->why_not);
	} else if (shared) {
		whatif->phantom = shared->phantom;
	} else {
		ok = r2_phantom_choose(host, &book, target->route.link,
				       (enum r2_family)target->route.dst.addr.family, NULL,
				       &whatif->phantom);
		if (!ok)
			r2_error_set(&whatif->why_not, R2_FAILED, "every phantom is taken");
	}
	r2_book_free(&book);
	whatif->possible = ok;
	if (ok && steps)
		r2_step(steps, R2_STEP_CHOSEN, "phantom", W_METHOD, "%s: %s",
			r2_ip_format(&whatif->phantom, text),
			shared                   ? "routes by these gateways have it already"
			: target->phantom.family ? "as the line says"
						 : "the first of the phantom ranges that is free");
	return true;
}

/* A host whose first route is @route; it borrows all else. */
static bool copy_with(const struct r2_host *host, const struct r2_route *route, struct r2_host *ret)
{
	struct r2_host copy = *host;
	bool ok;

	memset(&copy.routes, 0, sizeof(copy.routes));
	ok = r2_list_push(&copy.routes, route);
	r2_each (const struct r2_route, one, &host->routes)
		ok = ok && r2_list_push(&copy.routes, one);
	if (!ok)
		r2_list_free(&copy.routes);
	*ret = copy;
	return ok;
}

static void judge(const struct r2_host *copy, struct r2_whatif *whatif)
{
	const struct r2_pick *pick = &whatif->pick;
	char text[R2_IP_TEXT], want[R2_IP_TEXT], prefix[R2_PREFIX_TEXT], number[16];
	const struct r2_route *won =
		pick->route == R2_NO_ROUTE ? NULL : &copy->routes.at[pick->route];

	whatif->possible = !pick->error && r2_ip_equal(&pick->source, &whatif->target.src);
	if (whatif->possible)
		return;
	r2_ip_format(&whatif->target.src, want);
	if (pick->error)
		r2_error_set(&whatif->why_not, R2_FAILED, "the host would refuse to send: %s",
			     r2_errno_name(pick->error, number));
	else
		r2_error_set(&whatif->why_not, R2_FAILED,
			     "the host would send from %s, not %s, by %s",
			     r2_ip_format(&pick->source, text), want,
			     won ? r2_prefix_name(&won->dst, prefix) : "its interface");
	if (won && won->table != whatif->target.route.table)
		r2_error_hint(&whatif->why_not,
			      "a policy rule leads to another table first: use `table %u`",
			      won->table);
	else if (won && won->dst.len > whatif->target.route.dst.len)
		r2_error_hint(&whatif->why_not, "a longer prefix goes first: name it instead");
	else if (won && won->metric < whatif->target.route.metric)
		r2_error_hint(&whatif->why_not, "a lower metric goes first: use one below %u",
			      won->metric);
}

static bool try_route(const struct r2_host *host, const struct r2_ip *dst, r2_steps *steps,
		      struct r2_whatif *whatif)
{
	struct r2_route route = whatif->target.route;
	struct r2_flow flow = {.dst = *dst};
	struct r2_model *model;
	struct r2_host copy;

	if (whatif->phantom.family)
		route.gateway = whatif->phantom;
	if (!copy_with(host, &route, &copy))
		return false;
	model = r2_model_new(&copy, R2_RULES_LINUX);
	if (model) {
		r2_model_choose(model, &flow, &whatif->pick, 1, steps);
		judge(&copy, whatif);
	}
	r2_model_free(model);
	r2_list_free(&copy.routes);
	return model != NULL;
}

bool r2_whatif_linux(const struct r2_host *host, const struct r2_intent *intent,
		     const struct r2_ip *dst, struct r2_notes *notes, r2_steps *steps,
		     struct r2_whatif *ret)
{
	struct r2_whatif whatif = {.possible = true};
	bool ok = true;

	if (!r2_settle(host, intent, &whatif.target, notes, &whatif.why_not)) {
		whatif.possible = false;
		*ret = whatif;
		return true;
	}
	whatif.method = whatif.target.method;
	r2_step(steps, R2_STEP_CHOSEN, "method", W_METHOD, "%s: %s", r2_method_name(whatif.method),
		whatif.method == R2_PHANTOM ? "a made-up next hop that all these gateways can carry"
		: whatif.method == R2_NATIVE
			? "the route names its source, so any address of this host may be it"
			: "the next hop yields the source by itself");
	if (whatif.method == R2_PHANTOM || whatif.target.phantom.family)
		ok = find_phantom(host, &whatif, steps);
	if (ok && whatif.possible)
		ok = try_route(host, dst, steps, &whatif);
	*ret = whatif;
	return ok;
}
