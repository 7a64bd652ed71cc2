/* SPDX-License-Identifier: MIT */
/*
 * A file of routes: a line each in the grammar of `add`, and besides
 *
 *   set WORDS       defaults for the lines that follow: what they do not say themselves. Addresses
 *                   are for lines of their family. `set` alone forgets all.
 *   include FILE    the lines of another file, as if they stood here
 *   monitor ..., on ...   how the watch watches: core/monitor.h
 *   # ...           a comment
 */
#ifndef R2_CORE_FILE_H
#define R2_CORE_FILE_H

#include "core/bulk.h"
#include "core/intent.h"
#include "core/monitor.h"

/** struct r2_stretch - lines that follow each other in one file; @id: the number of the first */
struct r2_stretch {
	uint32_t id;
	uint32_t line;
	char *name;
};

/**
 * struct r2_file - what was read
 * @items: a route each; @shape is an index into @intents, whose own destination is unset
 * @monitors: for the watch
 * @bad: lines that were refused
 * @system: of the watch: whose lines they are (r2_intent_metric())
 */
struct r2_file {
	r2_items items;
	R2_LIST(struct r2_intent) intents;
	R2_LIST(struct r2_stretch) stretches;
	struct r2_monitors monitors;
	size_t bad;
	enum r2_system system;
};

/**
 * struct r2_file_reader - what reading needs from outside
 * @load: the text of an included file, malloc'ed and ended by a zero; false with @err
 * @say_bad: told of each bad line; lines and columns count from 1
 * @family: what -4 or -6 demand
 * @drives: names of files are those of Windows: a drive may come first, and backslashes separate
 */
struct r2_file_reader {
	bool (*load)(void *ctx, const char *name, char **ret_text, size_t *ret_n,
		     struct r2_error *err);
	void (*say_bad)(void *ctx, const char *name, unsigned long line, unsigned long column,
			const struct r2_error *err);
	void *ctx;
	const struct r2_names *names;
	enum r2_family family;
	bool drives;
};

/**
 * r2_file_read() - take in a text
 * @name: for messages, and where an included file is looked for: beside it
 * @text: @n bytes; is written over
 *
 * All lines are read, whatever is wrong with one. Return: false if memory ran out.
 */
bool r2_file_read(struct r2_file *file, const struct r2_file_reader *reader, const char *name,
		  char *text, size_t n);
void r2_file_free(struct r2_file *file);

/** r2_file_begin() - lines of @name follow, from @line on */
bool r2_file_begin(struct r2_file *file, const char *name, uint32_t line);
/** r2_file_add() - one more line, of which the words are known already (JSON) */
bool r2_file_add(struct r2_file *file, const struct r2_intent *intent, uint32_t line);

/** r2_file_place() - NAME and line of an item's @line */
const char *r2_file_place(const struct r2_file *file, uint32_t id, unsigned long *ret_line);

/** r2_file_intent() - a line again */
struct r2_intent r2_file_intent(const struct r2_file *file, const struct r2_item *item);

#endif
