/* SPDX-License-Identifier: MIT */
/*
 * A host on paper: written as a snapshot, and read back on another machine, whatever its system.
 *
 * The format is described in doc/snapshot.md.
 */
#ifndef R2_PAPER_PAPER_H
#define R2_PAPER_PAPER_H

#include <stdio.h>

#include "core/error.h"
#include "core/host.h"

/* Raised when a reader of the old could misread the new; a member more is no reason. */
#define R2_PAPER_VERSION 1

/**
 * r2_paper_write() - the host as JSON: one object a line, nothing held
 *
 * Errors of @out are for the caller to ask for (ferror).
 */
void r2_paper_write(FILE *out, const struct r2_host *host);

/**
 * r2_paper_read() - a host from what was written about it
 * @path: a snapshot; or the JSON of `ip -j addr` ... or of PowerShell's Get-NetIPAddress ...; or a
 *	folder of such, of which names that end in .json are read; "-" is standard input
 * @ret: filled on success only; the caller frees it
 * @notes: what was not given and is taken to be as usual
 *
 * Return: false with the place in the file.
 */
bool r2_paper_read(const char *path, struct r2_host *ret, struct r2_notes *notes,
		   struct r2_error *err);

/** r2_paper_take() - the same for one text in memory, which is taken over (r2_sheet_take()) */
bool r2_paper_take(const char *name, char *text, size_t n, struct r2_host *ret,
		   struct r2_notes *notes, struct r2_error *err);

#endif
