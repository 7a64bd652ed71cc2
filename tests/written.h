/* SPDX-License-Identifier: MIT */
/* A host as JSON in memory, on systems with and without open_memstream(3). */
#ifndef R2_TESTS_WRITTEN_H
#define R2_TESTS_WRITTEN_H

#include <stddef.h>

#include "core/host.h"

/** written() - what r2_paper_write() makes of @host, to be freed; NULL if there is no room */
char *written(const struct r2_host *host, size_t *ret_n);

#endif
