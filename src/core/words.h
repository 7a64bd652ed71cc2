/* SPDX-License-Identifier: MIT */
/* Words of the user's: the nearest known one to a misspelt one. */
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

#endif
