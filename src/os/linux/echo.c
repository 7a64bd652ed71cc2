/* SPDX-License-Identifier: MIT */
/*
 * Idea: an echo goes out as a frame to the gateway's MAC, so that no routing table has a say in it;
 * its answer may come back by whatever interface.
 */
#include <string.h>

#include "os/linux/ask.h"

enum { ETHER = 14, IPV4 = 20, IPV6 = 40, ECHO = 8, PROTO_ICMP = 1, PROTO_ICMPV6 = 58, HOPS = 64 };
enum { ECHO_REQUEST4 = 8, ECHO_REPLY4 = 0, ECHO_REQUEST6 = 128, ECHO_REPLY6 = 129 };

uint16_t r2_internet_sum(uint32_t sum, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	if (len % 2)
		sum += (uint32_t)data[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* RFC 791 section 3.1 and RFC 792. */
static size_t fill_ipv4(uint8_t *ip, const struct r2_question *question)
{
	uint8_t *echo = ip + IPV4;

	ip[0] = 0x45;
	put16(ip + 2, IPV4 + ECHO);
	put16(ip + 6, 0x4000); /* never fragmented */
	ip[8] = HOPS;
	ip[9] = PROTO_ICMP;
	memcpy(ip + 12, question->sender.bytes, 4);
	memcpy(ip + 16, question->target.bytes, 4);
	put16(ip + 10, r2_internet_sum(0, ip, IPV4));
	echo[0] = ECHO_REQUEST4;
	put16(echo + 4, question->id);
	put16(echo + 6, question->seq);
	put16(echo + 2, r2_internet_sum(0, echo, ECHO));
	return IPV4 + ECHO;
}

/* RFC 8200 section 3 and RFC 4443 section 4.1. */
static size_t fill_ipv6(uint8_t *ip, const struct r2_question *question)
{
	uint8_t *echo = ip + IPV6;

	ip[0] = 0x60;
	put16(ip + 4, ECHO);
	ip[6] = PROTO_ICMPV6;
	ip[7] = HOPS;
	memcpy(ip + 8, question->sender.bytes, 16);
	memcpy(ip + 24, question->target.bytes, 16);
	echo[0] = ECHO_REQUEST6;
	put16(echo + 4, question->id);
	put16(echo + 6, question->seq);
	put16(echo + 2, r2_internet_sum(ECHO + PROTO_ICMPV6, ip + 8, 32 + ECHO));
	return IPV6 + ECHO;
}

size_t r2_echo_request(uint8_t frame[R2_ECHO_FRAME], const uint8_t own[R2_ETHER_MAC],
		       const struct r2_question *question)
{
	bool six = question->target.family == R2_IPV6;

	memset(frame, 0, R2_ECHO_FRAME);
	memcpy(frame, question->to.bytes, R2_ETHER_MAC);
	memcpy(frame + 6, own, R2_ETHER_MAC);
	put16(frame + 12, six ? 0x86dd : 0x0800);
	return ETHER + (six ? fill_ipv6 : fill_ipv4)(frame + ETHER, question);
}

bool r2_echo_parse(const uint8_t *packet, size_t len, struct r2_claim *ret)
{
	const uint8_t *echo;

	if (len < 1)
		return false;
	if (packet[0] >> 4 == 4) {
		size_t header = (size_t)(packet[0] & 15) * 4;

		if (header < IPV4 || len < header + ECHO || packet[9] != PROTO_ICMP ||
		    packet[header] != ECHO_REPLY4)
			return false;
		echo = packet + header;
		*ret = (struct r2_claim){.kind = R2_CLAIM_ECHO,
					 .who = r2_ip_make(R2_IPV4, packet + 12),
					 .to = r2_ip_make(R2_IPV4, packet + 16)};
	} else {
		if (packet[0] >> 4 != 6 || len < IPV6 + ECHO || packet[6] != PROTO_ICMPV6 ||
		    packet[IPV6] != ECHO_REPLY6)
			return false;
		echo = packet + IPV6;
		*ret = (struct r2_claim){.kind = R2_CLAIM_ECHO,
					 .who = r2_ip_make(R2_IPV6, packet + 8),
					 .to = r2_ip_make(R2_IPV6, packet + 24)};
	}
	ret->id = get16(echo + 4);
	ret->seq = get16(echo + 6);
	return true;
}
