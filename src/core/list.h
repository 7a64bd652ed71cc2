/* SPDX-License-Identifier: MIT */
/* Growing arrays of plain values. */
#ifndef R2_CORE_LIST_H
#define R2_CORE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/** R2_LIST() - a list type: @at the values, @n how many, @room how many fit before it grows */
#define R2_LIST(type)                                                                              \
	struct {                                                                                   \
		type *at;                                                                          \
		size_t n, room;                                                                    \
	}

/** r2_each() - for (type *one = first; ...; next), over a list; the list may not grow meanwhile */
#define r2_each(type, one, list)                                                                   \
	for (type *one = (list)->at; one && one < (list)->at + (list)->n; one++)

/**
 * r2_list_push() - append a copy of *@value
 *
 * Return: false if memory ran out; the list is then as it was.
 */
#define r2_list_push(list, value)                                                                  \
	(((list)->n < (list)->room ||                                                              \
	  r2_list_grow((void **)&(list)->at, &(list)->room, sizeof(*(list)->at))) &&               \
	 ((list)->at[(list)->n++] = *(value), true))

/**
 * r2_list_join() - append copies of all that @other, a list of the same type, holds
 *
 * Return: false if memory ran out; the list is then as it was.
 */
#define r2_list_join(list, other)                                                                  \
	((void)((list)->at == (other)->at),                                                        \
	 r2_list_append((void **)&(list)->at, &(list)->room, &(list)->n, sizeof(*(list)->at),      \
			(other)->at, (other)->n))

/** r2_list_free() - give the memory back; the list is then empty and may be used again */
#define r2_list_free(list) r2_list_drop((void **)&(list)->at, &(list)->room, &(list)->n)

/* What the macros call. */
bool r2_list_grow(void **at, size_t *room, size_t size);
bool r2_list_append(void **at, size_t *room, size_t *n, size_t size, const void *from, size_t more);
void r2_list_drop(void **at, size_t *room, size_t *n);

#endif
