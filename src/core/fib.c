/* SPDX-License-Identifier: MIT */
/*
 * Idea: sort the indices of the routes by (table, prefix, place in the host); what is equal stays
 * in the kernel's order, and each table is then one run of the sorted array.
 */
#include "core/fib.h"

#include <stdlib.h>

/* What one route is sorted by. A copy, so that the sort does not run about in the host. */
struct key {
	uint32_t table;
	uint32_t route;
	struct r2_prefix dst;
	bool late; /* of main, in a merged table: at one prefix local's go first */
};

static int by_key(const void *a, const void *b)
{
	const struct key *left = a, *right = b;
	int order;

	if (left->table != right->table)
		return left->table < right->table ? -1 : 1;
	order = r2_prefix_compare(&left->dst, &right->dst);
	if (order)
		return order;
	if (left->late != right->late)
		return left->late ? 1 : -1;
	return left->route < right->route ? -1 : left->route > right->route;
}

static struct key *sorted_keys(const struct r2_host *host, enum r2_family family, bool merged,
			       size_t *ret_n)
{
	struct key *keys = malloc((host->routes.n + 1) * sizeof(*keys));
	size_t n = 0;

	for (size_t i = 0; keys && i < host->routes.n; i++) {
		const struct r2_route *route = &host->routes.at[i];

		if (route->dst.addr.family != family)
			continue;
		keys[n] = (struct key){route->table, (uint32_t)i, route->dst, false};
		if (merged && route->table == R2_LOCAL_TABLE)
			keys[n].table = R2_MAIN_TABLE;
		else if (merged)
			keys[n].late = true;
		n++;
	}
	if (keys && n)
		qsort(keys, n, sizeof(*keys), by_key);
	*ret_n = n;
	return keys;
}

static void free_table(struct r2_fib_table *table)
{
	r2_lpm_free(table->lpm);
	free(table->prefixes);
	free(table->first);
	free(table->routes);
}

/* One table from @n keys that have its number. */
static bool build_table(const struct key *keys, size_t n, struct r2_fib_table *ret)
{
	struct r2_fib_table table = {.id = keys[0].table};

	table.prefixes = malloc(n * sizeof(*table.prefixes));
	table.first = malloc((n + 1) * sizeof(*table.first));
	table.routes = malloc(n * sizeof(*table.routes));
	for (size_t i = 0; table.prefixes && table.first && table.routes && i < n; i++) {
		if (i == 0 || r2_prefix_compare(&keys[i - 1].dst, &keys[i].dst)) {
			table.first[table.n] = (uint32_t)i;
			table.prefixes[table.n++] = keys[i].dst;
		}
		table.routes[i] = keys[i].route;
	}
	if (table.n) {
		table.first[table.n] = (uint32_t)n;
		table.lpm = r2_lpm_new(table.prefixes, table.n);
	}
	if (!table.lpm) {
		free_table(&table);
		return false;
	}
	*ret = table;
	return true;
}

bool r2_fib_build(const struct r2_host *host, enum r2_family family, bool merged,
		  struct r2_fib *ret)
{
	struct r2_fib fib = {0};
	size_t n, end;
	struct key *keys = sorted_keys(host, family, merged, &n);
	bool ok = keys != NULL;

	for (size_t i = 0; ok && i < n; i = end) {
		struct r2_fib_table table;

		for (end = i; end < n && keys[end].table == keys[i].table;)
			end++;
		ok = build_table(keys + i, end - i, &table);
		if (ok && !r2_list_push(&fib.tables, &table)) {
			free_table(&table);
			ok = false;
		}
	}
	free(keys);
	if (!ok)
		r2_fib_free(&fib);
	*ret = fib;
	return ok;
}

void r2_fib_free(struct r2_fib *fib)
{
	r2_each (struct r2_fib_table, table, &fib->tables)
		free_table(table);
	r2_list_free(&fib->tables);
}

const struct r2_fib_table *r2_fib_table(const struct r2_fib *fib, uint32_t id)
{
	r2_each (const struct r2_fib_table, table, &fib->tables) {
		if (table->id == id)
			return table;
	}
	return NULL;
}
