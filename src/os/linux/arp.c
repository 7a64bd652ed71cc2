/* SPDX-License-Identifier: MIT */
/* Idea: an ARP packet on Ethernet has one layout; what deviates from it is not for us. */
#include <string.h>

#include "os/linux/ask.h"

/* Offsets in the frame: Ethernet header, then the packet of RFC 826. */
enum {
	ETHER_DST = 0,
	ETHER_SRC = 6,
	ETHER_TYPE = 12,
	ARP = 14,
	ARP_OP = ARP + 6,
	ARP_SHA = ARP + 8,
	ARP_SPA = ARP + 14,
	ARP_THA = ARP + 18,
	ARP_TPA = ARP + 24,
};

/* ar$hrd Ethernet, ar$pro IPv4, ar$hln 6, ar$pln 4, and the two operations. */
static const uint8_t ether_type[2] = {0x08, 0x06};
static const uint8_t kinds[6] = {0x00, 0x01, 0x08, 0x00, R2_ETHER_MAC, 4};
enum { OP_REQUEST = 1, OP_REPLY = 2 };

size_t r2_arp_request(uint8_t frame[R2_ARP_FRAME], const uint8_t own[R2_ETHER_MAC],
		      const struct r2_ask *ask)
{
	memset(frame, 0, R2_ARP_FRAME);
	memset(frame + ETHER_DST, 0xff, R2_ETHER_MAC);
	if (ask->to.len == R2_ETHER_MAC)
		memcpy(frame + ETHER_DST, ask->to.bytes, R2_ETHER_MAC);
	memcpy(frame + ETHER_SRC, own, R2_ETHER_MAC);
	memcpy(frame + ETHER_TYPE, ether_type, sizeof(ether_type));
	memcpy(frame + ARP, kinds, sizeof(kinds));
	frame[ARP_OP + 1] = OP_REQUEST;
	memcpy(frame + ARP_SHA, own, R2_ETHER_MAC);
	/* RFC 5227 section 1.1: a probe has no sender address, so that it pollutes no cache. */
	if (ask->sender.family)
		memcpy(frame + ARP_SPA, ask->sender.bytes, 4);
	memcpy(frame + ARP_TPA, ask->target.bytes, 4);
	return R2_ARP_FRAME;
}

bool r2_arp_parse(const uint8_t *frame, size_t len, struct r2_claim *ret)
{
	if (len < R2_ARP_FRAME || memcmp(frame + ETHER_TYPE, ether_type, sizeof(ether_type)) != 0 ||
	    memcmp(frame + ARP, kinds, sizeof(kinds)) != 0 || frame[ARP_OP] != 0 ||
	    !r2_ether_is_station(frame + ARP_SHA))
		return false;

	struct r2_ip sender = r2_ip_make(R2_IPV4, frame + ARP_SPA);
	struct r2_ip target = r2_ip_make(R2_IPV4, frame + ARP_TPA);
	uint8_t op = frame[ARP_OP + 1];

	*ret = (struct r2_claim){.mac = {.len = R2_ETHER_MAC}};
	memcpy(ret->mac.bytes, frame + ARP_SHA, R2_ETHER_MAC);
	if (op == OP_REPLY && !r2_ip_is_unspecified(&sender)) {
		ret->kind = R2_CLAIM_ANSWER;
		ret->who = sender;
		ret->to = target;
		return true;
	}
	if (op != OP_REQUEST)
		return false;
	ret->kind = r2_ip_is_unspecified(&sender) ? R2_CLAIM_PROBE : R2_CLAIM_USE;
	ret->who = ret->kind == R2_CLAIM_PROBE ? target : sender;
	return true;
}
