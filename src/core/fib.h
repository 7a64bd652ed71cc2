/* SPDX-License-Identifier: MIT */
/* Routing tables made ready for lookups: each a longest-prefix index over the host's routes. */
#ifndef R2_CORE_FIB_H
#define R2_CORE_FIB_H

#include "core/host.h"
#include "core/lpm.h"

/**
 * struct r2_fib_table - the routes of one table and family
 * @prefixes: each once, sorted; @n of them
 * @first: @n + 1 offsets into @routes: those of prefix i are first[i] .. first[i + 1] - 1
 * @routes: indices in r2_host.routes, of one prefix in the kernel's order
 */
struct r2_fib_table {
	uint32_t id;
	size_t n;
	struct r2_prefix *prefixes;
	uint32_t *first;
	uint32_t *routes;
	struct r2_lpm *lpm;
};

/** struct r2_fib - of one family, tables in the order of their ids */
struct r2_fib {
	R2_LIST(struct r2_fib_table) tables;
};

/**
 * r2_fib_build() - index @family's routes of @host
 * @merged: local and main as one table with the id of main, as Linux IPv4 keeps them until the
 *	first rule is added (fib_trie.c, fib_unmerge())
 *
 * Return: false if memory ran out; @ret is then empty.
 */
bool r2_fib_build(const struct r2_host *host, enum r2_family family, bool merged,
		  struct r2_fib *ret);
void r2_fib_free(struct r2_fib *fib);
/** r2_fib_table() - NULL if nothing is in it */
const struct r2_fib_table *r2_fib_table(const struct r2_fib *fib, uint32_t id);

#endif
