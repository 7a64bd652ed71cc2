/* SPDX-License-Identifier: MIT */
/* Errors and notes: fixed buffers, so that reporting a failure cannot fail itself. */
#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

bool r2_error_set(struct r2_error *err, enum r2_error_class kind, const char *fmt, ...)
{
	struct r2_error fresh = {.kind = kind};
	va_list args;
	va_start(args, fmt);
	vsnprintf(fresh.what, sizeof(fresh.what), fmt, args);
	va_end(args);
	*err = fresh; /* only now: @args may point into *err */
	return false;
}

bool r2_error_hint(struct r2_error *err, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	vsnprintf(err->hint, sizeof(err->hint), fmt, args);
	va_end(args);
	return false;
}

bool r2_error_prefix(struct r2_error *err, const char *fmt, ...)
{
	char doing[sizeof(err->what)], what[sizeof(err->what)];
	va_list args;
	va_start(args, fmt);
	vsnprintf(doing, sizeof(doing), fmt, args);
	va_end(args);
	struct r2_text text = r2_text_start(what, sizeof(what));
	r2_text_add(&text, "%s: %s", doing, err->what);
	memcpy(err->what, what, sizeof(what));
	return false;
}

/*
 * A hostile name must not steer the terminal: C0, DEL, and C1 as UTF-8 writes it (C2 80..9F).
 */
static void defuse(char *text)
{
	unsigned char before = 0;
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		bool c1 = before == 0xc2 && c >= 0x80 && c <= 0x9f;
		if (c1)
			text[-1] = '?';
		if (c1 || c < 0x20 || c == 0x7f)
			*text = '?';
		before = c;
	}
}

const char *r2_error_format(const struct r2_error *err, char *buf, size_t size)
{
	struct r2_text text = r2_text_start(buf, size);
	const char *number = err->win32 ? "error" : "errno";

	r2_text_add(&text, "%s", err->what);
	if (err->kernel[0])
		r2_text_add(&text, ": %s", err->kernel);
	if (err->call && err->native)
		r2_text_add(&text, " (%s, %s %d)", err->call, number, err->native);
	else if (err->call)
		r2_text_add(&text, " (%s)", err->call);
	else if (err->native)
		r2_text_add(&text, " (%s %d)", number, err->native);
	if (err->hint[0])
		r2_text_add(&text, "; %s", err->hint);
	defuse(buf);
	return buf;
}

void r2_note(struct r2_notes *notes, const char *fmt, ...)
{
	if (!notes)
		return;
	if (notes->n == R2_NOTES_MAX) {
		snprintf(notes->text[R2_NOTES_MAX - 1], sizeof(notes->text[0]),
			 "there is more to remark than fits here");
		return;
	}
	va_list args;
	va_start(args, fmt);
	vsnprintf(notes->text[notes->n++], sizeof(notes->text[0]), fmt, args);
	va_end(args);
}
