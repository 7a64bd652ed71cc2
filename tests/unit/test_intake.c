/* SPDX-License-Identifier: MIT */
/* A text that comes in pieces. */
#include "core/intake.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* What recv(2) does: as much of @text as there is room for, at most @piece. */
static bool take_in(struct r2_intake *intake, const char *text, size_t n, size_t piece)
{
	size_t room;
	char *to;

	while (n && (to = r2_intake_room(intake, &room))) {
		size_t got = room < piece ? room : piece;

		got = n < got ? n : got;
		memcpy(to, text, got);
		intake->n += got;
		text += got;
		n -= got;
	}
	return n == 0;
}

static void pieces_of_any_length_make_the_text(void **state)
{
	static const size_t lengths[] = {1, 4094, 4095, 4096, 8190, 8191, 8192, 100000};
	static const size_t pieces[] = {1, 7, 4096, 1 << 20};
	char *text = malloc(100000);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < 100000; i++)
		text[i] = (char)('a' + i % 26);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		for (size_t j = 0; j < COUNT(pieces); j++) {
			struct r2_intake intake = {.most = SIZE_MAX};
			char *taken;

			assert_true(take_in(&intake, text, lengths[i], pieces[j]));
			taken = r2_intake_take(&intake);
			assert_non_null(taken);
			assert_int_equal(strlen(taken), lengths[i]);
			assert_memory_equal(taken, text, lengths[i]);
			assert_null(intake.at);
			free(taken);
		}
	}
	free(text);
}

static void too_long_a_text_finds_no_room(void **state)
{
	struct r2_intake intake = {.most = 8192};
	char text[8192] = {0};
	size_t room;

	(void)state;
	assert_true(take_in(&intake, text, 8191, 8192)); /* and the zero behind it */
	assert_null(r2_intake_room(&intake, &room));
	r2_intake_drop(&intake);
	assert_false(take_in(&intake, text, 8192, 8192));
	r2_intake_drop(&intake);
	assert_null(r2_intake_take(&intake));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_of_any_length_make_the_text),
		cmocka_unit_test(too_long_a_text_finds_no_room),
	};
	return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
