/* SPDX-License-Identifier: MIT */
/* The JSON of `route2 show -j`, as lines of the grammar. */
#ifndef R2_PAPER_ROUTES_H
#define R2_PAPER_ROUTES_H

#include "paper/sheet.h"

/**
 * r2_paper_routes() - every object of the list
 * @each: is given the words of a line, valid meanwhile, and where the object begins; false with
 *	its error stops
 */
bool r2_paper_routes(const struct r2_sheet *sheet,
		     bool (*each)(void *ctx, const char *const *words, size_t n, unsigned long line,
				  struct r2_error *err),
		     void *ctx, struct r2_error *err);

#endif
