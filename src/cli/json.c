/* SPDX-License-Identifier: MIT */
/* JSON, written as it goes. */
#include "cli/json.h"

#include <inttypes.h>

static void put_string(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			putc(c < 0x7f ? c : '?', out);
	}
	putc('"', out);
}

static void begin_value(struct r2_json *json, const char *key)
{
	if (json->filled[json->depth])
		putc(',', json->out);
	if (json->depth == 1)
		putc('\n', json->out);
	json->filled[json->depth] = true;
	if (key) {
		put_string(json->out, key);
		putc(':', json->out);
	}
}

void r2_json_open(struct r2_json *json, const char *key, char bracket)
{
	begin_value(json, key);
	putc(bracket, json->out);
	if (json->depth + 1 < R2_JSON_DEPTH)
		json->depth++;
	json->filled[json->depth] = false;
}

void r2_json_close(struct r2_json *json, char bracket)
{
	if (json->depth == 1 && json->filled[1])
		putc('\n', json->out);
	if (json->depth)
		json->depth--;
	putc(bracket, json->out);
	if (!json->depth)
		putc('\n', json->out);
}

void r2_json_text(struct r2_json *json, const char *key, const char *value)
{
	begin_value(json, key);
	put_string(json->out, value);
}

void r2_json_number(struct r2_json *json, const char *key, uint64_t value)
{
	begin_value(json, key);
	fprintf(json->out, "%" PRIu64, value);
}

void r2_json_bool(struct r2_json *json, const char *key, bool value)
{
	begin_value(json, key);
	fputs(value ? "true" : "false", json->out);
}
