/* SPDX-License-Identifier: MIT */
/* Settling on Windows: a route names no source there, so the method follows from a model. */
#include "core/policy.h"
#include "core/verify.h"
#include "core/whatif.h"

/* All that can still be done, in few words: `explain` has more. */
static bool refuse(const struct r2_host *host, const struct r2_whatif *whatif, struct r2_error *err)
{
	const struct r2_ip *blocker = &whatif->blocked_by;
	const char *skip = "";
	char text[R2_IP_TEXT];

	*err = whatif->why_not;
	if (!whatif->ways.n)
		return false;
	if (whatif->phantom.family && !whatif->pick.error &&
	    !r2_ip_equal(&whatif->pick.gateway, &whatif->phantom))
		return r2_error_hint(err, "another route goes first, by %s: give a smaller metric",
				     whatif->pick.gateway.family
					     ? r2_ip_format(&whatif->pick.gateway, text)
					     : "the link itself");
	if (blocker->family == R2_IPV4 && r2_host_addr(host, blocker, 0))
		skip = "`method skipassource`, by which that address is nobody's source, ";
	return r2_error_hint(err,
			     "the ways out: a connection policy (`method native`), %s"
			     "or another address than %s",
			     skip, r2_ip_format(&whatif->target.src, text));
}

static void take(const struct r2_whatif *whatif, struct r2_target *target)
{
	target->method = whatif->method;
	target->skips = whatif->target.skips;
	target->any_method = false;
	target->route.prefsrc = (struct r2_ip){0};
	if (whatif->method == R2_PHANTOM) {
		target->steers = target->src;
		target->route.prefsrc = target->src;
	}
}

static bool by_policy(const struct r2_host *host, const struct r2_intent *intent,
		      struct r2_target *target, struct r2_error *err)
{
	if (!(host->flags & r2_policy_flag(target->src.family))) {
		r2_error_set(err, R2_FAILED,
			     "`method native` needs connection policies, which this Windows does "
			     "not have or does not obey");
		return r2_error_hint(err, "leave `method` out: a phantom may do it");
	}
	if (intent->phantom.family)
		return r2_error_set(err, R2_FAILED, "a connection policy knows no phantom");
	if (!r2_policy_fits(host, target, err))
		return false;
	target->method = R2_NATIVE;
	target->any_method = false;
	target->route.prefsrc = (struct r2_ip){0};
	target->route.flags |= R2_ROUTE_POLICY;
	return true;
}

bool r2_settle_tries_policy(const struct r2_host *host, const struct r2_intent *intent)
{
	return host->system == R2_SYSTEM_WINDOWS &&
	       !(host->flags & r2_policy_flag(intent->src.family)) &&
	       (intent->method == R2_AUTO || intent->method == R2_NATIVE) &&
	       !intent->phantom.family && intent->gateways.n < 2;
}

bool r2_settle_windows(const struct r2_host *host, const struct r2_intent *intent,
		       struct r2_target *target, struct r2_notes *notes, struct r2_error *err)
{
	struct r2_whatif whatif = {.line = *intent, .target = *target};
	struct r2_ip samples[R2_SAMPLES_MAX];
	bool known = host->flags & r2_policy_flag(target->src.family);

	if (intent->method == R2_NATIVE)
		return by_policy(host, intent, target, err);
	r2_verify_samples(host, &target->route, samples);
	if (!r2_whatif_windows(host, R2_RULES_WINDOWS, &samples[0], notes, NULL, &whatif))
		return r2_error_set(err, R2_FAILED, "out of memory");
	if (whatif.possible &&
	    (intent->method != R2_PLAIN || whatif.method == R2_PLAIN || intent->phantom.family)) {
		take(&whatif, target);
		return true;
	}
	if (intent->method == R2_AUTO && known && by_policy(host, intent, target, err))
		return true;
	if (!whatif.possible)
		return refuse(host, &whatif, err);
	r2_error_set(err, R2_FAILED, "the gateway by itself does not yield this source");
	return r2_error_hint(err, "`method phantom` does");
}
