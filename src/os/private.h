/* SPDX-License-Identifier: MIT */
/*
 * Files that are nobody else's: what the kernel does not hold and the next run has to know. Each
 * is written whole or not at all: beside itself, and then moved over.
 */
#ifndef R2_OS_PRIVATE_H
#define R2_OS_PRIVATE_H

#include <stdbool.h>
#include <stdio.h>

#define R2_PRIVATE_PATH 300

/**
 * r2_private_path() - where such a file is, one for each network namespace
 *
 * Linux: in /run/route2; without the right to it, as in a container of one's own, in the user's own
 * XDG_RUNTIME_DIR; never in a folder that is shared. Windows: in ProgramData\route2, where
 * administrators alone may write.
 *
 * Return: false if there is no such folder.
 */
bool r2_private_path(const char *name, char ret_path[R2_PRIVATE_PATH]);

/** r2_private_begin() - open one for writing, beside @path. Return: NULL with errno */
FILE *r2_private_begin(const char *path);

/**
 * r2_private_end() - close it, and move it to @path if it is to be kept
 *
 * Return: is it there now, whole; false with errno, and then what was at @path still is.
 */
bool r2_private_end(FILE *file, const char *path, bool keep);

/** r2_private_read() - open one for reading. Return: NULL if there is none, or it is another's */
FILE *r2_private_read(const char *path);

/** r2_private_move() - over what is there. r2_private_remove(). Return: false with errno */
bool r2_private_move(const char *from, const char *to);
bool r2_private_remove(const char *path);
/** r2_private_exists() */
bool r2_private_exists(const char *path);

#endif
