// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evidence/policy_import.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define START        INT64_C(1780272000)

struct house {
	char folder[64];
	struct store *store;
	struct policy_cache *cache;
	struct policy_imported imported;
	struct text errors;
};

static int set_up(void **state)
{
	struct house *house = calloc(1, sizeof(*house));

	strcpy(house->folder, "/tmp/test_policy_import.XXXXXX");
	assert_non_null(mkdtemp(house->folder));
	house->store = store_open(":memory:");
	house->cache = policy_cache_open(house->store);
	assert_non_null(house->cache);
	*state = house;
	return 0;
}

static int tear_down(void **state)
{
	struct house *house = *state;
	struct text command = { 0 };

	policy_cache_close(house->cache);
	store_close(house->store);
	text_printf(&command, "rm -r %s", house->folder);
	assert_int_equal(system(command.s), 0);
	text_free(&command);
	text_free(&house->errors);
	free(house);
	return 0;
}

static char *in_folder(const struct house *house, const char *name)
{
	struct text path = { 0 };

	text_printf(&path, "%s/%s", house->folder, name);
	return path.s;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static bool import(struct house *house, const char *path)
{
	text_reset(&house->errors);
	return policy_import(
		house->cache, house->store, path, START, &house->imported, &house->errors);
}

/* The tables as postfix-mta-sts-resolver 1.1.2 makes them, and rows as it writes them. */
static const char resolver_tables[] =
	"PRAGMA journal_mode = WAL;"
	"create table proactive_fetch_ts (id integer primary key, last_fetch_ts integer);"
	"create table sts_policy_cache (domain text, ts integer, pol_id text, pol_body text);"
	"create unique index sts_policy_domain on sts_policy_cache (domain);";

static const struct resolver_row {
	const char *name, *domain;
	int64_t ts;
	const char *id, *body;
	const char *text, *error; /* what is to come of it: one of them */
	const char *stored;       /* domain in the cache; NULL: the same */
} resolver_rows[] = {
	{ "enforce", "a.example", START - 60, "20260531T1",
		"{\"mx\": [\"mx1.a.example\", \"*.a.example\"], \"version\": \"STSv1\","
		" \"mode\": \"enforce\", \"max_age\": 86400}",
		"mx: mx1.a.example\nmx: *.a.example\nversion: STSv1\nmode: enforce\n"
		"max_age: 86400\n",
		NULL, NULL },
	{ "none, without mx", "b.example", START - 60, "1",
		"{\"mx\": [], \"version\": \"STSv1\", \"mode\": \"none\", \"max_age\": 60}",
		"version: STSv1\nmode: none\nmax_age: 60\n", NULL, NULL },
	{ "expired long ago, and an extension", "c.example", 1500000000, "1",
		"{\"mx\": [\"c.example\"], \"version\": \"STSv1\", \"mode\": \"testing\","
		" \"max_age\": 60, \"contact\": \"us\"}",
		"mx: c.example\nversion: STSv1\nmode: testing\nmax_age: 60\ncontact: us\n", NULL,
		NULL },
	{ "a name as the MTA passed it", "B\303\274cher.Example", START - 60, "1",
		"{\"mx\": [\"c.example\"], \"version\": \"STSv1\", \"mode\": \"testing\","
		" \"max_age\": 60}",
		"mx: c.example\nversion: STSv1\nmode: testing\nmax_age: 60\n", NULL,
		"xn--bcher-kva.example" },
	{ "no JSON", "d.example", START, "1", "{", NULL, "pol_body is not as expected", NULL },
	{ "no policy", "e.example", START, "1", "[]", NULL, "pol_body is not as expected", NULL },
	{ "mx is no list", "f.example", START, "1", "{\"mx\": \"a\"}", NULL,
		"pol_body is not as expected", NULL },
	{ "a line's end in a value", "g.example", START, "1",
		"{\"mx\": [\"a.example\\nmode: none\"], \"version\": \"STSv1\"}", NULL,
		"pol_body is not as expected", NULL },
	{ "a colon in a key", "h.example", START, "1", "{\"mode: none\\n\": \"x\"}", NULL,
		"pol_body is not as expected", NULL },
	{ "a mode that we don't know", "i.example", START, "1",
		"{\"mx\": [], \"version\": \"STSv1\", \"mode\": \"lax\", \"max_age\": 60}", NULL,
		"2: mode \"lax\" must be enforce, testing or none", NULL },
	{ "no domain", "[192.0.2.1]", START, "1", "{\"mx\": []}", NULL, "is no domain", NULL },
	{ "nothing", "j.example", START, NULL, NULL, NULL, "pol_body is not as expected", NULL },
};

static void write_resolver_row(sqlite3 *database, const struct resolver_row *row)
{
	sqlite3_stmt *statement;

	assert_int_equal(sqlite3_prepare_v2(database,
				 "insert into sts_policy_cache (domain, ts, pol_id, pol_body)"
				 " values (?, ?, ?, ?)",
				 -1, &statement, NULL),
		SQLITE_OK);
	sqlite3_bind_text(statement, 1, row->domain, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, row->ts);
	sqlite3_bind_text(statement, 3, row->id, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 4, row->body, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
	sqlite3_finalize(statement);
}

static void check_resolver_row(struct house *house, const char *path, size_t i)
{
	const struct resolver_row *row = &resolver_rows[i];
	const struct cached_policy *policy =
		policy_cache_get(house->cache, row->stored ? row->stored : row->domain);
	struct text want = { 0 };

	if (row->error) {
		char *domain = text_printable_string(bytes_str(row->domain), 80);

		text_printf(&want, "%s: row %zu (%s): %s\n", path, i + 1, domain, row->error);
		if (!strstr(house->errors.s, want.s))
			fail_msg("row \"%s\": no \"%s\"", row->name, want.s);
		assert_row(row->name, !policy);
		free(domain);
	} else {
		text_printf(&want, "import:%s", path);
		assert_row(row->name, policy != NULL);
		assert_row_string(row->name, policy->text, row->text);
		assert_row_string(row->name, policy->id, row->id);
		assert_row_string(row->name, policy->source, want.s);
		assert_row_int(row->name, policy->fetched, row->ts);
	}
	text_free(&want);
}

/* While the daemon has it open: its last rows are in the log and not in the file yet. */
static void reads_the_resolvers_cache(void **state)
{
	struct house *house = *state;
	char *path = in_folder(house, "cache.db");
	sqlite3 *database;
	size_t bad = 0;

	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, resolver_tables, NULL, NULL, NULL), SQLITE_OK);
	for (size_t i = 0; i < COUNT(resolver_rows); i++) {
		write_resolver_row(database, &resolver_rows[i]);
		bad += resolver_rows[i].error != NULL;
	}
	assert_true(import(house, path));
	for (size_t i = 0; i < COUNT(resolver_rows); i++)
		check_resolver_row(house, path, i);
	assert_int_equal(house->imported.bad, bad);
	assert_int_equal(house->imported.taken, COUNT(resolver_rows) - bad);
	/* And what was fetched since is not set back. */
	assert_true(policy_cache_put(house->cache, "a.example", "2",
		bytes_str("version: STSv1\nmode: none\nmax_age: 60\n"), "fetch", START, NULL));
	assert_true(import(house, path));
	assert_int_equal(house->imported.older, 1);
	assert_string_equal(policy_cache_get(house->cache, "a.example")->id, "2");
	sqlite3_close(database);
	free(path);
}

static void times_to_come_are_now(void **state)
{
	struct house *house = *state;
	struct resolver_row row = resolver_rows[0];
	char *path = in_folder(house, "cache.db");
	sqlite3 *database;

	row.ts = START + 86400 * 365;
	row.id = "not-an-id";
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, resolver_tables, NULL, NULL, NULL), SQLITE_OK);
	write_resolver_row(database, &row);
	sqlite3_close(database);
	assert_true(import(house, path));
	assert_true(policy_cache_get(house->cache, "a.example")->fetched == START);
	assert_null(policy_cache_get(house->cache, "a.example")->id);
	free(path);
}

static void make_database(const char *path)
{
	sqlite3 *database;

	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, "create table t (a)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(database);
}

static void make_torn(const char *path)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	for (int i = 0; i < 256; i++)
		fwrite("SQLite format 3", 1, 16, file);
	fclose(file);
}

static void make_broken_json(const char *path)
{
	write_file(path, "{\"version\": 1,\n \"policies\": [}\n");
}

static void make_other_json(const char *path)
{
	write_file(path, "{\"version\": 2, \"policies\": []}");
}

static void make_list(const char *path)
{
	write_file(path, "[]");
}

static void says_what_is_wrong(void **state)
{
	static const struct {
		const char *name;
		void (*make)(const char *path);
		const char *want;
	} rows[] = {
		{ "nowhere", NULL, "No such file or directory\n" },
		{ "another database", make_database,
			"is not a cache of postfix-mta-sts-resolver: no such table: "
			"sts_policy_cache\n" },
		{ "a torn database", make_torn,
			"is not a cache of postfix-mta-sts-resolver: file is not a database\n" },
		{ "broken JSON", make_broken_json, "2:15: unexpected token near '}'\n" },
		{ "another version", make_other_json,
			"is no export of policies: must have \"version\": 1 and \"policies\"\n" },
		{ "a list", make_list,
			"is no export of policies: must have \"version\": 1 and \"policies\"\n" },
	};
	struct house *house = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *path = in_folder(house, rows[i].name);
		struct text want = { 0 };

		if (rows[i].make)
			rows[i].make(path);
		assert_row(rows[i].name, !import(house, path));
		text_printf(&want, "%s:%s%s", path,
			rows[i].want[0] >= '0' && rows[i].want[0] <= '9' ? "" : " ", rows[i].want);
		assert_row_string(rows[i].name, house->errors.s, want.s);
		assert_row_int(rows[i].name, policy_cache_count(house->cache), 0);
		text_free(&want);
		free(path);
	}
}

static void reads_a_folder(void **state)
{
	static const char policy[] =
		"version: STSv1\r\nmode: enforce\r\nmax_age: 60\r\nmx: a.b\r\n";
	struct house *house = *state;
	char *good = in_folder(house, "A.Example.txt"), *bad = in_folder(house, "b.example.txt");
	char *name = in_folder(house, "no..name.txt"), *other = in_folder(house, "README");
	const struct timespec times[2] = { { .tv_sec = START - 9 }, { .tv_sec = START - 9 } };
	struct text want = { 0 };

	write_file(good, policy);
	write_file(bad, "version: STSv1\n");
	write_file(name, policy);
	write_file(other, "none");
	assert_int_equal(utimensat(AT_FDCWD, good, times, 0), 0);
	assert_true(import(house, house->folder));
	assert_int_equal(policy_cache_count(house->cache), 1);
	assert_string_equal(policy_cache_get(house->cache, "a.example")->text, policy);
	assert_string_equal(
		policy_cache_get(house->cache, "a.example")->source, "file:A.Example.txt");
	assert_true(policy_cache_get(house->cache, "a.example")->fetched == START - 9);
	text_printf(&want, "%s:1: mode is missing\n%s: is not named after a domain\n", bad, name);
	assert_string_equal(house->errors.s, want.s);
	text_free(&want);
	free(good);
	free(bad);
	free(name);
	free(other);
}

static void reads_json(void **state)
{
	struct house *house = *state;
	char *path = in_folder(house, "export.json");
	struct text want = { 0 };

	write_file(path, "{\"version\": 1, \"policies\": [\n"
			 "{\"domain\": \"a.example\", \"id\": \"1\", \"fetched\": 1780271999,"
			 " \"text\": \"version: STSv1\\nmode: none\\nmax_age: 60\\n\", \"source\": "
			 "\"fetch\"},\n"
			 "{\"domain\": \"b.example\", \"text\": 7, \"fetched\": 1},\n"
			 "{\"domain\": \"c.example\", \"text\": \"x\", \"fetched\": 1},\n"
			 "7]}");
	assert_true(import(house, path));
	text_printf(&want,
		"%s: policies[1] (b.example): must have domain and text (strings) and fetched "
		"(seconds)\n"
		"%s: policies[2] (c.example): 1: line \"x\" has no colon\n"
		"%s: policies[3]: must have domain and text (strings) and fetched (seconds)\n",
		path, path, path);
	assert_string_equal(house->errors.s, want.s);
	assert_int_equal(house->imported.taken, 1);
	assert_int_equal(house->imported.bad, 3);
	text_free(&want);
	free(path);
}

static void fill(struct policy_cache *cache)
{
	assert_true(policy_cache_put(cache, "a.example", "20260601",
		bytes_str("version: STSv1\r\nmode: enforce\r\nmax_age: 86400\r\nmx: *.a.example\r\n"
			  "note: \303\274 \"quoted\"\\\r\n"),
		"fetch", START - 5, NULL));
	assert_true(policy_cache_import(cache, "b.example", NULL,
		bytes_str("version: STSv1\nmode: none\nmax_age: 0"), "import:x", START - 99999,
		START, NULL));
}

/* All that counts, a line each. */
static char *told(struct policy_cache *cache, bool all)
{
	const struct cached_policy *policy = NULL;
	struct text text = { 0 };

	while ((policy = policy_cache_next(cache, policy)))
		text_printf(&text, "%s %s %s %lld\n%s\n", policy->domain,
			all && policy->id ? policy->id : "-", all ? policy->source : "-",
			(long long)policy->fetched, policy->text);
	return text.s;
}

/* What goes out comes in again, by either way; a folder knows no ids. */
static void there_and_back(void **state)
{
	struct house *house = *state, other = { 0 };
	char *json = in_folder(house, "out.json"), *folder = in_folder(house, "out");
	struct text text = { 0 };

	fill(house->cache);
	policy_export_json(house->cache, &text);
	write_file(json, text.s);
	assert_true(policy_export_folder(house->cache, folder, &house->errors));
	/* Again, over what is there. */
	assert_true(policy_export_folder(house->cache, folder, &house->errors));
	for (int with_ids = 0; with_ids < 2; with_ids++) {
		char *want = told(house->cache, with_ids), *got;

		other.store = store_open(":memory:");
		other.cache = policy_cache_open(other.store);
		assert_true(import(&other, with_ids ? json : folder));
		assert_int_equal(other.imported.taken, 2);
		got = told(other.cache, with_ids);
		assert_string_equal(got, want);
		policy_cache_close(other.cache);
		store_close(other.store);
		text_free(&other.errors);
		free(want);
		free(got);
	}
	text_free(&text);
	free(json);
	free(folder);
}

static void nothing_to_export(void **state)
{
	struct house *house = *state;
	char *path = in_folder(house, "out.json"), *file = in_folder(house, "file");
	struct text text = { 0 };

	policy_export_json(house->cache, &text);
	write_file(path, text.s);
	assert_true(import(house, path));
	assert_int_equal(house->imported.taken + house->imported.bad, 0);
	/* A folder that can't be written into. */
	fill(house->cache);
	write_file(file, "");
	text_reset(&house->errors);
	assert_false(policy_export_folder(house->cache, file, &house->errors));
	assert_non_null(strstr(house->errors.s, "a.example.txt: Not a directory\n"));
	text_free(&text);
	free(path);
	free(file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_the_resolvers_cache),
		TEST(times_to_come_are_now),
		TEST(says_what_is_wrong),
		TEST(reads_a_folder),
		TEST(reads_json),
		TEST(there_and_back),
		TEST(nothing_to_export),
	};

	return cmocka_run_group_tests_name("policy_import", tests, NULL, NULL);
}
