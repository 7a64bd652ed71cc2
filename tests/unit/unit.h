/* SPDX-License-Identifier: MIT */
/* What every unit test needs: cmocka with its includes, literals, and chance with a seed. */
#ifndef R2_TESTS_UNIT_H
#define R2_TESTS_UNIT_H

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef _WIN32 /* tools/windows-libs gives cmocka the printf() of mingw-w64, which knows %zu */
#define __printf__ __gnu_printf__
#endif
#include <cmocka.h>
#undef __printf__

#include "core/ip.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/** chance_begin() - seed from R2_SEED, else from the clock; prints it, to run the same again */
void chance_begin(void);
/** chance() - a number from 0 to @n - 1 */
uint32_t chance(uint32_t n);

/** ip() - an address that must be one; NULL gives none */
struct r2_ip ip(const char *text);
/** prefix() - a destination that must be one */
struct r2_prefix prefix(const char *text);
/** mac() - a MAC that must be one */
struct r2_mac mac(const char *text);

/** chance_ip() - of @family; runs of zeros and of ones are frequent */
struct r2_ip chance_ip(enum r2_family family);

#endif
