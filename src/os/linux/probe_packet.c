/* SPDX-License-Identifier: MIT */
/* Idea: what is read is read within its length alone, since anybody may have sent it. */
#include "os/linux/probe_packet.h"

#include <string.h>

#include "os/linux/ask.h"

enum { IPV4 = 20, IPV6 = 40, ICMP = 8, TCP = 20, UDP = 8, HOPS = 64 };
enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMPV6 = 58 };
enum { ECHO_REPLY4 = 0, UNREACHABLE4 = 3, ECHO4 = 8, EXCEEDED4 = 11, PROBLEM4 = 12 };
enum { UNREACHABLE6 = 1, TOO_BIG6 = 2, EXCEEDED6 = 3, PROBLEM6 = 4 };
enum { ECHO6 = 128, ECHO_REPLY6 = 129, SOLICIT6 = 135, ADVERT6 = 136 };

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, (uint16_t)(value >> 16));
	put16(at + 2, (uint16_t)value);
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

/* ---- writing ---- */

size_t r2_packet_header(const struct r2_packet *packet)
{
	return packet->dst.family == R2_IPV6 ? IPV6 : IPV4;
}

static uint8_t protocol_of(const struct r2_packet *packet)
{
	if (packet->kind == R2_PACKET_TCP)
		return PROTO_TCP;
	if (packet->kind == R2_PACKET_UDP)
		return PROTO_UDP;
	return packet->dst.family == R2_IPV6 ? PROTO_ICMPV6 : PROTO_ICMP;
}

/* RFC 9293 section 3.1; the checksums come last. */
static void write_tcp(const struct r2_packet *packet, uint8_t *at)
{
	put16(at, packet->sport);
	put16(at + 2, packet->dport);
	put32(at + 4, packet->seq);
	put32(at + 8, packet->ack);
	at[12] = (TCP / 4) << 4;
	at[13] = packet->flags;
	put16(at + 14, 1024);
}

/* RFC 768. */
static void write_udp(const struct r2_packet *packet, size_t len, uint8_t *at)
{
	put16(at, packet->sport);
	put16(at + 2, packet->dport);
	put16(at + 4, (uint16_t)len);
	memcpy(at + UDP, packet->mark, R2_MARK);
}

/* RFC 792, RFC 4443 section 4.1. */
static void write_echo(const struct r2_packet *packet, uint8_t *at)
{
	at[0] = packet->dst.family == R2_IPV6 ? ECHO6 : ECHO4;
	put16(at + 4, packet->sport);
	put16(at + 6, packet->dport);
	memcpy(at + ICMP, packet->mark, R2_MARK);
}

/* The pseudo-header of RFC 9293 section 3.1 and RFC 8200 section 8.1; ICMP of IPv4 has none. */
static uint16_t checksum(const struct r2_packet *packet, const uint8_t *at, size_t len)
{
	size_t bytes = r2_ip_bytes(&packet->dst);
	uint8_t addresses[32];
	uint32_t sum = 0;

	if (packet->dst.family == R2_IPV6 || packet->kind != R2_PACKET_ECHO) {
		memcpy(addresses, packet->src.bytes, bytes);
		memcpy(addresses + bytes, packet->dst.bytes, bytes);
		sum = (uint16_t)~r2_internet_sum(0, addresses, 2 * bytes);
		sum += protocol_of(packet) + (uint32_t)len;
	}
	return r2_internet_sum(sum, at, len);
}

static void write_ip(const struct r2_packet *packet, size_t size, uint8_t *at)
{
	if (packet->dst.family == R2_IPV6) {
		at[0] = 0x60;
		put16(at + 4, (uint16_t)(size - IPV6));
		at[6] = protocol_of(packet);
		at[7] = HOPS;
		memcpy(at + 8, packet->src.bytes, 16);
		memcpy(at + 24, packet->dst.bytes, 16);
		return;
	}
	at[0] = 0x45;
	put16(at + 2, (uint16_t)size);
	put16(at + 6, 0x4000); /* not to be fragmented */
	at[8] = HOPS;
	at[9] = protocol_of(packet);
	memcpy(at + 12, packet->src.bytes, 4);
	memcpy(at + 16, packet->dst.bytes, 4);
	put16(at + 10, r2_internet_sum(0, at, IPV4));
}

size_t r2_packet_write(const struct r2_packet *packet, size_t size, uint8_t *at)
{
	size_t header = r2_packet_header(packet);
	size_t least = header + (packet->kind == R2_PACKET_TCP ? (size_t)TCP : UDP + R2_MARK);
	uint16_t sum;
	uint8_t *head;

	if (size < least)
		size = least;
	memset(at, 0, size);
	write_ip(packet, size, at);
	head = at + header;
	if (packet->kind == R2_PACKET_TCP) {
		write_tcp(packet, head);
		put16(head + 16, checksum(packet, head, size - header));
	} else if (packet->kind == R2_PACKET_UDP) {
		write_udp(packet, size - header, head);
		sum = checksum(packet, head, size - header);
		put16(head + 6, sum ? sum : 0xffff); /* zero means none (RFC 768) */
	} else {
		write_echo(packet, head);
		put16(head + 2, checksum(packet, head, size - header));
	}
	return size;
}

/* ---- reading ---- */

static void read_mark(const uint8_t *at, size_t len, size_t header, struct r2_packet *ret)
{
	ret->marked = len >= header + R2_MARK;
	if (ret->marked)
		memcpy(ret->mark, at + header, R2_MARK);
}

static void read_ports(const uint8_t *at, size_t len, bool tcp, struct r2_packet *ret)
{
	ret->kind = tcp ? R2_PACKET_TCP : R2_PACKET_UDP;
	ret->sport = get16(at);
	ret->dport = get16(at + 2);
	if (!tcp) {
		read_mark(at, len, UDP, ret);
		return;
	}
	ret->seq = get32(at + 4);
	if (len >= TCP) {
		ret->ack = get32(at + 8);
		ret->flags = at[13];
	}
}

static bool is_error(uint8_t type, bool six)
{
	if (six)
		return type >= UNREACHABLE6 && type <= PROBLEM6;
	return type == UNREACHABLE4 || type == EXCEEDED4 || type == PROBLEM4;
}

static void read_icmp(const uint8_t *at, size_t len, bool six, struct r2_packet *ret)
{
	uint8_t type = at[0], code = at[1];

	if (type == (six ? ECHO6 : ECHO4) || type == (six ? ECHO_REPLY6 : ECHO_REPLY4)) {
		ret->kind = type == (six ? ECHO6 : ECHO4) ? R2_PACKET_ECHO : R2_PACKET_ECHO_REPLY;
		ret->sport = get16(at + 4);
		ret->dport = get16(at + 6);
		read_mark(at, len, ICMP, ret);
	} else if (six && (type == SOLICIT6 || type == ADVERT6)) {
		if (len < 24 || ret->ttl != 255) /* RFC 4861 section 7.1 */
			return;
		ret->kind = type == SOLICIT6 ? R2_PACKET_SOLICIT : R2_PACKET_ADVERT;
		ret->about = r2_ip_make(R2_IPV6, at + 8);
	} else if (is_error(type, six)) {
		ret->kind = R2_PACKET_ERROR;
		ret->type = type;
		ret->code = code;
		if (six && type == TOO_BIG6)
			ret->mtu = get32(at + 4) > UINT16_MAX ? UINT16_MAX : get16(at + 6);
		if (!six && type == UNREACHABLE4 && code == 4)
			ret->mtu = get16(at + 6); /* RFC 1191 section 4 */
	}
}

/* Return: length of the IP header, 0 if it is none; @len shrinks to what the packet says. */
static size_t read_ip(const uint8_t *at, size_t *len, struct r2_packet *ret, uint8_t *ret_protocol)
{
	size_t header = IPV6, total;

	*ret = (struct r2_packet){0};
	if (*len >= IPV4 && at[0] >> 4 == 4) {
		header = (size_t)(at[0] & 15) * 4;
		total = get16(at + 2);
		if (get16(at + 6) & 0x1fff) /* no first fragment */
			return 0;
		ret->ttl = at[8];
		*ret_protocol = at[9];
		ret->src = r2_ip_make(R2_IPV4, at + 12);
		ret->dst = r2_ip_make(R2_IPV4, at + 16);
	} else if (*len >= IPV6 && at[0] >> 4 == 6) {
		total = (size_t)IPV6 + get16(at + 4);
		*ret_protocol = at[6];
		ret->ttl = at[7];
		ret->src = r2_ip_make(R2_IPV6, at + 8);
		ret->dst = r2_ip_make(R2_IPV6, at + 24);
	} else {
		return 0;
	}
	if (header < IPV4 || total < header)
		return 0;
	*len = total < *len ? total : *len;
	return header;
}

/* Eight bytes behind the header are what an error quotes at least (RFC 792). */
static bool read_one(const uint8_t *at, size_t len, struct r2_packet *ret, size_t *ret_quoted)
{
	uint8_t protocol = 0;
	size_t header = read_ip(at, &len, ret, &protocol);
	bool six = ret->dst.family == R2_IPV6;

	*ret_quoted = 0;
	if (!header || len < header + 8)
		return false;
	if (protocol == PROTO_TCP || protocol == PROTO_UDP)
		read_ports(at + header, len - header, protocol == PROTO_TCP, ret);
	else if (protocol == (six ? PROTO_ICMPV6 : PROTO_ICMP))
		read_icmp(at + header, len - header, six, ret);
	if (ret->kind == R2_PACKET_ERROR)
		*ret_quoted = header + ICMP;
	return true;
}

bool r2_packet_read(const uint8_t *at, size_t len, struct r2_packet *ret,
		    struct r2_packet *ret_quoted)
{
	size_t quoted, deeper;

	*ret_quoted = (struct r2_packet){0};
	if (!read_one(at, len, ret, &quoted))
		return false;
	if (quoted && !read_one(at + quoted, len - quoted, ret_quoted, &deeper))
		*ret_quoted = (struct r2_packet){0};
	return true;
}
