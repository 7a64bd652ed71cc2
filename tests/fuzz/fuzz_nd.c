/* SPDX-License-Identifier: MIT */
/* Any bytes as a Neighbor Advertisement: what is understood keeps RFC 4861 section 7.1.2. */
#include <string.h>

#include "fuzz.h"
#include "os/linux/ask.h"

static const uint8_t OWN[R2_ETHER_MAC] = {2, 0, 0, 0, 0, 1};

enum { IP_LENGTH = 18, IP_HOPS = 21, IP_SRC = 22, IP_DST = 38, ICMP = 54, SUM = ICMP + 2 };

/* The ones' complement sum that must be all ones (RFC 1071), over a copy of another shape. */
static uint32_t sum_of(const uint8_t *frame, size_t payload)
{
	uint32_t sum = (uint32_t)payload + 58;
	for (size_t i = 0; i < 32 + payload; i++)
		sum += i % 2 ? frame[IP_SRC + i] : (uint32_t)frame[IP_SRC + i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/*
 * The checksum would keep the fuzzer out: so the frame is tried as it is, and again with the
 * checksum put right.
 */
static void try_frame(const uint8_t *frame, size_t size)
{
	struct r2_claim claim;
	if (r2_echo_parse(frame, size, &claim))
		CHECK(size >= 28 && claim.kind == R2_CLAIM_ECHO && claim.who.family &&
		      !claim.mac.len);
	if (!r2_nd_parse(frame, size, &claim))
		return;
	CHECK(size >= 78 && frame[IP_HOPS] == 255 && frame[ICMP] == 136 && frame[ICMP + 1] == 0);
	size_t payload = (size_t)frame[IP_LENGTH] << 8 | frame[IP_LENGTH + 1];
	CHECK(payload >= 24 && ICMP + payload <= size && sum_of(frame, payload) == 0xffff);
	CHECK(claim.kind == R2_CLAIM_ANSWER && claim.who.family == R2_IPV6);
	CHECK(!r2_ip_is_multicast(&claim.who) && !r2_ip_is_unspecified(&claim.who));
	CHECK(!r2_ip_is_multicast(&claim.to));
	CHECK(claim.mac.len == R2_ETHER_MAC && r2_ether_is_station(claim.mac.bytes));
	struct r2_ask ask = {.target = claim.who, .sender = claim.to};
	uint8_t question[R2_ND_FRAME];
	if (claim.to.family)
		CHECK(r2_claim_answers(&claim, &ask, OWN));
	size_t len = r2_nd_solicit(question, OWN, &ask);
	CHECK(sum_of(question, len - ICMP) == 0xffff);
	CHECK(!r2_nd_parse(question, len, &claim)); /* a question is no answer */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_frame(data, size);
	if (size < ICMP + 24)
		return 0;
	uint8_t *sealed = malloc(size); /* of its exact size, for the address sanitizer */
	if (!sealed)
		return 0;
	memcpy(sealed, data, size);
	size_t payload = (size_t)sealed[IP_LENGTH] << 8 | sealed[IP_LENGTH + 1];
	if (payload >= 24 && ICMP + payload <= size) {
		sealed[SUM] = sealed[SUM + 1] = 0;
		uint32_t sum = ~sum_of(sealed, payload);
		sealed[SUM] = (uint8_t)(sum >> 8);
		sealed[SUM + 1] = (uint8_t)sum;
		try_frame(sealed, size);
	}
	free(sealed);
	return 0;
}
