/* SPDX-License-Identifier: MIT */
/* Any bytes as an ARP frame: what is understood is possible, and our own questions are. */
#include <string.h>

#include "fuzz.h"
#include "os/linux/ask.h"

static const uint8_t OWN[R2_ETHER_MAC] = {2, 0, 0, 0, 0, 1};

/* A question about what the frame claims: who probes is understood by the same parser. */
static void ask_back(const struct r2_claim *claim)
{
	struct r2_ask ask = {.target = claim->who, .sender = claim->to};
	uint8_t frame[R2_ARP_FRAME];
	struct r2_claim own;
	size_t len = r2_arp_request(frame, OWN, &ask);
	CHECK(len == R2_ARP_FRAME && r2_arp_parse(frame, len, &own));
	bool probe = r2_ip_is_unspecified(&ask.sender);
	CHECK(own.kind == (probe ? R2_CLAIM_PROBE : R2_CLAIM_USE));
	CHECK(r2_ip_equal(&own.who, probe ? &ask.target : &ask.sender));
	ask.sender = (struct r2_ip){.family = R2_NONE};
	CHECK(!r2_claim_answers(&own, &ask, OWN)); /* our own voice is no answer */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct r2_claim claim;
	if (!r2_arp_parse(data, size, &claim))
		return 0;
	CHECK(size >= R2_ARP_FRAME);
	CHECK(claim.mac.len == R2_ETHER_MAC && r2_ether_is_station(claim.mac.bytes));
	CHECK(claim.who.family == R2_IPV4);
	CHECK(claim.kind == R2_CLAIM_PROBE || !r2_ip_is_unspecified(&claim.who));
	CHECK((claim.kind == R2_CLAIM_ANSWER) == (claim.to.family == R2_IPV4));
	struct r2_ask ask = {.target = claim.who, .sender = claim.to};
	if (claim.to.family)
		CHECK(r2_claim_answers(&claim, &ask, OWN));
	ask_back(&claim);
	return 0;
}
