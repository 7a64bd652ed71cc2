/* SPDX-License-Identifier: MIT */
/* Lines in fixed buffers: too long a line is cut and says so, and never overruns. */
#include "core/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct r2_text r2_text_start(char *buf, size_t size)
{
	buf[0] = '\0';
	return (struct r2_text){.at = buf, .room = size};
}

void r2_text_add(struct r2_text *text, const char *fmt, ...)
{
	size_t left = text->room - text->n;
	va_list args;
	va_start(args, fmt);
	int length = vsnprintf(text->at + text->n, left, fmt, args);
	va_end(args);
	bool fits = length >= 0 && (size_t)length < left;
	text->n += fits ? (size_t)length : strlen(text->at + text->n);
	text->cut |= !fits;
}

void r2_text_put(struct r2_text *text, const char *word)
{
	size_t left = text->room - text->n - 1, length = strlen(word);
	text->cut |= length > left;
	if (length > left)
		length = left;
	memcpy(text->at + text->n, word, length);
	text->n += length;
	text->at[text->n] = '\0';
}

static bool is_plain(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:@%+,-";
	return *word && strspn(word, plain) == strlen(word);
}

void r2_text_quote(struct r2_text *text, const char *word)
{
	if (is_plain(word)) {
		r2_text_add(text, "%s", word);
		return;
	}
	r2_text_add(text, "'");
	for (; *word; word++) {
		if (*word == '\'')
			r2_text_add(text, "'\\''"); /* nothing escapes a quote inside quotes */
		else
			r2_text_add(text, "%c", *word);
	}
	r2_text_add(text, "'");
}
