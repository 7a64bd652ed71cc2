/* SPDX-License-Identifier: MIT */
/* Lists of objects: which kind they are of, and all of one read. */
#ifndef R2_PAPER_LISTS_H
#define R2_PAPER_LISTS_H

#include "paper/read.h"

/**
 * struct r2_kind - a kind of list
 * @from: the command that writes it
 * @section: its member of a snapshot, NULL if there is none
 * @marks: members that objects of this kind, and of none before it in the table, have
 * @rank: interfaces come first, then what names them
 */
struct r2_kind {
	const char *from;
	const char *section;
	enum r2_system system;
	unsigned rank;
	const char *marks[2];
	r2_reader *read;
};

/** r2_kind_of() - told by the first object of the list (or the one object) at @span
 *
 * Return: false with @err; *@ret is NULL for an empty list, which may be any kind.
 */
bool r2_kind_of(const struct r2_sheet *sheet, const struct r2_span *span,
		const struct r2_kind **ret, struct r2_error *err);
/** r2_kind_of_section() - NULL if no list of a snapshot has that name */
const struct r2_kind *r2_kind_of_section(const struct r2_sheet *sheet, const struct r2_span *key);

/** r2_list_read() - every object of the list at @span */
bool r2_list_read(struct r2_reading *reading, const struct r2_sheet *sheet,
		  const struct r2_span *span, const struct r2_kind *kind, struct r2_error *err);

#endif
