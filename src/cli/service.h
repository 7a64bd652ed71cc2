/* SPDX-License-Identifier: MIT */
/* The service of Windows that runs the watch. */
#ifndef R2_CLI_SERVICE_H
#define R2_CLI_SERVICE_H

#include "cli/cli.h"
#include "watch/watch.h"

#define R2_SERVICE_NAME L"route2"

/**
 * r2_service_run() - what the service control manager starts: the watch, until it is told to end
 *
 * Return: an exit status; at once, with an error said, if something else has started it.
 */
int r2_service_run(struct r2_cli *cli);

/* ---- its log: ProgramData\route2\route2.log, and the event log ---- */

/** r2_service_log_open() - before the first line; what cannot be opened is done without */
void r2_service_log_open(void);
/** r2_service_log() - struct r2_watch_options, @log */
void r2_service_log(void *unused, enum r2_log_level level, const char *line);
void r2_service_log_close(void);
/** r2_service_source() - register us with the event log, or unregister. Return: a Win32 code */
unsigned long r2_service_source(bool there);

#endif
