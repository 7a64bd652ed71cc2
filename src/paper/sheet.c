/* SPDX-License-Identifier: MIT */
/* Values of a JSON text, found by their brackets and quotes (RFC 8259). */
#include "paper/sheet.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 64 /* a CIM instance of PowerShell has a handful */

bool r2_sheet_fault(const struct r2_sheet *sheet, size_t at, struct r2_error *err, const char *fmt,
		    ...)
{
	unsigned long line = 1, column = 1;
	char what[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	for (size_t i = 0; i < at && i < sheet->n; i++) {
		column = sheet->text[i] == '\n' ? 1 : column + 1;
		line += sheet->text[i] == '\n';
	}
	return r2_error_set(err, R2_FAILED, "%s:%lu:%lu: %s", sheet->name, line, column, what);
}

static bool ends_early(const struct r2_sheet *sheet, struct r2_error *err)
{
	r2_sheet_fault(sheet, sheet->n, err, "the text ends in the middle of a value");
	return r2_error_hint(err, "was it written to the end?");
}

static size_t skip_blanks(const struct r2_sheet *sheet, size_t at)
{
	return at + strspn(sheet->text + at, " \t\r\n");
}

/* @at is the opening quote. Return: behind the closing one, 0 if there is none. */
static size_t skip_string(const struct r2_sheet *sheet, size_t at)
{
	for (at++; at < sheet->n; at++) {
		if (sheet->text[at] == '"')
			return at + 1;
		if (sheet->text[at] == '\\')
			at++;
	}
	return 0;
}

/* Brackets must match; what lies between is the library's to judge. */
static bool skip_nested(const struct r2_sheet *sheet, size_t *at, struct r2_error *err)
{
	char ends[DEPTH_MAX];
	size_t depth = 0;

	do {
		char c = sheet->text[*at];

		if (*at >= sheet->n)
			return ends_early(sheet, err);
		if (c == '"') {
			size_t behind = skip_string(sheet, *at);

			if (!behind)
				return ends_early(sheet, err);
			*at = behind;
			continue;
		}
		if ((c == '[' || c == '{') && depth == DEPTH_MAX)
			return r2_sheet_fault(sheet, *at, err, "nested more than %d deep",
					      DEPTH_MAX);
		if (c == '[' || c == '{')
			ends[depth++] = c == '[' ? ']' : '}';
		else if ((c == ']' || c == '}') && depth && ends[--depth] != c)
			return r2_sheet_fault(sheet, *at, err, "'%c' where '%c' is due", c,
					      ends[depth]);
		(*at)++;
	} while (depth);
	return true;
}

static bool skip_value(const struct r2_sheet *sheet, size_t from, struct r2_span *ret,
		       struct r2_error *err)
{
	size_t at = from;
	char c = sheet->text[from];

	if (from >= sheet->n)
		return ends_early(sheet, err);
	if (c == '[' || c == '{') {
		if (!skip_nested(sheet, &at, err))
			return false;
	} else if (c == '"') {
		at = skip_string(sheet, from);
		if (!at)
			return ends_early(sheet, err);
	} else {
		at += strspn(sheet->text + from, "+-.0123456789abcdefghijklmnopqrstuvwxyzE");
	}
	if (at == from)
		return r2_sheet_fault(sheet, from, err, "a value is due here");
	*ret = (struct r2_span){from, at};
	return true;
}

bool r2_sheet_root(const struct r2_sheet *sheet, struct r2_span *ret, struct r2_error *err)
{
	size_t from = skip_blanks(sheet, 0), behind;

	if (from >= sheet->n)
		return r2_error_set(err, R2_FAILED, "%s is empty", sheet->name);
	if (sheet->text[from] != '[' && sheet->text[from] != '{') {
		r2_sheet_fault(sheet, from, err, "this is no JSON list or object");
		return r2_error_hint(err, "`ip` writes JSON with -j, PowerShell with "
					  "`| ConvertTo-Json`");
	}
	if (!skip_value(sheet, from, ret, err))
		return false;
	behind = skip_blanks(sheet, ret->to);
	return behind == sheet->n ||
	       r2_sheet_fault(sheet, behind, err, "the JSON value ends before this");
}

struct r2_walk r2_walk_begin(const struct r2_sheet *sheet, const struct r2_span *span)
{
	return (struct r2_walk){.sheet = sheet,
				.at = span->from + 1,
				.end = sheet->text[span->from] == '[' ? ']' : '}'};
}

static bool take_key(struct r2_walk *walk, struct r2_span *ret, struct r2_error *err)
{
	const struct r2_sheet *sheet = walk->sheet;

	if (sheet->text[walk->at] != '"')
		return r2_sheet_fault(sheet, walk->at, err, "a key in quotes is due here");
	if (!skip_value(sheet, walk->at, ret, err))
		return false;
	walk->at = skip_blanks(sheet, ret->to);
	if (sheet->text[walk->at] != ':')
		return r2_sheet_fault(sheet, walk->at, err, "':' is due here");
	walk->at = skip_blanks(sheet, walk->at + 1);
	return true;
}

bool r2_walk_next(struct r2_walk *walk, struct r2_span *ret_key, struct r2_span *ret_value,
		  struct r2_error *err)
{
	const struct r2_sheet *sheet = walk->sheet;
	bool comma;

	walk->at = skip_blanks(sheet, walk->at);
	walk->more = sheet->text[walk->at] != walk->end;
	*ret_key = (struct r2_span){0, 0};
	if (!walk->more)
		return true;
	comma = sheet->text[walk->at] == ',';
	if (comma != walk->begun)
		return r2_sheet_fault(sheet, walk->at, err,
				      comma ? "a value is due here" : "',' is due here");
	if (comma)
		walk->at = skip_blanks(sheet, walk->at + 1);
	walk->begun = true;
	if (walk->end == '}' && !take_key(walk, ret_key, err))
		return false;
	if (!skip_value(sheet, walk->at, ret_value, err))
		return false;
	walk->at = ret_value->to;
	return true;
}

bool r2_span_is(const struct r2_sheet *sheet, const struct r2_span *span, const char *word)
{
	size_t n = strlen(word);

	return span->to - span->from == n + 2 && memcmp(sheet->text + span->from + 1, word, n) == 0;
}
