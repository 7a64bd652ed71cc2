/* SPDX-License-Identifier: MIT */
/*
 * What the kernel does not hold now and no file says: lines that are withdrawn, or wait for their
 * interface or source. Remembered in a file for the next watch, and never believed over the kernel.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/intake.h"
#include "os/private.h"
#include "watch/state.h"

#define NAME     "watch"
#define FILE_MAX (256u * 1024 * 1024)

static bool write_lines(FILE *file, const struct job *job)
{
	char text[R2_INTENT_TEXT];
	bool any = false;

	r2_each (const struct r2_item, item, &job->withdrawn) {
		struct r2_intent line = job->file.intents.at[item->shape];

		if (item->mark & WANTED_OF_FILE)
			continue;
		line.dst = r2_item_dst(item);
		fprintf(file, "%s\n", r2_intent_format(&line, NULL, text));
		any = true;
	}
	r2_each (const struct waiting, one, &job->waiting) {
		if (one->of_file)
			continue;
		fprintf(file, "%s\n", r2_intent_format(&one->line, NULL, text));
		any = true;
	}
	return any;
}

void cache_write(const struct job *job)
{
	char path[R2_PRIVATE_PATH];
	FILE *file;
	bool any;

	file = r2_private_path(NAME, path) ? r2_private_begin(path) : NULL;
	if (!file)
		return;
	any = write_lines(file, job);
	/* On a full disk the old one stands: better than nothing. */
	(void)r2_private_end(file, path, any);
	if (!any)
		r2_private_remove(path);
}

static void pass_over(void *ctx, const char *name, unsigned long line, unsigned long column,
		      const struct r2_error *err)
{
	(void)ctx, (void)name, (void)line, (void)column, (void)err;
}

/* To its end. Return: NULL if it is too long, cannot be read, or without memory. */
static char *slurp(FILE *file, size_t *ret_n)
{
	struct r2_intake text = {.most = FILE_MAX};
	size_t room, got = 1;
	char *to = NULL;

	while (got && (to = r2_intake_room(&text, &room))) {
		got = fread(to, 1, room, file);
		text.n += got;
	}
	if (!to || ferror(file))
		r2_intake_drop(&text);
	*ret_n = text.n;
	return r2_intake_take(&text);
}

void cache_read(struct r2_file *ret)
{
	const struct r2_file_reader reader = {.say_bad = pass_over};
	char path[R2_PRIVATE_PATH], *text;
	FILE *file = r2_private_path(NAME, path) ? r2_private_read(path) : NULL;
	size_t n;

	if (!file)
		return;
	text = slurp(file, &n);
	fclose(file);
	if (text && !r2_file_read(ret, &reader, path, text, n))
		r2_file_free(ret);
	free(text);
}
