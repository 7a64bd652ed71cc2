/* SPDX-License-Identifier: MIT */
/*
 * Optimal string alignment distance (Damerau 1964, without repeated edits of one place): how many
 * insertions, deletions, exchanges and swaps of neighbours turn one word into the other.
 */
#include "core/words.h"

#include <string.h>

#define LONGEST 31 /* no word of the grammar and no verb is longer; longer ones resemble none */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][LONGEST + 1];
	size_t *two_back = rows[0], *back = rows[1], *row = rows[2];
	for (size_t j = 0; j <= b_len; j++)
		back[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t exchanged = back[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = least(exchanged, 1 + least(back[j], row[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], two_back[j - 2] + 1);
		}
		size_t *spare = two_back;
		two_back = back;
		back = row;
		row = spare;
	}
	return back[b_len];
}

/* How far @known is from @word; a beginning is as near as one slip. LONGEST: not near at all. */
static size_t unlikeness(const char *word, size_t len, const char *known)
{
	size_t known_len = strlen(known);
	if (known_len > LONGEST)
		return LONGEST;
	size_t far = distance(word, len, known, known_len);
	size_t longer = len > known_len ? len : known_len;
	if (far > 1 && len >= 2 && strncmp(word, known, len) == 0)
		return 1;
	return far <= 1 || far <= longer / 3 ? far : LONGEST;
}

const char *r2_words_nearest(const char *word, const char *const *known, size_t n)
{
	const char *nearest = NULL;
	size_t best = LONGEST, len = strlen(word);
	if (!len || len > LONGEST)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t far = known[i] ? unlikeness(word, len, known[i]) : LONGEST;
		if (far < best) {
			best = far;
			nearest = known[i];
		}
	}
	return nearest;
}

char *r2_words_next(char **at)
{
	static const char blanks[] = " \t\r\n";
	char *word = *at + strspn(*at, blanks), *end = NULL;

	if (*word == '"')
		end = strchr(word + 1, '"');
	if (end)
		word++;
	else
		end = word + strcspn(word, blanks);
	*at = end + (*end != '\0');
	if (end == word && *end == '\0')
		return NULL;
	*end = '\0';
	return word;
}
