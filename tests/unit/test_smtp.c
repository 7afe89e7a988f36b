// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "dialogue.h"
#include "smtp_rows.h"

static bool agrees(const struct smtp_row *row, const struct telling *telling)
{
	struct text out = { 0 };
	struct run run;
	bool same;

	dialogue_run(&run, row->dialogue, telling);
	dialogue_print(&run, &out);
	same = strcmp(out.s, row->want) == 0;
	if (!same)
		print_error("row \"%s\", pieces of %zu:\n  got  %s\n  want %s\n", row->name,
			telling->piece, out.s, row->want);
	text_free(&out);
	dialogue_free(&run);
	return same;
}

/* At every split: no row has a run longer than this. */
#define LONGEST_RUN 400

static bool agrees_in_pieces(const struct smtp_row *row, bool midstream)
{
	for (size_t piece = 0; piece <= LONGEST_RUN; piece += piece < 40 ? 1 : 23) {
		const struct telling telling = {
			.piece = piece, .midstream = midstream, .gap_at = -1
		};

		if (!agrees(row, &telling))
			return false;
	}
	return true;
}

static void check_rows(const struct smtp_row *rows, size_t n, bool midstream)
{
	size_t bad = 0;

	for (size_t i = 0; i < n; i++)
		bad += !agrees_in_pieces(&rows[i], midstream);
	assert_int_equal(bad, 0);
}

#define CHECK(rows, midstream) check_rows(rows, sizeof(rows) / sizeof(*(rows)), midstream)

static void test_ordinary(void **state)
{
	(void)state;
	CHECK(ordinary, false);
}

static void test_starttls(void **state)
{
	(void)state;
	CHECK(starttls, false);
}

static void test_tampering(void **state)
{
	(void)state;
	CHECK(tampering, false);
}

static void test_mail(void **state)
{
	(void)state;
	CHECK(mail, false);
}

static void test_partial(void **state)
{
	(void)state;
	CHECK(partial, false);
}

static void test_odd(void **state)
{
	(void)state;
	CHECK(odd, false);
}

static void test_late(void **state)
{
	(void)state;
	CHECK(late, true);
}

static void test_foreign(void **state)
{
	(void)state;
	CHECK(foreign, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ordinary),
		cmocka_unit_test(test_starttls),
		cmocka_unit_test(test_tampering),
		cmocka_unit_test(test_mail),
		cmocka_unit_test(test_partial),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests_name("smtp", tests, NULL, NULL);
}
