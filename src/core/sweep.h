/* SPDX-License-Identifier: MIT */
/*
 * Sweeping: what no route needs goes.
 *
 * One rule covers the last user of a phantom going away and the remnants of a killed change: after
 * the operations planned so far, a phantom, a neighbour of ours or a line of the book that no
 * route of ours uses is taken away.
 */
#ifndef R2_CORE_SWEEP_H
#define R2_CORE_SWEEP_H

#include "core/book.h"
#include "core/op.h"

/**
 * r2_sweep() - append to @ops what takes away everything unused once @ops are done
 *
 * Return: false if memory ran out.
 */
bool r2_sweep(const struct r2_host *host, r2_ops *ops);

/** r2_swept() - take out of @host what @ops, which only delete, will have deleted */
void r2_swept(struct r2_host *host, const r2_ops *ops);

#endif
