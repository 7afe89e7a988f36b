// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdlib.h>

#include "evidence/due.h"
#include "evidence/policy_plan.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define MINUTE       60
#define HOUR         3600
#define DAY          86400

static void refreshes_well_before_the_end(void **state)
{
	static const struct {
		const char *name;
		uint32_t max_age;
		int64_t low, high;
	} rows[] = {
		{ "the longest: daily, spread over half a day", STS_MAX_AGE_MAX, DAY / 2, DAY },
		{ "a week", 7 * DAY, DAY / 2, DAY },
		{ "a day: 30 to 60 per cent", DAY, DAY * 3 / 10, DAY * 6 / 10 },
		{ "an hour", HOUR, 18 * MINUTE, 36 * MINUTE },
		{ "20 minutes: five minutes at least", 20 * MINUTE, 6 * MINUTE, 12 * MINUTE },
		{ "too short to be kept in force", 10 * MINUTE, HOUR / 2, HOUR },
		{ "none at all", 0, HOUR / 2, HOUR },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t least = INT64_MAX, most = 0;

		for (uint64_t chance = 0; chance < 200000; chance++) {
			int64_t wait = plan_refresh(rows[i].max_age, chance);

			least = wait < least ? wait : least;
			most = wait > most ? wait : most;
		}
		assert_row_int(rows[i].name, least, rows[i].low);
		assert_row_int(rows[i].name, most, rows[i].high);
		assert_row(rows[i].name, plan_refresh(rows[i].max_age, UINT64_MAX) <= rows[i].high);
	}
}

static void backs_off(void **state)
{
	static const struct {
		const char *name;
		unsigned int failures;
		int64_t low, high;
	} rows[] = {
		{ "the first", 1, 300, 375 },
		{ "the second", 2, 600, 750 },
		{ "the fifth", 5, 4800, 6000 },
		{ "a day at most", 10, DAY, DAY },
		{ "for ever", UINT32_MAX, DAY, DAY },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (uint64_t chance = 0; chance < 10000; chance++) {
			int64_t wait = plan_retry(rows[i].failures, chance);

			assert_row(rows[i].name, wait >= rows[i].low && wait <= rows[i].high);
		}
		assert_row_int(rows[i].name, plan_retry(rows[i].failures, 0), rows[i].low);
	}
}

static struct sts_policy policy_of(enum policy_mode mode, const char *mx)
{
	static const char *const names[] = { "none", "testing", "enforce" };
	struct sts_policy policy;
	struct text text = { 0 };

	text_printf(&text, "version: STSv1\nmode: %s\nmax_age: 86400\n%s", names[mode], mx);
	assert_true(sts_policy_parse(bytes_of(text.s, text.n), &policy, NULL));
	text_free(&text);
	return policy;
}

static void tells_what_became_worse(void **state)
{
	static const struct {
		const char *name;
		enum policy_mode before;
		const char *before_mx;
		enum policy_mode after;
		const char *after_mx;
		enum policy_change want;
	} rows[] = {
		{ "nothing", POLICY_ENFORCE, "mx: a.example\n", POLICY_ENFORCE, "mx: a.example\n",
			POLICY_UNCHANGED },
		{ "enforce to testing", POLICY_ENFORCE, "mx: a.example\n", POLICY_TESTING,
			"mx: a.example\n", POLICY_WEAKENED },
		{ "enforce to none", POLICY_ENFORCE, "mx: a.example\n", POLICY_NONE, "",
			POLICY_WEAKENED },
		{ "both counts as the worse", POLICY_ENFORCE, "mx: a.example\n", POLICY_TESTING,
			"mx: b.example\n", POLICY_WEAKENED },
		{ "testing to enforce", POLICY_TESTING, "mx: a.example\n", POLICY_ENFORCE,
			"mx: a.example\n", POLICY_UNCHANGED },
		{ "testing promised nothing", POLICY_TESTING, "mx: a.example\n", POLICY_NONE, "",
			POLICY_UNCHANGED },
		{ "all mx replaced", POLICY_ENFORCE, "mx: a.example\nmx: b.example\n",
			POLICY_ENFORCE, "mx: c.example\n", POLICY_MX_REPLACED },
		{ "the same in testing", POLICY_TESTING, "mx: a.example\n", POLICY_TESTING,
			"mx: c.example\n", POLICY_MX_REPLACED },
		{ "one is left", POLICY_ENFORCE, "mx: a.example\nmx: b.example\n", POLICY_ENFORCE,
			"mx: c.example\nmx: b.example\n", POLICY_UNCHANGED },
		{ "a wildcard for a host", POLICY_ENFORCE, "mx: mx.a.example\n", POLICY_ENFORCE,
			"mx: *.a.example\n", POLICY_UNCHANGED },
		{ "a host out of a wildcard", POLICY_ENFORCE, "mx: *.a.example\n", POLICY_ENFORCE,
			"mx: mx.a.example\n", POLICY_UNCHANGED },
		{ "the wildcard of another", POLICY_ENFORCE, "mx: *.a.example\n", POLICY_ENFORCE,
			"mx: *.b.example\n", POLICY_MX_REPLACED },
		{ "from none", POLICY_NONE, "mx: a.example\n", POLICY_ENFORCE, "mx: b.example\n",
			POLICY_UNCHANGED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sts_policy before = policy_of(rows[i].before, rows[i].before_mx);
		struct sts_policy after = policy_of(rows[i].after, rows[i].after_mx);

		assert_row_int(rows[i].name, plan_compare(&before, &after), rows[i].want);
		sts_policy_fini(&before);
		sts_policy_fini(&after);
	}
}

/* Against the plain way: the least of all, after every change. */
static void the_first_due_is_the_least(void **state)
{
	enum { NODES = 50 };
	struct due nodes[NODES] = { 0 };
	struct due_heap heap = { 0 };
	unsigned int chance = 1;

	(void)state;
	assert_null(due_first(&heap));
	for (int step = 0; step < 20000; step++) {
		struct due *node = &nodes[rand_r(&chance) % NODES];
		const struct due *least = NULL;

		if (rand_r(&chance) % 3)
			due_put(&heap, node, rand_r(&chance) % 100);
		else
			due_remove(&heap, node);
		for (int i = 0; i < NODES; i++)
			if (nodes[i].place && (!least || nodes[i].at < least->at))
				least = &nodes[i];
		assert_int_equal(due_first(&heap) != NULL, least != NULL);
		if (least)
			assert_int_equal(due_first(&heap)->at, least->at);
	}
	while (due_first(&heap))
		due_remove(&heap, due_first(&heap));
	assert_int_equal(heap.n, 0);
	due_fini(&heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refreshes_well_before_the_end),
		cmocka_unit_test(backs_off),
		cmocka_unit_test(tells_what_became_worse),
		cmocka_unit_test(the_first_due_is_the_least),
	};

	return cmocka_run_group_tests_name("policy_plan", tests, NULL, NULL);
}
