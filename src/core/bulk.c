/* SPDX-License-Identifier: MIT */
/* Items, their shapes, their order, and two lots side by side. */
#include "core/bulk.h"

#include "core/bits.h"

#include <stdlib.h>
#include <string.h>

/* ---- shapes ---- */

static bool same_shape(const struct r2_route *a, const struct r2_route *b)
{
	return a->scope == b->scope && a->nhid == b->nhid &&
	       (a->flags & R2_ROUTE_ONLINK) == (b->flags & R2_ROUTE_ONLINK) && r2_route_alike(a, b);
}

/* By eights: with many shapes, each route is hashed. */
static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

static uint64_t mix_ip(uint64_t hash, const struct r2_ip *ip)
{
	return mix(mix(hash, r2_bits_load(ip->bytes)), r2_bits_load(ip->bytes + 8));
}

static size_t hash_of(const struct r2_route *route)
{
	uint64_t hash = mix_ip(mix_ip(0, &route->gateway), &route->prefsrc);

	hash = mix(hash, (uint64_t)route->table << 32 | route->metric);
	return (size_t)mix(hash, route->link);
}

static bool grow(struct r2_shapes *shapes)
{
	size_t room = shapes->room ? shapes->room * 2 : 64;
	uint32_t *slots = malloc(room * sizeof(*slots));

	if (!slots)
		return false;
	memset(slots, 0xff, room * sizeof(*slots));
	for (size_t i = 0; i < shapes->routes.n; i++) {
		size_t at = hash_of(&shapes->routes.at[i]) & (room - 1);

		while (slots[at] != R2_SHAPE_NONE)
			at = (at + 1) & (room - 1);
		slots[at] = (uint32_t)i;
	}
	free(shapes->slots);
	shapes->slots = slots;
	shapes->room = room;
	return true;
}

uint32_t r2_shape_of(struct r2_shapes *shapes, const struct r2_route *route)
{
	struct r2_route shape = *route;
	size_t at;

	if (shapes->routes.n && same_shape(&shapes->routes.at[shapes->latest], route))
		return shapes->latest;
	if (shapes->routes.n * 2 >= shapes->room && !grow(shapes))
		return R2_SHAPE_NONE;
	for (at = hash_of(route) & (shapes->room - 1); shapes->slots[at] != R2_SHAPE_NONE;
	     at = (at + 1) & (shapes->room - 1)) {
		if (same_shape(&shapes->routes.at[shapes->slots[at]], route))
			return shapes->latest = shapes->slots[at];
	}
	shape.dst = (struct r2_prefix){0};
	if (!r2_list_push(&shapes->routes, &shape))
		return R2_SHAPE_NONE;
	return shapes->latest = shapes->slots[at] = (uint32_t)shapes->routes.n - 1;
}

void r2_shapes_free(struct r2_shapes *shapes)
{
	r2_list_free(&shapes->routes);
	free(shapes->slots);
	*shapes = (struct r2_shapes){0};
}

struct r2_route r2_item_route(const struct r2_item *item, const struct r2_shapes *shapes)
{
	struct r2_route route = shapes->routes.at[item->shape];

	route.dst = r2_item_dst(item);
	return route;
}

/* ---- order ---- */

/* Of one address: IPv4's longest prefix first, IPv6's shortest. */
static unsigned rank_of_len(const struct r2_item *item)
{
	return item->family == R2_IPV4 ? 32u - item->len : item->len;
}

static inline int compare_dst(const struct r2_item *a, const struct r2_item *b)
{
	uint64_t left = r2_bits_load(a->addr), right = r2_bits_load(b->addr);

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (left == right) {
		left = r2_bits_load(a->addr + 8);
		right = r2_bits_load(b->addr + 8);
	}
	if (left == right) {
		left = rank_of_len(a);
		right = rank_of_len(b);
	}
	return left < right ? -1 : left > right;
}

static int compare_keys(const struct r2_key *a, const struct r2_key *b)
{
	if (a->table != b->table)
		return a->table < b->table ? -1 : 1;
	if (a->metric != b->metric)
		return a->metric < b->metric ? -1 : 1;
	return a->tos < b->tos ? -1 : a->tos > b->tos;
}

int r2_lot_compare(const struct r2_lot *a, const struct r2_item *left, const struct r2_lot *b,
		   const struct r2_item *right)
{
	int order = compare_dst(left, right);
	struct r2_key one, other;

	if (order || (a == b && left->shape == right->shape))
		return order;
	one = a->key(a->ctx, left->shape);
	other = b->key(b->ctx, right->shape);
	return compare_keys(&one, &other);
}

/*
 * By counting, the last digit first: each pass keeps the order of the one before. Digits are the
 * length, the address by pairs of bytes from the back, and the family.
 */
enum { PAIRS = 8, PASSES = 1 + PAIRS + 1, DIGITS = 1 << 16 };

static inline unsigned digit(const struct r2_item *item, unsigned pass)
{
	const uint8_t *pair;

	if (pass == 0)
		return rank_of_len(item);
	if (pass == PASSES - 1)
		return item->family;
	pair = item->addr + 2 * (PAIRS - pass);
	return (unsigned)pair[0] << 8 | pair[1];
}

/* Which passes find different digits, a bit each: mostly not even half of them. */
static unsigned passes_of(const struct r2_item *items, size_t n)
{
	uint64_t high = 0, low = 0;
	unsigned rank = 0, family = 0, passes;

	for (size_t i = 1; i < n; i++) {
		high |= r2_bits_load(items[i].addr) ^ r2_bits_load(items[0].addr);
		low |= r2_bits_load(items[i].addr + 8) ^ r2_bits_load(items[0].addr + 8);
		rank |= rank_of_len(&items[i]) ^ rank_of_len(&items[0]);
		family |= (unsigned)(items[i].family ^ items[0].family);
	}
	passes = (rank ? 1u : 0u) | (family ? 1u << (PASSES - 1) : 0u);
	for (unsigned i = 0; i < PAIRS / 2; i++) {
		passes |= (low >> 16 * i & 0xffff) ? 2u << i : 0u;
		passes |= (high >> 16 * i & 0xffff) ? 2u << (PAIRS / 2 + i) : 0u;
	}
	return passes;
}

/* Where the items of each digit will stand. */
static void count_digits(const struct r2_item *items, size_t n, unsigned pass, uint32_t *starts)
{
	uint32_t sum = 0;

	memset(starts, 0, DIGITS * sizeof(*starts));
	for (size_t i = 0; i < n; i++)
		starts[digit(&items[i], pass)]++;
	for (size_t i = 0; i < DIGITS; i++) {
		uint32_t own = starts[i];

		starts[i] = sum;
		sum += own;
	}
}

/* Items of one destination, of which there are few, by their keys; they keep their order if those
 * are alike. */
static void sort_twins(struct r2_lot *lot)
{
	struct r2_item *at = lot->items.at;

	for (size_t i = 1; i < lot->items.n; i++) {
		struct r2_item item = at[i];
		size_t hole = i;

		while (hole > 0 && r2_lot_compare(lot, &at[hole - 1], lot, &item) > 0) {
			at[hole] = at[hole - 1];
			hole--;
		}
		if (hole < i)
			at[hole] = item;
	}
}

/* Return: false without memory for a second list. */
static bool sort_by_digits(struct r2_lot *lot)
{
	size_t n = lot->items.n;
	struct r2_item *from = lot->items.at, *to = calloc(n, sizeof(*to)), *swap;
	uint32_t *starts = malloc(DIGITS * sizeof(*starts));
	unsigned passes = passes_of(from, n);

	for (unsigned pass = 0; to && starts && pass < PASSES; pass++) {
		if (!(passes >> pass & 1))
			continue;
		count_digits(from, n, pass, starts);
		for (size_t i = 0; i < n; i++)
			to[starts[digit(&from[i], pass)]++] = from[i];
		swap = from;
		from = to;
		to = swap;
	}
	free(starts);
	if (!to || !starts) {
		free(to);
		return false;
	}
	if (from != lot->items.at) { /* what was spare is now the list */
		lot->items.at = from;
		lot->items.room = n;
	}
	free(to);
	sort_twins(lot);
	return true;
}

/* In place, for want of memory. */
static void sort_by_heap(struct r2_lot *lot)
{
	struct r2_item *at = lot->items.at;

	for (size_t n = lot->items.n, start = n / 2; n > 1;) {
		size_t hole;
		struct r2_item item;

		if (start > 0) {
			item = at[--start];
		} else {
			item = at[--n];
			at[n] = at[0];
		}
		hole = start;
		for (size_t child = 2 * hole + 1; child < n; child = 2 * hole + 1) {
			if (child + 1 < n &&
			    r2_lot_compare(lot, &at[child], lot, &at[child + 1]) < 0)
				child++;
			if (r2_lot_compare(lot, &item, lot, &at[child]) >= 0)
				break;
			at[hole] = at[child];
			hole = child;
		}
		at[hole] = item;
	}
}

void r2_lot_sort(struct r2_lot *lot)
{
	bool sorted = true;

	for (size_t i = 1; sorted && i < lot->items.n; i++)
		sorted = r2_lot_compare(lot, &lot->items.at[i - 1], lot, &lot->items.at[i]) <= 0;
	if (!sorted && !sort_by_digits(lot))
		sort_by_heap(lot);
}

/* An item held against the key of a route, of which @wanted has the destination. */
static int compare_to(const struct r2_lot *lot, const struct r2_item *item,
		      const struct r2_item *wanted, const struct r2_route *route)
{
	const struct r2_key key = {route->table, route->metric, route->tos};
	int order = compare_dst(item, wanted);
	struct r2_key own;

	if (order)
		return order;
	own = lot->key(lot->ctx, item->shape);
	return compare_keys(&own, &key);
}

struct r2_item *r2_lot_find(struct r2_lot *lot, const struct r2_route *route)
{
	struct r2_item wanted = r2_item_make(&route->dst, 0, 0);
	size_t low = 0, high = lot->items.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_to(lot, &lot->items.at[middle], &wanted, route) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < lot->items.n && !compare_to(lot, &lot->items.at[low], &wanted, route))
		return &lot->items.at[low];
	return NULL;
}

struct r2_item *r2_lot_find_near(struct r2_lot *lot, const struct r2_route *route, size_t *near)
{
	struct r2_item wanted = r2_item_make(&route->dst, 0, 0), *found;

	if (*near < lot->items.n && !compare_to(lot, &lot->items.at[*near], &wanted, route))
		found = &lot->items.at[*near];
	else
		found = r2_lot_find(lot, route);
	if (found)
		*near = (size_t)(found - lot->items.at) + 1;
	return found;
}

/* ---- side by side ---- */

struct r2_merge r2_merge_begin(struct r2_lot *left, struct r2_lot *right)
{
	return (struct r2_merge){.left = left, .right = right};
}

bool r2_merge_next(struct r2_merge *merge, struct r2_item **ret_left, struct r2_item **ret_right)
{
	struct r2_item *left =
		merge->i < merge->left->items.n ? &merge->left->items.at[merge->i] : NULL;
	struct r2_item *right =
		merge->j < merge->right->items.n ? &merge->right->items.at[merge->j] : NULL;
	int order = 0;

	if (left && right)
		order = r2_lot_compare(merge->left, left, merge->right, right);
	*ret_left = left && (!right || order <= 0) ? left : NULL;
	*ret_right = right && (!left || order >= 0) ? right : NULL;
	merge->i += *ret_left != NULL;
	merge->j += *ret_right != NULL;
	return left || right;
}

/* ---- as the kernel likes it ---- */

static void next_length(struct r2_sieve *sieve)
{
	sieve->at = 0;
	if (!sieve->lengths) {
		sieve->at = sieve->ipv4; /* then IPv6 */
		sieve->length = 0;
		return;
	}
	sieve->length = sieve->down ? 63 - (unsigned)__builtin_clzll(sieve->lengths)
				    : (unsigned)__builtin_ctzll(sieve->lengths);
}

struct r2_sieve r2_sieve_begin(const struct r2_lot *lot, bool down)
{
	struct r2_sieve sieve = {.lot = lot, .down = down};

	while (sieve.ipv4 < lot->items.n && lot->items.at[sieve.ipv4].family == R2_IPV4)
		sieve.lengths |= UINT64_C(1) << lot->items.at[sieve.ipv4++].len;
	next_length(&sieve);
	return sieve;
}

struct r2_item *r2_sieve_next(struct r2_sieve *sieve)
{
	struct r2_item *items = sieve->lot->items.at;

	while (sieve->lengths) {
		while (sieve->at < sieve->ipv4) {
			struct r2_item *item = &items[sieve->at++];

			if (item->len == sieve->length)
				return item;
		}
		sieve->lengths &= ~(UINT64_C(1) << sieve->length);
		next_length(sieve);
	}
	return sieve->at < sieve->lot->items.n ? &items[sieve->at++] : NULL;
}
