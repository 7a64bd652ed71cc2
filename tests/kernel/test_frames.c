/* SPDX-License-Identifier: MIT */
/* ARP and ND frames byte by byte: what counts as an answer, and to which question. No kernel. */
#include "../unit/unit.h"

#include <string.h>

#include "os/linux/ask.h"

static const uint8_t own[R2_ETHER_MAC] = {2, 0, 0, 0, 0, 1};

/* Offsets, from the RFCs and not from the code under test. */
enum { ARP_OP = 21, ARP_SHA = 22, ARP_SPA = 28, ARP_TPA = 38 };
enum { IP_LENGTH = 18, IP_NEXT = 20, IP_HOPS = 21, IP_SRC = 22, IP_DST = 38, ICMP = 54 };
enum { SUM = ICMP + 2, FLAGS = ICMP + 4, TARGET = ICMP + 8, OPTION = ICMP + 24 };

static struct r2_ask question(const char *target, const char *sender)
{
	return (struct r2_ask){.target = ip(target), .sender = ip(sender)};
}

/* An ARP packet of 192.0.2.1 at 02:..:09. */
static size_t arp(uint8_t frame[64], uint8_t op, const char *from, const char *to)
{
	static const uint8_t head[] = {2, 0,    0,    0, 0, 1, 2, 0, 0, 0, 0,
				       9, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 0};
	struct r2_ip spa = ip(from), tpa = ip(to);

	memset(frame, 0, 64);
	memcpy(frame, head, sizeof(head));
	frame[ARP_OP] = op;
	memcpy(frame + ARP_SHA, frame + 6, 6);
	memcpy(frame + ARP_SPA, spa.bytes, 4);
	memcpy(frame + ARP_TPA, tpa.bytes, 4);
	return 60; /* Ethernet's least */
}

static bool arp_answers(uint8_t op, const char *from, const char *to, const struct r2_ask *ask)
{
	uint8_t frame[64];
	struct r2_claim claim;

	return r2_arp_parse(frame, arp(frame, op, from, to), &claim) &&
	       r2_claim_answers(&claim, ask, own);
}

static void arp_resolves(void **state)
{
	struct r2_ask ask = question("192.0.2.1", "192.0.2.2");

	(void)state;
	assert_true(arp_answers(2, "192.0.2.1", "192.0.2.2", &ask));
	assert_false(arp_answers(2, "192.0.2.9", "192.0.2.2", &ask)); /* another's answer */
	assert_false(arp_answers(2, "192.0.2.1", "192.0.2.3", &ask)); /* to another */
	assert_false(arp_answers(2, "192.0.2.1", "192.0.2.1", &ask)); /* nobody had asked */
	assert_false(arp_answers(1, "192.0.2.1", "192.0.2.2", &ask)); /* it asks itself */
	assert_false(arp_answers(1, "0.0.0.0", "192.0.2.1", &ask));
	assert_false(arp_answers(3, "192.0.2.1", "192.0.2.2", &ask)); /* RARP */
}

/* RFC 5227 section 2.1.1 */
static void arp_probes(void **state)
{
	struct r2_ask ask = question("192.0.2.1", NULL);
	uint8_t frame[64];
	struct r2_claim claim;

	(void)state;
	assert_true(arp_answers(2, "192.0.2.1", "0.0.0.0", &ask));
	assert_true(arp_answers(2, "192.0.2.1", "192.0.2.1", &ask));
	assert_true(arp_answers(1, "192.0.2.1", "192.0.2.7", &ask)); /* it uses it */
	assert_true(arp_answers(1, "0.0.0.0", "192.0.2.1", &ask));   /* it is about to */
	assert_false(arp_answers(1, "0.0.0.0", "192.0.2.3", &ask));
	assert_false(arp_answers(1, "192.0.2.7", "192.0.2.1", &ask)); /* asks where it is */

	/* Our own probe, come back by a loop. */
	arp(frame, 1, "0.0.0.0", "192.0.2.1");
	memcpy(frame + ARP_SHA, own, sizeof(own));
	assert_true(r2_arp_parse(frame, 60, &claim));
	assert_false(r2_claim_answers(&claim, &ask, own));
}

static void arp_malformed(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} wrong[] = {{12, 0x86}, {13, 0}, {15, 6}, {16, 0x86}, {18, 8}, {19, 16}, {20, 1}, {22, 1}};
	uint8_t frame[64];
	struct r2_claim claim;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		arp(frame, 2, "192.0.2.1", "192.0.2.2");
		frame[wrong[i].at] = wrong[i].value;
		assert_false(r2_arp_parse(frame, 60, &claim));
	}
	arp(frame, 2, "192.0.2.1", "192.0.2.2");
	for (size_t len = 0; len < 42; len++)
		assert_false(r2_arp_parse(frame, len, &claim));
	assert_true(r2_arp_parse(frame, 42, &claim));
	memset(frame + ARP_SHA, 0, 6);
	assert_false(r2_arp_parse(frame, 60, &claim));
}

static void arp_question(void **state)
{
	static const uint8_t want[R2_ARP_FRAME] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,   0, 0, 0, 0, 1, 8, 6, /* Ethernet */
		0,    1,    8,    0,    6,    4,    0,   1,                   /* a request */
		2,    0,    0,    0,    0,    1,    192, 0, 2, 2,             /* from */
		0,    0,    0,    0,    0,    0,    192, 0, 2, 1,             /* for */
	};
	struct r2_ask ask = question("192.0.2.1", "192.0.2.2");
	uint8_t frame[R2_ARP_FRAME];

	(void)state;
	assert_int_equal(r2_arp_request(frame, own, &ask), sizeof(want));
	assert_memory_equal(frame, want, sizeof(want));
	ask.sender = (struct r2_ip){0};
	r2_arp_request(frame, own, &ask);
	assert_memory_equal(frame + ARP_SPA, "\0\0\0\0", 4);
}

/* The Internet checksum over the pseudo-header and the ICMPv6 message (RFC 8200 section 8.1). */
static void seal(uint8_t *frame, size_t len)
{
	uint32_t sum = (uint32_t)len + 58;

	frame[SUM] = frame[SUM + 1] = 0;
	for (size_t i = 0; i < 32 + len; i++) /* source, destination and message are adjacent */
		sum += i % 2 ? frame[IP_SRC + i] : (uint32_t)frame[IP_SRC + i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	frame[SUM] = (uint8_t)(~sum >> 8);
	frame[SUM + 1] = (uint8_t)~sum;
}

/* A Neighbor Advertisement for fe80::1, to @to, from 02:..:09, with the option 02:..:0a. */
static size_t advert(uint8_t frame[96], const char *to, uint8_t flags)
{
	static const uint8_t head[] = {2, 0,    0,    0,    0, 1, 2, 0, 0,  0,  0,
				       9, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255};
	static const uint8_t option[] = {2, 1, 2, 0, 0, 0, 0, 0x0a};
	struct r2_ip target = ip("fe80::1"), dst = ip(to);

	memset(frame, 0, 96);
	memcpy(frame, head, sizeof(head));
	memcpy(frame + IP_SRC, target.bytes, 16);
	memcpy(frame + IP_DST, dst.bytes, 16);
	frame[ICMP] = 136;
	frame[FLAGS] = flags;
	memcpy(frame + TARGET, target.bytes, 16);
	memcpy(frame + OPTION, option, sizeof(option));
	seal(frame, 32);
	return 86;
}

static void advert_answers(void **state)
{
	struct r2_ask ask = question("fe80::1", "fe80::2"), probe = question("fe80::1", NULL);
	struct r2_ask other = question("fe80::9", "fe80::2");
	uint8_t frame[96];
	struct r2_claim claim;

	(void)state;
	assert_true(r2_nd_parse(frame, advert(frame, "fe80::2", 0x60), &claim));
	assert_int_equal(claim.mac.bytes[5], 0x0a);
	assert_true(r2_claim_answers(&claim, &ask, own));
	assert_true(r2_claim_answers(&claim, &probe, own));
	assert_false(r2_claim_answers(&claim, &other, own));

	/* To all nodes: it answers a probe, but not a question that had a sender. */
	assert_true(r2_nd_parse(frame, advert(frame, "ff02::1", 0x20), &claim));
	assert_true(r2_claim_answers(&claim, &probe, own));
	assert_false(r2_claim_answers(&claim, &ask, own));
	/* To us, but not as an answer. */
	assert_true(r2_nd_parse(frame, advert(frame, "fe80::2", 0x20), &claim));
	assert_false(r2_claim_answers(&claim, &ask, own));
	/* To another of our addresses. */
	assert_true(r2_nd_parse(frame, advert(frame, "fe80::3", 0x60), &claim));
	assert_false(r2_claim_answers(&claim, &ask, own));
}

/* Without the option, the frame's own source is the MAC (RFC 4861 section 4.4: unicast only). */
static void advert_without_option(void **state)
{
	uint8_t frame[96];
	struct r2_claim claim;

	(void)state;
	advert(frame, "fe80::2", 0x60);
	frame[IP_LENGTH + 1] = 24;
	seal(frame, 24);
	assert_true(r2_nd_parse(frame, 78, &claim));
	assert_int_equal(claim.mac.bytes[5], 9);
}

static void advert_malformed(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} wrong[] = {
		{12, 0x08},      {14, 0x45},      {IP_NEXT, 0},        {IP_HOPS, 254},
		{ICMP, 135},     {ICMP, 134},     {ICMP + 1, 1},       {TARGET, 0xff},
		{OPTION + 1, 0}, {OPTION + 1, 2}, {IP_LENGTH + 1, 23}, {IP_LENGTH + 1, 33},
		{OPTION + 2, 1},
	};
	uint8_t frame[96];
	struct r2_claim claim;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		advert(frame, "fe80::2", 0x60);
		frame[wrong[i].at] = wrong[i].value;
		seal(frame, 32);
		assert_false(r2_nd_parse(frame, 86, &claim));
	}
	advert(frame, "fe80::2", 0x60);
	frame[SUM] ^= 1;
	assert_false(r2_nd_parse(frame, 86, &claim));
	/* Solicited, to all nodes: RFC 4861 section 7.1.2 forbids it. */
	assert_false(r2_nd_parse(frame, advert(frame, "ff02::1", 0x60), &claim));
	for (size_t len = 0; len < 86; len++) {
		advert(frame, "fe80::2", 0x60);
		assert_false(r2_nd_parse(frame, len, &claim));
	}
}

static void solicit(void **state)
{
	struct r2_ask ask = question("2001:db8::12:3456", "fe80::2");
	struct r2_ip group = ip("ff02::1:ff12:3456");
	uint8_t frame[R2_ND_FRAME], sum[2];

	(void)state;
	assert_int_equal(r2_nd_solicit(frame, own, &ask), 86);
	assert_memory_equal(frame, "\x33\x33\xff\x12\x34\x56\x02\0\0\0\0\x01\x86\xdd", 14);
	assert_int_equal(frame[IP_HOPS], 255);
	assert_int_equal(frame[IP_LENGTH + 1], 32);
	assert_memory_equal(frame + IP_SRC, ask.sender.bytes, 16);
	assert_memory_equal(frame + IP_DST, group.bytes, 16);
	assert_int_equal(frame[ICMP], 135);
	assert_memory_equal(frame + TARGET, ask.target.bytes, 16);
	assert_memory_equal(frame + OPTION, "\x01\x01\x02\0\0\0\0\x01", 8);
	memcpy(sum, frame + SUM, 2);
	seal(frame, 32);
	assert_memory_equal(frame + SUM, sum, 2);

	ask.sender = (struct r2_ip){0};
	assert_int_equal(r2_nd_solicit(frame, own, &ask), 78); /* from nobody: no option */
	assert_int_equal(frame[IP_LENGTH + 1], 24);
	memcpy(sum, frame + SUM, 2);
	seal(frame, 24);
	assert_memory_equal(frame + SUM, sum, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arp_resolves),     cmocka_unit_test(arp_probes),
		cmocka_unit_test(arp_malformed),    cmocka_unit_test(arp_question),
		cmocka_unit_test(advert_answers),   cmocka_unit_test(advert_without_option),
		cmocka_unit_test(advert_malformed), cmocka_unit_test(solicit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
