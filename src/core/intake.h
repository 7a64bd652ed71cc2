/* SPDX-License-Identifier: MIT */
/* A text of unknown length, taken in piece by piece. */
#ifndef R2_CORE_INTAKE_H
#define R2_CORE_INTAKE_H

#include <stddef.h>

/**
 * struct r2_intake - what has come so far
 * @at: malloc'ed, NULL before the first piece
 * @n: bytes that have come: who has put a piece into the room adds its length
 * @room: bytes that @at has room for
 * @most: what @room may not exceed
 */
struct r2_intake {
	char *at;
	size_t n, room, most;
};

/**
 * r2_intake_room() - where the next piece goes
 * @ret_room: how long it may be, at least 1; a zero fits behind it
 *
 * Return: NULL if memory ran out or @most would be exceeded.
 */
char *r2_intake_room(struct r2_intake *intake, size_t *ret_room);

/** r2_intake_take() - all of it, ended by a zero: the caller's to free; NULL if there is no piece
 */
char *r2_intake_take(struct r2_intake *intake);

/** r2_intake_drop() - give the memory back */
void r2_intake_drop(struct r2_intake *intake);

#endif
