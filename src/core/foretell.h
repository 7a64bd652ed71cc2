/* SPDX-License-Identifier: MIT */
/* What the kernel of a host would answer, where only the host's snapshot is at hand. */
#ifndef R2_CORE_FORETELL_H
#define R2_CORE_FORETELL_H

#include "core/select.h"
#include "core/verify.h"

/**
 * r2_foretell() - ask the model of @host's own system, as a lookup asks the kernel
 * @src: bound to; NULL for an unbound socket
 *
 * Of several answers that the rules leave open it is the likeliest.
 *
 * Return: false if memory ran out.
 */
bool r2_foretell(const struct r2_host *host, const struct r2_ip *dst, const struct r2_ip *src,
		 struct r2_answer *ret_answer, struct r2_error *err);

#endif
