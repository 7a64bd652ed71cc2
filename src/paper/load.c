/* SPDX-License-Identifier: MIT */
/* A file as UTF-8 text, whatever Windows wrote it in. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/intake.h"
#include "paper/place.h"
#include "paper/sheet.h"

static bool no_memory(struct r2_error *err)
{
	return r2_error_set(err, R2_FAILED, "out of memory");
}

static bool cannot(const char *path, const char *call, int error, struct r2_error *err)
{
	r2_error_set(err, R2_FAILED, "cannot read %s: %s", path, strerror(error));
	err->native = error;
	err->call = call;
	return false;
}

/* Return: the bytes and a zero behind them, malloc'ed; NULL without memory. */
static char *read_all(FILE *file, size_t *ret_n)
{
	struct r2_intake text = {.most = SIZE_MAX};
	size_t room, got = 1;
	char *to = NULL;

	while (got && (to = r2_intake_room(&text, &room))) {
		got = fread(to, 1, room, file);
		text.n += got;
	}
	if (!to)
		r2_intake_drop(&text);
	*ret_n = text.n;
	return r2_intake_take(&text);
}

/* RFC 3629 section 3. Return: bytes written, 1 to 4. */
static size_t put_utf8(char *at, uint32_t c)
{
	unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const uint8_t first[] = {0, 0xc0, 0xe0, 0xf0};

	at[0] = (char)(first[more] | c >> (6 * more));
	for (unsigned i = 1; i <= more; i++)
		at[i] = (char)(0x80 | (c >> (6 * (more - i)) & 0x3f));
	return more + 1;
}

/* UTF-16 (RFC 2781 section 2.2). Return: UTF-8, malloc'ed; half pairs become U+FFFD. */
static char *from_utf16(const char *text, size_t bytes, bool big, size_t *ret_n)
{
	const uint8_t *in = (const uint8_t *)text;
	char *out = malloc(bytes / 2 * 3 + 1);
	size_t n = 0;

	for (size_t i = 0; out && i + 1 < bytes; i += 2) {
		uint32_t c = (uint32_t)in[i + !big] << 8 | in[i + big], low = 0;

		if (c >= 0xd800 && c < 0xdc00 && i + 3 < bytes)
			low = (uint32_t)in[i + 2 + !big] << 8 | in[i + 2 + big];
		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
			i += 2;
		} else if (c >= 0xd800 && c < 0xe000) {
			c = 0xfffd;
		}
		n += put_utf8(out + n, c);
	}
	if (out)
		out[n] = '\0';
	*ret_n = n;
	return out;
}

bool r2_sheet_take(const char *name, char *text, size_t n, struct r2_sheet *ret,
		   struct r2_error *err)
{
	struct r2_sheet sheet = {.name = name, .text = text, .n = n};

	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		sheet.n -= 3;
		memmove(text, text + 3, sheet.n + 1);
	} else if (n >= 2 &&
		   (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) {
		sheet.text = from_utf16(text + 2, n - 2, (uint8_t)text[0] == 0xfe, &sheet.n);
		free(text);
		if (!sheet.text)
			return no_memory(err);
	}
	*ret = sheet;
	if (!memchr(sheet.text, '\0', sheet.n))
		return true;
	r2_sheet_fault(ret, strlen(sheet.text), err, "a zero byte is no JSON");
	r2_sheet_free(ret);
	return false;
}

bool r2_sheet_load(const char *path, struct r2_sheet *ret, struct r2_error *err)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *file = standard ? stdin : r2_place_open(path);
	size_t n = 0;
	char *text;
	int error;

	if (!file)
		return cannot(path, "open", errno, err);
	text = read_all(file, &n);
	error = ferror(file) ? errno : 0;
	if (!standard)
		fclose(file);
	if (error || !text) {
		free(text);
		return error ? cannot(path, "read", error, err) : no_memory(err);
	}
	return r2_sheet_take(standard ? "standard input" : path, text, n, ret, err);
}

void r2_sheet_free(struct r2_sheet *sheet)
{
	free(sheet->text);
	*sheet = (struct r2_sheet){0};
}
