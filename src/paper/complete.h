/* SPDX-License-Identifier: MIT */
/* What was not given of a host, made from what was. */
#ifndef R2_PAPER_COMPLETE_H
#define R2_PAPER_COMPLETE_H

#include "core/error.h"
#include "core/host.h"

/**
 * r2_paper_complete() - Linux: the usual rules, and table local from the addresses, for each family
 * that has none; a note for each
 *
 * Return: false if memory ran out.
 */
bool r2_paper_complete(struct r2_host *host, struct r2_notes *notes);

#endif
