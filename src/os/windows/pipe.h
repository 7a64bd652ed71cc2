/* SPDX-License-Identifier: MIT */
/*
 * The named pipe by which the watch is spoken to. A request is a line, the answer is one, and then
 * the client hangs up: a pipe has no end of its own to send.
 *
 * Administrators and the system alone may open it, from this machine only; the client looks who
 * made it before it says anything.
 */
#ifndef R2_OS_WINDOWS_PIPE_H
#define R2_OS_WINDOWS_PIPE_H

#include <stdbool.h>
#include <stddef.h>

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <winsock2.h> /* before windows.h */

#include <windows.h>

#include "core/error.h"

/**
 * struct r2_pipe - one end
 * @file: opened for overlapped use
 * @done: an event for that; @stop: another that ends all waiting, or NULL
 */
struct r2_pipe {
	HANDLE file, done, stop;
};

/** r2_pipe_listen() - become the one watch here; @stop: as in struct r2_pipe */
bool r2_pipe_listen(HANDLE stop, struct r2_pipe *ret, struct r2_error *err);
/** r2_pipe_accept() - wait for a client. Return: false if told to stop */
bool r2_pipe_accept(struct r2_pipe *pipe);
/** r2_pipe_line() - up to a newline, which is cut off. Return: false if none comes in time */
bool r2_pipe_line(struct r2_pipe *pipe, char *buf, size_t size, unsigned wait_ms);
/** r2_pipe_say() - @text and a newline */
bool r2_pipe_say(struct r2_pipe *pipe, const char *text, unsigned wait_ms);
/** r2_pipe_part() - the server waits until the client has hung up, and is free for the next */
void r2_pipe_part(struct r2_pipe *pipe, unsigned wait_ms);
void r2_pipe_close(struct r2_pipe *pipe);

#endif
