/* SPDX-License-Identifier: MIT */
/* JSON, written as it goes. */
#include "paper/json.h"

#include <inttypes.h>

/*
 * How many bytes of @text go out as they are: plain ASCII, or one character of UTF-8 (RFC 3629
 * section 4, less its finer limits). 0: an escape, or no UTF-8 at all.
 */
static size_t plain_bytes(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t n = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;

	if (at[0] < 0x20 || at[0] == '"' || at[0] == '\\' || at[0] == 0x7f)
		return 0;
	if (at[0] >= 0x80 && (at[0] < 0xc2 || at[0] > 0xf4))
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

static void put_string(FILE *out, const char *text)
{
	putc('"', out);
	while (*text) {
		size_t n = 0, step;
		unsigned char c;

		while ((step = plain_bytes(text + n)))
			n += step;
		fwrite(text, 1, n, out);
		text += n;
		if (!*text)
			break;
		c = (unsigned char)*text++;
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x80)
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
	if (json->depth && json->depth <= (json->lines ? json->lines : 1))
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
	if (json->depth && json->depth <= (json->lines ? json->lines : 1) &&
	    json->filled[json->depth])
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

void r2_json_ip(struct r2_json *json, const char *key, const struct r2_ip *ip)
{
	char text[R2_IP_TEXT];

	if (ip->family)
		r2_json_text(json, key, r2_ip_format(ip, text));
}
