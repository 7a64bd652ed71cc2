/* SPDX-License-Identifier: MIT */
/*
 * Where a running watch can be spoken to: one place for each network namespace, that is free again
 * when the watch ends, however it ends.
 */
#ifndef R2_OS_CONTROL_H
#define R2_OS_CONTROL_H

#include "core/error.h"

/** r2_control_listen() - become the one watch here. Return: a listening descriptor, -1 with @err */
int r2_control_listen(struct r2_error *err);

/**
 * r2_control_connect() - to the watch that runs here
 *
 * Return: a connection whose other end is trusted; -1 with @err->native 0 if no watch runs here.
 */
int r2_control_connect(struct r2_error *err);

/** r2_control_trusts() - is the other end root's, user route2's, or the same user's as we */
bool r2_control_trusts(int fd);

/**
 * r2_control_ask() - say @request, and hear the answer to its end
 * @ret_answer: malloc'ed, ended by a zero; the caller frees it
 *
 * Return: false without a watch (@err->native 0), or if it does not answer within some seconds.
 */
bool r2_control_ask(const char *request, char **ret_answer, struct r2_error *err);

struct r2_os;

/** r2_control_tell() - struct r2_os_ops, @tell */
void r2_control_tell(struct r2_os *os, const char *request);

#endif
