/* SPDX-License-Identifier: MIT */
/*
 * Any line as an intent, for every kind of verb and family: what is refused is refused in one
 * printable sentence that blames a word of the line, and what is read comes back from its line.
 */
#include <string.h>

#include "core/intent.h"
#include "core/words.h"
#include "fuzz.h"

#define MOST_WORDS 64
#define ALL                                                                                        \
	(R2_WORD_PREFIX | R2_WORD_VIA | R2_WORD_BACKUP | R2_WORD_SRC | R2_WORD_DEV |               \
	 R2_WORD_METRIC | R2_WORD_TABLE | R2_WORD_METHOD | R2_WORD_PHANTOM)

struct split {
	char *words[MOST_WORDS];
	size_t n;
};

static const char *const *words_of(const struct split *split)
{
	return (const char *const *)split->words;
}

/* Each word in memory of its exact size, for the address sanitizer. */
static void split_line(struct split *ret, const char *line, size_t size)
{
	ret->n = 0;
	for (size_t at = 0; at < size && ret->n < MOST_WORDS;) {
		size_t end = at;
		while (end < size && line[end] != ' ' && line[end] != '\0')
			end++;
		char *word = malloc(end - at + 1);
		CHECK(word);
		memcpy(word, line + at, end - at);
		word[end - at] = '\0';
		ret->words[ret->n++] = word;
		at = end + 1;
	}
}

static void free_split(struct split *split)
{
	while (split->n)
		free(split->words[--split->n]);
}

static bool named_table(void *ctx, const char *name, uint32_t *ret_number)
{
	(void)ctx;
	*ret_number = 100;
	return strcmp(name, "blue") == 0;
}

static const char *name_of_table(void *ctx, uint32_t number)
{
	(void)ctx;
	return number == 100 ? "blue" : number == 101 ? "100" : NULL;
}

static const struct r2_names names = {.table = named_table, .table_name = name_of_table};

/* What the line need not say again: the main table, the usual method. */
static unsigned needed(const struct r2_intent *intent)
{
	unsigned silent = (intent->table == R2_MAIN_TABLE ? R2_WORD_TABLE : 0) |
			  (intent->method == R2_AUTO ? R2_WORD_METHOD : 0);
	return intent->given & ~silent;
}

static void check_equal(const struct r2_intent *a, const struct r2_intent *b)
{
	CHECK(needed(a) == needed(b));
	CHECK(r2_prefix_equal(&a->dst, &b->dst));
	CHECK(r2_gateways_equal(&a->gateways, &b->gateways));
	CHECK(r2_ip_equal(&a->src, &b->src) && r2_ip_equal(&a->phantom, &b->phantom));
	CHECK(strcmp(a->dev, b->dev) == 0);
	CHECK(a->metric == b->metric && a->table == b->table && a->method == b->method);
}

static void check_line(const struct r2_intent *intent, const struct r2_names *known)
{
	char line[R2_INTENT_TEXT], again[R2_INTENT_TEXT];
	struct r2_intent back;
	struct r2_error err;
	const char *words[MOST_WORDS];
	char cut[R2_INTENT_TEXT], *at = cut;
	size_t n = 0;
	r2_intent_format(intent, known, line);
	memcpy(cut, line, sizeof(cut));
	while (n < MOST_WORDS && (words[n] = r2_words_next(&at)))
		n++;
	CHECK(r2_intent_parse(words, n, ALL | R2_WORD_NO_PREFIX, R2_NONE, known, &back, NULL,
			      &err));
	check_equal(intent, &back);
	CHECK(strcmp(line, r2_intent_format(&back, known, again)) == 0);
}

static void check_refusal(const struct r2_error *err)
{
	char text[R2_ERROR_TEXT];
	CHECK(err->kind == R2_USAGE && err->what[0]);
	r2_error_format(err, text, sizeof(text));
	for (const char *p = text; *p; p++)
		CHECK((unsigned char)*p >= ' ' && *p != 0x7f);
}

static void try_line(const struct split *split, unsigned allowed, enum r2_family family)
{
	struct r2_intent intent;
	struct r2_error err;
	size_t bad = SIZE_MAX;
	if (r2_intent_parse(words_of(split), split->n, allowed, family, &names, &intent, &bad,
			    &err)) {
		CHECK(!(intent.given & ~(allowed | R2_WORD_PREFIX)));
		check_line(&intent, &names);
		check_line(&intent, NULL);
		return;
	}
	CHECK(bad < split->n || split->n == 0);
	check_refusal(&err);
}

static void try_batch(const struct split *split)
{
	struct r2_intent intent;
	struct r2_error err;
	if (r2_intent_parse_batch(words_of(split), R2_NONE, &intent, &err))
		check_line(&intent, NULL);
	else
		check_refusal(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned verbs[] = {ALL, ALL | R2_WORD_NO_PREFIX,
					 R2_WORD_PREFIX | R2_WORD_DEV | R2_WORD_TABLE, 0};
	static const enum r2_family families[] = {R2_NONE, R2_IPV4, R2_IPV6};
	struct split split;
	split_line(&split, (const char *)data, size);
	for (size_t verb = 0; verb < sizeof(verbs) / sizeof(*verbs); verb++) {
		for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
			try_line(&split, verbs[verb], families[i]);
	}
	if (split.n == 4)
		try_batch(&split);
	free_split(&split);
	return 0;
}
