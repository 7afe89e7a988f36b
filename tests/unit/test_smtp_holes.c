// SPDX-License-Identifier: BSD-2-Clause
/*
 * The same dialogues as in test_smtp.c, with bytes missing: each step in turn, or one side.
 * Whatever is hidden, nothing may be concluded that the whole dialogue does not bear out.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "dialogue.h"
#include "smtp_rows.h"

/* What comes out of seeing less, not of what was said. */
static bool is_about_seeing(enum observation_kind kind)
{
	/* A command that was not seen makes its reply one without a command... */
	return kind == OBS_REPLY_UNEXPECTED ||
	       /* ...and a line of the list that was not seen makes room for a doubt. */
	       kind == OBS_KEYWORD_MASKED || kind == OBS_KEYWORD_MASKED_OTHER;
}

static const char *new_observation(const struct run *whole, const struct run *part)
{
	for (size_t i = 0; i < part->observations.n; i++) {
		enum observation_kind kind = part->observations.list[i].kind;

		if (!is_about_seeing(kind) && !observations_find(&whole->observations, kind))
			return observation_name(kind);
	}
	return NULL;
}

/* What is asked twice has two answers: hiding one leaves the other's. */
static bool is_twice(const char *dialogue, const char *what)
{
	const char *first = strstr(dialogue, what);

	return first && strstr(first + 1, what);
}

static const char *offer_wrong(const struct smtp_facts *whole, const struct smtp_facts *part)
{
	if (part->offer == whole->offer || part->offer == OFFER_UNKNOWN)
		return NULL;
	return smtp_offer_name(part->offer);
}

/* What the part says that the whole does not; NULL: nothing. */
static const char *wrong_statement(
	const struct smtp_row *row, const struct run *whole, const struct run *part)
{
	const char *wrong = new_observation(whole, part);

	if (!wrong && !is_twice(row->dialogue, "250-mx"))
		wrong = offer_wrong(&whole->facts, &part->facts);
	if (!wrong && part->facts.cleartext_mail && !whole->facts.cleartext_mail)
		wrong = "clear mail";
	if (!wrong && part->facts.starttls_requested && !whole->facts.starttls_requested)
		wrong = "a request";
	if (!wrong && part->facts.starttls_reply_code && !is_twice(row->dialogue, "C: STARTTLS") &&
		part->facts.starttls_reply_code != whole->facts.starttls_reply_code)
		wrong = "an answer";
	return wrong;
}

/*
 * Content that looks like a command, right behind a gap, is taken for one: of such dialogues only
 * the offer is checked.
 */
static size_t check_part(
	const struct smtp_row *row, const struct run *whole, const struct telling *telling)
{
	bool is_odd = row >= odd && row < odd + sizeof(odd) / sizeof(*odd);
	const char *wrong;
	struct run part;

	dialogue_run(&part, row->dialogue, telling);
	wrong = is_odd ? offer_wrong(&whole->facts, &part.facts)
		       : wrong_statement(row, whole, &part);
	if (wrong)
		print_error("row \"%s\", without %s%s, step %d, pieces of %zu: %s\n", row->name,
			telling->without[CLIENT] ? "client" : "",
			telling->without[SERVER] ? "server" : "", telling->gap_at, telling->piece,
			wrong);
	dialogue_free(&part);
	return wrong != NULL;
}

static size_t check_row(const struct smtp_row *row, bool midstream)
{
	static const size_t pieces[] = { 0, 1, 7 };
	struct telling telling = { .midstream = midstream, .gap_at = -1 };
	size_t bad = 0;
	struct run whole;

	dialogue_run(&whole, row->dialogue, &telling);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		struct telling part = { .piece = pieces[i], .midstream = midstream };

		for (; part.gap_at < dialogue_steps(row->dialogue); part.gap_at++)
			bad += check_part(row, &whole, &part);
		part.gap_at = -1;
		for (int side = CLIENT; side <= SERVER; side++) {
			part.without[side] = true;
			bad += check_part(row, &whole, &part);
			part.without[side] = false;
		}
		part.midstream = true;
		bad += check_part(row, &whole, &part);
	}
	dialogue_free(&whole);
	return bad;
}

#define CHECK(rows, midstream)                                                                     \
	do {                                                                                       \
		size_t bad = 0;                                                                    \
		for (size_t i = 0; i < sizeof(rows) / sizeof(*(rows)); i++)                        \
			bad += check_row(&(rows)[i], midstream);                                   \
		assert_int_equal(bad, 0);                                                          \
	} while (0)

static void holes_in_ordinary(void **state)
{
	(void)state;
	CHECK(ordinary, false);
}

static void holes_in_starttls(void **state)
{
	(void)state;
	CHECK(starttls, false);
}

static void holes_in_tampering(void **state)
{
	(void)state;
	CHECK(tampering, false);
}

static void holes_in_mail(void **state)
{
	(void)state;
	CHECK(mail, false);
}

static void holes_in_partial(void **state)
{
	(void)state;
	CHECK(partial, false);
}

static void holes_in_odd(void **state)
{
	(void)state;
	CHECK(odd, false);
}

static void holes_in_late(void **state)
{
	(void)state;
	CHECK(late, true);
}

static void holes_in_foreign(void **state)
{
	(void)state;
	CHECK(foreign, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holes_in_ordinary),
		cmocka_unit_test(holes_in_starttls),
		cmocka_unit_test(holes_in_tampering),
		cmocka_unit_test(holes_in_mail),
		cmocka_unit_test(holes_in_partial),
		cmocka_unit_test(holes_in_late),
		cmocka_unit_test(holes_in_foreign),
		cmocka_unit_test(holes_in_odd),
	};

	return cmocka_run_group_tests_name("smtp holes", tests, NULL, NULL);
}
