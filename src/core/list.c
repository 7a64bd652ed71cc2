/* SPDX-License-Identifier: MIT */
/*
 * Growing arrays: the room doubles, so that a million pushes copy about two million values.
 *
 * The caller's pointer is a `struct x *`, no `void *`, so it is only ever read and written as
 * bytes (C17 6.5p7).
 */
#include "core/list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 8

bool r2_list_grow(void **at, size_t *room, size_t size)
{
	if (*room > SIZE_MAX / 2 / size)
		return false;
	size_t wanted = *room ? *room * 2 : FIRST_ROOM;
	void *old;
	memcpy(&old, at, sizeof(old));
	void *grown = realloc(old, wanted * size);
	if (!grown)
		return false;
	memcpy(at, &grown, sizeof(grown));
	*room = wanted;
	return true;
}

bool r2_list_append(void **at, size_t *room, size_t *n, size_t size, const void *from, size_t more)
{
	char *values;

	while (*room - *n < more) {
		if (!r2_list_grow(at, room, size))
			return false;
	}
	memcpy(&values, at, sizeof(values));
	if (more)
		memcpy(values + *n * size, from, more * size);
	*n += more;
	return true;
}

void r2_list_drop(void **at, size_t *room, size_t *n)
{
	void *old, *none = NULL;
	memcpy(&old, at, sizeof(old));
	free(old);
	memcpy(at, &none, sizeof(none));
	*room = 0;
	*n = 0;
}
