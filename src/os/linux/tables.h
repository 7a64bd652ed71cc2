/* SPDX-License-Identifier: MIT */
/* Names of routing tables, from the files that iproute2 reads (ip-route(8), rt_tables). */
#ifndef R2_OS_LINUX_TABLES_H
#define R2_OS_LINUX_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/list.h"

/** struct r2_table_name - one line of rt_tables */
struct r2_table_name {
	uint32_t number;
	char name[64];
};

/** struct r2_tables - @read: the files have been read; they are when the first name is needed */
struct r2_tables {
	bool read;
	R2_LIST(struct r2_table_name) names;
};

/** r2_tables_number() - the number of @name; false if no file names it */
bool r2_tables_number(struct r2_tables *tables, const char *name, uint32_t *ret_number);

/** r2_tables_name() - the name of @number, NULL if it has none; lives as long as @tables */
const char *r2_tables_name(struct r2_tables *tables, uint32_t number);

/**
 * r2_tables_line() - read one line of such a file: NUMBER NAME, in decimal or with 0x
 *
 * Return: false for a comment, an empty line or one that makes no sense.
 */
bool r2_tables_line(const char *line, struct r2_table_name *ret);

/** r2_tables_free() - forget what was read */
void r2_tables_free(struct r2_tables *tables);

#endif
