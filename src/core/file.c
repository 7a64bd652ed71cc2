/* SPDX-License-Identifier: MIT */
/* A file of routes as lists: what each line said, and where it stood. */
#include "core/file.h"

#include <stdlib.h>
#include <string.h>

static char *copy_of(const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = malloc(n);

	if (copy)
		memcpy(copy, text, n);
	return copy;
}

static bool same_intent(const struct r2_intent *a, const struct r2_intent *b)
{
	return a->given == b->given && r2_gateways_equal(&a->gateways, &b->gateways) &&
	       r2_ip_equal(&a->src, &b->src) && r2_ip_equal(&a->phantom, &b->phantom) &&
	       strcmp(a->dev, b->dev) == 0 && a->metric == b->metric && a->table == b->table &&
	       a->method == b->method && a->dst.addr.family == b->dst.addr.family;
}

/* Of late ones only: two alike far apart cost memory, no more. */
static uint32_t shape_of(struct r2_file *file, const struct r2_intent *intent)
{
	struct r2_intent shape = *intent;
	size_t n = file->intents.n;

	for (size_t i = n; i > 0 && i + 64 > n; i--) {
		if (same_intent(&file->intents.at[i - 1], intent))
			return (uint32_t)i - 1;
	}
	shape.dst.addr = (struct r2_ip){.family = intent->dst.addr.family};
	shape.dst.len = 0;
	if (n >= R2_SHAPE_NONE - 1 || !r2_list_push(&file->intents, &shape))
		return R2_SHAPE_NONE;
	return (uint32_t)n;
}

bool r2_file_add(struct r2_file *file, const struct r2_intent *intent, uint32_t line)
{
	uint32_t shape = shape_of(file, intent);
	struct r2_item item = r2_item_make(&intent->dst, shape, line);

	return shape != R2_SHAPE_NONE && r2_list_push(&file->items, &item);
}

bool r2_file_begin(struct r2_file *file, const char *name, uint32_t line)
{
	struct r2_stretch stretch = {.line = line, .name = copy_of(name)};

	if (file->stretches.n)
		stretch.id = file->stretches.at[file->stretches.n - 1].id;
	if (file->items.n && file->items.at[file->items.n - 1].line > stretch.id)
		stretch.id = file->items.at[file->items.n - 1].line;
	stretch.id++;
	if (stretch.name && r2_list_push(&file->stretches, &stretch))
		return true;
	free(stretch.name);
	return false;
}

const char *r2_file_place(const struct r2_file *file, uint32_t id, unsigned long *ret_line)
{
	const struct r2_stretch *found = NULL;

	r2_each (const struct r2_stretch, stretch, &file->stretches) {
		if (stretch->id <= id)
			found = stretch;
	}
	*ret_line = found ? (unsigned long)(found->line + (id - found->id)) : 0;
	return found ? found->name : "?";
}

struct r2_intent r2_file_intent(const struct r2_file *file, const struct r2_item *item)
{
	struct r2_intent intent = file->intents.at[item->shape];

	intent.dst = r2_item_dst(item);
	return intent;
}

void r2_file_free(struct r2_file *file)
{
	r2_each (struct r2_stretch, stretch, &file->stretches)
		free(stretch->name);
	r2_monitors_free(&file->monitors);
	r2_list_free(&file->stretches);
	r2_list_free(&file->intents);
	r2_list_free(&file->items);
}
