/* SPDX-License-Identifier: MIT */
/* What a loop of sockets is woken by from another thread: a pair of them, connected to each other
 * on the loopback. */
#ifndef R2_OS_WINDOWS_WAKE_H
#define R2_OS_WINDOWS_WAKE_H

#include "os/windows/api.h"

/** struct r2_wake - @ours is readable when it was called; @called: and not yet cleared */
struct r2_wake {
	SOCKET ours, theirs;
	volatile LONG called;
};

/** r2_wake_open() - to be closed by r2_wake_close(), when no thread calls any more */
bool r2_wake_open(struct r2_wake *wake, struct r2_error *err);
/** r2_wake_call() - from any thread; any number of calls are one */
void r2_wake_call(struct r2_wake *wake);
/** r2_wake_clear() - then look at what it was called for */
void r2_wake_clear(struct r2_wake *wake);
void r2_wake_close(struct r2_wake *wake);

#endif
