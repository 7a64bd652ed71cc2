/* SPDX-License-Identifier: MIT */
/*
 * A sheet: the text of one JSON file, and a walk over its values that holds none of them.
 *
 * A million routes are read one by one: the walk finds where each value begins and ends, and only
 * that one is handed to the JSON library. So every fault has its place in the file.
 */
#ifndef R2_PAPER_SHEET_H
#define R2_PAPER_SHEET_H

#include <stddef.h>

#include "core/error.h"

/**
 * struct r2_sheet
 * @name: for messages
 * @text: UTF-8, @n bytes; a zero stands behind them
 */
struct r2_sheet {
	const char *name;
	char *text;
	size_t n;
};

/** struct r2_span - a value: its first byte, and the one behind its last */
struct r2_span {
	size_t from, to;
};

/**
 * r2_sheet_load() - read a whole file
 * @path: "-" is standard input
 *
 * UTF-16 with a byte order mark (what `>` of Windows PowerShell 5 writes) becomes UTF-8; a mark of
 * UTF-8 is left out.
 */
bool r2_sheet_load(const char *path, struct r2_sheet *ret, struct r2_error *err);
/** r2_sheet_take() - the same for text in memory, which is taken over: malloc'ed, also on failure
 */
bool r2_sheet_take(const char *name, char *text, size_t n, struct r2_sheet *ret,
		   struct r2_error *err);
void r2_sheet_free(struct r2_sheet *sheet);

/** r2_sheet_fault() - an error that begins with `NAME:LINE:COLUMN: ` of byte @at. Return: false */
bool r2_sheet_fault(const struct r2_sheet *sheet, size_t at, struct r2_error *err, const char *fmt,
		    ...) R2_PRINTF(4, 5);

/** r2_sheet_root() - the one value that the text is */
bool r2_sheet_root(const struct r2_sheet *sheet, struct r2_span *ret, struct r2_error *err);

/** struct r2_walk - inside an array or object; @more: filled by r2_walk_next() */
struct r2_walk {
	const struct r2_sheet *sheet;
	size_t at;
	char end;
	bool begun;
	bool more;
};

/** r2_walk_begin() - @span is an array or an object */
struct r2_walk r2_walk_begin(const struct r2_sheet *sheet, const struct r2_span *span);

/**
 * r2_walk_next() - the next member or element
 * @ret_key: of a member, its quotes included; empty in an array
 *
 * Return: false for bad JSON; @walk->more is false behind the last.
 */
bool r2_walk_next(struct r2_walk *walk, struct r2_span *ret_key, struct r2_span *ret_value,
		  struct r2_error *err);

/** r2_span_is() - is it the string @word, quotes included, without escapes */
bool r2_span_is(const struct r2_sheet *sheet, const struct r2_span *span, const char *word);

#endif
