/* SPDX-License-Identifier: MIT */
/* The nearest word to a misspelt one. */
#include "core/words.h"

#include "unit.h"

static const char *const grammar[] = {"via", "backup", "src",    "dev",
				      NULL,  "metric", "method", "phantom"};

static void misspelt_words_find_their_own(void **state)
{
	static const struct {
		const char *word, *nearest;
	} table[] = {
		{"via", "via"},
		{"scr", "src"},  /* a swap */
		{"sr", "src"},   /* a beginning, and one missing */
		{"srcc", "src"}, /* one too many */
		{"srd", "src"},  /* one exchanged */
		{"dve", "dev"},
		{"ba", "backup"}, /* a beginning of two letters */
		{"phan", "phantom"},
		{"meth", "method"},
		{"met", "metric"}, /* both begin so: the earlier */
		{"me", "metric"},
		{"mehtod", "method"},
		{"matric", "metric"},
		{"mtrc", "metric"},   /* two of six */
		{"bakcpu", "backup"}, /* two swaps of six */
		{"fantom", "phantom"},
		{"backups", "backup"},
		{"m", NULL}, /* one letter is no beginning */
		{"", NULL},
		{"xyz", NULL},
		{"VIA", NULL}, /* the words are lower case */
		{"mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm", NULL},
		{"10.0.0.1", NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		const char *nearest = r2_words_nearest(table[i].word, grammar, COUNT(grammar));
		if (nearest != table[i].nearest && !(nearest && table[i].nearest))
			fail_msg("%s: %s", table[i].word, nearest ? nearest : "none");
		if (table[i].nearest)
			assert_string_equal(nearest, table[i].nearest);
	}
}

static void nearer_beats_earlier(void **state)
{
	static const char *const known[] = {"shows", "show", "how"};
	(void)state;
	assert_string_equal(r2_words_nearest("show", known, COUNT(known)), "show");
	assert_string_equal(r2_words_nearest("sho", known, COUNT(known)), "shows");
}

static void nothing_known_is_nothing_near(void **state)
{
	static const char *const none[] = {NULL, NULL};
	static const char *const vast[] = {"wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"};
	(void)state;
	assert_null(r2_words_nearest("via", NULL, 0));
	assert_null(r2_words_nearest("via", none, COUNT(none)));
	assert_null(r2_words_nearest("www", vast, COUNT(vast)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(misspelt_words_find_their_own),
		cmocka_unit_test(nearer_beats_earlier),
		cmocka_unit_test(nothing_known_is_nothing_near),
	};
	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
