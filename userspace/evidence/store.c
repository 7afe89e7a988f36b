// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/table.h"
#include "evidence/store_schema.h"

/* How long another program's transaction is waited for. Ours take milliseconds. */
#define BUSY_TIMEOUT_MS 5000
#define BUSY_STEP_MS    20

#define MEMORY ":memory:"

struct store {
	sqlite3 *database;
	char *path;
	struct table *statements; /* SQL → sqlite3_stmt * */
	bool in_transaction;
};

static void fault(const struct store *store, const char *what)
{
	log_err("store: %s: %s: %s", store->path, what, sqlite3_errmsg(store->database));
}

static void drop_statement(void *value)
{
	sqlite3_finalize(*(sqlite3_stmt **)value);
}

bool store_execute(struct store *store, const char *sql)
{
	if (sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	fault(store, "can't be used");
	return false;
}

/* The one number that @sql gives. */
static bool ask_number(struct store *store, const char *sql, int64_t *out)
{
	sqlite3_stmt *statement = NULL;
	bool good = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) == SQLITE_OK &&
		    sqlite3_step(statement) == SQLITE_ROW;

	if (good)
		*out = sqlite3_column_int64(statement, 0);
	else
		fault(store, "can't be read");
	sqlite3_finalize(statement);
	return good;
}

/*
 * A file that is not there is made here and not by SQLite, which asks the umask for its mode; the
 * files beside it (-wal, -shm) get their modes from it.
 */
static bool make_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct stat status;

	if (fd >= 0)
		return close(fd) == 0;
	if (errno != EEXIST || stat(path, &status) < 0) {
		log_err("store: %s: %s", path, strerror(errno));
		return false;
	}
	if (!S_ISREG(status.st_mode)) {
		log_err("store: %s: is not a file", path);
		return false;
	}
	return true;
}

/* Without a path in front, SQLite takes some names for URIs and others for no file at all. */
static bool connect_to(struct store *store)
{
	struct text path = { 0 };
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	bool in_memory = strcmp(store->path, MEMORY) == 0, good;

	text_printf(&path, "%s%s", in_memory || store->path[0] == '/' ? "" : "./", store->path);
	good = in_memory || make_private(path.s);
	if (good && sqlite3_open_v2(path.s, &store->database, flags, NULL) != SQLITE_OK) {
		fault(store, "can't be opened");
		good = false;
	}
	text_free(&path);
	if (good)
		sqlite3_busy_timeout(store->database, BUSY_TIMEOUT_MS);
	return good;
}

/* One transaction, lest another program that makes the database right now be seen half-way. */
static bool look(struct store *store, int64_t *application, int64_t *version, int64_t *objects)
{
	return store_execute(store, "BEGIN") &&
	       ask_number(store, "PRAGMA application_id", application) &&
	       ask_number(store, "PRAGMA user_version", version) &&
	       ask_number(store, "SELECT count(*) FROM sqlite_schema", objects) &&
	       store_execute(store, "COMMIT");
}

/* Nothing is written before this said yes: what isn't ours stays as it is. */
static bool is_ours(struct store *store)
{
	int64_t application, version, objects;

	if (!look(store, &application, &version, &objects))
		return false;
	if (application != STORE_APPLICATION_ID && (application || version || objects)) {
		log_err("store: %s: is a database, but not one of stripwatch", store->path);
		return false;
	}
	if (version > store_schema_version()) {
		log_err("store: %s: was made by a newer stripwatch (its version %" PRId64
			", this program knows %d)",
			store->path, version, store_schema_version());
		return false;
	}
	if (sqlite3_db_readonly(store->database, "main")) {
		log_err("store: %s: can't be written", store->path);
		return false;
	}
	return true;
}

/*
 * The one step for which SQLite does not wait when another program has the same new database open:
 * that one makes it WAL meanwhile, or goes.
 */
static bool write_ahead(struct store *store)
{
	int result = SQLITE_BUSY;

	for (int waited = 0; result == SQLITE_BUSY && waited < BUSY_TIMEOUT_MS;
		waited += BUSY_STEP_MS) {
		if (waited)
			sqlite3_sleep(BUSY_STEP_MS);
		result = sqlite3_exec(
			store->database, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
	}
	if (result != SQLITE_OK)
		fault(store, "can't be used");
	return result == SQLITE_OK;
}

/* FULL: a transaction is on the disk when commit returns, not only consistent. */
static bool configure(struct store *store)
{
	return write_ahead(store) &&
	       store_execute(store, "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
				    "PRAGMA trusted_schema = OFF;");
}

static bool take_steps(struct store *store, int64_t version)
{
	struct text done = { 0 };
	bool good = true;

	for (; good && version < store_schema_version(); version++)
		good = store_execute(store, store_schema_step((int)version));
	/* Both stand in the file's header and belong to the transaction like any row. */
	text_printf(&done, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
		STORE_APPLICATION_ID, store_schema_version());
	good = good && store_execute(store, done.s);
	text_free(&done);
	return good;
}

/* Another program may do the same at the same moment: the version is read under the lock. */
static bool migrate(struct store *store)
{
	int64_t version;

	if (!ask_number(store, "PRAGMA user_version", &version))
		return false;
	if (version >= store_schema_version())
		return true;
	if (!store_begin(store))
		return false;
	if (!ask_number(store, "PRAGMA user_version", &version) || !take_steps(store, version)) {
		store_rollback(store);
		return false;
	}
	return store_commit(store);
}

struct store *store_open(const char *path)
{
	struct store *store = mem_alloc(sizeof(*store));

	store->path = mem_strdup(path);
	/* Statements are literals of the program: there are some dozens, and none makes room. */
	store->statements = table_new(SIZE_MAX, sizeof(sqlite3_stmt *), drop_statement);
	if (connect_to(store) && is_ours(store) && configure(store) && migrate(store))
		return store;
	store_close(store);
	return NULL;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	assert(!store->in_transaction);
	table_free(store->statements);
	sqlite3_close(store->database);
	free(store->path);
	free(store);
}

sqlite3 *store_database(struct store *store)
{
	return store->database;
}

const char *store_path(const struct store *store)
{
	return store->path;
}

bool store_begin(struct store *store)
{
	assert(!store->in_transaction);
	store->in_transaction = store_execute(store, "BEGIN IMMEDIATE");
	return store->in_transaction;
}

bool store_commit(struct store *store)
{
	assert(store->in_transaction);
	if (!store_execute(store, "COMMIT")) {
		store_rollback(store);
		return false;
	}
	store->in_transaction = false;
	return true;
}

void store_rollback(struct store *store)
{
	assert(store->in_transaction);
	store->in_transaction = false;
	/* A disk that is full ends the transaction by itself. */
	if (!sqlite3_get_autocommit(store->database))
		store_execute(store, "ROLLBACK");
}

bool store_in_transaction(const struct store *store)
{
	return store->in_transaction;
}

sqlite3_stmt *store_prepare(struct store *store, const char *sql)
{
	sqlite3_stmt **kept = table_get(store->statements, bytes_str(sql));
	sqlite3_stmt *statement = NULL;

	if (kept) {
		sqlite3_reset(*kept);
		sqlite3_clear_bindings(*kept);
		return *kept;
	}
	if (sqlite3_prepare_v3(store->database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
		    NULL) != SQLITE_OK) {
		fault(store, "can't be asked");
		return NULL;
	}
	kept = table_put(store->statements, bytes_str(sql), NULL);
	*kept = statement;
	return statement;
}

void store_bind_string(sqlite3_stmt *statement, int at, const char *s)
{
	sqlite3_bind_text(statement, at, s, -1, SQLITE_STATIC);
}

void store_bind_bytes(sqlite3_stmt *statement, int at, struct bytes b)
{
	/* A pointer that is NULL would be SQL's NULL. */
	sqlite3_bind_blob64(statement, at, b.n ? (const void *)b.p : "", b.n, SQLITE_STATIC);
}

const char *store_column_string(sqlite3_stmt *statement, int at)
{
	return (const char *)sqlite3_column_text(statement, at);
}

struct bytes store_column_bytes(sqlite3_stmt *statement, int at)
{
	const void *p = sqlite3_column_blob(statement, at);

	return bytes_of(p, (size_t)sqlite3_column_bytes(statement, at));
}

enum store_step store_step(struct store *store, sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement);

	if (result == SQLITE_ROW)
		return STORE_ROW;
	if (result != SQLITE_DONE)
		fault(store, "failed");
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return result == SQLITE_DONE ? STORE_DONE : STORE_FAILED;
}

bool store_run(struct store *store, sqlite3_stmt *statement)
{
	return statement && store_step(store, statement) == STORE_DONE;
}

int64_t store_data_version(struct store *store)
{
	int64_t version = 0;

	ask_number(store, "PRAGMA data_version", &version);
	return version;
}

bool store_check(struct store *store, struct text *what)
{
	sqlite3_stmt *statement = store_prepare(store, "PRAGMA integrity_check");
	enum store_step step = STORE_FAILED;
	bool good = true;

	while (statement && (step = store_step(store, statement)) == STORE_ROW) {
		const char *line = store_column_string(statement, 0);

		if (line && strcmp(line, "ok") == 0)
			continue;
		good = false;
		text_printf(what, "%s\n", line ? line : "");
	}
	if (step == STORE_FAILED)
		text_printf(what, "%s\n", sqlite3_errmsg(store->database));
	return good && step == STORE_DONE;
}
