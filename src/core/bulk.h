/* SPDX-License-Identifier: MIT */
/*
 * Many routes, in little memory: a million routes differ in their destination and share all else.
 * So a list holds destinations, and each says by number which shape its route has.
 */
#ifndef R2_CORE_BULK_H
#define R2_CORE_BULK_H

#include "core/host.h"

/**
 * struct r2_item - one route
 * @addr, @len, @family: its destination
 * @mark: the planner's
 * @shape: what else it has: an index into a list that goes with this one
 * @line: where it was said (struct r2_file), 0 for what stands in the kernel
 */
struct r2_item {
	uint8_t addr[16];
	uint8_t len;
	uint8_t family;
	uint16_t mark;
	uint32_t shape;
	uint32_t line;
};

typedef R2_LIST(struct r2_item) r2_items;

/** r2_item_make() - unmarked. r2_item_dst() - its destination */
static inline struct r2_item r2_item_make(const struct r2_prefix *dst, uint32_t shape,
					  uint32_t line)
{
	struct r2_item item = {
		.len = dst->len, .family = dst->addr.family, .shape = shape, .line = line};

	memcpy(item.addr, dst->addr.bytes, sizeof(item.addr));
	return item;
}

static inline struct r2_prefix r2_item_dst(const struct r2_item *item)
{
	struct r2_prefix dst = {.addr.family = item->family, .len = item->len};

	memcpy(dst.addr.bytes, item->addr, sizeof(item->addr));
	return dst;
}

/**
 * struct r2_shapes - routes without their destinations, each once
 * @slots: a hash table of numbers, @room of them (a power of two)
 */
struct r2_shapes {
	R2_LIST(struct r2_route) routes;
	uint32_t *slots;
	size_t room;
	uint32_t latest;
};

#define R2_SHAPE_NONE UINT32_MAX

/** r2_shape_of() - the number of @route's shape, taken in if it is new; R2_SHAPE_NONE without
 * memory
 */
uint32_t r2_shape_of(struct r2_shapes *shapes, const struct r2_route *route);
void r2_shapes_free(struct r2_shapes *shapes);

/** r2_item_route() - the whole route; @item->shape is one of @shapes */
struct r2_route r2_item_route(const struct r2_item *item, const struct r2_shapes *shapes);

/** struct r2_key - what with the destination tells routes of one host apart */
struct r2_key {
	uint32_t table, metric;
	uint8_t tos;
};

/**
 * struct r2_lot - items in order, with what tells their keys
 * @key: of a shape, by its number
 *
 * The order is that of the kernel's dumps, so that what was read is sorted: by address; of one
 * address, IPv4 has the longest prefix first and IPv6 the shortest; then by table, metric and tos.
 */
struct r2_lot {
	r2_items items;
	struct r2_key (*key)(const void *ctx, uint32_t shape);
	const void *ctx;
};

/** r2_lot_sort() - items of one key keep no order among themselves */
void r2_lot_sort(struct r2_lot *lot);
/** r2_lot_compare() - by the order above; 0: the same key */
int r2_lot_compare(const struct r2_lot *a, const struct r2_item *left, const struct r2_lot *b,
		   const struct r2_item *right);
/** r2_lot_find() - the first item of a sorted lot that has @route's key, or NULL */
struct r2_item *r2_lot_find(struct r2_lot *lot, const struct r2_route *route);
/**
 * r2_lot_find_near() - the same in a lot without two items of one key, by who asks in its order
 * @near: where to look first; then the place behind what was found
 */
struct r2_item *r2_lot_find_near(struct r2_lot *lot, const struct r2_route *route, size_t *near);

/** struct r2_merge - two sorted lots side by side */
struct r2_merge {
	struct r2_lot *left, *right;
	size_t i, j;
};

/** r2_merge_begin() - both sorted; they stay the caller's, and as they are until the end */
struct r2_merge r2_merge_begin(struct r2_lot *left, struct r2_lot *right);
/** r2_merge_next() - the next key: the item of either or of both; false behind the last */
bool r2_merge_next(struct r2_merge *merge, struct r2_item **ret_left, struct r2_item **ret_right);

/**
 * struct r2_sieve - the items of a sorted lot in the order in which the kernel is fastest
 * @down: to delete: IPv4's longest prefixes first; else to add, its shortest first (the trie grows
 *	downwards). IPv6 is taken by address.
 */
struct r2_sieve {
	const struct r2_lot *lot;
	bool down;
	uint64_t lengths; /* of IPv4, those that are there and not done yet */
	unsigned length;
	size_t at, ipv4;
};

/** r2_sieve_begin() - @lot is sorted, and stays as it is until the end */
struct r2_sieve r2_sieve_begin(const struct r2_lot *lot, bool down);
/** r2_sieve_next() - NULL behind the last */
struct r2_item *r2_sieve_next(struct r2_sieve *sieve);

#endif
