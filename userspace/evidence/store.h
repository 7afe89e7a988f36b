/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one SQLite database of long-lived knowledge: schema and migrations, transactions, and small
 * helpers so that no other file repeats the error handling. WAL mode, synchronous FULL for what was
 * acknowledged. kill -9 at any moment leaves a database that opens, with every row either old or
 * new.
 *
 * Several programs may have it open at once (the sensor, `read --db`, `policy`); one waits for the
 * other's transaction for a few seconds. A struct store belongs to one thread.
 */
#ifndef EVIDENCE_STORE_H
#define EVIDENCE_STORE_H

#include <sqlite3.h>
#include "base/text.h"

struct store;

/*
 * Open (make, migrate) the database @path; ":memory:" for one that lives as long as the program.
 * NULL: logged, with the path and what is wrong (not a database of ours, made by a newer version,
 * no permission, locked); then the file is as it was. Mode 0600 when it is made.
 */
struct store *store_open(const char *path);
void store_close(struct store *store);

sqlite3 *store_database(struct store *store);
const char *store_path(const struct store *store);

/*
 * A transaction; nested calls are a mistake (assert). False: rolled back, and logged. begin takes
 * the lock for writing at once, so that what is read after it can't change before commit.
 */
bool store_begin(struct store *store);
bool store_commit(struct store *store);
void store_rollback(struct store *store);
bool store_in_transaction(const struct store *store);

/* A prepared statement, kept by the store and reset, by its SQL text (a literal). NULL: logged. */
sqlite3_stmt *store_prepare(struct store *store, const char *sql);

/* Bind parameters, numbered from 1. What is pointed to must stay until the statement has run. */
void store_bind_string(sqlite3_stmt *statement, int at, const char *s); /* NULL: SQL's NULL */
void store_bind_bytes(sqlite3_stmt *statement, int at, struct bytes b);

/* A column of the row, numbered from 0, borrowed until the next step; NULL for SQL's NULL. */
const char *store_column_string(sqlite3_stmt *statement, int at);
struct bytes store_column_bytes(sqlite3_stmt *statement, int at);

/*
 * Take one step: at STORE_ROW columns can be read; otherwise the statement is reset and its
 * parameters are NULL again. STORE_FAILED: logged.
 */
enum store_step { STORE_ROW, STORE_DONE, STORE_FAILED };
enum store_step store_step(struct store *store, sqlite3_stmt *statement);

/* Run a statement that gives no rows. NULL is fine (it failed to prepare). False: logged. */
bool store_run(struct store *store, sqlite3_stmt *statement);

/* SQL that needs no parameters and may be several statements. False: logged. */
bool store_execute(struct store *store, const char *sql);

/* A number that grows when another program or connection changed the database. */
int64_t store_data_version(struct store *store);

/*
 * PRAGMA integrity_check. False: what is wrong with it is appended to @what, a line each. Reads the
 * whole file: for `status` and for tests, not for every start.
 */
bool store_check(struct store *store, struct text *what);

#endif
