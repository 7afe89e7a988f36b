// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "evidence/policy_cache.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define DAY          86400
#define START        INT64_C(1780272000)

/* A store in a file, so that a second opening shows what is durable. */
struct house {
	char path[64];
	struct store *store;
	struct policy_cache *cache;
};

static void move_in(struct house *house)
{
	house->store = store_open(house->path);
	assert_non_null(house->store);
	house->cache = policy_cache_open(house->store);
	assert_non_null(house->cache);
}

static void move_out(struct house *house)
{
	policy_cache_close(house->cache);
	store_close(house->store);
}

static int set_up(void **state)
{
	struct house *house = calloc(1, sizeof(*house));

	strcpy(house->path, "/tmp/test_policy_cache.XXXXXX");
	assert_non_null(mkdtemp(house->path));
	strcat(house->path, "/db");
	move_in(house);
	*state = house;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct house *house = *state;
	char file[80];

	move_out(house);
	for (size_t i = 0; i < COUNT(ends); i++) {
		snprintf(file, sizeof(file), "%s%s", house->path, ends[i]);
		unlink(file);
	}
	*strrchr(house->path, '/') = '\0';
	assert_int_equal(rmdir(house->path), 0);
	free(house);
	return 0;
}

/* As after kill -9 and a new start: what is not in the store is lost. */
static void again(struct house *house)
{
	move_out(house);
	move_in(house);
}

#define POLICY(mode, age, mx) "version: STSv1\nmode: " mode "\nmax_age: " age "\n" mx
#define ENFORCED              POLICY("enforce", "604800", "mx: mx.a.example\n")
#define TESTED                POLICY("testing", "604800", "mx: mx.a.example\n")
#define GIVEN_UP              POLICY("none", "3600", "")
#define ELSEWHERE             POLICY("enforce", "604800", "mx: mx.evil.example\n")

/* What happens to the policy of a.example, at a time in days after the start. */
enum what { PUT, CONFIRM, FAIL };

struct event {
	enum what what;
	double day;
	const char *id, *text;     /* PUT */
	enum policy_change change; /* FAIL */
	bool refused;              /* the call says false */
};

#define PUTS(at, name, policy)                                                                     \
	{                                                                                          \
		.what = PUT, .day = (at), .id = (name), .text = (policy)                           \
	}
#define BAD(at)                                                                                    \
	{                                                                                          \
		.what = PUT, .day = (at), .text = "version: STSv1\n", .refused = true              \
	}
#define SAME(at)                                                                                   \
	{                                                                                          \
		.what = CONFIRM, .day = (at)                                                       \
	}
#define LATE(at)                                                                                   \
	{                                                                                          \
		.what = CONFIRM, .day = (at), .refused = true                                      \
	}
#define FAILS(at, how)                                                                             \
	{                                                                                          \
		.what = FAIL, .day = (at), .change = (how)                                         \
	}

#define EVENTS 5

/*
 * The rows of RFC 8461 2, 3.3, 5.1, 8.3 and 10.2: what a cache holds after what happened, and
 * whether it may be applied.
 */
static const struct {
	const char *name;
	struct event events[EVENTS];
	double day; /* when it is looked at */
	const char *id;
	enum policy_mode mode;
	bool in_force;
	enum policy_change change;
	unsigned int failures;
} semantics[] = {
	{ "fetched", { PUTS(0, "1", ENFORCED) }, 1, "1", POLICY_ENFORCE, true, 0, 0 },
	{ "in force to the last second", { PUTS(0, "1", ENFORCED) }, 6.9999, "1", POLICY_ENFORCE,
		true, 0, 0 },
	{ "expired", { PUTS(0, "1", ENFORCED) }, 7, "1", POLICY_ENFORCE, false, 0, 0 },
	{ "an unchanged id begins its time anew", { PUTS(0, "1", ENFORCED), SAME(6) }, 12.9, "1",
		POLICY_ENFORCE, true, 0, 0 },
	{ "an expired one must be fetched", { PUTS(0, "1", ENFORCED), LATE(7) }, 7.1, "1",
		POLICY_ENFORCE, false, 0, 0 },
	{ "a failed fetch keeps it", { PUTS(0, "1", ENFORCED), FAILS(6, POLICY_HIDDEN) }, 6.9, "1",
		POLICY_ENFORCE, true, POLICY_HIDDEN, 1 },
	{ "it does not make it live longer", { PUTS(0, "1", ENFORCED), FAILS(6, POLICY_HIDDEN) }, 7,
		"1", POLICY_ENFORCE, false, 0, 1 },
	{ "a missing record keeps it", { PUTS(0, "1", ENFORCED), FAILS(1, POLICY_RECORD_GONE) },
		6.9, "1", POLICY_ENFORCE, true, POLICY_RECORD_GONE, 1 },
	{ "a failure of our own is no sign", { PUTS(0, "1", ENFORCED), FAILS(1, POLICY_UNCHANGED) },
		2, "1", POLICY_ENFORCE, true, 0, 1 },
	{ "an invalid text keeps it", { PUTS(0, "1", ENFORCED), BAD(1) }, 2, "1", POLICY_ENFORCE,
		true, 0, 0 },
	{ "failures in a row",
		{ PUTS(0, "1", ENFORCED), FAILS(1, POLICY_HIDDEN), FAILS(2, POLICY_HIDDEN),
			FAILS(3, POLICY_HIDDEN) },
		4, "1", POLICY_ENFORCE, true, POLICY_HIDDEN, 3 },
	{ "a good look ends them", { PUTS(0, "1", ENFORCED), FAILS(1, POLICY_HIDDEN), SAME(2) }, 3,
		"1", POLICY_ENFORCE, true, 0, 0 },
	{ "so does a fetch",
		{ PUTS(0, "1", ENFORCED), FAILS(1, POLICY_HIDDEN), PUTS(2, "2", ENFORCED) }, 3, "2",
		POLICY_ENFORCE, true, 0, 0 },
	{ "a new id replaces", { PUTS(0, "1", TESTED), PUTS(1, "2", ENFORCED) }, 2, "2",
		POLICY_ENFORCE, true, 0, 0 },
	{ "enforce to testing", { PUTS(0, "1", ENFORCED), PUTS(1, "2", TESTED) }, 2, "2",
		POLICY_TESTING, true, POLICY_WEAKENED, 0 },
	{ "enforce to none", { PUTS(0, "1", ENFORCED), PUTS(1, "2", GIVEN_UP) }, 2, "2",
		POLICY_NONE, false, POLICY_WEAKENED, 0 },
	{ "of note until the promise would have ended",
		{ PUTS(0, "1", ENFORCED), PUTS(1, "2", TESTED) }, 7, "2", POLICY_TESTING, true, 0,
		0 },
	{ "weakened after its time", { PUTS(0, "1", ENFORCED), PUTS(7, "2", TESTED) }, 7.5, "2",
		POLICY_TESTING, true, 0, 0 },
	{ "two steps down",
		{ PUTS(0, "1", ENFORCED), PUTS(1, "2", TESTED), PUTS(2, "3", GIVEN_UP) }, 3, "3",
		POLICY_NONE, false, POLICY_WEAKENED, 0 },
	{ "given back", { PUTS(0, "1", ENFORCED), PUTS(1, "2", TESTED), PUTS(2, "3", ENFORCED) }, 3,
		"3", POLICY_ENFORCE, true, 0, 0 },
	{ "a confirmation does not hide a weakening",
		{ PUTS(0, "1", ENFORCED), PUTS(1, "2", TESTED), SAME(2) }, 3, "2", POLICY_TESTING,
		true, POLICY_WEAKENED, 0 },
	{ "nor does a failure",
		{ PUTS(0, "1", ENFORCED), PUTS(1, "2", TESTED), FAILS(2, POLICY_HIDDEN) }, 3, "2",
		POLICY_TESTING, true, POLICY_WEAKENED, 1 },
	{ "other mail servers", { PUTS(0, "1", ENFORCED), PUTS(1, "2", ELSEWHERE) }, 2, "2",
		POLICY_ENFORCE, true, POLICY_MX_REPLACED, 0 },
	{ "testing promised nothing", { PUTS(0, "1", TESTED), PUTS(1, "2", GIVEN_UP) }, 1.01, "2",
		POLICY_NONE, false, 0, 0 },
	{ "mode none is not missed", { PUTS(0, "1", GIVEN_UP), FAILS(0.01, POLICY_RECORD_GONE) },
		0.02, "1", POLICY_NONE, false, 0, 1 },
	{ "nothing is missed after its time",
		{ PUTS(0, "1", ENFORCED), FAILS(8, POLICY_RECORD_GONE) }, 9, "1", POLICY_ENFORCE,
		false, 0, 1 },
	{ "no lifetime", { PUTS(0, "1", POLICY("enforce", "0", "mx: a.example\n")) }, 0, "1",
		POLICY_ENFORCE, false, 0, 0 },
	{ "the longest lifetime",
		{ PUTS(0, "1", POLICY("enforce", "31557600", "mx: a.example\n")) }, 365.2, "1",
		POLICY_ENFORCE, true, 0, 0 },
};

static int64_t at(double day)
{
	return START + (int64_t)(day * DAY);
}

static bool happens(struct policy_cache *cache, const struct event *event)
{
	if (event->what == CONFIRM)
		return policy_cache_confirm(cache, "a.example", at(event->day));
	if (event->what == FAIL)
		return policy_cache_fail(
			cache, "a.example", event->change, "timeout", at(event->day));
	return policy_cache_put(cache, "a.example", event->id, bytes_str(event->text), "fetch",
		at(event->day), NULL);
}

static void keeps_to_the_rfc(void **state)
{
	for (size_t i = 0; i < COUNT(semantics); i++) {
		const char *name = semantics[i].name;
		struct house *house = *state;
		const struct cached_policy *policy;

		for (size_t j = 0; j < EVENTS; j++) {
			const struct event *event = &semantics[i].events[j];

			if (j && event->day == 0)
				break;
			assert_row_int(name, happens(house->cache, event), !event->refused);
			/* Each step must hold through a crash. */
			again(house);
		}
		policy = policy_cache_get(house->cache, "a.example");
		assert_row(name, policy != NULL);
		assert_row_string(name, policy->id, semantics[i].id);
		assert_row_int(name, policy->policy.mode, semantics[i].mode);
		assert_row_int(name, cached_policy_in_force(policy, at(semantics[i].day)),
			semantics[i].in_force);
		assert_row_string(name,
			policy_change_name(cached_policy_change(policy, at(semantics[i].day))),
			policy_change_name(semantics[i].change));
		assert_row_int(name, policy->failures, semantics[i].failures);
		assert_row_int(name, policy->error != NULL, semantics[i].failures > 0);
		assert_true(policy_cache_remove(house->cache, "a.example"));
	}
}

static void is_due_in_time(void **state)
{
	struct house *house = *state;
	const struct cached_policy *policy;
	int64_t now = START;

	assert_null(policy_cache_due(house->cache));
	assert_true(policy_cache_put(
		house->cache, "a.example", "1", bytes_str(ENFORCED), "fetch", now, NULL));
	assert_true(policy_cache_put(house->cache, "b.example", "1",
		bytes_str(POLICY("enforce", "3600", "mx: mx.b.example\n")), "fetch", now, NULL));
	policy = policy_cache_due(house->cache);
	assert_string_equal(policy->domain, "b.example");
	assert_in_range(policy->refresh_at - now, 1080, 2160);
	/* A try that is under way lets the next one come forward, and is forgotten with the
	 * program. */
	now = policy->refresh_at;
	policy_cache_begun(house->cache, "b.example", now);
	assert_true(policy_cache_get(house->cache, "b.example")->refresh_at > now);
	policy_cache_begun(house->cache, "b.example", now + 90000);
	assert_string_equal(policy_cache_due(house->cache)->domain, "a.example");
	again(house);
	assert_string_equal(policy_cache_due(house->cache)->domain, "b.example");
	assert_true(policy_cache_due(house->cache)->refresh_at == now);
	assert_true(policy_cache_fail(house->cache, "b.example", POLICY_HIDDEN, "x", now));
	policy = policy_cache_due(house->cache);
	assert_in_range(policy->refresh_at - now, 300, 375);
	assert_true(policy_cache_hurry(house->cache, NULL, now));
	assert_true(policy_cache_due(house->cache)->refresh_at == now);
	assert_true(policy_cache_get(house->cache, "a.example")->refresh_at == now);
}

static bool note_version(void *context, const struct policy_version *version)
{
	struct text *text = context;

	text_printf(text, "%s:%d:%d:%c ", version->id ? version->id : "-",
		(int)((version->fetched - START) / DAY), (int)((version->replaced - START) / DAY),
		version->text[strlen("version: STSv1\nmode: ")]);
	return text->n < 1000;
}

static void remembers_every_version(void **state)
{
	struct house *house = *state;
	struct text text = { 0 };

	policy_cache_put(house->cache, "a.example", "1", bytes_str(TESTED), "fetch", START, NULL);
	/* The same again is no other version. */
	policy_cache_put(house->cache, "a.example", "1", bytes_str(TESTED), "fetch", at(1), NULL);
	policy_cache_put(house->cache, "a.example", "2", bytes_str(ENFORCED), "fetch", at(2), NULL);
	policy_cache_put(house->cache, "a.example", "3", bytes_str(ENFORCED), "fetch", at(3), NULL);
	policy_cache_put(house->cache, "b.example", "9", bytes_str(TESTED), "fetch", at(4), NULL);
	policy_cache_put(house->cache, "a.example", "4", bytes_str(GIVEN_UP), "fetch", at(5), NULL);
	again(house);
	policy_cache_history(house->cache, "a.example", note_version, &text);
	assert_string_equal(text.s, "3:3:5:e 2:2:3:e 1:1:2:t ");
	text_reset(&text);
	text_puts(&text, "");
	policy_cache_remove(house->cache, "a.example");
	policy_cache_history(house->cache, "a.example", note_version, &text);
	assert_int_equal(text.n, 0);
	text_free(&text);
}

static bool count_version(void *context, const struct policy_version *version)
{
	int *n = context;

	(void)version;
	++*n;
	return true;
}

static void versions_are_bounded(void **state)
{
	struct house *house = *state;
	char id[16];
	int n = 0;

	for (int i = 0; i < POLICY_VERSIONS_MAX + 20; i++) {
		snprintf(id, sizeof(id), "%d", i);
		assert_true(policy_cache_put(house->cache, "a.example", id, bytes_str(ENFORCED),
			"fetch", START + i, NULL));
	}
	policy_cache_history(house->cache, "a.example", count_version, &n);
	assert_in_range(n, POLICY_VERSIONS_MAX, POLICY_VERSIONS_MAX + 1);
}

static void put_with(struct policy_cache *cache, const char *domain, const char *mx)
{
	struct text text = { 0 };

	text_printf(&text, POLICY("enforce", "86400", "%s"), mx);
	assert_true(policy_cache_put(
		cache, domain, "1", bytes_of(text.s, text.n), "fetch", START, NULL));
	text_free(&text);
}

/* The domains whose policies @mx matches, in their order. */
static char *matching(struct policy_cache *cache, const char *mx, size_t max, size_t *count)
{
	const struct cached_policy *found[8];
	struct text text = { 0 };

	assert_true(max <= COUNT(found));
	*count = policy_cache_matching(cache, mx, found, max);
	for (size_t i = 0; i < max && i < *count; i++)
		text_printf(&text, "%s%c", i ? " " : "", found[i]->domain[0]);
	text_puts(&text, "");
	return text.s ? text.s : strdup("");
}

static void is_found_by_mx(void **state)
{
	static const struct {
		const char *mx, *want;
	} rows[] = {
		{ "mx.a.example", "a b c" },
		{ "mx2.a.example", "b c" },
		{ "a.example", "" },
		{ "x.mx.a.example", "" },
		{ "mx.d.example", "d" },
		{ "", "" },
		{ ".a.example", "" },
		{ "*.a.example", "b c" },
	};
	struct house *house = *state;
	size_t count;
	char *got;

	put_with(house->cache, "d.example", "mx: mx.d.example\n");
	put_with(house->cache, "b.example", "mx: *.a.example\nmx: mx.a.example\nmx: *.a.example\n");
	put_with(house->cache, "c.example", "mx: x.example\nmx: *.a.example\n");
	put_with(house->cache, "a.example", "mx: mx.a.example\n");
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < COUNT(rows); i++) {
			got = matching(house->cache, rows[i].mx, 8, &count);
			assert_row_string(rows[i].mx, got, rows[i].want);
			assert_row_int(rows[i].mx, count, (strlen(rows[i].want) + 1) / 2);
			free(got);
		}
		again(house);
	}
	got = matching(house->cache, "mx.a.example", 2, &count);
	assert_string_equal(got, "a b");
	assert_int_equal(count, 3);
	free(got);
	/* A pattern that went is not found any more. */
	put_with(house->cache, "b.example", "mx: mx.b.example\n");
	policy_cache_remove(house->cache, "c.example");
	got = matching(house->cache, "mx.a.example", 8, &count);
	assert_string_equal(got, "a");
	free(got);
}

static void walks_in_order(void **state)
{
	static const char *const domains[] = { "m.example", "a.example", "z.example", "b.example" };
	struct house *house = *state;
	const struct cached_policy *policy = NULL;
	struct text text = { 0 };

	for (size_t i = 0; i < COUNT(domains); i++)
		put_with(house->cache, domains[i], "mx: a.example\n");
	policy_cache_remove(house->cache, "m.example");
	while ((policy = policy_cache_next(house->cache, policy)))
		text_printf(&text, "%c", policy->domain[0]);
	assert_string_equal(text.s, "abz");
	assert_int_equal(policy_cache_count(house->cache), 3);
	text_free(&text);
}

/* Two programs with one store: what one changes, the other takes over when it is asked to. */
static void follows_other_programs(void **state)
{
	struct house *house = *state, other = *house;

	put_with(house->cache, "a.example", "mx: mx.a.example\n");
	put_with(house->cache, "b.example", "mx: mx.b.example\n");
	move_in(&other);
	put_with(other.cache, "a.example", "mx: mx.new.example\n");
	put_with(other.cache, "c.example", "mx: mx.c.example\n");
	assert_true(policy_cache_remove(other.cache, "b.example"));
	assert_string_equal(
		policy_cache_get(house->cache, "a.example")->policy.mx[0], "mx.a.example");
	assert_true(policy_cache_sync(house->cache));
	assert_string_equal(
		policy_cache_get(house->cache, "a.example")->policy.mx[0], "mx.new.example");
	assert_null(policy_cache_get(house->cache, "b.example"));
	assert_non_null(policy_cache_get(house->cache, "c.example"));
	assert_int_equal(policy_cache_count(house->cache), 2);
	assert_true(policy_cache_hurry(other.cache, "c.example", START));
	assert_true(policy_cache_sync(house->cache));
	assert_string_equal(policy_cache_due(house->cache)->domain, "c.example");
	assert_true(policy_cache_due(house->cache)->refresh_at == START);
	move_out(&other);
}

/* An attacker who takes a record away must wait for the policy's end; after it, it may go. */
static void what_is_long_over_is_forgotten(void **state)
{
	struct house *house = *state;

	put_with(house->cache, "a.example", "mx: mx.a.example\n");
	assert_true(policy_cache_fail(house->cache, "a.example", POLICY_RECORD_GONE, "no record",
		at(1) + POLICY_FORGOTTEN_AFTER - 1));
	assert_non_null(policy_cache_get(house->cache, "a.example"));
	assert_true(policy_cache_fail(house->cache, "a.example", POLICY_RECORD_GONE, "no record",
		at(1) + POLICY_FORGOTTEN_AFTER));
	assert_null(policy_cache_get(house->cache, "a.example"));
	assert_null(policy_cache_due(house->cache));
}

static void imports(void **state)
{
	struct house *house = *state;
	const struct cached_policy *policy;
	struct bytes text = bytes_str(ENFORCED);

	/* Fetched by somebody else a while ago: its time has run since then. */
	assert_true(policy_cache_import(
		house->cache, "a.example", NULL, text, "import:x", START, at(3), NULL));
	policy = policy_cache_get(house->cache, "a.example");
	assert_null(policy->id);
	assert_true(policy->expires == at(7));
	assert_in_range(policy->refresh_at - at(3), 0, 300);
	/* The id becomes known; who does not know it later does not take it away. */
	assert_true(policy_cache_import(
		house->cache, "a.example", "7", text, "import:y", at(1), at(3), NULL));
	assert_true(policy_cache_import(
		house->cache, "a.example", NULL, text, "import:z", at(2), at(3), NULL));
	policy = policy_cache_get(house->cache, "a.example");
	assert_string_equal(policy->id, "7");
	assert_true(policy->fetched == at(2));
	/* Older than ours. */
	assert_true(policy_cache_import(house->cache, "a.example", "0", bytes_str(TESTED),
		"import:old", at(1), at(3), NULL));
	policy = policy_cache_get(house->cache, "a.example");
	assert_int_equal(policy->policy.mode, POLICY_ENFORCE);
	assert_string_equal(policy->source, "import:z");
}

/* Of the same text it is known when it was first met, whoever opens the database. */
static void a_text_has_a_beginning(void **state)
{
	struct house *house = *state;
	struct bytes enforced = bytes_str(ENFORCED), tested = bytes_str(TESTED);
	struct policy_cache *other;

	assert_true(policy_cache_put(house->cache, "a.example", "1", enforced, "fetch", START, NULL));
	assert_true(policy_cache_confirm(house->cache, "a.example", at(1)));
	assert_true(policy_cache_put(house->cache, "a.example", "2", enforced, "fetch", at(2), NULL));
	other = policy_cache_open(house->store);
	assert_non_null(other);
	assert_int_equal(policy_cache_get(other, "a.example")->since, START);
	assert_int_equal(policy_cache_get(other, "a.example")->fetched, at(2));
	policy_cache_close(other);
	assert_true(policy_cache_put(house->cache, "a.example", "3", tested, "fetch", at(3), NULL));
	assert_int_equal(policy_cache_get(house->cache, "a.example")->since, at(3));
}

static void says_why_a_text_is_refused(void **state)
{
	struct house *house = *state;
	struct text why = { 0 };

	assert_false(policy_cache_put(
		house->cache, "a.example", "1", bytes_str("<html>"), "fetch", START, &why));
	assert_string_equal(why.s, "1: line \"<html>\" has no colon");
	assert_null(policy_cache_get(house->cache, "a.example"));
	assert_false(policy_cache_confirm(house->cache, "a.example", START));
	assert_false(policy_cache_fail(house->cache, "a.example", POLICY_HIDDEN, "x", START));
	assert_false(policy_cache_remove(house->cache, "a.example"));
	text_free(&why);
}

/* A transaction of the caller: many at once, or none. */
static void many_in_one_transaction(void **state)
{
	struct house *house = *state;

	assert_true(store_begin(house->store));
	put_with(house->cache, "a.example", "mx: mx.a.example\n");
	put_with(house->cache, "b.example", "mx: mx.b.example\n");
	store_rollback(house->store);
	assert_true(policy_cache_reload(house->cache));
	assert_int_equal(policy_cache_count(house->cache), 0);
	assert_null(policy_cache_due(house->cache));
	again(house);
	assert_int_equal(policy_cache_count(house->cache), 0);
	assert_true(store_begin(house->store));
	put_with(house->cache, "a.example", "mx: mx.a.example\n");
	put_with(house->cache, "b.example", "mx: mx.b.example\n");
	assert_true(store_commit(house->store));
	again(house);
	assert_int_equal(policy_cache_count(house->cache), 2);
}

/* A row that somebody has spoiled is left out, and the others are not. */
static void spoiled_rows(void **state)
{
	struct house *house = *state;

	put_with(house->cache, "a.example", "mx: mx.a.example\n");
	put_with(house->cache, "b.example", "mx: mx.b.example\n");
	assert_true(store_execute(house->store,
		"UPDATE policies SET text = 'rubbish' WHERE domain = 'a.example';"
		"UPDATE policies SET change = -5, before = 99, failures = -1,"
		" fetched = 9223372036854775807, refresh_at = -9223372036854775808"
		" WHERE domain = 'b.example'"));
	again(house);
	assert_null(policy_cache_get(house->cache, "a.example"));
	assert_int_equal(policy_cache_get(house->cache, "b.example")->change, POLICY_UNCHANGED);
	assert_int_equal(policy_cache_get(house->cache, "b.example")->before, POLICY_NONE);
	/* A fetch mends it. */
	put_with(house->cache, "a.example", "mx: mx.a.example\n");
	again(house);
	assert_non_null(policy_cache_get(house->cache, "a.example"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_to_the_rfc),
		TEST(is_due_in_time),
		TEST(remembers_every_version),
		TEST(versions_are_bounded),
		TEST(is_found_by_mx),
		TEST(walks_in_order),
		TEST(follows_other_programs),
		TEST(what_is_long_over_is_forgotten),
		TEST(imports),
		TEST(a_text_has_a_beginning),
		TEST(says_why_a_text_is_refused),
		TEST(many_in_one_transaction),
		TEST(spoiled_rows),
	};

	return cmocka_run_group_tests_name("policy_cache", tests, NULL, NULL);
}
