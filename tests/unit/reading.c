/* SPDX-License-Identifier: MIT */
#include "reading.h"

#include <string.h>

#include "unit.h"

struct split {
	char text[2048];
	const char *words[64];
	size_t n;
};

static void split(struct split *ret, const char *line)
{
	ret->n = 0;
	assert_true(strlen(line) < sizeof(ret->text));
	memcpy(ret->text, line, strlen(line) + 1);
	for (char *p = ret->text; *p;) {
		char *close = *p == '"' ? strchr(p + 1, '"') : NULL;
		size_t n;
		bool ends;
		p += close != NULL;
		n = close ? (size_t)(close - p) : strcspn(p, " ");
		ends = !p[n] || (close && !p[n + 1]);
		p[n] = '\0';
		ret->words[ret->n++] = strcmp(p, "''") == 0 ? "" : p;
		p += n + !ends + (close != NULL);
	}
}

static bool named_table(void *ctx, const char *name, uint32_t *ret_number)
{
	(void)ctx;
	if (strcmp(name, "blue") != 0 && strcmp(name, "7up") != 0)
		return false;
	*ret_number = 100;
	return true;
}

static const char *name_of_table(void *ctx, uint32_t number)
{
	(void)ctx;
	switch (number) {
	case 100:
		return "blue";
	case 101:
		return "100"; /* a name that reads as another number */
	case 102:
		return "gone"; /* a name that nobody knows */
	default:
		return NULL;
	}
}

const struct r2_names names = {.table = named_table, .table_name = name_of_table};

struct reading read_as(const char *line, unsigned allowed, enum r2_family family)
{
	struct reading got = {.bad = 99};
	struct split words;
	split(&words, line);
	got.ok = r2_intent_parse(words.words, words.n, allowed, family, &names, &got.intent,
				 &got.bad, &got.err);
	if (!got.ok)
		r2_error_format(&got.err, got.text, sizeof(got.text));
	return got;
}

struct r2_intent must_read(const char *line)
{
	struct reading got = read_as(line, ALL, R2_NONE);
	if (!got.ok)
		fail_msg("%s: %s", line, got.text);
	return got.intent;
}
