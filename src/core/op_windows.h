/* SPDX-License-Identifier: MIT */
/* Operations as lines of netsh. */
#ifndef R2_CORE_OP_WINDOWS_H
#define R2_CORE_OP_WINDOWS_H

#include "core/op.h"

/**
 * r2_op_command_windows() - r2_op_command() for a host of Windows
 *
 * Return: @buf; "" for a line of the book, which Windows keeps nowhere, but for a connection
 * policy, which is told in a comment; two lines for a replace.
 */
const char *r2_op_command_windows(const struct r2_op *op, const struct r2_host *host, char *buf,
				  size_t size);

#endif
