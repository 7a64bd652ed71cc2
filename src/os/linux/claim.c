/* SPDX-License-Identifier: MIT */
/* Idea: what was asked decides what counts as an answer. */
#include <string.h>

#include "os/linux/ask.h"

bool r2_ether_is_station(const uint8_t mac[R2_ETHER_MAC])
{
	static const uint8_t zero[R2_ETHER_MAC];

	return !(mac[0] & 1) && memcmp(mac, zero, R2_ETHER_MAC) != 0;
}

bool r2_claim_answers(const struct r2_claim *claim, const struct r2_ask *ask,
		      const uint8_t own[R2_ETHER_MAC])
{
	if (!r2_ip_equal(&claim->who, &ask->target))
		return false;
	if (ask->sender.family)
		return claim->kind == R2_CLAIM_ANSWER && r2_ip_equal(&claim->to, &ask->sender);
	return memcmp(claim->mac.bytes, own, R2_ETHER_MAC) != 0;
}
