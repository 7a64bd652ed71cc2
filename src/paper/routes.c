/* SPDX-License-Identifier: MIT */
/* Objects of `show -j`: their members are the words of a line. */
#include "paper/routes.h"

#include <stdio.h>
#include <string.h>

#include "paper/form.h"

#define WORDS_MAX 64

struct words {
	const char *at[WORDS_MAX];
	size_t n;
	char metric[16];
	char dst[R2_PREFIX_TEXT];
};

static void add(struct words *words, const char *word, const char *value)
{
	if (!value || words->n + 2 > WORDS_MAX)
		return;
	words->at[words->n++] = word;
	words->at[words->n++] = value;
}

static void add_backups(struct words *words, const struct r2_form *form)
{
	const json_t *list = json_object_get(form->object, "backup");

	for (size_t i = 0; i < json_array_size(list); i++)
		add(words, "backup", json_string_value(json_array_get(list, i)));
}

/* `default` alone does not tell its family, as `show` has it besides. */
static const char *dst_of(struct r2_form *form, struct words *words)
{
	const char *dst = r2_form_text(form, "dst");
	struct r2_ip src = r2_form_ip(form, "prefsrc");

	if (!dst || strcmp(dst, "default") != 0 || !src.family)
		return dst;
	snprintf(words->dst, sizeof(words->dst), "%s",
		 src.family == R2_IPV6 ? "::/0" : "0.0.0.0/0");
	return words->dst;
}

static bool collect(struct r2_form *form, struct words *words)
{
	const char *dst = dst_of(form, words);

	words->n = 0;
	if (!form->bad && !dst)
		return r2_form_fault(form, "a route needs \"dst\"");
	words->at[words->n++] = dst;
	add(words, "via", r2_form_text(form, "gateway"));
	add_backups(words, form);
	add(words, "src", r2_form_text(form, "prefsrc"));
	add(words, "dev", r2_form_text(form, "dev"));
	if (r2_form_has(form, "metric")) {
		snprintf(words->metric, sizeof(words->metric), "%lu",
			 (unsigned long)r2_form_number(form, "metric", UINT32_MAX, 0));
		add(words, "metric", words->metric);
	}
	add(words, "table", r2_form_text(form, "table"));
	add(words, "method", r2_form_text(form, "method"));
	add(words, "phantom", r2_form_text(form, "phantom"));
	return !form->bad;
}

bool r2_paper_routes(const struct r2_sheet *sheet,
		     bool (*each)(void *ctx, const char *const *words, size_t n, unsigned long line,
				  struct r2_error *err),
		     void *ctx, struct r2_error *err)
{
	struct r2_span root, key, value;
	unsigned long line = 1;
	struct r2_walk walk;
	size_t counted = 0;

	if (!r2_sheet_root(sheet, &root, err))
		return false;
	walk = r2_walk_begin(sheet, &root);
	for (;;) {
		struct r2_form form;
		struct words words;
		struct r2_error why;
		bool ok;

		if (!r2_walk_next(&walk, &key, &value, err))
			return false;
		if (!walk.more)
			return true;
		for (; counted < value.from; counted++)
			line += sheet->text[counted] == '\n';
		if (!r2_form_open(sheet, &value, &form, err))
			return false;
		ok = collect(&form, &words);
		if (ok && !each(ctx, words.at, words.n, line, &why)) {
			ok = r2_sheet_fault(sheet, value.from, err, "%s", why.what);
			r2_error_hint(err, "%s", why.hint);
		}
		r2_form_close(&form);
		if (!ok)
			return false;
	}
}
