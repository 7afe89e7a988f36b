// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "dialogue/observation.h"

static void texts(void **state)
{
	static const struct {
		const char *in;
		size_t max;
		const char *want;
	} rows[] = {
		{ "250 STARTTLS", 99, "250 STARTTLS" },
		{ "550 <joe@example.com>: no", 99, "550 <*@example.com>: no" },
		{ "550 joe.doe+x@example.com no", 99, "550 *@example.com no" },
		{ "\"joe doe\"@example.com", 99, "*@example.com" },
		{ "a@b c@d", 99, "*@b *@d" },
		{ "a@b@c", 99, "*@*@c" },
		{ "@example.com", 99, "@example.com" },
		{ "a\x01", 99, "a\\x01" },
		{ "abcdef", 3, "abc..." },
		{ "no <joe@example.com>", 6, "no <..." },
		{ "", 3, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes in = guarded(bytes_str(rows[i].in));
		struct text text = { 0 };

		observation_text(&text, in, rows[i].max);
		assert_row_string(rows[i].in, text.s, rows[i].want);
		text_free(&text);
		guarded_free(in);
	}
}

static void lists(void **state)
{
	struct observations all = { 0 };

	(void)state;
	assert_null(observations_find(&all, OBS_KEYWORD_MASKED));
	observe(&all, OBS_KEYWORD_MASKED, SERVER, 7, BYTES("250-XXXXXXXA"));
	observe(&all, OBS_KEYWORD_MASKED, SERVER, 8, BYTES("250-XXXXXXXA"));
	assert_int_equal(all.n, 1);
	assert_int_equal(all.list[0].time, 7);
	observe(&all, OBS_KEYWORD_MASKED, CLIENT, 8, BYTES("250-XXXXXXXA"));
	assert_int_equal(all.n, 2);
	for (int i = 0; i < 100; i++)
		observe_text(&all, OBS_REPLY_UNEXPECTED, SERVER, 9, "%d", i);
	assert_int_equal(all.n, OBSERVATIONS_MAX);
	assert_int_equal(all.refused, 100 - (OBSERVATIONS_MAX - 2));
	/* Many of one kind do not hide the first of another. */
	observe_text(&all, OBS_STARTTLS_REFUSED, SERVER, 9, "454");
	assert_string_equal(observations_find(&all, OBS_STARTTLS_REFUSED)->text, "454");
	observations_free(&all);
	assert_int_equal(all.n, 0);
	assert_string_equal(observation_name(OBS_COMMAND_ECHO), "OBS_COMMAND_ECHO");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests_name("observation", tests, NULL, NULL);
}
