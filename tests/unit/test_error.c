/* SPDX-License-Identifier: MIT */
/* Errors, notes, and the lines they are made of. */
#include "core/error.h"

#include <errno.h>
#include <string.h>

#include "core/text.h"
#include "unit.h"

static void parts_that_are_missing_leave_no_trace(void **state)
{
	static const struct {
		struct r2_error err;
		const char *text;
	} table[] = {
		{{.what = "it broke"}, "it broke"},
		{{.what = "it broke", .hint = "mend it"}, "it broke; mend it"},
		{{.what = "it broke", .kernel = "No such device"}, "it broke: No such device"},
		{{.what = "it broke", .call = "RTM_NEWROUTE", .native = 19},
		 "it broke (RTM_NEWROUTE, errno 19)"},
		{{.what = "it broke", .call = "RTM_NEWROUTE"}, "it broke (RTM_NEWROUTE)"},
		{{.what = "it broke", .native = 5}, "it broke (errno 5)"},
		{{.what = "it broke",
		  .kernel = "Nexthop has invalid gateway",
		  .call = "RTM_NEWROUTE",
		  .native = 22,
		  .hint = "mend it"},
		 "it broke: Nexthop has invalid gateway (RTM_NEWROUTE, errno 22); mend it"},
	};
	char text[R2_ERROR_TEXT];
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		assert_string_equal(r2_error_format(&table[i].err, text, sizeof(text)),
				    table[i].text);
}

static void an_error_is_begun_afresh(void **state)
{
	struct r2_error err;
	char text[R2_ERROR_TEXT];
	(void)state;
	memset(&err, 0xa5, sizeof(err));
	assert_false(r2_error_set(&err, R2_USAGE, "%s is %d", "e0", 7));
	assert_int_equal(err.kind, R2_USAGE);
	assert_int_equal(err.native, 0);
	assert_null(err.call);
	assert_false(r2_error_hint(&err, "say %s", "e1"));
	assert_string_equal(r2_error_format(&err, text, sizeof(text)), "e0 is 7; say e1");
	assert_false(r2_error_set(&err, R2_FAILED, "again"));
	assert_string_equal(r2_error_format(&err, text, sizeof(text)), "again");
}

static void an_error_may_tell_of_itself(void **state)
{
	struct r2_error err;
	(void)state;
	r2_error_set(&err, R2_FAILED, "no such device");
	r2_error_set(&err, R2_FAILED, "first: %s", err.what);
	assert_string_equal(err.what, "first: no such device");
	r2_error_prefix(&err, "line %d", 3);
	assert_string_equal(err.what, "line 3: first: no such device");
	r2_error_hint(&err, "after %s", err.what);
	assert_string_equal(err.hint, "after line 3: first: no such device");
}

static void prefixing_keeps_the_facts(void **state)
{
	struct r2_error err;
	(void)state;
	r2_error_set(&err, R2_NOT_PERMITTED, "no");
	err.native = EPERM;
	err.call = "RTM_NEWNEIGH";
	r2_error_hint(&err, "be root");
	assert_false(r2_error_prefix(&err, "setting %s", "1.2.3.4"));
	assert_string_equal(err.what, "setting 1.2.3.4: no");
	assert_string_equal(err.hint, "be root");
	assert_string_equal(err.call, "RTM_NEWNEIGH");
	assert_int_equal(err.native, EPERM);
	assert_int_equal(err.kind, R2_NOT_PERMITTED);
}

static void what_is_too_long_is_cut(void **state)
{
	char flood[2000], text[R2_ERROR_TEXT], tiny[8];
	struct r2_error err;
	(void)state;
	memset(flood, 'x', sizeof(flood) - 1);
	flood[sizeof(flood) - 1] = '\0';
	r2_error_set(&err, R2_FAILED, "%s", flood);
	assert_int_equal(strlen(err.what), sizeof(err.what) - 1);
	r2_error_prefix(&err, "%s", "while");
	assert_int_equal(strlen(err.what), sizeof(err.what) - 1);
	assert_memory_equal(err.what, "while: x", 8);
	r2_error_prefix(&err, "%s", flood);
	r2_error_hint(&err, "%s", flood);
	assert_int_equal(strlen(err.hint), sizeof(err.hint) - 1);
	memset(err.kernel, 'k', sizeof(err.kernel) - 1);
	err.call = "NLMSG_DONE_OR_SUCH";
	err.native = -2147483647 - 1;
	r2_error_format(&err, text, sizeof(text));
	assert_string_equal(text + strlen(text) - 3, "xxx"); /* all of it found room */
	assert_non_null(strstr(text, "errno -2147483648); x"));
	assert_string_equal(r2_error_format(&err, tiny, sizeof(tiny)), "xxxxxxx");
}

static void a_terminal_is_not_steered(void **state)
{
	struct r2_error err;
	char text[R2_ERROR_TEXT];
	(void)state;
	r2_error_set(&err, R2_FAILED,
		     "\x1b[31m\n\r\t\x7f gr\xc3\xbc\xc3\x9f \xc2\x9b"
		     "2J \xc2\xa0");
	assert_string_equal(r2_error_format(&err, text, sizeof(text)),
			    "?[31m???? gr\xc3\xbc\xc3\x9f ??2J \xc2\xa0");
}

static void notes_overflow_with_a_word(void **state)
{
	struct r2_notes notes = {.n = 0};
	(void)state;
	r2_note(NULL, "nobody listens");
	for (int i = 0; i < R2_NOTES_MAX; i++)
		r2_note(&notes, "note %d", i);
	assert_int_equal(notes.n, R2_NOTES_MAX);
	assert_string_equal(notes.text[0], "note 0");
	assert_string_equal(notes.text[R2_NOTES_MAX - 1], "note 11");
	r2_note(&notes, "one more");
	assert_int_equal(notes.n, R2_NOTES_MAX);
	assert_string_equal(notes.text[R2_NOTES_MAX - 2], "note 10");
	assert_non_null(strstr(notes.text[R2_NOTES_MAX - 1], "more"));
}

/* ---- lines ------------------------------------------------------------------------------ */

static void lines_grow_until_they_are_cut(void **state)
{
	char buf[10];
	struct r2_text text = r2_text_start(buf, sizeof(buf));
	(void)state;
	assert_string_equal(buf, "");
	r2_text_add(&text, "%s-%d", "ab", 12);
	r2_text_add(&text, "%s", "");
	assert_false(text.cut);
	assert_int_equal(text.n, 5);
	r2_text_add(&text, "wxyz"); /* nine: it fits exactly */
	assert_false(text.cut);
	assert_string_equal(buf, "ab-12wxyz");
	r2_text_add(&text, "!");
	assert_true(text.cut);
	r2_text_add(&text, "!");
	assert_string_equal(buf, "ab-12wxyz");
	assert_int_equal(text.n, 9);
}

static void words_are_quoted_for_a_shell(void **state)
{
	static const struct {
		const char *word, *quoted;
	} table[] = {
		{"eth0", "eth0"},
		{"eth0.100", "eth0.100"},
		{"e-0_1@x", "e-0_1@x"},
		{"", "''"},
		{"a b", "'a b'"},
		{"it's", "'it'\\''s'"},
		{"$(reboot)", "'$(reboot)'"},
		{"a;b", "'a;b'"},
		{"#x", "'#x'"},
		{"~", "'~'"},
		{"a*", "'a*'"},
	};
	char buf[64];
	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_text text = r2_text_start(buf, sizeof(buf));
		r2_text_quote(&text, table[i].word);
		assert_string_equal(buf, table[i].quoted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_that_are_missing_leave_no_trace),
		cmocka_unit_test(an_error_is_begun_afresh),
		cmocka_unit_test(an_error_may_tell_of_itself),
		cmocka_unit_test(prefixing_keeps_the_facts),
		cmocka_unit_test(what_is_too_long_is_cut),
		cmocka_unit_test(a_terminal_is_not_steered),
		cmocka_unit_test(notes_overflow_with_a_word),
		cmocka_unit_test(lines_grow_until_they_are_cut),
		cmocka_unit_test(words_are_quoted_for_a_shell),
	};
	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
