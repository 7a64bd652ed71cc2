/* SPDX-License-Identifier: MIT */
/* The longest-prefix index, against a search that looks at every prefix. */
#include "core/lpm.h"

#include <stdlib.h>

#include "unit.h"

static int by_prefix(const void *a, const void *b)
{
	return r2_prefix_compare(a, b);
}

/* Sort, and leave out what is there twice. */
static size_t tidy(struct r2_prefix *prefixes, size_t n)
{
	size_t kept = 0;

	qsort(prefixes, n, sizeof(*prefixes), by_prefix);
	for (size_t i = 0; i < n; i++) {
		if (!kept || !r2_prefix_equal(&prefixes[kept - 1], &prefixes[i]))
			prefixes[kept++] = prefixes[i];
	}
	return kept;
}

static uint32_t longest(const struct r2_prefix *prefixes, size_t n, const struct r2_ip *ip)
{
	uint32_t best = R2_LPM_NONE;

	for (size_t i = 0; i < n; i++) {
		if (r2_prefix_contains(&prefixes[i], ip) &&
		    (best == R2_LPM_NONE || prefixes[i].len > prefixes[best].len))
			best = (uint32_t)i;
	}
	return best;
}

static uint32_t shorter(const struct r2_prefix *prefixes, size_t n, uint32_t of)
{
	uint32_t best = R2_LPM_NONE;

	for (size_t i = 0; i < n; i++) {
		if (i != of && r2_prefix_covers(&prefixes[i], &prefixes[of]) &&
		    (best == R2_LPM_NONE || prefixes[i].len > prefixes[best].len))
			best = (uint32_t)i;
	}
	return best;
}

static void agree(const struct r2_prefix *prefixes, size_t n, const struct r2_lpm *lpm,
		  const struct r2_ip *ip)
{
	char text[R2_IP_TEXT];
	uint32_t wanted = longest(prefixes, n, ip), got = r2_lpm_find(lpm, ip);

	if (wanted != got)
		fail_msg("%s among %zu: %u, not %u", r2_ip_format(ip, text), n, got, wanted);
}

static void nothing_is_found_in_nothing(void **state)
{
	struct r2_lpm *lpm = r2_lpm_new(NULL, 0);
	struct r2_ip one = ip("1.2.3.4");

	(void)state;
	assert_non_null(lpm);
	assert_int_equal(r2_lpm_find(lpm, &one), R2_LPM_NONE);
	r2_lpm_free(lpm);
	r2_lpm_free(NULL);
}

static void the_longest_wins(void **state)
{
	struct r2_prefix prefixes[] = {
		prefix("0.0.0.0/0"),   prefix("10.0.0.0/8"),     prefix("10.0.0.0/16"),
		prefix("10.0.0.0/22"), prefix("10.0.1.0/24"),    prefix("10.0.1.255/32"),
		prefix("128.0.0.0/1"), prefix("255.255.0.0/16"), prefix("255.255.255.255/32"),
	};
	static const struct {
		const char *ip;
		uint32_t wanted;
	} table[] = {
		{"1.1.1.1", 0},         {"10.200.0.1", 1},      {"10.0.4.0", 2},
		{"10.0.3.255", 3},      {"10.0.1.254", 4},      {"10.0.1.255", 5},
		{"128.0.0.0", 6},       {"255.254.255.255", 6}, {"255.255.1.1", 7},
		{"255.255.255.255", 8},
	};
	struct r2_lpm *lpm = r2_lpm_new(prefixes, COUNT(prefixes));

	(void)state;
	assert_non_null(lpm);
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_ip one = ip(table[i].ip);

		assert_int_equal(r2_lpm_find(lpm, &one), table[i].wanted);
	}
	assert_int_equal(r2_lpm_shorter(lpm, 5), 4);
	assert_int_equal(r2_lpm_shorter(lpm, 4), 3);
	assert_int_equal(r2_lpm_shorter(lpm, 0), R2_LPM_NONE);
	assert_int_equal(r2_lpm_shorter(lpm, 6), 0);
	r2_lpm_free(lpm);
}

/* Prefixes of few addresses, so that they nest deeply; every edge and its neighbours are asked. */
static void a_random_set(enum r2_family family, size_t n)
{
	struct r2_prefix *prefixes = calloc(n, sizeof(*prefixes));
	unsigned bits = family == R2_IPV4 ? 32 : 128;
	struct r2_ip base = chance_ip(family);
	struct r2_lpm *lpm;

	assert_non_null(prefixes);
	for (size_t i = 0; i < n; i++) {
		struct r2_ip one = chance(3) ? base : chance_ip(family);

		one.bytes[chance(bits / 8)] ^= (uint8_t)(1u << chance(8));
		prefixes[i].len = (uint8_t)chance(bits + 1);
		prefixes[i].addr = r2_ip_mask(&one, prefixes[i].len);
	}
	n = tidy(prefixes, n);
	lpm = r2_lpm_new(prefixes, n);
	assert_non_null(lpm);
	for (size_t i = 0; i < n; i++) {
		struct r2_ip first = prefixes[i].addr, last = r2_ip_fill(&first, prefixes[i].len);
		struct r2_ip next = r2_ip_add(&last, 1), any = chance_ip(family);

		agree(prefixes, n, lpm, &first);
		agree(prefixes, n, lpm, &last);
		agree(prefixes, n, lpm, &next);
		agree(prefixes, n, lpm, &any);
		assert_int_equal(r2_lpm_shorter(lpm, (uint32_t)i),
				 shorter(prefixes, n, (uint32_t)i));
	}
	r2_lpm_free(lpm);
	free(prefixes);
}

static void random_sets(void **state)
{
	(void)state;
	chance_begin();
	for (size_t i = 0; i < 200; i++) {
		a_random_set(R2_IPV4, 1 + chance(200));
		a_random_set(R2_IPV6, 1 + chance(200));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_found_in_nothing),
		cmocka_unit_test(the_longest_wins),
		cmocka_unit_test(random_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
