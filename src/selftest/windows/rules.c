/* SPDX-License-Identifier: MIT */
/* By which rules Windows picks a source: asked with addresses that only one rule tells apart. */
#include "selftest/points.h"

/* Of two addresses, added in this order, with a route by @hop: which one? */
static bool pick(struct r2_trial *trial, const struct r2_ip *first, const struct r2_ip *second,
		 const struct r2_ip *hop, struct r2_ip *ret)
{
	char one[R2_IP_TEXT], two[R2_IP_TEXT], by[R2_IP_TEXT], got[R2_IP_TEXT];
	struct r2_answer answer;
	struct r2_error err;

	if (!r2_put_address(trial, first) || !r2_put_address(trial, second) ||
	    !r2_put_phantom(trial, hop, NULL) || !r2_answers(trial, &trial->ground.dst, &answer))
		return false;
	*ret = answer.source;
	return r2_is_so(trial, !answer.error, "%s then %s, next hop %s: %s",
			r2_ip_format(first, one), r2_ip_format(second, two), r2_ip_format(hop, by),
			answer.error ? "no way" : r2_ip_format(ret, got)) &&
	       r2_went(trial, r2_stage_clear(trial->stage, &err), &err);
}

bool r2_point_next_hop_bits(struct r2_trial *trial)
{
	const struct r2_ip *a = &trial->ground.a, *b = &trial->ground.b;
	const struct r2_ip near_a = r2_ip_of("192.0.2.15"), near_b = r2_ip_of("192.0.2.17");
	struct r2_ip first, second, third, fourth;

	/* In both orders of adding, so that no other rule can pass for it. */
	return pick(trial, a, b, &near_a, &first) && pick(trial, a, b, &near_b, &second) &&
	       pick(trial, b, a, &near_a, &third) && pick(trial, b, a, &near_b, &fourth) &&
	       r2_ip_equal(&first, a) && r2_ip_equal(&second, b) && r2_ip_equal(&third, a) &&
	       r2_ip_equal(&fourth, b);
}

bool r2_point_next_hop_bits6(struct r2_trial *trial)
{
	const struct r2_ip *a = &trial->ground.a, *b = &trial->ground.b;
	const struct r2_ip near_a = r2_ip_of("2001:db8:0:1::15");
	const struct r2_ip near_b = r2_ip_of("2001:db8:0:1::17");
	struct r2_ip first, second;

	if (!pick(trial, a, b, &near_a, &first) || !pick(trial, a, b, &near_b, &second))
		return false;
	return r2_is_so(trial, r2_ip_equal(&first, &second),
			r2_ip_equal(&first, &second) ? "the next hop makes no difference"
						     : "the next hop decides, as in IPv4");
}

/* Both orders: the first added, the last, the lower or the higher one? */
static bool tie(struct r2_trial *trial, const char *one, const char *two, const char *hop)
{
	const struct r2_ip low = r2_ip_of(one), high = r2_ip_of(two), by = r2_ip_of(hop);
	struct r2_ip up, down;

	if (!pick(trial, &low, &high, &by, &up) || !pick(trial, &high, &low, &by, &down))
		return false;
	return r2_is_so(trial,
			(r2_ip_equal(&up, &low) || r2_ip_equal(&up, &high)) &&
				(r2_ip_equal(&down, &low) || r2_ip_equal(&down, &high)),
			"so it is the %s one",
			r2_ip_equal(&up, &down)  ? (r2_ip_equal(&up, &low) ? "lower" : "higher")
			: r2_ip_equal(&up, &low) ? "first added"
						 : "last added");
}

bool r2_point_tie_far(struct r2_trial *trial)
{
	return tie(trial, "192.0.2.50", "192.0.2.100", "192.0.2.254");
}

bool r2_point_tie_pair(struct r2_trial *trial)
{
	return tie(trial, "192.0.2.10", "192.0.2.11", "192.0.2.9");
}

bool r2_point_skip(struct r2_trial *trial)
{
	const struct r2_ip *a = &trial->ground.a, *b = &trial->ground.b;
	bool ipv4 = a->family == R2_IPV4;
	const struct r2_ip near_a = r2_ip_of(ipv4 ? "192.0.2.13" : "2001:db8:0:1::13");
	char text[R2_IP_TEXT];
	struct r2_answer answer;
	struct r2_error err;

	return r2_put_address(trial, b) &&
	       r2_went(trial, r2_stage_address(trial->stage, a, true, &err), &err) &&
	       r2_put_phantom(trial, &near_a, NULL) &&
	       r2_answers(trial, &trial->ground.dst, &answer) &&
	       r2_is_so(trial, !answer.error && r2_ip_equal(&answer.source, b), "it is %s",
			r2_ip_format(&answer.source, text));
}
