/* SPDX-License-Identifier: MIT */
/* Threads for questions that wait; they end with the handle. */
#ifndef R2_OS_WINDOWS_POOL_H
#define R2_OS_WINDOWS_POOL_H

#include "os/windows/windows.h"

#define R2_POOL_THREADS 128

/** r2_win_pool() - the handle's pool, made when it is first needed */
bool r2_win_pool(struct r2_windows *win, struct r2_error *err);

/** r2_win_pool_run() - @work by one of its threads. Return: false if it cannot */
bool r2_win_pool_run(struct r2_probers *probers, PTP_SIMPLE_CALLBACK work, void *ctx);

#endif
