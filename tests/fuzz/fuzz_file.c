/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a file of routes: every line becomes a route or is refused, and each route reads
 * back as the line that it is printed as.
 */
#include <string.h>

#include "core/file.h"
#include "core/words.h"
#include "fuzz.h"

static bool load(void *ctx, const char *name, char **ret_text, size_t *ret_n, struct r2_error *err)
{
	static const char self[] = "include self\nset metric 7\n1.2.3.0/24 src 10.0.0.1\n";

	(void)ctx;
	if (strcmp(name, "self") != 0)
		return r2_error_set(err, R2_FAILED, "no %s", name);
	*ret_text = malloc(sizeof(self));
	*ret_n = sizeof(self) - 1;
	if (*ret_text)
		memcpy(*ret_text, self, sizeof(self));
	return *ret_text || r2_error_set(err, R2_FAILED, "out of memory");
}

static void say_bad(void *ctx, const char *name, unsigned long line, unsigned long column,
		    const struct r2_error *err)
{
	CHECK(name && line >= 1 && column >= 1 && err->what[0]);
	++*(size_t *)ctx;
}

static void check_line(const struct r2_intent *intent)
{
	char text[R2_INTENT_TEXT], *at = text;
	const char *words[64];
	struct r2_intent again;
	struct r2_error err;
	size_t n = 0;

	r2_intent_format(intent, NULL, text);
	while (n < 64 && (words[n] = r2_words_next(&at)))
		n++;
	CHECK(r2_intent_parse(words, n, ~0U & ~(unsigned)R2_WORD_NO_PREFIX, R2_NONE, NULL, &again,
			      NULL, &err));
	CHECK(again.given == intent->given && r2_ip_equal(&again.src, &intent->src) &&
	      r2_gateways_equal(&again.gateways, &intent->gateways));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t bad = 0;
	struct r2_file_reader reader = {.load = load, .say_bad = say_bad, .ctx = &bad};
	struct r2_file file = {0};
	char *text = malloc(size + 1);
	unsigned long line;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	CHECK(r2_file_read(&file, &reader, "fuzz", text, size));
	CHECK(bad == file.bad);
	r2_each (const struct r2_item, item, &file.items) {
		struct r2_intent intent = r2_file_intent(&file, item);

		CHECK(r2_file_place(&file, item->line, &line) && line >= 1);
		check_line(&intent);
	}
	r2_file_free(&file);
	free(text);
	return 0;
}
