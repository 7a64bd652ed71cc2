/* SPDX-License-Identifier: MIT */
/* A change that is kept only if the wire does not speak against it. */
#ifndef R2_OS_PROVEN_H
#define R2_OS_PROVEN_H

#include "os/prove.h"

/**
 * r2_proven() - prove what has just been changed
 * @subjects: routes as they stand now; their verdicts are filled in
 * @notes: those of which it cannot be told
 *
 * Return: false with R2_FAILED if one is broken, or if the user has ended it: it is to be undone.
 */
bool r2_proven(struct r2_os *os, struct r2_subject *subjects, size_t n,
	       const struct r2_prove_options *options, struct r2_notes *notes,
	       struct r2_error *err);

#endif
