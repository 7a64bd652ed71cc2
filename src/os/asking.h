/* SPDX-License-Identifier: MIT */
/* Asking system and link, before a plan is made: are policies obeyed, who carries, and which
 * phantom nobody answers to. */
#ifndef R2_OS_ASKING_H
#define R2_OS_ASKING_H

#include "core/plan.h"
#include "os/change.h"

/**
 * r2_asking_settle() - r2_settle(), and where it would matter whether connection policies are
 * obeyed, that is tried first; @host is told
 */
bool r2_asking_settle(struct r2_os *os, struct r2_host *host, const struct r2_intent *intent,
		      struct r2_target *ret_target, struct r2_notes *notes, struct r2_error *err);

/**
 * r2_asking_gateways() - the MAC of the gateway that shall carry, from the neighbour table or by
 * asking now
 * @ret_mac: of the first gateway that answers; none if none is needed (native, point-to-point) or
 *           if a gateway answers whose MAC the target's phantom has already
 *
 * A phantom's MAC stays what it is, so an entry that may be stale is asked for afresh; for the
 * kernel's own entries any MAC will do. Silent backups are noted.
 *
 * Return: false with R2_FAILED if no gateway that could carry answers.
 */
bool r2_asking_gateways(struct r2_os *os, const struct r2_host *host, const struct r2_book *book,
			const struct r2_target *target, const struct r2_change_options *options,
			struct r2_mac *ret_mac, struct r2_notes *notes, struct r2_error *err);

/**
 * r2_asking_phantom() - the phantom for a target that has none yet: given or chosen, and not
 * answered to by anybody where it lies in a subnet of ours
 */
bool r2_asking_phantom(struct r2_os *os, const struct r2_host *host, const struct r2_book *book,
		       const struct r2_target *target, struct r2_ip *ret_phantom,
		       struct r2_error *err);

#endif
