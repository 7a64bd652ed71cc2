/* SPDX-License-Identifier: MIT */
/* A transaction: all operations of a plan, or none. */
#ifndef R2_OS_TRANSACT_H
#define R2_OS_TRANSACT_H

#include "os/os.h"

/** struct r2_trace - told of every operation before it is applied or undone; @say may be NULL */
struct r2_trace {
	void (*say)(void *ctx, const struct r2_op *op, bool undoing);
	void *ctx;
};

/**
 * r2_transact() - apply @ops in order; on the first failure undo those done, in reverse
 *
 * Return: false with the error of the operation that failed. Should undoing fail as well, the
 * error's hint names what is left.
 */
bool r2_transact(struct r2_os *os, const r2_ops *ops, const struct r2_trace *trace,
		 struct r2_error *err);

/**
 * r2_transact_undo() - take back @ops, all of which have been applied, in reverse
 * @err: is set already, saying why; a failure here only adds to its hint
 */
void r2_transact_undo(struct r2_os *os, const r2_ops *ops, const struct r2_trace *trace,
		      struct r2_error *err);

#endif
