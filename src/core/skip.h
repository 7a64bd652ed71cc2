/* SPDX-License-Identifier: MIT */
/*
 * SkipAsSource (KB 975808): the escape of Windows where no next hop picks the source. An address
 * that has it is picked by no program that does not bind it; so the addresses that stand in the way
 * of a line get it, and lose it with the last line that they would be in the way of.
 */
#ifndef R2_CORE_SKIP_H
#define R2_CORE_SKIP_H

#include "core/op.h"
#include "core/settle.h"

/**
 * r2_skip_find() - which addresses are to get SkipAsSource, into @target->skips
 * @target: settled but for its method
 * @src: its source, an address of its link
 *
 * Return: false if they cannot be told, or may not get it: a line of ours sends from one of them.
 */
bool r2_skip_find(const struct r2_host *host, struct r2_target *target, const struct r2_addr *src,
		  struct r2_error *err);

/**
 * r2_skip_foresee() - addresses whose SkipAsSource is ours, and which only lines that will not
 * stand need it for, are from now on as without: what is left of their flags says that it is ours
 * to take back, which the sweep does
 * @stays: will the line, or the phantom, that @row of the book stands for still be there
 */
void r2_skip_foresee(struct r2_host *host,
		     bool (*stays)(void *ctx, const struct r2_host *host,
				   const struct r2_route *row),
		     void *ctx);

/** r2_skip_note() - what it costs; what is set already is not told */
void r2_skip_note(const struct r2_host *host, const struct r2_target *target,
		  struct r2_notes *notes);

/** r2_skip_set() - in the copy that @host is: what @target->skips will have done */
void r2_skip_set(struct r2_host *host, const struct r2_target *target);

/** r2_skip_plan() - the operations for @target->skips; false: no memory */
bool r2_skip_plan(const struct r2_host *host, const struct r2_target *target, r2_ops *ops);

/** r2_skip_needs() - would @addr, were it not skipped, be in the way of the line that @row of the
 * book stands for */
bool r2_skip_needs(const struct r2_host *host, const struct r2_addr *addr,
		   const struct r2_route *row);

/** r2_skip_done() - @host's addresses as @op, of R2_OP_SKIP_*, leaves them */
void r2_skip_done(struct r2_host *host, const struct r2_op *op);

#endif
