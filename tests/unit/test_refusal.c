/* SPDX-License-Identifier: MIT */
/* What the grammar refuses: the words it says, and the word of the line that it blames. */
#include <string.h>

#include "core/intent.h"
#include "reading.h"
#include "unit.h"

#define LONG_NAME /* 128 bytes */                                                                  \
	"12345678901234567890123456789012123456789012345678901234567890121234567890123456"         \
	"789012345678901212345678901234567890123456789012"

static void refused(const struct reading *got, const char *line, size_t bad, const char *text)
{
	if (got->ok)
		fail_msg("%s: accepted", line);
	assert_string_equal(got->text, text);
	assert_int_equal(got->err.kind, R2_USAGE);
	if (got->bad != bad)
		fail_msg("%s: word %zu is blamed, not %zu", line, got->bad, bad);
}

struct refusal {
	const char *line;
	size_t bad;
	const char *text;
};

static void refuse_all(const struct refusal *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct reading got = read_as(table[i].line, ALL, R2_NONE);
		refused(&got, table[i].line, table[i].bad, table[i].text);
	}
}

static void wrong_destinations_are_refused(void **state)
{
	static const struct refusal table[] = {
		{"", 0,
		 "a destination must come first; such as 192.0.2.0/24, 2001:db8::1 or default"},
		{"via 1.1.1.1", 0,
		 "a destination must come first, not via; such as 192.0.2.0/24, 2001:db8::1 or "
		 "default"},
		{"from 1.1.1.1", 0,
		 "a destination must come first, not from; such as 192.0.2.0/24, 2001:db8::1 or "
		 "default"},
		{"1.2.3.400", 0, "1.2.3.400 is not an address"},
		{"''", 0, "an empty word is not an address"},
		{"example.org", 0,
		 "example.org is not an address; names are not looked up: give the address itself"},
		{"any", 0, "any is not an address; the word for every destination is \"default\""},
		{"10/8", 0, "10/8 is not an address; write it in full: 10.0.0.0/8"},
		{"10.1/16", 0, "10.1/16 is not an address; write it in full: 10.1.0.0/16"},
		{"10.1", 0, "10.1 is not an address; write all four numbers, such as 10.1.0.0"},
		{"10.1/8", 0, "10.1/8 is not an address"},
		{"010.0.0.1", 0,
		 "010.0.0.1 is not an address; write its numbers without leading zeros"},
		{"[2001:db8::1]", 0, "[2001:db8::1] is not an address; write it without brackets"},
		{"fe80::1%e0", 0,
		 "fe80::1%e0 is not an address; the interface has a word of its own: fe80::1 ... "
		 "dev e0"},
		{"2001:db8:::1", 0, "2001:db8:::1 is not an address"},
		{"10.0.0.1/24", 0,
		 "10.0.0.1/24 has bits set behind its length; the prefix is 10.0.0.0/24"},
		{"2001:db8::1/32", 0,
		 "2001:db8::1/32 has bits set behind its length; the prefix is 2001:db8::/32"},
		{"10.0.0.0/33", 0, "10.0.0.0/33 has no length from 0 to 32 after the slash"},
		{"::/129", 0, "::/129 has no length from 0 to 128 after the slash"},
		{"10.0.0.0/255.0.0.0", 0,
		 "10.0.0.0/255.0.0.0 has no length from 0 to 32 after the slash; that mask is a "
		 "length of 8: 10.0.0.0/8"},
		{"10.0.0.1/", 0,
		 "10.0.0.1/ has no length from 0 to 32 after the slash; a single address needs "
		 "none: 10.0.0.1"},
	};
	(void)state;
	refuse_all(table, COUNT(table));
}

static void wrong_words_are_refused(void **state)
{
	static const struct refusal table[] = {
		{"10.0.0.0/8 scr 1.1.1.1", 1, "unknown word \"scr\"; did you mean \"src\"?"},
		{"10.0.0.0/8 from 1.1.1.1", 1,
		 "unknown word \"from\"; \"src\" is the word for the source address"},
		{"10.0.0.0/8 gw 1.1.1.1", 1,
		 "unknown word \"gw\"; \"via\" is the word for the gateway"},
		{"10.0.0.0/8 gateway 1.1.1.1", 1,
		 "unknown word \"gateway\"; \"via\" is the word for the gateway"},
		{"10.0.0.0/8 source 1.1.1.1", 1,
		 "unknown word \"source\"; \"src\" is the word for the source address"},
		{"10.0.0.0/8 preference 5", 1,
		 "unknown word \"preference\"; \"metric\" is the word for the metric"},
		{"10.0.0.0/8 interface e0", 1,
		 "unknown word \"interface\"; \"dev\" is the word for the interface"},
		{"10.0.0.0/8 1.1.1.1", 1,
		 "unknown word \"1.1.1.1\"; an address needs a word before it"},
		{"10.0.0.0/8 src 1.1.1.1 2.2.2.2", 3,
		 "unknown word \"2.2.2.2\"; an address needs a word before it"},
		{"10.0.0.0/8 zzzzz", 1,
		 "unknown word \"zzzzz\"; the words here are via, backup, src, dev, metric, table, "
		 "method, phantom"},
		{"10.0.0.0/8 ''", 1,
		 "unknown word \"\"; the words here are via, backup, src, dev, metric, table, "
		 "method, phantom"},
		{"10.0.0.0/8 VIA 1.1.1.1", 1,
		 "unknown word \"VIA\"; the words here are via, backup, src, dev, metric, table, "
		 "method, phantom"},
		{"10.0.0.0/8 via", 1, "\"via\" needs a gateway after it"},
		{"10.0.0.0/8 src", 1, "\"src\" needs a source address after it"},
		{"10.0.0.0/8 via src 1.1.1.1", 1, "\"via\" needs a gateway after it"},
		{"10.0.0.0/8 via 1.1.1.1 backup", 3, "\"backup\" needs a gateway after it"},
		{"10.0.0.0/8 dev", 1, "\"dev\" needs an interface after it"},
		{"10.0.0.0/8 metric", 1, "\"metric\" needs a number after it"},
		{"10.0.0.0/8 metric table 5", 1, "\"metric\" needs a number after it"},
		{"10.0.0.0/8 table", 1, "\"table\" needs a table after it"},
		{"10.0.0.0/8 phantom", 1, "\"phantom\" needs a phantom address after it"},
		{"10.0.0.0/8 via 1.1.1.1 via 2.2.2.2", 3,
		 "\"via\" is said twice; further gateways follow as \"backup\""},
		{"10.0.0.0/8 src 1.1.1.1 src 1.1.1.1", 3, "\"src\" is said twice"},
		{"10.0.0.0/8 metric 0 metric 0", 3, "\"metric\" is said twice"},
	};
	(void)state;
	refuse_all(table, COUNT(table));
}

static void wrong_addresses_are_refused(void **state)
{
	static const struct refusal table[] = {
		{"2001:db8::/32 src 3.3.3.3", 2,
		 "3.3.3.3 and 2001:db8::/32 are of different families"},
		{"10.0.0.0/8 via fe80::1", 2, "fe80::1 and 10.0.0.0/8 are of different families"},
		{"default via 1.1.1.1 src fd00::1", 4,
		 "fd00::1 and 1.1.1.1 are of different families"},
		{"default via 1.1.1.1 backup fd00::1", 4,
		 "fd00::1 and 1.1.1.1 are of different families"},
		{"2001:db8::/32 phantom 169.254.255.1", 2,
		 "169.254.255.1 and 2001:db8::/32 are of different families"},
		{"10.0.0.0/8 via 1.1.1.400", 2, "1.1.1.400 is not an address"},
		{"10.0.0.0/8 via 1.1.1.1/32", 2,
		 "1.1.1.1/32 is not an address; a length has no place here: 1.1.1.1"},
		{"10.0.0.0/8 src e0", 2,
		 "e0 is not an address; names are not looked up: give the address itself"},
		{"10.0.0.0/8 src 10.1", 2,
		 "10.1 is not an address; write all four numbers, such as 10.1.0.0"},
		{"10.0.0.0/8 via 224.0.0.1", 2,
		 "224.0.0.1 is a multicast address and cannot be a gateway"},
		{"10.0.0.0/8 via 0.0.0.0", 2,
		 "0.0.0.0 is the unspecified address and cannot be a gateway"},
		{"10.0.0.0/8 via 127.0.0.1", 2,
		 "127.0.0.1 is a loopback address and cannot be a gateway"},
		{"::/0 src ::1", 2, "::1 is a loopback address and cannot be a source address"},
		{"::/0 src ::", 2, ":: is the unspecified address and cannot be a source address"},
		{"::/0 phantom ff02::1", 2,
		 "ff02::1 is a multicast address and cannot be a phantom address"},
		{"10.0.0.0/8 backup 1.1.1.1", 2,
		 "backup 1.1.1.1 has no gateway before it to back up; name the first one with "
		 "\"via\""},
		{"10.0.0.0/8 backup 1.1.1.1 via 2.2.2.2", 2,
		 "backup 1.1.1.1 has no gateway before it to back up; name the first one with "
		 "\"via\""},
		{"10.0.0.0/8 via 1.1.1.1 backup 2.2.2.2 backup 1.1.1.1", 6,
		 "gateway 1.1.1.1 is named twice"},
		{"10.0.0.0/8 src 1.1.1.1 via 1.1.1.1", 2,
		 "1.1.1.1 cannot be both gateway and source"},
		{"10.0.0.0/8 via 1.1.1.1 backup 2.2.2.2 phantom 2.2.2.2", 6,
		 "2.2.2.2 cannot be both gateway and phantom"},
		{"10.0.0.0/8 phantom 2.2.2.2 src 2.2.2.2", 2,
		 "2.2.2.2 cannot be both source and phantom"},
		{"10.0.0.0/8 via 1.1.1.1 backup 1.1.1.2 backup 1.1.1.3 backup 1.1.1.4 "
		 "backup 1.1.1.5 backup 1.1.1.6 backup 1.1.1.7 backup 1.1.1.8 backup 1.1.1.9 "
		 "backup 1.1.1.10 backup 1.1.1.11 backup 1.1.1.12 backup 1.1.1.13 "
		 "backup 1.1.1.14 backup 1.1.1.15 backup 1.1.1.16 backup 1.1.1.17",
		 34, "1.1.1.17 is one gateway too many: 16 at most"},
	};
	(void)state;
	refuse_all(table, COUNT(table));
}

static void wrong_numbers_and_names_are_refused(void **state)
{
	static const struct refusal table[] = {
		{"10.0.0.0/8 metric 4294967296", 2,
		 "metric \"4294967296\" is not a number from 0 to 4294967295"},
		{"10.0.0.0/8 metric 99999999999999999999999", 2,
		 "metric \"99999999999999999999999\" is not a number from 0 to 4294967295"},
		{"10.0.0.0/8 metric -1", 2, "metric \"-1\" is not a number from 0 to 4294967295"},
		{"10.0.0.0/8 metric 010", 2, "metric \"010\" is not a number from 0 to 4294967295"},
		{"10.0.0.0/8 metric 0x10", 2,
		 "metric \"0x10\" is not a number from 0 to 4294967295"},
		{"10.0.0.0/8 metric ''", 2, "metric \"\" is not a number from 0 to 4294967295"},
		{"10.0.0.0/8 table red", 2,
		 "unknown table \"red\"; a number from 1 to 4294967295 needs no name"},
		{"10.0.0.0/8 table 4294967296", 2,
		 "unknown table \"4294967296\"; a number from 1 to 4294967295 needs no name"},
		{"10.0.0.0/8 table 0", 2, "table 0 stands for any table, and holds no routes"},
		{"10.0.0.0/8 table unspec", 2,
		 "table unspec stands for any table, and holds no routes"},
		{"10.0.0.0/8 table 255", 2,
		 "table 255 is the kernel's own: the addresses of this host"},
		{"10.0.0.0/8 table local", 2,
		 "table local is the kernel's own: the addresses of this host"},
		{"10.0.0.0/8 table 29234", 2, "table 29234 is route2's book of gateways"},
		{"10.0.0.0/8 dev ''", 2, "interface name \"\" is empty"},
		{"10.0.0.0/8 dev " LONG_NAME, 2,
		 "interface name \"" LONG_NAME "\" is longer than 127 bytes"},
		{"10.0.0.0/8 dev e/0", 2,
		 "interface name \"e/0\" has a slash, a colon or a quote in it"},
		{"10.0.0.0/8 dev e0:1", 2,
		 "interface name \"e0:1\" has a slash, a colon or a quote in it"},
		{"10.0.0.0/8 dev e\t0", 2, "interface name \"e?0\" has a blank in it"},
		{"10.0.0.0/8 dev ..", 2, "interface name \"..\" is a directory's"},
		{"10.0.0.0/8 method nativ", 2,
		 "unknown method \"nativ\"; did you mean \"native\"?"},
		{"10.0.0.0/8 method magic", 2,
		 "unknown method \"magic\"; it is auto, native, phantom, plain or, on Windows, "
		 "skipassource"},
		{"10.0.0.0/8 via 1.1.1.1 backup 2.2.2.2 method native", 6,
		 "method native knows no backup 2.2.2.2; method phantom does, and auto chooses it"},
		{"10.0.0.0/8 method native phantom 169.254.255.1", 2,
		 "method native knows no phantom 169.254.255.1"},
		{"10.0.0.0/8 via 1.1.1.1 backup 2.2.2.2 method skipassource", 6,
		 "method skipassource knows no backup 2.2.2.2; method phantom does, and auto "
		 "chooses it"},
		{"10.0.0.0/8 method skipassource phantom 169.254.255.1", 2,
		 "method skipassource knows no phantom 169.254.255.1"},
	};
	(void)state;
	refuse_all(table, COUNT(table));
}

static void a_demanded_family_is_held(void **state)
{
	struct reading got = read_as("10.0.0.0/8", ALL, R2_IPV6);
	(void)state;
	refused(&got, "-6", 0, "10.0.0.0/8 is not of IPv6, which -6 demands");
	got = read_as("default via fe80::1", ALL, R2_IPV4);
	refused(&got, "-4", 2, "fe80::1 is not of IPv4, which -4 demands");
}

static void a_verb_knows_its_words(void **state)
{
	unsigned few = R2_WORD_PREFIX | R2_WORD_DEV | R2_WORD_TABLE;
	struct reading got = read_as("10.0.0.0/8 via 1.1.1.1", few, R2_NONE);
	(void)state;
	refused(&got, "via", 1, "\"via\" has no place here; the words here are dev, table");
	got = read_as("10.0.0.0/8 vai 1.1.1.1", few, R2_NONE);
	refused(&got, "vai", 1, "unknown word \"vai\"; the words here are dev, table");
	got = read_as("10.0.0.0/8 gw 1.1.1.1", few, R2_NONE);
	refused(&got, "gw", 1, "unknown word \"gw\"; the words here are dev, table");
	got = read_as("10.0.0.0/8 oif e0", few, R2_NONE);
	refused(&got, "oif", 1, "unknown word \"oif\"; \"dev\" is the word for the interface");
}

static void a_selection_is_refused_by_its_words(void **state)
{
	struct reading got = read_as("from 10.0.0.9", ALL | R2_WORD_NO_PREFIX, R2_NONE);
	(void)state;
	refused(&got, "from", 0,
		"unknown word \"from\"; \"src\" is the word for the source address");
}

static void failure_leaves_the_intent_alone(void **state)
{
	static const char *const words[] = {"10.0.0.0/8", "via"};
	struct r2_intent got, before;
	struct r2_error err;
	(void)state;
	memset(&got, 0x5a, sizeof(got));
	memcpy(&before, &got, sizeof(got));
	assert_false(r2_intent_parse(words, 2, ALL, R2_NONE, NULL, &got, NULL, &err));
	assert_memory_equal(&got, &before, sizeof(got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_destinations_are_refused),
		cmocka_unit_test(wrong_words_are_refused),
		cmocka_unit_test(wrong_addresses_are_refused),
		cmocka_unit_test(wrong_numbers_and_names_are_refused),
		cmocka_unit_test(a_demanded_family_is_held),
		cmocka_unit_test(a_verb_knows_its_words),
		cmocka_unit_test(a_selection_is_refused_by_its_words),
		cmocka_unit_test(failure_leaves_the_intent_alone),
	};
	return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
