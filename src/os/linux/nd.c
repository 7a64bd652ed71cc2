/* SPDX-License-Identifier: MIT */
/*
 * Idea: a Neighbor Advertisement is believed only if it passes every test of RFC 4861 section
 * 7.1.2; the hop limit of 255 is what proves that it was sent on this link.
 */
#include <string.h>

#include "os/linux/ask.h"

/* Offsets in the frame: Ethernet, IPv6 (RFC 8200 section 3), ICMPv6 (RFC 4861 section 4.3). */
enum {
	ETHER_DST = 0,
	ETHER_SRC = 6,
	ETHER_TYPE = 12,
	IP = 14,
	IP_LENGTH = IP + 4,
	IP_NEXT = IP + 6,
	IP_HOPS = IP + 7,
	IP_SRC = IP + 8,
	IP_DST = IP + 24,
	ICMP = IP + 40,
	ICMP_CODE = ICMP + 1,
	ICMP_SUM = ICMP + 2,
	ICMP_FLAGS = ICMP + 4,
	ICMP_TARGET = ICMP + 8,
	ICMP_OPTIONS = ICMP + 24,
};

enum {
	NEXT_ICMPV6 = 58,
	TYPE_SOLICIT = 135,
	TYPE_ADVERT = 136,
	FLAG_SOLICITED = 0x40,
	OPTION_SOURCE_MAC = 1,
	OPTION_TARGET_MAC = 2,
};

static const uint8_t ether_type[2] = {0x86, 0xdd};

/*
 * The checksum over @len bytes at ICMP and the pseudo-header of RFC 8200 section 8.1. Return: what
 * belongs into the field if that is zero now; 0 if the field is right.
 */
static uint16_t checksum(const uint8_t *frame, size_t len)
{
	/* Addresses and message lie side by side. */
	return r2_internet_sum((uint32_t)len + NEXT_ICMPV6, frame + IP_SRC, 32 + len);
}

size_t r2_nd_solicit(uint8_t frame[R2_ND_FRAME], const uint8_t own[R2_ETHER_MAC],
		     const struct r2_ask *ask)
{
	/* RFC 4291 section 2.7.1: ff02::1:ff00:0/104 and the last 24 bits of the target. */
	static const uint8_t solicited_node[13] = {0xff, 0x02, [11] = 0x01, [12] = 0xff};
	bool known = ask->sender.family != R2_NONE;
	size_t len = known ? R2_ND_FRAME : ICMP_OPTIONS;
	uint16_t sum;

	memset(frame, 0, R2_ND_FRAME);
	frame[IP] = 0x60;
	frame[IP_LENGTH + 1] = (uint8_t)(len - ICMP);
	frame[IP_NEXT] = NEXT_ICMPV6;
	frame[IP_HOPS] = 255;
	/* RFC 4862 section 5.4.2: a probe comes from nobody, and then tells no MAC (4861 4.3). */
	if (known)
		memcpy(frame + IP_SRC, ask->sender.bytes, 16);
	memcpy(frame + IP_DST, solicited_node, sizeof(solicited_node));
	memcpy(frame + IP_DST + 13, ask->target.bytes + 13, 3);
	if (ask->to.len == R2_ETHER_MAC)
		memcpy(frame + IP_DST, ask->target.bytes, 16);
	frame[ICMP] = TYPE_SOLICIT;
	memcpy(frame + ICMP_TARGET, ask->target.bytes, 16);
	if (known) {
		frame[ICMP_OPTIONS] = OPTION_SOURCE_MAC;
		frame[ICMP_OPTIONS + 1] = 1; /* in units of eight bytes */
		memcpy(frame + ICMP_OPTIONS + 2, own, R2_ETHER_MAC);
	}
	sum = checksum(frame, len - ICMP);
	frame[ICMP_SUM] = (uint8_t)(sum >> 8);
	frame[ICMP_SUM + 1] = (uint8_t)sum;
	/* RFC 2464 section 7: 33:33 and the last 32 bits of the multicast address. */
	memset(frame + ETHER_DST, 0x33, 2);
	memcpy(frame + ETHER_DST + 2, frame + IP_DST + 12, 4);
	if (ask->to.len == R2_ETHER_MAC)
		memcpy(frame + ETHER_DST, ask->to.bytes, R2_ETHER_MAC);
	memcpy(frame + ETHER_SRC, own, R2_ETHER_MAC);
	memcpy(frame + ETHER_TYPE, ether_type, sizeof(ether_type));
	return len;
}

/* The options at @at: all must be well formed; @ret_mac is where the target's MAC is, if told. */
static bool read_options(const uint8_t *at, size_t len, const uint8_t **ret_mac)
{
	while (len > 0) {
		size_t size = len < 2 ? 0 : (size_t)at[1] * 8;

		if (size == 0 || size > len)
			return false;
		if (at[0] == OPTION_TARGET_MAC && size == 8)
			*ret_mac = at + 2;
		at += size;
		len -= size;
	}
	return true;
}

bool r2_nd_parse(const uint8_t *frame, size_t len, struct r2_claim *ret)
{
	const uint8_t *mac = frame + ETHER_SRC;

	if (len < ICMP_OPTIONS || memcmp(frame + ETHER_TYPE, ether_type, sizeof(ether_type)) != 0 ||
	    frame[IP] >> 4 != 6)
		return false;

	size_t payload = (size_t)frame[IP_LENGTH] << 8 | frame[IP_LENGTH + 1];
	struct r2_ip dst = r2_ip_make(R2_IPV6, frame + IP_DST);
	struct r2_ip target = r2_ip_make(R2_IPV6, frame + ICMP_TARGET);
	bool solicited = frame[ICMP_FLAGS] & FLAG_SOLICITED;

	/* RFC 4861 section 7.1.2, point by point. */
	if (frame[IP_NEXT] != NEXT_ICMPV6 || frame[ICMP] != TYPE_ADVERT || frame[IP_HOPS] != 255 ||
	    payload < ICMP_OPTIONS - ICMP || payload > len - ICMP ||
	    checksum(frame, payload) != 0 || frame[ICMP_CODE] != 0 || r2_ip_is_multicast(&target) ||
	    (solicited && r2_ip_is_multicast(&dst)) ||
	    !read_options(frame + ICMP_OPTIONS, payload - (ICMP_OPTIONS - ICMP), &mac))
		return false;
	if (r2_ip_is_unspecified(&target) || !r2_ether_is_station(mac))
		return false;
	*ret = (struct r2_claim){
		.kind = R2_CLAIM_ANSWER, .who = target, .mac = {.len = R2_ETHER_MAC}};
	/* Only to a question from a known sender is an answer "solicited" (section 7.2.4). */
	if (solicited)
		ret->to = dst;
	memcpy(ret->mac.bytes, mac, R2_ETHER_MAC);
	return true;
}
