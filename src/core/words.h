/* SPDX-License-Identifier: MIT */
/* Words of the user's: one after the other in a line; the nearest known one to a misspelt one. */
#ifndef R2_CORE_WORDS_H
#define R2_CORE_WORDS_H

#include <stddef.h>

/**
 * r2_words_nearest() - the known word that most resembles @word
 * @known, @n: candidates; NULL entries are skipped
 *
 * Resembles: optimal string alignment distance (a swap of neighbours counts one) of at most a
 * third of the longer word, at least 1; or @word is a beginning of it of two letters or more.
 *
 * Return: the candidate, NULL if none is near. Ties go to the earlier one.
 */
const char *r2_words_nearest(const char *word, const char *const *known, size_t n);

/**
 * r2_words_next() - the next word of a line, cut off where it ends
 * @at: where the rest of the line begins; moved on
 *
 * Words have blanks between them. One in double quotes may have blanks in it, as an interface of
 * Windows has; without the second quote the first is part of the word.
 *
 * Return: the word, NULL at the end.
 */
char *r2_words_next(char **at);

#endif
