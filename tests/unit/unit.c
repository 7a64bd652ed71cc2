/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdlib.h>
#include <time.h>

static uint64_t state;

void chance_begin(void)
{
	const char *given = getenv("R2_SEED");
	state = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	print_message("# R2_SEED=%llu\n", (unsigned long long)state);
}

/* splitmix64 (Steele, Lea, Flood 2014) */
uint32_t chance(uint32_t n)
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ z >> 31) % n);
}

struct r2_ip ip(const char *text)
{
	struct r2_ip got = {.family = R2_NONE};
	if (text)
		assert_true(r2_ip_parse(text, &got));
	return got;
}

struct r2_prefix prefix(const char *text)
{
	struct r2_prefix got;
	assert_int_equal(r2_prefix_parse(text, &got), R2_PREFIX_OK);
	return got;
}

struct r2_mac mac(const char *text)
{
	struct r2_mac got;
	assert_true(r2_mac_parse(text, &got));
	return got;
}

struct r2_ip chance_ip(enum r2_family family)
{
	uint8_t bytes[16];
	uint32_t zeros = chance(4), ones = chance(4);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		uint32_t kind = chance(8);
		bytes[i] = (uint8_t)(kind < zeros ? 0 : kind > 7 - ones ? 0xff : chance(256));
	}
	return r2_ip_make(family, bytes);
}
