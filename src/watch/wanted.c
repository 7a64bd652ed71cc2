/* SPDX-License-Identifier: MIT */
/*
 * The lines that are to stand, as a set: a line for each destination, table and metric. Those that
 * the file said are marked, so that they go when it says them no more.
 */
#include <stdlib.h>

#include "watch/state.h"

static struct r2_key key_of(const void *ctx, uint32_t shape)
{
	const struct r2_file *file = ctx;
	const struct r2_intent *line = &file->intents.at[shape];

	return (struct r2_key){line->table, r2_intent_metric(line, file->system), 0};
}

static struct r2_lot lot_of(struct r2_file *file)
{
	return (struct r2_lot){file->items, key_of, file};
}

static struct r2_route key_route(const struct r2_file *file, const struct r2_intent *line)
{
	return (struct r2_route){.dst = line->dst,
				 .table = line->table,
				 .metric = r2_intent_metric(line, file->system)};
}

static struct r2_item *find(struct r2_file *file, const struct r2_intent *line)
{
	struct r2_route key = key_route(file, line);
	struct r2_lot lot = lot_of(file);

	return r2_lot_find(&lot, &key);
}

bool wanted_has(struct r2_file *wanted, const struct r2_route *route)
{
	struct r2_lot lot = lot_of(wanted);

	return r2_lot_find(&lot, route) != NULL;
}

bool wanted_drop(struct r2_file *wanted, const struct r2_intent *line)
{
	struct r2_item *item = find(wanted, line);

	if (!item)
		return false;
	for (; item + 1 < wanted->items.at + wanted->items.n; item++)
		item[0] = item[1];
	wanted->items.n--;
	return true;
}

static void sort(struct r2_file *file)
{
	struct r2_lot lot = lot_of(file);

	r2_lot_sort(&lot);
	file->items = lot.items;
}

bool wanted_put(struct r2_file *wanted, const struct r2_intent *line)
{
	wanted_drop(wanted, line);
	if (!r2_file_add(wanted, line, 0))
		return false;
	sort(wanted);
	return true;
}

bool wanted_join(struct r2_file *wanted, const struct r2_file *more)
{
	size_t n = wanted->items.n;

	r2_each (const struct r2_item, item, &more->items) {
		struct r2_intent line = r2_file_intent(more, item);
		struct r2_route key = key_route(wanted, &line);
		struct r2_lot lot = {{wanted->items.at, n, n}, key_of, wanted};

		if (!r2_lot_find(&lot, &key) && !r2_file_add(wanted, &line, 0))
			return false;
	}
	sort(wanted);
	return true;
}

/* What the file said before, and what has a key of its now. */
static void mark_those_that_go(struct r2_file *wanted, struct r2_file *said)
{
	r2_each (struct r2_item, item, &wanted->items) {
		struct r2_intent line = r2_file_intent(wanted, item);

		if (find(said, &line))
			item->mark |= WANTED_OF_FILE;
	}
}

static bool take_over(struct r2_file *to, const struct r2_file *from, uint16_t mark)
{
	r2_each (const struct r2_item, item, &from->items) {
		struct r2_intent line = r2_file_intent(from, item);

		if (item->mark & WANTED_OF_FILE)
			continue;
		if (!r2_file_add(to, &line, 0))
			return false;
		to->items.at[to->items.n - 1].mark = mark;
	}
	return true;
}

bool wanted_reload(struct r2_file *wanted, const struct r2_file *file)
{
	struct r2_file fresh = {.system = wanted->system};
	bool ok = take_over(&fresh, file, WANTED_OF_FILE);

	sort(&fresh);
	mark_those_that_go(wanted, &fresh);
	ok = ok && take_over(&fresh, wanted, 0);
	if (!ok) {
		r2_file_free(&fresh);
		return false;
	}
	sort(&fresh);
	r2_file_free(wanted);
	*wanted = fresh;
	return true;
}
