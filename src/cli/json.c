/* SPDX-License-Identifier: MIT */
/* JSON, written as it goes. */
#include "cli/json.h"

#include <inttypes.h>

/* RFC 8259 section 7. What is no ASCII is no text of ours: interface names may be any bytes. */
static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put_string(FILE *out, const char *text)
{
	putc('"', out);
	while (*text) {
		size_t n = 0;
		unsigned char c;

		while (is_plain((unsigned char)text[n]))
			n++;
		fwrite(text, 1, n, out);
		text += n;
		if (!*text)
			break;
		c = (unsigned char)*text++;
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			putc('?', out);
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
