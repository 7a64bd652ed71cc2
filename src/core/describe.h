/* SPDX-License-Identifier: MIT */
/*
 * A route as a line: what stands in the kernel, said in the grammar, with what is wrong with it.
 */
#ifndef R2_CORE_DESCRIBE_H
#define R2_CORE_DESCRIBE_H

#include "core/book.h"
#include "core/intent.h"

/**
 * struct r2_line
 * @intent: the line; without `src` if the source is lost
 * @route: what stands in the kernel
 * @mac: of the phantom's neighbour entry, else none
 * @carrier: index of the gateway whose MAC that is, -1 if it cannot be told
 * @lost: the source or a gateway is gone: no line that `add` would take
 * @problem: one remark on what has gone bad, or ""
 */
struct r2_line {
	struct r2_intent intent;
	struct r2_route route;
	struct r2_mac mac;
	int carrier;
	bool lost;
	char problem[200];
};

/**
 * r2_describe() - the line of one route of ours
 * @host: with links, addresses and neighbours; the routes in it are not needed
 * @book: NULL is read as an empty one
 */
void r2_describe(const struct r2_host *host, const struct r2_book *book,
		 const struct r2_route *route, struct r2_line *ret_line);

/** r2_line_matches() - is it selected by the words that @selector was given (del, show) */
bool r2_line_matches(const struct r2_line *line, const struct r2_intent *selector);

/** r2_line_format() - as `show` prints it: the line, and a comment if there is a problem */
#define R2_LINE_TEXT (R2_INTENT_TEXT + 240)
const char *r2_line_format(const struct r2_line *line, const struct r2_names *names,
			   char buf[R2_LINE_TEXT]);

#endif
