/* SPDX-License-Identifier: MIT */
/* The grammar: what it accepts, and random lines there and back. (test_refusal.c has the rest.) */
#include "core/intent.h"

#include <string.h>

#include "reading.h"
#include "unit.h"

/* ---- what is accepted ------------------------------------------------------------------- */

static void a_full_line_is_read(void **state)
{
	struct r2_intent got =
		must_read("192.0.2.0/24 via 10.0.0.1 backup 10.0.0.2 backup 10.0.0.3 src 10.0.0.9 "
			  "dev e0 metric 5 table 100 method phantom phantom 169.254.255.1");
	struct r2_prefix dst = prefix("192.0.2.0/24");
	struct r2_ip src = ip("10.0.0.9"), third = ip("10.0.0.3"), phantom = ip("169.254.255.1");
	(void)state;
	assert_int_equal(got.given, ALL);
	assert_true(r2_prefix_equal(&got.dst, &dst));
	assert_int_equal(got.gateways.n, 3);
	assert_true(r2_ip_equal(&got.gateways.at[2], &third));
	assert_true(r2_ip_equal(&got.src, &src));
	assert_string_equal(got.dev, "e0");
	assert_int_equal(got.metric, 5);
	assert_int_equal(got.table, 100);
	assert_int_equal(got.method, R2_PHANTOM);
	assert_true(r2_ip_equal(&got.phantom, &phantom));
}

static void what_is_not_given_has_its_default(void **state)
{
	struct r2_intent got = must_read("2001:db8::1");
	(void)state;
	assert_int_equal(got.given, R2_WORD_PREFIX);
	assert_int_equal(got.dst.len, 128);
	assert_int_equal(got.gateways.n, 0);
	assert_int_equal(got.src.family, R2_NONE);
	assert_int_equal(got.phantom.family, R2_NONE);
	assert_string_equal(got.dev, "");
	assert_int_equal(got.metric, 0);
	assert_int_equal(r2_intent_metric(&got, R2_SYSTEM_LINUX), 1024);
	assert_int_equal(r2_intent_metric(&got, R2_SYSTEM_WINDOWS), 0);
	assert_int_equal(got.table, R2_MAIN_TABLE);
	assert_int_equal(got.method, R2_AUTO);
	got = must_read("192.0.2.1");
	assert_int_equal(r2_intent_metric(&got, R2_SYSTEM_LINUX), 0);
	got = must_read("::/0 metric 7");
	assert_int_equal(r2_intent_metric(&got, R2_SYSTEM_LINUX), 7);
}

/* What is accepted, and the canonical line it is written as. */
static void lines_have_a_canonical_form(void **state)
{
	static const struct {
		const char *line, *canonical;
	} table[] = {
		{"192.0.2.1", "192.0.2.1/32"},
		{"192.0.2.1 src 10.0.0.9 via 10.0.0.1", "192.0.2.1/32 via 10.0.0.1 src 10.0.0.9"},
		{"192.0.2.1 via 10.0.0.1 src 10.0.0.9 backup 10.0.0.2",
		 "192.0.2.1/32 via 10.0.0.1 backup 10.0.0.2 src 10.0.0.9"},
		{"2001:DB8:0::/32 via FE80::1 dev e0", "2001:db8::/32 via fe80::1 dev e0"},
		{"10.0.0.0/8 dev src", "10.0.0.0/8 dev src"},
		{"10.0.0.0/8 dev e0 src 10.1.1.1", "10.0.0.0/8 src 10.1.1.1 dev e0"},
		{"10.0.0.0/8 metric 0", "10.0.0.0/8 metric 0"},
		{"10.0.0.0/8 metric 4294967295", "10.0.0.0/8 metric 4294967295"},
		{"10.0.0.0/8 table main", "10.0.0.0/8"},
		{"10.0.0.0/8 table 254", "10.0.0.0/8"},
		{"10.0.0.0/8 table default", "10.0.0.0/8 table 253"},
		{"10.0.0.0/8 table 4294967295", "10.0.0.0/8 table 4294967295"},
		{"10.0.0.0/8 table blue", "10.0.0.0/8 table blue"},
		{"10.0.0.0/8 table 7up", "10.0.0.0/8 table blue"},
		{"10.0.0.0/8 table 100", "10.0.0.0/8 table blue"},
		{"10.0.0.0/8 table 101", "10.0.0.0/8 table 101"},
		{"10.0.0.0/8 table 102", "10.0.0.0/8 table 102"},
		{"10.0.0.0/8 method auto", "10.0.0.0/8"},
		{"10.0.0.0/8 method native via 1.1.1.1", "10.0.0.0/8 via 1.1.1.1 method native"},
		{"10.0.0.0/8 method skipassource via 1.1.1.1",
		 "10.0.0.0/8 via 1.1.1.1 method skipassource"},
		{"10.0.0.0/8 method plain", "10.0.0.0/8 method plain"},
		{"10.0.0.0/8 method plain phantom 169.254.255.1",
		 "10.0.0.0/8 method plain phantom 169.254.255.1"},
		{"10.0.0.0/8 phantom 169.254.255.1", "10.0.0.0/8 phantom 169.254.255.1"},
		{"10.0.0.0/8 phantom fe80::7232:1", "10.0.0.0/8 phantom fe80::7232:1"},
		{"default via 1.1.1.1 phantom fe80::7232:1",
		 "default via 1.1.1.1 phantom fe80::7232:1"},
		{"default", "default"},
		{"default src 10.0.0.9", "default src 10.0.0.9"},
		{"0.0.0.0/0 src 10.0.0.9", "default src 10.0.0.9"},
		{"::/0 via fe80::1", "default via fe80::1"},
		{"0.0.0.0/0", "0.0.0.0/0"}, /* `default` alone would lose the family */
		{"::/0 dev e0", "::/0 dev e0"},
		{"0.0.0.0/0 phantom fe80::7232:1", "0.0.0.0/0 phantom fe80::7232:1"},
		{"::/0 phantom fe80::7232:1", "default phantom fe80::7232:1"},
		{"224.0.0.0/4 dev e0", "224.0.0.0/4 dev e0"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_intent got = must_read(table[i].line);
		char text[R2_INTENT_TEXT];
		assert_string_equal(r2_intent_format(&got, &names, text), table[i].canonical);
	}
}

static void default_has_the_family_of_the_line(void **state)
{
	static const struct {
		const char *line;
		enum r2_family demanded, family;
	} table[] = {
		{"default", R2_NONE, R2_NONE},
		{"default", R2_IPV4, R2_IPV4},
		{"default", R2_IPV6, R2_IPV6},
		{"default via 1.1.1.1", R2_NONE, R2_IPV4},
		{"default src fd00::1", R2_NONE, R2_IPV6},
		{"default phantom 169.254.255.1", R2_NONE, R2_IPV4},
		{"default phantom fe80::1", R2_NONE, R2_IPV6},
		{"default phantom fe80::1 src 1.1.1.1", R2_NONE, R2_IPV4},
		{"default phantom fe80::1", R2_IPV4, R2_IPV4},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct reading got = read_as(table[i].line, ALL, table[i].demanded);
		assert_true(got.ok);
		assert_int_equal(got.intent.dst.addr.family, table[i].family);
		assert_int_equal(got.intent.dst.len, 0);
	}
}

static void selecting_needs_no_prefix(void **state)
{
	struct reading got = read_as("src 10.0.0.9 table 100", ALL | R2_WORD_NO_PREFIX, R2_NONE);
	char text[R2_INTENT_TEXT];
	(void)state;
	assert_true(got.ok);
	assert_int_equal(got.intent.given, R2_WORD_SRC | R2_WORD_TABLE);
	assert_int_equal(got.intent.dst.addr.family, R2_NONE);
	assert_string_equal(r2_intent_format(&got.intent, NULL, text), "src 10.0.0.9 table 100");
	got = read_as("", ALL | R2_WORD_NO_PREFIX, R2_IPV6);
	assert_true(got.ok);
	assert_int_equal(got.intent.given, 0);
	assert_string_equal(r2_intent_format(&got.intent, NULL, text), "");
	got = read_as("10.0.0.0/8", ALL | R2_WORD_NO_PREFIX, R2_NONE);
	assert_int_equal(got.intent.given, R2_WORD_PREFIX);
}

static void tables_need_no_names(void **state)
{
	static const char *const words[] = {"10.0.0.0/8", "table", "100"};
	static const char *const named[] = {"10.0.0.0/8", "table", "blue"};
	struct r2_intent got;
	struct r2_error err;
	char text[R2_INTENT_TEXT];
	(void)state;
	assert_true(r2_intent_parse(words, 3, ALL, R2_NONE, NULL, &got, NULL, &err));
	assert_string_equal(r2_intent_format(&got, NULL, text), "10.0.0.0/8 table 100");
	assert_false(r2_intent_parse(named, 3, ALL, R2_NONE, NULL, &got, NULL, &err));
}

/* ---- the batch file's form -------------------------------------------------------------- */

static void the_batch_form_is_add(void **state)
{
	static const struct {
		const char *words[4], *text;
	} table[] = {
		{{"192.0.2.0", "255.255.255.0", "10.0.0.1", "10.0.0.9"},
		 "192.0.2.0/24 via 10.0.0.1 src 10.0.0.9"},
		{{"0.0.0.0", "0.0.0.0", "10.0.0.1", "10.0.0.9"},
		 "default via 10.0.0.1 src 10.0.0.9"},
		{{"1.2.3.4", "255.255.255.255", "4.3.2.1", "3.3.3.3"},
		 "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3"},
		{{"192.0.2.1", "255.255.255.0", "10.0.0.1", "10.0.0.9"},
		 "192.0.2.1 has bits set behind its mask 255.255.255.0; the destination is "
		 "192.0.2.0"},
		{{"192.0.2.0", "255.0.255.0", "10.0.0.1", "10.0.0.9"},
		 "255.0.255.0 is no mask such as 255.255.0.0"},
		{{"192.0.2.0", "24", "10.0.0.1", "10.0.0.9"}, "24 is no mask such as 255.255.0.0"},
		{{"192.0.2", "255.255.255.0", "10.0.0.1", "10.0.0.9"},
		 "192.0.2 is not an address; write all four numbers, such as 192.0.2.0"},
		{{"2001:db8::", "255.255.255.0", "10.0.0.1", "10.0.0.9"},
		 "2001:db8:: takes a length, not a mask"},
		{{"192.0.2.0", "255.255.255.0", "fe80::1", "10.0.0.9"},
		 "fe80::1 and 192.0.2.0/24 are of different families"},
		{{"192.0.2.0", "255.255.255.0", "10.0.0.1", "10.0.0.1"},
		 "10.0.0.1 cannot be both gateway and source"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_intent got;
		struct r2_error err;
		char text[R2_INTENT_TEXT], said[R2_ERROR_TEXT];
		if (r2_intent_parse_batch(table[i].words, R2_NONE, &got, &err))
			assert_string_equal(r2_intent_format(&got, NULL, text), table[i].text);
		else
			assert_string_equal(r2_error_format(&err, said, sizeof(said)),
					    table[i].text);
	}
}

/* ---- small questions -------------------------------------------------------------------- */

static void gateways_compare_in_order(void **state)
{
	struct r2_gateways a = must_read("1.1.1.1 via 2.2.2.2 backup 3.3.3.3").gateways;
	struct r2_gateways b = must_read("1.1.1.1 via 3.3.3.3 backup 2.2.2.2").gateways;
	struct r2_gateways c = must_read("1.1.1.1 via 2.2.2.2").gateways;
	(void)state;
	assert_true(r2_gateways_equal(&a, &a));
	assert_false(r2_gateways_equal(&a, &b));
	assert_false(r2_gateways_equal(&a, &c));
}

static void methods_have_names(void **state)
{
	(void)state;
	assert_string_equal(r2_method_name(R2_AUTO), "auto");
	assert_string_equal(r2_method_name(R2_NATIVE), "native");
	assert_string_equal(r2_method_name(R2_SKIPASSOURCE), "skipassource");
	assert_string_equal(r2_method_name(R2_PHANTOM), "phantom");
	assert_string_equal(r2_method_name(R2_PLAIN), "plain");
}

/* ---- there and back --------------------------------------------------------------------- */

/* An address that may be a gateway, and none of those that @intent has. */
static struct r2_ip fresh_ip(const struct r2_intent *intent, enum r2_family family)
{
	for (;;) {
		struct r2_ip got = chance_ip(family);
		bool taken = r2_ip_equal(&got, &intent->src) || r2_ip_equal(&got, &intent->phantom);
		for (size_t i = 0; i < intent->gateways.n; i++)
			taken |= r2_ip_equal(&got, &intent->gateways.at[i]);
		if (!taken && !r2_ip_is_unspecified(&got) && !r2_ip_is_multicast(&got) &&
		    !r2_ip_is_loopback(&got))
			return got;
	}
}

static void chance_words(struct r2_intent *intent)
{
	if (intent->given & R2_WORD_DEV)
		for (uint32_t n = chance(15) + 1; n; n--)
			intent->dev[n - 1] = "abz019-_.@ $\x80\xff"[chance(14)];
	if (strcmp(intent->dev, ".") == 0 || strcmp(intent->dev, "..") == 0)
		intent->dev[0] = 'x';
	if (intent->given & R2_WORD_METRIC)
		intent->metric = chance(2) ? chance(3) : UINT32_MAX - chance(3);
	if (intent->given & R2_WORD_TABLE)
		intent->table = chance(2) ? 99 + chance(5) : UINT32_MAX - chance(3);
	if (intent->given & R2_WORD_METHOD)
		intent->method = R2_NATIVE + chance(3);
}

static struct r2_intent chance_intent(void)
{
	struct r2_intent intent = {.given = R2_WORD_PREFIX | chance(512), .table = R2_MAIN_TABLE};
	enum r2_family family = chance(2) ? R2_IPV4 : R2_IPV6;
	struct r2_ip dst = chance_ip(family);
	uint32_t len = chance(4) ? chance(r2_ip_bits(&dst) + 1) : 0;
	intent.dst = (struct r2_prefix){.addr = r2_ip_mask(&dst, len), .len = (uint8_t)len};
	if (!(intent.given & R2_WORD_VIA))
		intent.given &= ~(unsigned)R2_WORD_BACKUP;
	if (intent.given & R2_WORD_SRC)
		intent.src = fresh_ip(&intent, family);
	if (intent.given & R2_WORD_PHANTOM)
		intent.phantom = fresh_ip(&intent, chance(2) ? R2_IPV6 : family);
	uint32_t gateways = !(intent.given & R2_WORD_VIA)      ? 0
			    : !(intent.given & R2_WORD_BACKUP) ? 1
							       : 2 + chance(R2_GATEWAYS_MAX - 1);
	while (intent.gateways.n < gateways)
		intent.gateways.at[intent.gateways.n++] = fresh_ip(&intent, family);
	chance_words(&intent);
	if (intent.method == R2_NATIVE && (intent.given & (R2_WORD_BACKUP | R2_WORD_PHANTOM))) {
		intent.given &= ~(unsigned)R2_WORD_METHOD;
		intent.method = R2_AUTO;
	}
	return intent;
}

static void random_intents_round_trip(void **state)
{
	(void)state;
	chance_begin();
	for (int i = 0; i < 50000; i++) {
		struct r2_intent intent = chance_intent();
		char text[R2_INTENT_TEXT], again[R2_INTENT_TEXT];
		r2_intent_format(&intent, &names, text);
		struct r2_intent got = must_read(text);
		assert_string_equal(r2_intent_format(&got, &names, again), text);
		assert_int_equal(got.given, intent.given);
		assert_true(r2_prefix_equal(&got.dst, &intent.dst));
		assert_true(r2_gateways_equal(&got.gateways, &intent.gateways));
		assert_true(r2_ip_equal(&got.src, &intent.src));
		assert_true(r2_ip_equal(&got.phantom, &intent.phantom));
		assert_string_equal(got.dev, intent.dev);
		assert_int_equal(got.metric, intent.metric);
		assert_int_equal(got.table, intent.table);
		assert_int_equal(got.method, intent.method);
	}
}

static const char *longest_name(void *ctx, uint32_t number)
{
	(void)number;
	return ctx;
}

static bool any_name(void *ctx, const char *name, uint32_t *ret_number)
{
	(void)ctx;
	(void)name;
	*ret_number = UINT32_MAX;
	return true;
}

/* The longest line there is fits in R2_INTENT_TEXT with its last word whole. */
static void the_longest_line_fits(void **state)
{
	static char name[66];
	const struct r2_names long_names = {
		.table = any_name, .table_name = longest_name, .ctx = name};
	struct r2_intent intent = {.given = ALL, .metric = UINT32_MAX, .table = UINT32_MAX};
	struct r2_ip longest = ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	char text[R2_INTENT_TEXT];
	(void)state;
	memset(name, 'n', 64);
	memset(intent.dev, 'd', sizeof(intent.dev) - 1);
	intent.dst = r2_prefix_host(&longest);
	intent.src = intent.phantom = longest;
	intent.method = R2_PHANTOM;
	for (; intent.gateways.n < R2_GATEWAYS_MAX; intent.gateways.n++)
		intent.gateways.at[intent.gateways.n] = longest;
	r2_intent_format(&intent, &long_names, text);
	assert_non_null(strstr(text, name));
	assert_string_equal(text + strlen(text) - 47,
			    "phantom ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	name[64] = 'n'; /* one more, and the number stands instead */
	r2_intent_format(&intent, &long_names, text);
	assert_non_null(strstr(text, "table 4294967295 "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_line_is_read),
		cmocka_unit_test(what_is_not_given_has_its_default),
		cmocka_unit_test(lines_have_a_canonical_form),
		cmocka_unit_test(default_has_the_family_of_the_line),
		cmocka_unit_test(selecting_needs_no_prefix),
		cmocka_unit_test(tables_need_no_names),
		cmocka_unit_test(the_batch_form_is_add),
		cmocka_unit_test(gateways_compare_in_order),
		cmocka_unit_test(methods_have_names),
		cmocka_unit_test(random_intents_round_trip),
		cmocka_unit_test(the_longest_line_fits),
	};
	return cmocka_run_group_tests_name("intent", tests, NULL, NULL);
}
