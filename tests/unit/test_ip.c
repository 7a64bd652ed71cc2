/* SPDX-License-Identifier: MIT */
/* Addresses: tables, and random ones held against the C library. */
#include "core/ip.h"

#include <string.h>
#ifndef _WIN32
#include <arpa/inet.h>
#endif

#include "unit.h"

#define ROUNDS 200000

/* ---- against inet_pton and inet_ntop, of a system whose judgement is known ------------- */
#ifndef _WIN32

static int library_family(const struct r2_ip *ip)
{
	return ip->family == R2_IPV4 ? AF_INET : AF_INET6;
}

/* Both sides must say the same of @text: yes with the same bytes, or no. */
static void same_as_library(const char *text)
{
	struct r2_ip ours = {.family = R2_NONE};
	uint8_t theirs[16] = {0};
	bool accepted = r2_ip_parse(text, &ours);
	bool accepted4 = inet_pton(AF_INET, text, theirs) == 1;
	bool accepted6 = !accepted4 && inet_pton(AF_INET6, text, theirs) == 1;
	if (accepted != (accepted4 || accepted6))
		fail_msg("%s: we say %d, inet_pton says %d", text, accepted, !accepted);
	if (!accepted)
		return;
	assert_int_equal(ours.family, accepted4 ? R2_IPV4 : R2_IPV6);
	assert_memory_equal(ours.bytes, theirs, accepted4 ? 4 : 16);
}

static void random_addresses_round_trip(void **state)
{
	(void)state;
	chance_begin();
	for (int i = 0; i < ROUNDS; i++) {
		struct r2_ip random = chance_ip(chance(4) ? R2_IPV6 : R2_IPV4), again;
		char ours[R2_IP_TEXT], theirs[INET6_ADDRSTRLEN];
		r2_ip_format(&random, ours);
		inet_ntop(library_family(&random), random.bytes, theirs, sizeof(theirs));
		assert_string_equal(ours, theirs);
		assert_true(r2_ip_parse(ours, &again));
		assert_true(r2_ip_equal(&random, &again));
	}
}

/* Exchange, drop or insert one character of @text. */
static void mutate(char *text, size_t room)
{
	static const char alphabet[] = "0123456789abcdefABCDEF:::...%/ gx-+";
	size_t n = strlen(text), at = chance((uint32_t)n + 1);
	char c = alphabet[chance(sizeof(alphabet) - 1)];
	switch (chance(3)) {
	case 0:
		if (at < n)
			text[at] = c;
		break;
	case 1:
		if (at < n)
			memmove(text + at, text + at + 1, n - at);
		break;
	default:
		if (n + 2 > room)
			break;
		memmove(text + at + 1, text + at, n - at + 1);
		text[at] = c;
	}
}

static void near_misses_are_judged_alike(void **state)
{
	(void)state;
	chance_begin();
	for (int i = 0; i < ROUNDS; i++) {
		struct r2_ip random = chance_ip(chance(2) ? R2_IPV6 : R2_IPV4);
		char text[64];
		r2_ip_format(&random, text);
		for (uint32_t mutations = chance(4); mutations; mutations--)
			mutate(text, sizeof(text));
		same_as_library(text);
	}
}

static const char *const strange[] = {
	"",
	".",
	":",
	"::",
	":::",
	"::::",
	"0",
	"1",
	"1.2.3",
	"1.2.3.4",
	"1.2.3.4.",
	".1.2.3.4",
	"1.2.3.4.5",
	"1..2.3",
	"01.2.3.4",
	"00.0.0.0",
	"0.0.0.0",
	"256.1.1.1",
	"1.2.3.400",
	"1.2.3.4 ",
	" 1.2.3.4",
	"+1.2.3.4",
	"0x1.2.3.4",
	"4294967296.0.0.0",
	"99999999999999999999.0.0.0",
	"::1",
	":1",
	"1:",
	"1::",
	"1:::2",
	"1::2::3",
	"1:2:3:4:5:6:7",
	"1:2:3:4:5:6:7:8",
	"1:2:3:4:5:6:7:8:9",
	"1:2:3:4:5:6:7::",
	"::2:3:4:5:6:7:8",
	"1::3:4:5:6:7:8",
	"1:2:3:4::5:6:7:8",
	"1:2:3:4:5:6:7:8::",
	"::1:2:3:4:5:6:7:8",
	"12345::",
	"0001::",
	"00001::",
	"fe80::1%eth0",
	"fe80::1/64",
	"::g",
	"::1.2.3.4",
	"::ffff:1.2.3.4",
	"1:2:3:4:5:6:1.2.3.4",
	"1:2:3:4:5:6:7:1.2.3.4",
	"1:2:3:4:5:1.2.3.4",
	"1:2:3:4:5::1.2.3.4",
	"1:2:3:4:5:6::1.2.3.4",
	"1.2.3.4::",
	"::1.2.3.4:5",
	"::1.2.3",
	"::01.2.3.4",
	"::.1.2.3",
	"::1.2.3.4.5",
	"::1.2.3.256",
	"ABCD:EF01::",
	"1:2:3:4:5:6:7:",
	":2:3:4:5:6:7:8",
};

static void strange_texts_are_judged_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(strange); i++)
		same_as_library(strange[i]);
}
#endif

/* ---- tables ----------------------------------------------------------------------------- */

static void addresses_are_written_canonically(void **state)
{
	static const struct {
		const char *given, *written;
	} table[] = {
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"0:0:0:0:0:0:0:0", "::"},
		{"2001:0DB8::0001", "2001:db8::1"},
		{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* RFC 5952 4.2.2 */
		{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},          /* 4.2.3: the longest */
		{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},    /* 4.2.3: the first */
		{"1:0:0:0:0:0:0:0", "1::"},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.1"}, /* section 5 */
		{"::ffff:c000:0201", "::ffff:192.0.2.1"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};
	char text[R2_IP_TEXT];
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_ip got = ip(table[i].given);
		assert_string_equal(r2_ip_format(&got, text), table[i].written);
	}
}

static void no_address_is_none(void **state)
{
	struct r2_ip none = ip(NULL), other = ip(NULL);
	char text[R2_IP_TEXT];
	(void)state;
	assert_string_equal(r2_ip_format(&none, text), "none");
	assert_int_equal(r2_ip_bits(&none), 0);
	assert_true(r2_ip_is_unspecified(&none));
	assert_false(r2_ip_is_loopback(&none));
	assert_false(r2_ip_is_multicast(&none));
	assert_true(r2_ip_equal(&none, &other));
}

static void prefixes_are_read(void **state)
{
	static const struct {
		const char *text, *written;
		enum r2_prefix_fault fault;
	} table[] = {
		{"10.0.0.0/8", "10.0.0.0/8", R2_PREFIX_OK},
		{"10.0.0.1", "10.0.0.1/32", R2_PREFIX_OK},
		{"0.0.0.0/0", "0.0.0.0/0", R2_PREFIX_OK},
		{"10.0.0.1/32", "10.0.0.1/32", R2_PREFIX_OK},
		{"::/0", "::/0", R2_PREFIX_OK},
		{"2001:DB8::/32", "2001:db8::/32", R2_PREFIX_OK},
		{"fe80::1", "fe80::1/128", R2_PREFIX_OK},
		{"10.0.0.1/24", "10.0.0.0/24", R2_PREFIX_HOST_BITS},
		{"10.0.0.1/0", "0.0.0.0/0", R2_PREFIX_HOST_BITS},
		{"2001:db8::1/127", "2001:db8::/127", R2_PREFIX_HOST_BITS},
		{"10.0.0.0/33", NULL, R2_PREFIX_BAD_LENGTH},
		{"10.0.0.0/", NULL, R2_PREFIX_BAD_LENGTH},
		{"10.0.0.0/08", NULL, R2_PREFIX_BAD_LENGTH},
		{"10.0.0.0/8/8", NULL, R2_PREFIX_BAD_LENGTH},
		{"10.0.0.0/-1", NULL, R2_PREFIX_BAD_LENGTH},
		{"10.0.0.0/+8", NULL, R2_PREFIX_BAD_LENGTH},
		{"10.0.0.0/8 ", NULL, R2_PREFIX_BAD_LENGTH},
		{"10.0.0.0/4294967304", NULL, R2_PREFIX_BAD_LENGTH},
		{"10.0.0.0/255.0.0.0", NULL, R2_PREFIX_BAD_LENGTH},
		{"::/129", NULL, R2_PREFIX_BAD_LENGTH},
		{"10/8", NULL, R2_PREFIX_NOT_ADDRESS},
		{"/8", NULL, R2_PREFIX_NOT_ADDRESS},
		{"default", NULL, R2_PREFIX_NOT_ADDRESS},
		{"", NULL, R2_PREFIX_NOT_ADDRESS},
		{"1111111111111111111111111111111111111111111111111/8", NULL,
		 R2_PREFIX_NOT_ADDRESS},
	};
	char text[R2_PREFIX_TEXT];
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_prefix got;
		assert_int_equal(r2_prefix_parse(table[i].text, &got), table[i].fault);
		if (table[i].written)
			assert_string_equal(r2_prefix_format(&got, text), table[i].written);
	}
}

static void kinds_are_told_apart(void **state)
{
	enum { UNSPECIFIED = 1, MULTICAST = 2, LOOPBACK = 4, LINK_LOCAL = 8 };
	static const struct {
		const char *text;
		int kinds;
	} table[] = {
		{"0.0.0.0", UNSPECIFIED},
		{"0.0.0.1", 0},
		{"126.255.255.255", 0},
		{"127.0.0.0", LOOPBACK},
		{"127.255.255.255", LOOPBACK},
		{"128.0.0.0", 0},
		{"169.253.255.255", 0},
		{"169.254.0.0", LINK_LOCAL},
		{"169.254.255.255", LINK_LOCAL},
		{"169.255.0.0", 0},
		{"223.255.255.255", 0},
		{"224.0.0.0", MULTICAST},
		{"239.255.255.255", MULTICAST},
		{"240.0.0.0", 0},
		{"255.255.255.255", 0},
		{"::", UNSPECIFIED},
		{"::1", LOOPBACK},
		{"::2", 0},
		{"::ffff:127.0.0.1", 0},
		{"fe7f:ffff::", 0},
		{"fe80::", LINK_LOCAL},
		{"febf:ffff::", LINK_LOCAL},
		{"fec0::", 0},
		{"feff::", 0},
		{"ff00::", MULTICAST},
		{"ff02::1", MULTICAST},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_ip got = ip(table[i].text);
		int kinds = (r2_ip_is_unspecified(&got) ? UNSPECIFIED : 0) |
			    (r2_ip_is_multicast(&got) ? MULTICAST : 0) |
			    (r2_ip_is_loopback(&got) ? LOOPBACK : 0) |
			    (r2_ip_is_link_local(&got) ? LINK_LOCAL : 0);
		if (kinds != table[i].kinds)
			fail_msg("%s: %d, not %d", table[i].text, kinds, table[i].kinds);
	}
}

/* ---- computing -------------------------------------------------------------------------- */

static bool bit(const struct r2_ip *ip, unsigned i)
{
	return ip->bytes[i / 8] >> (7 - i % 8) & 1;
}

/* Bit by bit, as the words of the header say it. */
static void masks_fit_their_words(void **state)
{
	(void)state;
	chance_begin();
	for (int i = 0; i < 5000; i++) {
		struct r2_ip random = chance_ip(chance(2) ? R2_IPV6 : R2_IPV4);
		unsigned bits = r2_ip_bits(&random), len = chance(bits + 1);
		struct r2_ip masked = r2_ip_mask(&random, len), filled = r2_ip_fill(&random, len);
		for (unsigned b = 0; b < bits; b++) {
			assert_int_equal(bit(&masked, b), b < len && bit(&random, b));
			assert_int_equal(bit(&filled, b), b >= len || bit(&random, b));
		}
		struct r2_prefix got = {.addr = masked, .len = (uint8_t)len};
		assert_true(r2_prefix_contains(&got, &random));
		assert_true(r2_prefix_contains(&got, &filled));
		struct r2_ip behind = r2_ip_add(&filled, 1);
		assert_int_equal(r2_prefix_contains(&got, &behind), len == 0);
		assert_true(r2_ip_common_bits(&masked, &filled) == len || masked.family == 0);
	}
}

static void common_bits_are_counted(void **state)
{
	(void)state;
	chance_begin();
	for (int i = 0; i < 5000; i++) {
		struct r2_ip a = chance_ip(chance(2) ? R2_IPV6 : R2_IPV4), b = a;
		unsigned bits = r2_ip_bits(&a), at = chance(bits);
		assert_int_equal(r2_ip_common_bits(&a, &b), bits);
		b.bytes[at / 8] ^= (uint8_t)(0x80 >> at % 8);
		assert_int_equal(r2_ip_common_bits(&a, &b), at);
		assert_int_equal(r2_ip_compare(&a, &b) < 0, bit(&b, at));
		assert_int_equal(r2_ip_compare(&a, &b) < 0, r2_ip_compare(&b, &a) > 0);
	}
	struct r2_ip four = ip("0.0.0.0"), six = ip("::");
	assert_int_equal(r2_ip_common_bits(&four, &six), 0);
	assert_true(r2_ip_compare(&four, &six) < 0);
}

static void sums_carry(void **state)
{
	static const struct {
		const char *from;
		uint32_t n;
		const char *sum;
	} table[] = {
		{"10.0.0.255", 1, "10.0.1.0"},
		{"10.255.255.255", 1, "11.0.0.0"},
		{"255.255.255.255", 1, "0.0.0.0"},
		{"1.2.3.4", UINT32_MAX, "1.2.3.3"},
		{"2001:db8::ffff:ffff", 1, "2001:db8::1:0:0"},
		{"2001::", UINT32_MAX, "2001::ffff:ffff"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 2, "::1"},
		{"::1", 0, "::1"},
	};
	char text[R2_IP_TEXT];
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_ip from = ip(table[i].from), sum = r2_ip_add(&from, table[i].n);
		assert_string_equal(r2_ip_format(&sum, text), table[i].sum);
	}
}

static void prefixes_cover_and_order(void **state)
{
	struct r2_prefix all = prefix("0.0.0.0/0"), ten = prefix("10.0.0.0/8");
	struct r2_prefix inner = prefix("10.1.0.0/16"), all6 = prefix("::/0");
	struct r2_ip one = ip("10.1.0.1");
	struct r2_prefix host = r2_prefix_host(&one);
	(void)state;
	assert_true(r2_prefix_covers(&all, &ten));
	assert_true(r2_prefix_covers(&ten, &ten));
	assert_true(r2_prefix_covers(&ten, &inner));
	assert_true(r2_prefix_covers(&inner, &host));
	assert_false(r2_prefix_covers(&inner, &ten));
	assert_false(r2_prefix_covers(&all6, &ten));
	assert_false(r2_prefix_covers(&all, &all6));
	assert_int_equal(host.len, 32);
	assert_true(r2_prefix_compare(&all, &ten) < 0);
	assert_true(r2_prefix_compare(&ten, &inner) < 0);
	assert_true(r2_prefix_compare(&inner, &all6) < 0);
	assert_true(r2_prefix_equal(&inner, &inner));
	inner.len = 24;
	assert_false(r2_prefix_equal(&inner, &host));
}

static void netmasks_have_lengths(void **state)
{
	static const char *const no_masks[] = {"255.0.255.0", "0.0.0.255", "255.255.255.253",
					       "127.0.0.0",   "1.2.3.4",   "ffff::"};
	struct r2_ip ones = ip("255.255.255.255"), none = ip(NULL);
	uint8_t len;
	(void)state;
	for (unsigned i = 0; i <= 32; i++) {
		struct r2_ip mask = r2_ip_mask(&ones, i);
		assert_true(r2_netmask_length(&mask, &len));
		assert_int_equal(len, i);
	}
	for (size_t i = 0; i < COUNT(no_masks); i++) {
		struct r2_ip mask = ip(no_masks[i]);
		assert_false(r2_netmask_length(&mask, &len));
	}
	assert_false(r2_netmask_length(&none, &len));
}

/* ---- MACs ------------------------------------------------------------------------------- */

static void macs_are_read_and_written(void **state)
{
	static const struct {
		const char *text, *written;
	} table[] = {
		{"aa:bb:cc:dd:ee:ff", "aa:bb:cc:dd:ee:ff"},
		{"AA-BB-CC-DD-EE-0F", "aa:bb:cc:dd:ee:0f"},
		{"00", "00"},
		{"00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13",
		 "00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13"},
		{"", NULL},
		{"a", NULL},
		{"a:b", NULL},
		{"aa:", NULL},
		{":aa", NULL},
		{"aa:bb-cc", NULL},
		{"aa::bb", NULL},
		{"aabb", NULL},
		{"aa bb", NULL},
		{"ag", NULL},
		{"00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13:14", NULL},
	};
	char text[R2_MAC_TEXT];
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_mac got;
		assert_int_equal(r2_mac_parse(table[i].text, &got), table[i].written != NULL);
		if (table[i].written)
			assert_string_equal(r2_mac_format(&got, text), table[i].written);
	}
}

static void macs_compare(void **state)
{
	struct r2_mac none = {.len = 0}, one = mac("00:00:00:00:00:01"), two = one;
	char text[R2_MAC_TEXT];
	(void)state;
	assert_string_equal(r2_mac_format(&none, text), "none");
	assert_true(r2_mac_equal(&one, &two));
	two.bytes[5] = 2;
	assert_false(r2_mac_equal(&one, &two));
	assert_false(r2_mac_equal(&none, &one));
	assert_true(r2_mac_equal(&none, &none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifndef _WIN32
		cmocka_unit_test(random_addresses_round_trip),
		cmocka_unit_test(near_misses_are_judged_alike),
		cmocka_unit_test(strange_texts_are_judged_alike),
#endif
		cmocka_unit_test(addresses_are_written_canonically),
		cmocka_unit_test(no_address_is_none),
		cmocka_unit_test(prefixes_are_read),
		cmocka_unit_test(kinds_are_told_apart),
		cmocka_unit_test(masks_fit_their_words),
		cmocka_unit_test(common_bits_are_counted),
		cmocka_unit_test(sums_carry),
		cmocka_unit_test(prefixes_cover_and_order),
		cmocka_unit_test(netmasks_have_lengths),
		cmocka_unit_test(macs_are_read_and_written),
		cmocka_unit_test(macs_compare),
	};
	return cmocka_run_group_tests_name("ip", tests, NULL, NULL);
}
