/* SPDX-License-Identifier: MIT */
/*
 * A change that is brought back unless it is confirmed.
 *
 * What stands is saved as a file before the first change. Two processes of their own, which neither
 * a terminal nor a login takes with it, wait: while the file is there when its time is over, it is
 * applied. To confirm is to take the file away. Two, so that one may be killed.
 */
#ifndef R2_CLI_CONFIRM_H
#define R2_CLI_CONFIRM_H

#include "cli/cli.h"
#include "os/private.h"

#define R2_PENDING_PATH R2_PRIVATE_PATH

/** struct r2_pending - of this network namespace; @path: the file that says what stood before */
struct r2_pending {
	char path[R2_PENDING_PATH];
};

/** r2_pending_find() - where it is, or would be. Return: whether a change is pending */
bool r2_pending_find(struct r2_pending *ret);

/** r2_pending_begin() - save what stands, and start the keepers */
bool r2_pending_begin(struct r2_cli *cli, struct r2_pending *pending, struct r2_error *err);
/** r2_pending_settle() - the change is made: its time begins now */
void r2_pending_settle(const struct r2_cli *cli, const struct r2_pending *pending);
/** r2_pending_end() - confirmed, or not made at all. Return: false if there was none */
bool r2_pending_end(const struct r2_pending *pending);

/**
 * r2_pending_keep() - what a keeper does: wait, and bring it back
 * @apply: of the process that makes the change, for r2_keeper_wait()
 */
void r2_pending_keep(struct r2_cli *cli, const struct r2_pending *pending, intptr_t apply);

/** r2_pending_restoring() - the name that the file has while it is brought back */
const char *r2_pending_restoring(const struct r2_pending *pending, char buf[R2_PENDING_PATH + 16]);

/* ---- posix/ and windows/keepers.c ---- */

/** r2_keeper_now() - milliseconds since boot, also those of sleep */
int64_t r2_keeper_now(void);
/** r2_keeper_start() - one more process that keeps. Return: false if it does not run */
bool r2_keeper_start(struct r2_cli *cli, const struct r2_pending *pending, intptr_t apply);
/** r2_keeper_mark() - of this process, for the keepers. Return: -1 on failure */
intptr_t r2_keeper_mark(const struct r2_pending *pending);
/** r2_keeper_marked() - all that shall keep it has it */
void r2_keeper_marked(intptr_t apply);
/** r2_keeper_wait() - a moment. Return: true if the process that @apply marks has ended */
bool r2_keeper_wait(intptr_t apply, unsigned ms);
/** r2_keeper_turn() - be the one keeper that brings it back. Return: false if that is done */
bool r2_keeper_turn(const char *path);
/** r2_keeper_none() - does surely no keeper run any more, when @late_ms is long over */
bool r2_keeper_none(const struct r2_pending *pending, int64_t late_ms);
/**
 * r2_keeper_hidden() - a keeper that is a program started anew finds itself here
 * Return: false if the words of `confirm` are no such thing
 */
bool r2_keeper_hidden(struct r2_cli *cli, const struct r2_pending *pending);

#endif
