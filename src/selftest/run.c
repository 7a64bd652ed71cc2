/* SPDX-License-Identifier: MIT */
/* Idea: every experiment begins on an empty stage, whatever the one before has left. */
#include "selftest/trial.h"

const char *r2_finding_name(enum r2_finding finding)
{
	static const char *const names[] = {"holds", "does not hold", "not tried"};

	return names[finding];
}

static const char *lacking(unsigned lacks)
{
	static const struct {
		unsigned can;
		const char *why;
	} reasons[] = {
		{R2_STAGE_IPV6, "the interface has no IPv6"},
		{R2_STAGE_HEARS, "nobody hears what leaves by the interface"},
		{R2_STAGE_GATEWAY, "no gateway answers on the interface"},
		{R2_STAGE_SPEAKS, "it needs a far side: run it without dev"},
		{R2_STAGE_CARRIER, "the carrier is not ours to take away: run it without dev"},
		{R2_STAGE_DISABLE, "it switches the interface off and on: give --disruptive"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (lacks & reasons[i].can)
			return reasons[i].why;
	return "";
}

static void try_point(struct r2_stage *stage, const struct r2_point *point, struct r2_result *ret)
{
	unsigned needs = point->needs | (point->family == R2_IPV6 ? R2_STAGE_IPV6 : 0U);
	struct r2_trial trial = {.stage = stage,
				 .point = point,
				 .ground = r2_ground(point->family),
				 .finding = R2_DOES_NOT};

	*ret = (struct r2_result){.point = point};
	trial.seen = r2_text_start(ret->seen, sizeof(ret->seen));
	if (needs & ~stage->can)
		r2_cannot(&trial, "%s", lacking(needs & ~stage->can));
	else if (point->run(&trial))
		trial.finding = R2_HOLDS;
	ret->finding = trial.finding;
}

bool r2_selftest_run(struct r2_stage *stage, enum r2_family family,
		     void (*each)(void *ctx, const struct r2_result *result), void *ctx,
		     struct r2_error *err)
{
	for (size_t i = 0; i < r2_n_points; i++) {
		struct r2_result result;

		if (family && r2_points[i].family != family)
			continue;
		if (r2_stage_interrupted(stage))
			return r2_error_set(err, R2_FAILED, "interrupted before all was tried");
		try_point(stage, &r2_points[i], &result);
		each(ctx, &result);
		if (!r2_stage_clear(stage, err))
			return false;
	}
	return true;
}
