/* SPDX-License-Identifier: MIT */
/* Reading whole lines of the grammar, for the tests. */
#ifndef R2_TESTS_READING_H
#define R2_TESTS_READING_H

#include "core/intent.h"

#define ALL                                                                                        \
	(R2_WORD_PREFIX | R2_WORD_VIA | R2_WORD_BACKUP | R2_WORD_SRC | R2_WORD_DEV |               \
	 R2_WORD_METRIC | R2_WORD_TABLE | R2_WORD_METHOD | R2_WORD_PHANTOM)

/** names - knows blue and 7up, both 100; its names of 101 and 102 do not read back */
extern const struct r2_names names;

/** struct reading - what became of a line; @text is the formatted error */
struct reading {
	bool ok;
	struct r2_intent intent;
	size_t bad;
	struct r2_error err;
	char text[R2_ERROR_TEXT];
};

/** read_as() - a line, split at blanks; '' is the empty word */
struct reading read_as(const char *line, unsigned allowed, enum r2_family family);

/** must_read() - a line with all words allowed that has to be accepted */
struct r2_intent must_read(const char *line);

#endif
