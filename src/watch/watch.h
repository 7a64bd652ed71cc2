/* SPDX-License-Identifier: MIT */
/*
 * The watch: keeps true what was asked for, while gateways die and move and the host changes.
 *
 *   event in -> core decides -> os acts
 *
 * One thread hears and acts on gateways, and never waits; the walk of apply, which may take its
 * time among a million routes, is run beside it by another.
 */
#ifndef R2_WATCH_WATCH_H
#define R2_WATCH_WATCH_H

#include "core/file.h"
#include "os/os.h"

/** enum r2_log_level - as syslog(3) numbers them */
enum r2_log_level {
	R2_LOG_ERROR = 3,
	R2_LOG_WARNING = 4,
	R2_LOG_NOTICE = 5,
	R2_LOG_INFO = 6,
	R2_LOG_DEBUG = 7,
};

/**
 * struct r2_watch_options
 * @read: the file, anew, given @ctx; bad lines are told by it. NULL: there is no file
 * @name: of the file, for messages
 * @level: what is less important is not logged
 * @json: log as JSON, an object a line
 * @withdraw: at the end take away the file's routes
 * @begun: called once, given @service, when all is set up and it watches; or NULL
 * @log: takes each line, given @service, by a thread that may wait; NULL: standard error. Windows
 * only.
 */
struct r2_watch_options {
	bool (*read)(void *ctx, struct r2_file *ret, struct r2_error *err);
	void *ctx;
	void (*begun)(void *service);
	void (*log)(void *service, enum r2_log_level level, const char *line);
	void *service;
	const char *name;
	enum r2_log_level level;
	bool json;
	bool withdraw;
};

/**
 * r2_watch_run() - watch until SIGINT or SIGTERM; SIGHUP reads the file anew. On Windows until
 * Ctrl-C, or until r2_watch_call() says so.
 * @os: for what is done at once; @worker: another handle of the same system, for apply
 *
 * Return: false if it could not begin.
 */
bool r2_watch_run(struct r2_os *os, struct r2_os *worker, const struct r2_watch_options *options,
		  struct r2_error *err);

/** enum r2_watch_call - what another thread of the process may tell the watch that runs in it */
enum r2_watch_call { R2_WATCH_STOP = 1, R2_WATCH_RELOAD = 2 };

/** r2_watch_call() - where there are no signals: Windows only; nothing without a watch */
void r2_watch_call(enum r2_watch_call what);

#endif
