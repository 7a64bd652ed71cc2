/* SPDX-License-Identifier: MIT */
/* Routes as the user reads them: lines of the grammar, or JSON objects. */
#ifndef R2_CLI_LINES_H
#define R2_CLI_LINES_H

#include "cli/cli.h"
#include "core/describe.h"
#include "paper/json.h"

/**
 * r2_line_json() - one route as an object: the key names of `ip -j route` where they exist (dst,
 * gateway, prefsrc, dev, table, metric, protocol, flags), then method, backup, phantom, lladdr,
 * carried_by, problem
 */
void r2_line_json(struct r2_json *json, const char *key, const struct r2_line *line,
		  const struct r2_names *names);

/** r2_table_text() - a table by its name, else by number. Return: the name, or @buf */
const char *r2_table_text(uint32_t table, const struct r2_names *names, char buf[R2_PROTOCOL_TEXT]);

/** r2_line_print() - one route as a line, with a problem in colour on a terminal */
void r2_line_print(FILE *out, const struct r2_line *line, const struct r2_names *names,
		   bool colour);

#endif
