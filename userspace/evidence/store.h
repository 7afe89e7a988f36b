/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one SQLite database of long-lived knowledge: schema and migrations, transactions, and small
 * helpers so that no other file repeats the error handling. WAL mode, synchronous FULL for what was
 * acknowledged. kill -9 at any moment leaves a database that opens, with every row either old or new.
 */
#ifndef EVIDENCE_STORE_H
#define EVIDENCE_STORE_H

#include <sqlite3.h>
#include "base/bytes.h"

struct store;

/*
 * Open (make, migrate) the database @path; ":memory:" for one that lives as long as the program. NULL:
 * logged, with the path and what is wrong (not a database of ours, made by a newer version, no
 * permission, locked). Mode 0600 when it is made.
 */
struct store *store_open(const char *path);
void store_close(struct store *store);

sqlite3 *store_database(struct store *store);

/* A transaction; nested calls are a mistake (assert). False: rolled back, and logged. */
bool store_begin(struct store *store);
bool store_commit(struct store *store);
void store_rollback(struct store *store);

/* A prepared statement, kept by the store and reset, by its SQL text (a literal). NULL: logged. */
sqlite3_stmt *store_prepare(struct store *store, const char *sql);

#endif
