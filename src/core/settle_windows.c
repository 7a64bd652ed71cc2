/* SPDX-License-Identifier: MIT */
/* Settling on Windows: a route names no source there, so the method follows from a model. */
#include "core/book.h"
#include "core/verify.h"
#include "core/whatif.h"

/* A phantom of ours that stands for this source and these gateways is the first to be tried. */
static bool recall_phantom(const struct r2_host *host, const struct r2_target *target,
			   struct r2_ip *phantom)
{
	struct r2_book book = {0};
	const struct r2_entry *entry;

	if (!r2_book_read(host, &book))
		return false;
	entry = r2_book_by_list(&book, target->route.link, &target->src, &target->gateways);
	if (entry && !phantom->family)
		*phantom = entry->phantom;
	r2_book_free(&book);
	return true;
}

/* Without a phantom first, unless one was asked for: the simplest method that does it. */
static bool try_methods(const struct r2_host *host, const struct r2_ip *dst, struct r2_notes *notes,
			struct r2_whatif *whatif)
{
	struct r2_ip given = whatif->target.phantom;
	bool again;

	if (!r2_whatif_windows(host, R2_RULES_WINDOWS, dst, notes, NULL, whatif))
		return false;
	again = !given.family && whatif->line.method != R2_SKIPASSOURCE &&
		(whatif->method != R2_PLAIN || !whatif->possible);
	if (!again)
		return true;
	if (!recall_phantom(host, &whatif->target, &whatif->target.phantom))
		return false;
	return !whatif->target.phantom.family ||
	       r2_whatif_windows(host, R2_RULES_WINDOWS, dst, NULL, NULL, whatif);
}

static bool refuse(const struct r2_whatif *whatif, struct r2_error *err)
{
	*err = whatif->why_not;
	if (whatif->ways.n)
		r2_error_hint(err, "%s", whatif->ways.text[0]);
	return false;
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

static bool use_policy(const struct r2_host *host, const struct r2_intent *intent,
		       struct r2_target *target)
{
	if (!(host->flags & R2_HOST_POLICY) || target->gateways.n != 1 ||
	    (intent->method != R2_AUTO && intent->method != R2_NATIVE) || intent->phantom.family)
		return false;
	target->method = R2_NATIVE;
	target->any_method = false;
	target->route.prefsrc = target->src;
	return true;
}

bool r2_settle_windows(const struct r2_host *host, const struct r2_intent *intent,
		       struct r2_target *target, struct r2_notes *notes, struct r2_error *err)
{
	struct r2_whatif whatif = {.line = *intent, .target = *target};
	struct r2_ip samples[R2_SAMPLES_MAX];

	if (intent->method == R2_NATIVE) {
		if (use_policy(host, intent, target))
			return true;
		r2_error_set(err, R2_FAILED,
			     "`method native` needs connection policies, which this Windows does "
			     "not have or does not obey");
		return r2_error_hint(err, "leave `method` out: a phantom may do it");
	}
	r2_verify_samples(host, &target->route, samples);
	if (!try_methods(host, &samples[0], notes, &whatif))
		return r2_error_set(err, R2_FAILED, "out of memory");
	if (whatif.possible &&
	    (intent->method != R2_PLAIN || whatif.method == R2_PLAIN || intent->phantom.family)) {
		take(&whatif, target);
		return true;
	}
	if (use_policy(host, intent, target))
		return true;
	if (!whatif.possible)
		return refuse(&whatif, err);
	r2_error_set(err, R2_FAILED, "the gateway by itself does not yield this source");
	return r2_error_hint(err, "`method phantom` does");
}
