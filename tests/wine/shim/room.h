/* SPDX-License-Identifier: MIT */
/*
 * The folder that the environment variable R2_SHIM names: what the shim keeps, writes and obeys.
 *
 *   journal   each call that route2.exe makes (journal.h)
 *   fault     what is to go wrong (journal.h)
 *   skip      addresses with SkipAsSource, in hexadecimal, one a line
 *   links     INDEX METRIC4 METRIC6 WEAK4 WEAK6, one interface a line; others have 25 25 0 0
 */
#ifndef SHIM_ROOM_H
#define SHIM_ROOM_H

#include "values.h"

/** room_path() - of a file there. Return: false: R2_SHIM is not set */
bool room_path(const char *name, char *buf, size_t size);

/** room_read() - a whole file; "" if there is none */
void room_read(const char *name, char *buf, size_t size);

/** room_append() - whole lines, in one write */
void room_append(const char *name, const char *text, size_t len);

/** room_write() - in place of what was there */
bool room_write(const char *name, const char *text, size_t len);

/* What to read of the world. */
enum { READ_LINKS = 1, READ_ADDRS = 2, READ_ROUTES = 4, READ_NEIGHS = 8 };

/** world_read() - @family 4, 6 or 0. Return: 0 or -errno */
int world_read(struct world *world, unsigned parts, uint8_t family);
void world_free(struct world *world);

const struct link *world_link(const struct world *world, uint32_t index);

/** world_set_skip() - SkipAsSource of an address, from now on */
void world_set_skip(const struct ip *ip, bool skip);
/** world_set_link() - the metrics and the weak host model of an interface, from now on */
void world_set_link(const struct link *link);

/** world_sync() - give each route the source that the model chooses */
int world_sync(void);

/** world_prefer() - write into @route the source that the model chooses for it */
void world_prefer(const struct world *world, struct route *route);

#endif
