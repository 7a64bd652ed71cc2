/* SPDX-License-Identifier: MIT */
/* Many routes: their order, two lists side by side, and the file that they are read from. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"

/* ---- lots ---- */

static struct r2_key key_of(const void *ctx, uint32_t shape)
{
	(void)ctx;
	return (struct r2_key){.table = shape % 3, .metric = shape / 3};
}

static struct r2_lot chance_lot(size_t n)
{
	struct r2_lot lot = {.key = key_of};

	for (size_t i = 0; i < n; i++) {
		enum r2_family family = chance(2) ? R2_IPV4 : R2_IPV6;
		struct r2_ip ip = chance_ip(family);
		struct r2_prefix dst = {.len = (uint8_t)chance(1 + r2_ip_bits(&ip))};
		struct r2_item item;

		dst.addr = r2_ip_mask(&ip, dst.len);
		item = r2_item_make(&dst, chance(6), (uint32_t)i);
		assert_true(r2_list_push(&lot.items, &item));
	}
	return lot;
}

static void sorted_and_found(void **state)
{
	(void)state;
	chance_begin();
	for (size_t round = 0; round < 200; round++) {
		struct r2_lot lot = chance_lot(chance(200));
		size_t near = 0;

		r2_lot_sort(&lot);
		for (size_t i = 0; i < lot.items.n; i++) {
			const struct r2_item *item = &lot.items.at[i];
			struct r2_key key = key_of(NULL, item->shape);
			struct r2_route route = {
				.dst = r2_item_dst(item), .table = key.table, .metric = key.metric};
			const struct r2_item *found = r2_lot_find(&lot, &route);

			assert_true(i == 0 || r2_lot_compare(&lot, item - 1, &lot, item) <= 0);
			assert_non_null(found);
			assert_int_equal(r2_lot_compare(&lot, found, &lot, item), 0);
			if (chance(4) == 0)
				near = chance(300);
			found = r2_lot_find_near(&lot, &route, &near);
			assert_non_null(found);
			assert_int_equal(r2_lot_compare(&lot, found, &lot, item), 0);
			assert_ptr_equal(found + 1, lot.items.at + near);
			route.metric = 77;
			assert_null(r2_lot_find(&lot, &route));
			assert_null(r2_lot_find_near(&lot, &route, &near));
		}
		r2_list_free(&lot.items);
	}
}

/* Every item of both comes once, in order, and those of one key together. */
static void side_by_side(void **state)
{
	(void)state;
	for (size_t round = 0; round < 200; round++) {
		struct r2_lot left = chance_lot(chance(100)), right = chance_lot(chance(100));
		struct r2_item *a, *b, twin;
		struct r2_merge merge;
		size_t seen = 0, both = 0, common = 0;

		for (size_t i = 0; i < left.items.n; i += 3) {
			twin = left.items.at[i];
			assert_true(r2_list_push(&right.items, &twin));
			common++;
		}
		r2_lot_sort(&left);
		r2_lot_sort(&right);
		merge = r2_merge_begin(&left, &right);
		while (r2_merge_next(&merge, &a, &b)) {
			assert_true(a || b);
			seen += (a ? 1u : 0u) + (b ? 1u : 0u);
			both += a && b;
			assert_true(!a || !b || r2_lot_compare(&left, a, &right, b) == 0);
		}
		assert_int_equal(seen, left.items.n + right.items.n);
		assert_true(both >= common);
		r2_list_free(&left.items);
		r2_list_free(&right.items);
	}
}

/* IPv4 by length, then IPv6; each item once. */
static void as_the_kernel_likes_it(void **state)
{
	(void)state;
	for (size_t round = 0; round < 100; round++) {
		struct r2_lot lot = chance_lot(chance(100));
		bool down = chance(2);
		struct r2_sieve sieve;
		const struct r2_item *item, *last = NULL;
		size_t n = 0;

		r2_lot_sort(&lot);
		sieve = r2_sieve_begin(&lot, down);
		for (; (item = r2_sieve_next(&sieve)); last = item, n++) {
			if (!last || item->family != last->family || item->family != R2_IPV4) {
				assert_true(!last || item->family >= last->family);
				continue;
			}
			assert_true(down ? item->len <= last->len : item->len >= last->len);
		}
		assert_int_equal(n, lot.items.n);
		r2_list_free(&lot.items);
	}
}

static void shapes_are_kept_once(void **state)
{
	struct r2_shapes shapes = {0};

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		struct r2_route route = {.dst = prefix("1.2.3.0/24"), .metric = i % 1000};

		assert_int_equal(r2_shape_of(&shapes, &route), i % 1000);
		assert_int_equal(shapes.routes.at[i % 1000].metric, i % 1000);
	}
	r2_shapes_free(&shapes);
}

/* ---- files ---- */

struct bad {
	size_t n;
	char text[4000];
};

static void say_bad(void *ctx, const char *name, unsigned long line, unsigned long column,
		    const struct r2_error *err)
{
	struct bad *bad = ctx;

	bad->n += (size_t)snprintf(bad->text + bad->n, sizeof(bad->text) - bad->n,
				   "%s:%lu:%lu: %.40s\n", name, line, column, err->what);
}

static bool load(void *ctx, const char *name, char **ret_text, size_t *ret_n, struct r2_error *err)
{
	static const char inner[] = "9.1.0.0/16\nset metric 5\n9.2.0.0/16\n9.3.0.0/99\n";

	(void)ctx;
	if (strstr(name, "\\inner"))
		;
	else if (strcmp(name, "dir/inner") != 0 && strcmp(name, "dir/self") != 0)
		return r2_error_set(err, R2_FAILED, "no %s", name);
	*ret_text = strdup(strcmp(name, "dir/self") == 0 ? "include self\n" : inner);
	*ret_n = strlen(*ret_text);
	return *ret_text != NULL;
}

static struct r2_file read_file(const char *text, struct bad *bad)
{
	struct r2_file_reader reader = {.load = load, .say_bad = say_bad, .ctx = bad};
	struct r2_file file = {0};
	char *copy = strdup(text);

	*bad = (struct bad){0};
	assert_non_null(copy);
	assert_true(r2_file_read(&file, &reader, "dir/file", copy, strlen(text)));
	free(copy);
	return file;
}

static void assert_line(const struct r2_file *file, size_t at, const char *text, const char *name,
			unsigned long line)
{
	char buf[R2_INTENT_TEXT];
	struct r2_intent intent;
	unsigned long number;

	assert_true(at < file->items.n);
	intent = r2_file_intent(file, &file->items.at[at]);
	assert_string_equal(r2_intent_format(&intent, NULL, buf), text);
	assert_string_equal(r2_file_place(file, file->items.at[at].line, &number), name);
	assert_int_equal(number, line);
}

/* On Windows a name may begin with a drive, and folders end with either slash. */
static void included_beside_on_windows(void **state)
{
	static const char *const cases[][3] = {
		{"C:\\my dir\\file", "include inner\n", "C:\\my dir\\inner"},
		{"C:/dir\\file", "include \"sub x\\inner\"\n", "C:/dir\\sub x\\inner"},
		{"C:\\dir\\file", "include D:\\inner\n", "D:\\inner"},
		{"C:\\dir\\file", "include \\inner\n", "\\inner"},
	};
	struct bad bad = {0};
	const struct r2_file_reader reader = {
		.load = load, .say_bad = say_bad, .ctx = &bad, .drives = true};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct r2_file file = {0};
		char text[128];
		unsigned long line;

		snprintf(text, sizeof(text), "set src 10.0.0.2\n%s", cases[i][1]);
		assert_true(r2_file_read(&file, &reader, cases[i][0], text, strlen(text)));
		assert_true(file.items.n > 0);
		assert_string_equal(r2_file_place(&file, file.items.at[0].line, &line),
				    cases[i][2]);
		r2_file_free(&file);
	}
}

static void lines_and_defaults(void **state)
{
	struct bad bad;
	struct r2_file file = read_file("1.0.0.0/8 via 10.0.0.1 src 10.0.0.2\r\n"
					"2.0.0.0/8 via 10.0.0.1 src 10.0.0.2 # again\n"
					"3.0.0.0/8 via 10.0.0.1 src 10.0.0.2\n"
					"\n  # nothing\n"
					"set via 10.0.0.9 src 10.0.0.8\n"
					"set src 2001:db8::8 table 9\n"
					"4.0.0.0/8\n"
					"5.0.0.0/8 backup 10.0.0.7 src 10.0.0.6\n"
					"2001:db8:5::/48 dev e0\n"
					"include inner\n"
					"6.0.0.0/8\n"
					"set\n"
					"7.0.0.0/8 src 10.0.0.1",
					&bad);

	(void)state;
	assert_string_equal(bad.text, "dir/inner:4:1: 9.3.0.0/99 has no length from 0 to 32 af\n");
	assert_int_equal(file.items.n, 10);
	assert_line(&file, 2, "3.0.0.0/8 via 10.0.0.1 src 10.0.0.2", "dir/file", 3);
	assert_line(&file, 3, "4.0.0.0/8 via 10.0.0.9 src 10.0.0.8", "dir/file", 8);
	assert_line(&file, 4, "5.0.0.0/8 via 10.0.0.9 backup 10.0.0.7 src 10.0.0.6", "dir/file", 9);
	assert_line(&file, 5, "2001:db8:5::/48 src 2001:db8::8 dev e0 table 9", "dir/file", 10);
	assert_line(&file, 6, "9.1.0.0/16 via 10.0.0.9 src 10.0.0.8", "dir/inner", 1);
	assert_line(&file, 7, "9.2.0.0/16 via 10.0.0.9 src 10.0.0.8 metric 5", "dir/inner", 3);
	assert_line(&file, 8, "6.0.0.0/8 via 10.0.0.9 src 10.0.0.8", "dir/file", 12);
	assert_line(&file, 9, "7.0.0.0/8 src 10.0.0.1", "dir/file", 14);
	r2_file_free(&file);
}

/* What is read as the line before must be judged as any line is. */
static void like_the_line_before(void **state)
{
	struct bad bad;
	struct r2_file file = read_file("set src 10.0.0.2\n"
					"1.0.0.0/8\n"
					"2.0.0.0/8 \n"
					"3.0.0.1/8\n"
					"4.0.0.4\n"
					"5.0.0.0/33\n"
					"6.0.0.0/8x\n"
					"224.0.0.0/8\n"
					"7.0.0.0/8\n"
					"\n"
					"8.0.0.0/8\r\n"
					"9.0.0.0/8\n"
					"set src 2001:db8::8\n"
					"2001:db8:1::/48 metric 7\n"
					"2001:db8:2::/48 metric 7\n"
					"2001:db8:3::/48 metric 77\n"
					"ff02::/16 metric 77\n"
					"2001:db8:4::1/48 metric 77\n"
					"10.0.0.0/8 metric 77\n"
					"2001:db8:5::/48 metric 77",
					&bad);

	(void)state;
	assert_int_equal(bad.n ? strlen(bad.text) : 0, bad.n);
	assert_non_null(strstr(bad.text, "dir/file:4:1: "));
	assert_non_null(strstr(bad.text, "dir/file:6:1: "));
	assert_non_null(strstr(bad.text, "dir/file:7:1: "));
	assert_non_null(strstr(bad.text, "dir/file:18:1: "));
	assert_int_equal(file.bad, 4);
	assert_int_equal(file.items.n, 13);
	assert_line(&file, 1, "2.0.0.0/8 src 10.0.0.2", "dir/file", 3);
	assert_line(&file, 2, "4.0.0.4/32 src 10.0.0.2", "dir/file", 5);
	assert_line(&file, 5, "8.0.0.0/8 src 10.0.0.2", "dir/file", 11);
	assert_line(&file, 6, "9.0.0.0/8 src 10.0.0.2", "dir/file", 12);
	assert_line(&file, 8, "2001:db8:2::/48 src 2001:db8::8 metric 7", "dir/file", 15);
	assert_line(&file, 9, "2001:db8:3::/48 src 2001:db8::8 metric 77", "dir/file", 16);
	assert_line(&file, 11, "10.0.0.0/8 src 10.0.0.2 metric 77", "dir/file", 19);
	assert_line(&file, 12, "2001:db8:5::/48 src 2001:db8::8 metric 77", "dir/file", 20);
	r2_file_free(&file);
}

static void every_bad_line_is_told(void **state)
{
	struct bad bad;
	struct r2_file file = read_file("1.0.0.0/8 via 10.0.0.1\n"
					"1.0.0.1/8 via 10.0.0.1 src 10.0.0.2\n"
					"set src\n"
					"include\n"
					"include none\n"
					"include self\n"
					"set via 10.0.0.1 src 10.0.0.2 method native\n"
					"2.0.0.0/8 backup 10.0.0.3\n"
					"3.0.0.0/8\n",
					&bad);

	(void)state;
	assert_string_equal(bad.text, "dir/file:1:1: `src` is missing: the address to send fr\n"
				      "dir/file:2:1: 1.0.0.1/8 has bits set behind its length\n"
				      "dir/file:3:5: set: \"src\" needs a source address after \n"
				      "dir/file:4:1: `include` needs one file after it\n"
				      "dir/file:5:9: no dir/none\n"
				      "dir/self:1:9: files include each other more than 16 de\n"
				      "dir/file:8:1: with what `set` says: method native know\n");
	assert_int_equal(file.items.n, 1);
	assert_int_equal(file.bad, 7);
	r2_file_free(&file);
}

static void interfaces_with_blanks(void **state)
{
	struct bad bad;
	struct r2_file file = read_file("1.0.0.0/8 via 10.0.0.1 src 10.0.0.2 dev \"Ethernet 2\"\n"
					"2.0.0.0/8 src 10.0.0.2 dev \"e 3\" metric 5 # a comment\n"
					"3.0.0.0/8 src 10.0.0.2 dev \"e\t0\"\n",
					&bad);

	(void)state;
	assert_string_equal(bad.text, "dir/file:3:29: interface name \"e\t0\" has a blank in it\n");
	assert_line(&file, 0, "1.0.0.0/8 via 10.0.0.1 src 10.0.0.2 dev \"Ethernet 2\"", "dir/file",
		    1);
	assert_line(&file, 1, "2.0.0.0/8 src 10.0.0.2 dev \"e 3\" metric 5", "dir/file", 2);
	r2_file_free(&file);
}

static void hooks_and_quotes(void **state)
{
	struct bad bad;
	struct r2_file file = read_file("on down exec /bin/page \"a # b\" \"c\n"
					"on up exec \"C:\\Program Files\\page.exe\" \"\" d # e\n"
					"on up exec c:/page.exe\n"
					"on up exec page.exe\n"
					"on up exec c:page.exe\n",
					&bad);
	const struct r2_hook *hooks = file.monitors.hooks.at;

	(void)state;
	assert_string_equal(bad.text, "dir/file:4:7: `on up` needs `exec` and a program after\n"
				      "dir/file:5:7: `on up` needs `exec` and a program after\n");
	assert_int_equal(file.monitors.hooks.n, 3);
	assert_string_equal(hooks[0].argv[1], "a # b");
	assert_string_equal(hooks[0].argv[2], "\"c");
	assert_null(hooks[0].argv[3]);
	assert_string_equal(hooks[1].argv[0], "C:\\Program Files\\page.exe");
	assert_string_equal(hooks[1].argv[1], "");
	assert_string_equal(hooks[1].argv[2], "d");
	assert_null(hooks[1].argv[3]);
	assert_string_equal(hooks[2].argv[0], "c:/page.exe");
	r2_file_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted_and_found),
		cmocka_unit_test(side_by_side),
		cmocka_unit_test(as_the_kernel_likes_it),
		cmocka_unit_test(shapes_are_kept_once),
		cmocka_unit_test(included_beside_on_windows),
		cmocka_unit_test(lines_and_defaults),
		cmocka_unit_test(every_bad_line_is_told),
		cmocka_unit_test(like_the_line_before),
		cmocka_unit_test(hooks_and_quotes),
		cmocka_unit_test(interfaces_with_blanks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
