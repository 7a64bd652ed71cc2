/* SPDX-License-Identifier: MIT */
/* Addresses as two numbers, for what is asked of them a million times a second. */
#ifndef R2_CORE_BITS_H
#define R2_CORE_BITS_H

#include "core/ip.h"

/** struct r2_bits - an address, its first bit on top; bits behind IPv4's 32 are zero */
struct r2_bits {
	uint64_t high, low;
};

/* Compilers make one load of it, whatever the byte order. */
static inline uint64_t r2_bits_load(const uint8_t *at)
{
	return (uint64_t)at[0] << 56 | (uint64_t)at[1] << 48 | (uint64_t)at[2] << 40 |
	       (uint64_t)at[3] << 32 | (uint64_t)at[4] << 24 | (uint64_t)at[5] << 16 |
	       (uint64_t)at[6] << 8 | at[7];
}

/**
 * r2_bits_of() - the numbers of an address
 *
 * Reads it as the eights that a copy of the whole struct is stored by: a load across two fresh
 * stores waits for both, which costs more than the rest of a lookup.
 */
static inline struct r2_bits r2_bits_of(const struct r2_ip *ip)
{
	const uint8_t *at = (const uint8_t *)ip;
	uint64_t first = r2_bits_load(at), second = r2_bits_load(at + 8);

	_Static_assert(offsetof(struct r2_ip, bytes) == 1, "behind the family");
	return (struct r2_bits){first << 8 | second >> 56, second << 8 | at[16]};
}

/** r2_bits_common() - how many leading bits are equal, 128 at most */
static inline unsigned r2_bits_common(const struct r2_bits *a, const struct r2_bits *b)
{
	uint64_t high = a->high ^ b->high, low = a->low ^ b->low;

	if (high)
		return (unsigned)__builtin_clzll(high);
	return low ? 64 + (unsigned)__builtin_clzll(low) : 128;
}

#endif
