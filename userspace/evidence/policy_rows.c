// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/policy_rows.h"

#define YEAR_9999 INT64_C(253402300799)

/* Out of the table: nobody else writes it, but a file can be made to hold anything. */
static unsigned int small(sqlite3_stmt *statement, int at, unsigned int most)
{
	int64_t value = sqlite3_column_int64(statement, at);

	return value < 0 || value > most ? 0 : (unsigned int)value;
}

/* The same for a time. */
static int64_t time_of(sqlite3_stmt *statement, int at)
{
	int64_t value = sqlite3_column_int64(statement, at);

	return value < 0 || value > YEAR_9999 ? 0 : value;
}

/* The column's text, for reading only. */
static char *borrow(sqlite3_stmt *statement, int at)
{
	return (char *)(uintptr_t)store_column_string(statement, at);
}

static void read_row(sqlite3_stmt *statement, struct cached_policy *row)
{
	*row = (struct cached_policy){
		.domain = borrow(statement, 0),
		.id = borrow(statement, 1),
		.text = borrow(statement, 2),
		.source = borrow(statement, 3),
		.fetched = time_of(statement, 4),
		.checked = time_of(statement, 5),
		.refresh_at = time_of(statement, 6),
		.error = borrow(statement, 7),
		.failures = small(statement, 8, UINT32_MAX),
		.change = (enum policy_change)small(statement, 9, POLICY_HIDDEN),
		.before = (enum policy_mode)small(statement, 10, POLICY_ENFORCE),
		.before_expires = time_of(statement, 11),
		.changed = time_of(statement, 12),
		.since = time_of(statement, 13),
	};
}

bool policy_rows_read(struct store *store,
	void (*told)(void *context, const struct cached_policy *row), void *context)
{
	sqlite3_stmt *statement = store_prepare(store,
		"SELECT domain, id, text, source, fetched, checked, refresh_at, error, failures,"
		" change, before, before_expires, changed, since FROM policies ORDER BY domain");
	enum store_step step = STORE_FAILED;
	struct cached_policy row;

	while (statement && (step = store_step(store, statement)) == STORE_ROW) {
		read_row(statement, &row);
		told(context, &row);
	}
	return step == STORE_DONE;
}

/* The row as it is becomes an earlier version, unless the new one differs in nothing that counts.
 */
static bool keep_version(struct store *store, const struct cached_policy *policy, int64_t now)
{
	sqlite3_stmt *statement = store_prepare(store,
		"INSERT INTO policy_versions (domain, id, text, source, fetched, replaced)"
		" SELECT domain, id, text, source, fetched, ?4 FROM policies"
		" WHERE domain = ?1 AND (text <> ?2 OR (id IS NOT ?3 AND id IS NOT NULL))");

	if (!statement)
		return false;
	store_bind_string(statement, 1, policy->domain);
	store_bind_string(statement, 2, policy->text);
	store_bind_string(statement, 3, policy->id);
	sqlite3_bind_int64(statement, 4, now);
	return store_run(store, statement);
}

static bool trim_versions(struct store *store, const char *domain)
{
	sqlite3_stmt *statement =
		store_prepare(store, "DELETE FROM policy_versions WHERE domain = ?1 AND number <="
				     " (SELECT number FROM policy_versions WHERE domain = ?1"
				     "  ORDER BY number DESC LIMIT 1 OFFSET ?2)");

	if (!statement)
		return false;
	store_bind_string(statement, 1, domain);
	sqlite3_bind_int64(statement, 2, POLICY_VERSIONS_MAX);
	return store_run(store, statement);
}

/* The columns that every change may change, in the order of both statements. */
static void bind_state(sqlite3_stmt *statement, const struct cached_policy *policy)
{
	store_bind_string(statement, 1, policy->domain);
	sqlite3_bind_int64(statement, 2, policy->fetched);
	sqlite3_bind_int64(statement, 3, policy->checked);
	sqlite3_bind_int64(statement, 4, policy->refresh_at);
	store_bind_string(statement, 5, policy->error);
	sqlite3_bind_int64(statement, 6, policy->failures);
	sqlite3_bind_int64(statement, 7, policy->change);
	sqlite3_bind_int64(statement, 8, policy->before);
	sqlite3_bind_int64(statement, 9, policy->before_expires);
	sqlite3_bind_int64(statement, 10, policy->changed);
}

static bool replace(struct store *store, const struct cached_policy *policy)
{
	sqlite3_stmt *statement = store_prepare(store,
		"INSERT OR REPLACE INTO policies (domain, fetched, checked, refresh_at, error,"
		" failures, change, before, before_expires, changed, id, text, source, since)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");

	if (!statement)
		return false;
	bind_state(statement, policy);
	store_bind_string(statement, 11, policy->id);
	store_bind_string(statement, 12, policy->text);
	store_bind_string(statement, 13, policy->source);
	sqlite3_bind_int64(statement, 14, policy->since);
	return store_run(store, statement);
}

/* A transaction of our own, unless the caller has one open. */
static bool begin(struct store *store, bool *own)
{
	*own = !store_in_transaction(store);
	return !*own || store_begin(store);
}

/* Ends it. The caller's own is left to the caller, who is told by false. */
static bool end(struct store *store, bool own, bool good)
{
	if (!own)
		return good;
	if (good)
		return store_commit(store);
	store_rollback(store);
	return false;
}

bool policy_rows_put(struct store *store, const struct cached_policy *policy, int64_t now)
{
	bool own, good;

	if (!begin(store, &own))
		return false;
	good = keep_version(store, policy, now) && trim_versions(store, policy->domain) &&
	       replace(store, policy);
	return end(store, own, good);
}

bool policy_rows_update(struct store *store, const struct cached_policy *policy)
{
	sqlite3_stmt *statement = store_prepare(store,
		"UPDATE policies SET fetched = ?2, checked = ?3, refresh_at = ?4, error = ?5,"
		" failures = ?6, change = ?7, before = ?8, before_expires = ?9, changed = ?10"
		" WHERE domain = ?1");

	if (!statement)
		return false;
	bind_state(statement, policy);
	return store_run(store, statement);
}

bool policy_rows_hurry(struct store *store, const char *domain, int64_t at)
{
	sqlite3_stmt *statement = store_prepare(
		store, "UPDATE policies SET refresh_at = ?2 WHERE ?1 IS NULL OR domain = ?1");

	if (!statement)
		return false;
	store_bind_string(statement, 1, domain);
	sqlite3_bind_int64(statement, 2, at);
	return store_run(store, statement);
}

static bool remove_from(struct store *store, const char *sql, const char *domain)
{
	sqlite3_stmt *statement = store_prepare(store, sql);

	if (!statement)
		return false;
	store_bind_string(statement, 1, domain);
	return store_run(store, statement);
}

bool policy_rows_remove(struct store *store, const char *domain)
{
	bool own, good;

	if (!begin(store, &own))
		return false;
	good = remove_from(store, "DELETE FROM policies WHERE domain = ?1", domain) &&
	       remove_from(store, "DELETE FROM policy_versions WHERE domain = ?1", domain);
	return end(store, own, good);
}

bool policy_rows_versions(struct store *store, const char *domain,
	bool (*told)(void *context, const struct policy_version *version), void *context)
{
	sqlite3_stmt *statement = store_prepare(store,
		"SELECT id, text, source, fetched, replaced FROM policy_versions"
		" WHERE domain = ?1 ORDER BY number DESC");
	enum store_step step = STORE_FAILED;
	bool more = true;

	if (!statement)
		return false;
	store_bind_string(statement, 1, domain);
	while (more && (step = store_step(store, statement)) == STORE_ROW) {
		const struct policy_version version = {
			.id = store_column_string(statement, 0),
			.text = store_column_string(statement, 1),
			.source = store_column_string(statement, 2),
			.fetched = time_of(statement, 3),
			.replaced = time_of(statement, 4),
		};

		more = told(context, &version);
	}
	/* A statement that was not read to its end would keep old pages from being given back. */
	sqlite3_reset(statement);
	return step != STORE_FAILED;
}
