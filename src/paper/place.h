/* SPDX-License-Identifier: MIT */
/* Files by their names in UTF-8, which are the system's own on Unix only. */
#ifndef R2_PAPER_PLACE_H
#define R2_PAPER_PLACE_H

#include <stdbool.h>
#include <stdio.h>

/** r2_place_open() - to be read; NULL with errno */
FILE *r2_place_open(const char *path);

/**
 * r2_place_files() - give each plain file of folder @path to @each, until that returns false
 *
 * A pipe would be waited for, so it is none. Return: is @path a folder?
 */
bool r2_place_files(const char *path, bool (*each)(void *ctx, const char *name), void *ctx);

/** r2_place_has_drives() - may names begin with a drive, and have backslashes between folders */
bool r2_place_has_drives(void);

#endif
