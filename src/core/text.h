/* SPDX-License-Identifier: MIT */
/* A line that is put together piece by piece in a buffer of fixed size. */
#ifndef R2_CORE_TEXT_H
#define R2_CORE_TEXT_H

#include "core/error.h"

/**
 * struct r2_text - the line so far
 * @at: the caller's buffer, always ended by a zero
 * @room: its size, at least 1
 * @n: characters written
 * @cut: something did not fit and was shortened
 */
struct r2_text {
	char *at;
	size_t room, n;
	bool cut;
};

/** r2_text_start() - an empty line in @buf */
struct r2_text r2_text_start(char *buf, size_t size);

/** r2_text_add() - append, as printf does */
void r2_text_add(struct r2_text *text, const char *fmt, ...) R2_PRINTF(2, 3);

/** r2_text_put() - append @word as it is; many times faster */
void r2_text_put(struct r2_text *text, const char *word);

/**
 * r2_text_quote() - append @word so that a POSIX shell reads it as that one word
 *
 * Plain words stay as they are; anything else stands in single quotes.
 */
void r2_text_quote(struct r2_text *text, const char *word);

#endif
