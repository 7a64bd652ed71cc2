/* SPDX-License-Identifier: MIT */
/*
 * A narrow snapshot: for the commonest change, one destination address by one gateway, the kernel
 * can be asked the few things that matter, rather than dump a table that may hold a million routes.
 */
#ifndef R2_OS_NARROW_H
#define R2_OS_NARROW_H

#include "core/intent.h"
#include "os/os.h"

/**
 * r2_narrow_read() - all that planning @intent needs, without reading the routes
 * @ret_host: links, addresses, rules, neighbours, and the on-link route that holds the gateway
 *
 * Return: false if this change is not one of that kind, or anything unusual shows: then the whole
 * snapshot is to be read. A route of the same key that serves nobody does not show here: adding
 * then fails with EEXIST, and the whole snapshot is to be read as well.
 */
bool r2_narrow_read(struct r2_os *os, const struct r2_intent *intent, struct r2_host *ret_host);

#endif
