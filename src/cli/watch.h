/* SPDX-License-Identifier: MIT */
/* Running the watch: in the foreground, or as a service. */
#ifndef R2_CLI_WATCH_H
#define R2_CLI_WATCH_H

#include "cli/cli.h"
#include "watch/watch.h"

/**
 * r2_watch_as() - the watch, by this process, until it is told to end
 * @file: what it reads. NULL: the usual one, and without a word about it, a host without one
 * watches what `add` made
 * @options: @begun and @log are the caller's; what the command line says is filled in
 */
bool r2_watch_as(struct r2_cli *cli, const char *file, struct r2_watch_options *options,
		 struct r2_error *err);

#endif
