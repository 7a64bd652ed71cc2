/* SPDX-License-Identifier: MIT */
/* One question, asked by what Windows allows; it may take some seconds of silence. */
#ifndef R2_OS_WINDOWS_PROBE_H
#define R2_OS_WINDOWS_PROBE_H

#include "os/windows/windows.h"

/**
 * struct r2_probe - what is known of one target between questions
 * @mute: so often running it answered no echo, but did resolve
 * @skip: so many times more no echo is tried
 */
struct r2_probe {
	unsigned mute, skip;
};

/**
 * r2_win_probe() - ask @question of @link, and wait for the answer
 *
 * Return: was there one, in *ret_claim.
 */
bool r2_win_probe(const struct r2_iphlp *api, uint32_t link, const struct r2_question *question,
		  struct r2_probe *probe, struct r2_claim *ret_claim);

#endif
