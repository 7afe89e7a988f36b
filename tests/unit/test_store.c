// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "evidence/store.h"
#include "evidence/store_schema.h"

static char *in_folder(const char *folder, const char *name)
{
	struct text path = { 0 };

	text_printf(&path, "%s/%s", folder, name);
	return path.s;
}

static int set_up(void **state)
{
	char *folder = strdup("/tmp/test_store.XXXXXX");

	assert_non_null(mkdtemp(folder));
	*state = folder;
	return 0;
}

static int tear_down(void **state)
{
	struct text command = { 0 };

	text_printf(&command, "rm -r %s", (char *)*state);
	assert_int_equal(system(command.s), 0);
	text_free(&command);
	free(*state);
	return 0;
}

static int64_t number(struct store *store, const char *sql)
{
	sqlite3_stmt *statement = store_prepare(store, sql);
	int64_t value;

	assert_non_null(statement);
	assert_int_equal(store_step(store, statement), STORE_ROW);
	value = sqlite3_column_int64(statement, 0);
	assert_int_equal(store_step(store, statement), STORE_DONE);
	return value;
}

/* What opening @path says on standard error; NULL: it opened. The caller frees. */
static char *complaint(const char *path, const char *log)
{
	int saved = dup(STDERR_FILENO), fd = open(log, O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct store *store;
	char *said = calloc(1, 4096);
	ssize_t n;

	assert_true(saved >= 0 && fd >= 0);
	dup2(fd, STDERR_FILENO);
	store = store_open(path);
	dup2(saved, STDERR_FILENO);
	n = pread(fd, said, 4095, 0);
	assert_true(n >= 0);
	close(fd);
	close(saved);
	if (!store)
		return said;
	store_close(store);
	free(said);
	return NULL;
}

static void write_file(const char *path, struct bytes b)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(b.p, 1, b.n, file), b.n);
	assert_int_equal(fclose(file), 0);
}

static void is_made_private_and_opens_again(void **state)
{
	char *path = in_folder(*state, "a.db");
	mode_t mask = umask(0);
	struct store *store = store_open(path);
	struct text what = { 0 };
	struct stat status;

	umask(mask);
	assert_non_null(store);
	assert_true(store_execute(store, "CREATE TABLE t (a)"));
	for (const char *end = "\0-wal\0-shm\0";; end += strlen(end) + 1) {
		struct text file = { 0 };

		text_printf(&file, "%s%s", path, end);
		assert_int_equal(stat(file.s, &status), 0);
		assert_int_equal(status.st_mode & 0777, 0600);
		text_free(&file);
		if (strcmp(end, "-shm") == 0)
			break;
	}
	assert_int_equal(number(store, "PRAGMA synchronous"), 2);
	assert_int_equal(number(store, "PRAGMA application_id"), STORE_APPLICATION_ID);
	assert_int_equal(number(store, "PRAGMA user_version"), store_schema_version());
	assert_true(store_check(store, &what));
	assert_int_equal(what.n, 0);
	store_close(store);
	store = store_open(path);
	assert_non_null(store);
	assert_int_equal(number(store, "SELECT count(*) FROM t"), 0);
	store_close(store);
	free(path);
}

static void lives_in_memory(void **state)
{
	struct store *store = store_open(":memory:");

	(void)state;
	assert_non_null(store);
	assert_int_equal(number(store, "SELECT count(*) FROM policies"), 0);
	store_close(store);
}

static void make_text(const char *path)
{
	write_file(path, BYTES("not a database, but long enough to be taken for the start of one. "
			       "SQLite looks at the first hundred bytes of a file."));
}

static void make_with(const char *path, const char *sql)
{
	sqlite3 *database;

	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(database);
}

static void make_foreign(const char *path)
{
	make_with(path, "CREATE TABLE sts_policy_cache (domain text UNIQUE)");
}

static void make_named(const char *path)
{
	make_with(path, "PRAGMA application_id = 7");
}

static void make_newer(const char *path)
{
	store_close(store_open(path));
	make_with(path, "PRAGMA user_version = 1000000");
}

static void make_folder(const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
}

/* The pages behind the first, which holds the schema's root. */
static void make_torn(const char *path)
{
	uint8_t rubbish[4096];
	FILE *file;

	store_close(store_open(path));
	memset(rubbish, 0x5a, sizeof(rubbish));
	file = fopen(path, "r+b");
	assert_non_null(file);
	assert_int_equal(fseek(file, 100, SEEK_SET), 0);
	assert_int_equal(fwrite(rubbish, 1, 3996, file), 3996);
	fclose(file);
}

static void says_what_is_wrong(void **state)
{
	static const struct {
		const char *name;
		void (*make)(const char *path);
		const char *want;
	} rows[] = {
		{ "a text", make_text, "can't be read: file is not a database" },
		{ "another program's", make_foreign, "is a database, but not one of stripwatch" },
		{ "another's that is empty", make_named,
			"is a database, but not one of stripwatch" },
		{ "a newer one", make_newer,
			"was made by a newer stripwatch (its version 1000000, this program "
			"knows " },
		{ "a folder", make_folder, "is not a file" },
		{ "torn", make_torn, "can't be read: database disk image is malformed" },
		{ "in/no/folder", NULL, "No such file or directory" },
	};
	char *log = in_folder(*state, "log");

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *path = in_folder(*state, rows[i].name);
		struct text want = { 0 };
		char *said;

		if (rows[i].make)
			rows[i].make(path);
		said = complaint(path, log);
		text_printf(&want, "%s: %s", path, rows[i].want);
		assert_row(rows[i].name, said != NULL);
		if (!strstr(said, want.s))
			fail_msg("row \"%s\": said \"%s\"", rows[i].name, said);
		text_free(&want);
		free(said);
		free(path);
	}
	free(log);
}

/* What isn't ours is not touched, not even its journal's mode. */
static void leaves_others_alone(void **state)
{
	char *path = in_folder(*state, "other"), *log = in_folder(*state, "log"), *said;
	struct stat before, after;

	make_foreign(path);
	assert_int_equal(stat(path, &before), 0);
	said = complaint(path, log);
	assert_non_null(said);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	assert_true(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
	free(said);
	free(path);
	free(log);
}

/* Programs killed between making the file and filling it left nothing that is in the way. */
static void an_empty_file_is_a_new_one(void **state)
{
	char *path = in_folder(*state, "empty");
	struct store *store;

	write_file(path, BYTES(""));
	store = store_open(path);
	assert_non_null(store);
	store_close(store);
	free(path);
	path = in_folder(*state, "wal");
	make_with(path, "PRAGMA journal_mode = WAL");
	store = store_open(path);
	assert_non_null(store);
	assert_int_equal(number(store, "SELECT count(*) FROM policies"), 0);
	store_close(store);
	free(path);
}

/* A database of each earlier version comes to be the same as a new one, and keeps its rows. */
static void migrates(void **state)
{
	static const char schema[] = "SELECT sum(length(sql)) * 1000 + count(*) FROM sqlite_schema";
	struct store *fresh = store_open(":memory:");
	int64_t want = number(fresh, schema);

	store_close(fresh);
	for (int version = 1; version < store_schema_version(); version++) {
		struct text sql = { 0 };
		char *path = in_folder(*state, "old");
		struct store *store;

		for (int step = 0; step < version; step++)
			text_puts(&sql, store_schema_step(step));
		text_printf(&sql,
			"PRAGMA application_id = %d; PRAGMA user_version = %d;"
			"INSERT INTO policies (domain, text, source, fetched, checked,"
			" refresh_at) VALUES ('a.example', 'x', 'y', 1, 2, 3);",
			STORE_APPLICATION_ID, version);
		unlink(path);
		make_with(path, sql.s);
		text_free(&sql);
		store = store_open(path);
		assert_non_null(store);
		assert_int_equal(number(store, schema), want);
		assert_int_equal(number(store, "PRAGMA user_version"), store_schema_version());
		assert_int_equal(number(store, "SELECT refresh_at FROM policies"), 3);
		store_close(store);
		free(path);
	}
}

static void transactions(void **state)
{
	char *path = in_folder(*state, "t");
	struct store *one = store_open(path), *two = store_open(path);
	int64_t version;

	assert_true(store_execute(one, "CREATE TABLE t (a)"));
	version = store_data_version(two);
	assert_int_equal(store_data_version(two), version);
	assert_true(store_begin(one));
	assert_true(store_in_transaction(one));
	assert_true(store_execute(one, "INSERT INTO t VALUES (1)"));
	assert_int_equal(number(two, "SELECT count(*) FROM t"), 0);
	store_rollback(one);
	assert_false(store_in_transaction(one));
	assert_int_equal(number(one, "SELECT count(*) FROM t"), 0);
	assert_true(store_begin(one));
	assert_true(store_execute(one, "INSERT INTO t VALUES (1)"));
	assert_true(store_commit(one));
	assert_int_equal(number(two, "SELECT count(*) FROM t"), 1);
	assert_int_not_equal(store_data_version(two), version);
	store_close(one);
	store_close(two);
	free(path);
}

/* The same text gives the same statement, without what an earlier use left in it. */
static void statements_are_kept(void **state)
{
	struct store *store = store_open(":memory:");
	sqlite3_stmt *first = store_prepare(store, "SELECT ?1"), *second;

	(void)state;
	store_bind_string(first, 1, "left");
	assert_int_equal(store_step(store, first), STORE_ROW);
	assert_string_equal(store_column_string(first, 0), "left");
	second = store_prepare(store, "SELECT ?1");
	assert_ptr_equal(first, second);
	assert_int_equal(store_step(store, second), STORE_ROW);
	assert_null(store_column_string(second, 0));
	second = store_prepare(store, "SELECT ?1");
	store_bind_bytes(second, 1, BYTES("a\0b"));
	assert_int_equal(store_step(store, second), STORE_ROW);
	assert_true(bytes_equal(store_column_bytes(second, 0), BYTES("a\0b")));
	assert_int_equal(store_step(store, second), STORE_DONE);
	store_close(store);
}

/* Six programs that meet at a file that is not there yet all get it. */
static void many_make_it_at_once(void **state)
{
	char *path = in_folder(*state, "race");
	int status;

	for (int round = 0; round < 5; round++) {
		unlink(path);
		for (int i = 0; i < 6; i++) {
			if (fork() == 0) {
				struct store *store = store_open(path);

				store_close(store);
				_exit(store ? 0 : 1);
			}
		}
		for (int i = 0; i < 6; i++) {
			assert_true(wait(&status) > 0);
			assert_int_equal(status, 0);
		}
	}
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(is_made_private_and_opens_again, set_up, tear_down),
		cmocka_unit_test(lives_in_memory),
		cmocka_unit_test_setup_teardown(says_what_is_wrong, set_up, tear_down),
		cmocka_unit_test_setup_teardown(leaves_others_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_empty_file_is_a_new_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(migrates, set_up, tear_down),
		cmocka_unit_test_setup_teardown(transactions, set_up, tear_down),
		cmocka_unit_test(statements_are_kept),
		cmocka_unit_test_setup_teardown(many_make_it_at_once, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
