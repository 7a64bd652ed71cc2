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

#define R2_PENDING_PATH 256

/** struct r2_pending - of this network namespace; @path: the file that says what stood before */
struct r2_pending {
	char path[R2_PENDING_PATH];
};

/** r2_pending_find() - where it is, or would be. Return: whether a change is pending */
bool r2_pending_find(struct r2_pending *ret);

/**
 * r2_pending_begin() - save what stands, and start the keepers
 * @restore: applies the file, in a keeper. Return: its exit status.
 */
bool r2_pending_begin(struct r2_cli *cli, struct r2_pending *pending,
		      int (*restore)(struct r2_cli *cli, const char *path), struct r2_error *err);
/** r2_pending_settle() - the change is made: its time begins now */
void r2_pending_settle(const struct r2_cli *cli, const struct r2_pending *pending);
/** r2_pending_end() - confirmed, or not made at all. Return: false if there was none */
bool r2_pending_end(const struct r2_pending *pending);

#endif
