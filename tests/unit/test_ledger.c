/* SPDX-License-Identifier: MIT */
/* The ledger: what is written is read, what is torn is left out, the last word on a key holds. */
#include "core/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static struct r2_ledger_row a_row(uint32_t n)
{
	struct r2_ip dst = ip("10.0.0.0"), hop = ip(n % 3 ? "192.0.2.1" : "192.0.2.2");
	struct r2_ledger_row row = {.kind = (uint8_t)(n % 2), .link = UINT64_C(0x6000000000000)};

	dst.bytes[1] = (uint8_t)(n >> 16);
	dst.bytes[2] = (uint8_t)(n >> 8);
	dst.bytes[3] = (uint8_t)n;
	row.dst = r2_prefix_host(&dst);
	row.hop = hop;
	row.metric = n;
	if (n % 5)
		row.src = ip("192.0.2.77");
	return row;
}

static void a_line_says_all_of_its_row(void **state)
{
	struct r2_ledger_row rows[4] = {a_row(7), a_row(8), a_row(10)}, got;
	struct r2_ip skipped = ip("192.0.2.10");
	char line[R2_LEDGER_TEXT];

	(void)state;
	rows[2].kind = R2_LEDGER_NEIGH;
	rows[2].hop = ip("fe80::7232:1");
	rows[2].dst = r2_prefix_host(&rows[2].hop);
	rows[2].gone = true;
	assert_true(r2_mac_parse("02-00-00-00-00-01", &rows[2].mac));
	rows[3] = r2_ledger_row_of_skip(&skipped, UINT64_C(0x6000000000000));
	for (size_t i = 0; i < COUNT(rows); i++) {
		r2_ledger_format(&rows[i], line);
		assert_true(r2_ledger_parse(line, strlen(line) - 1, &got));
		assert_true(r2_ledger_same(&got, &rows[i]));
		assert_int_equal(got.gone, rows[i].gone);
	}
}

static void a_torn_or_altered_line_is_no_line(void **state)
{
	struct r2_ledger_row row = a_row(7), got;
	char line[R2_LEDGER_TEXT];
	size_t len;

	(void)state;
	r2_ledger_format(&row, line);
	len = strlen(line) - 1;
	for (size_t cut = 0; cut < len; cut++)
		assert_false(r2_ledger_parse(line, cut, &got));
	for (size_t i = 0; i < len; i++) {
		line[i] ^= 1;
		assert_false(r2_ledger_parse(line, len, &got));
		line[i] ^= 1;
	}
	assert_true(r2_ledger_parse(line, len, &got));
}

static void the_last_word_on_a_key_holds(void **state)
{
	struct r2_ledger ledger = {0};
	struct r2_ledger_row row = a_row(7), other = a_row(7);
	size_t torn;
	char text[4 * R2_LEDGER_TEXT], line[R2_LEDGER_TEXT], again[R2_LEDGER_TEXT];

	(void)state;
	other.src = ip("192.0.2.99");
	snprintf(text, sizeof(text), "garbage\n%s%s+ route 10.0.", r2_ledger_format(&row, line),
		 r2_ledger_format(&other, again));
	assert_true(r2_ledger_read(&ledger, text, strlen(text), &torn));
	assert_int_equal(torn, 1);
	assert_non_null(r2_ledger_find(&ledger, &row));
	assert_true(r2_ledger_same(r2_ledger_find(&ledger, &row), &other));
	row.gone = true;
	assert_true(r2_ledger_note(&ledger, &row));
	assert_null(r2_ledger_find(&ledger, &row));
	row.gone = false;
	assert_true(r2_ledger_note(&ledger, &row));
	assert_non_null(r2_ledger_find(&ledger, &row));
	assert_int_equal(ledger.rows.n, 1);
	r2_ledger_free(&ledger);
}

/* After a restart nothing is claimed; what is said again is, and what no old route needs goes. */
static void a_restart_makes_all_old(void **state)
{
	struct r2_ledger ledger = {0};
	struct r2_ledger_row first = r2_ledger_boot_row(UINT64_C(0x1234567890abcdef));
	struct r2_ledger_row second = r2_ledger_boot_row(2), got;
	struct r2_ledger_row kept = a_row(6), lost = a_row(8), book = a_row(9);
	char text[8 * R2_LEDGER_TEXT] = "", line[R2_LEDGER_TEXT];
	const struct r2_ledger_row *rows[] = {&first, &kept, &lost, &book, &first, &second, &kept};
	size_t torn, used = 0;

	(void)state;
	book.hop = ip("192.0.2.200"); /* a phantom of no route */
	r2_ledger_format(&first, line);
	assert_true(r2_ledger_parse(line, strlen(line) - 1, &got));
	assert_true(got.kind == R2_LEDGER_BOOT && got.link == first.link);
	for (size_t i = 0; i < COUNT(rows); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s",
					 r2_ledger_format(rows[i], line));
	assert_true(r2_ledger_read(&ledger, text, used, &torn));
	assert_int_equal(ledger.boot, 2);
	assert_non_null(r2_ledger_find(&ledger, &kept));
	assert_null(r2_ledger_find_old(&ledger, &kept));
	assert_null(r2_ledger_find(&ledger, &lost));
	assert_non_null(r2_ledger_find_old(&ledger, &lost));
	assert_int_equal(r2_ledger_prune(&ledger), 1);
	assert_null(r2_ledger_find_old(&ledger, &book));
	assert_non_null(r2_ledger_find_old(&ledger, &lost));
	r2_ledger_free(&ledger);
}

static void many_rows_are_found(void **state)
{
	enum { N = 20000 };
	struct r2_ledger ledger = {0};

	(void)state;
	for (uint32_t n = 0; n < N; n++) {
		struct r2_ledger_row row = a_row(n);

		assert_true(r2_ledger_note(&ledger, &row));
	}
	for (uint32_t n = 0; n < N + 100; n++) {
		struct r2_ledger_row row = a_row(n);
		const struct r2_ledger_row *found = r2_ledger_find(&ledger, &row);

		assert_int_equal(found != NULL, n < N);
		assert_true(!found || r2_ledger_same(found, &row));
	}
	r2_ledger_free(&ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_says_all_of_its_row),
		cmocka_unit_test(a_torn_or_altered_line_is_no_line),
		cmocka_unit_test(the_last_word_on_a_key_holds),
		cmocka_unit_test(a_restart_makes_all_old),
		cmocka_unit_test(many_rows_are_found),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
