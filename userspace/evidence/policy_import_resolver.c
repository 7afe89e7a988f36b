// SPDX-License-Identifier: BSD-2-Clause
/*
 * The SQLite cache of postfix-mta-sts-resolver: a row a domain, the policy as a JSON object of its
 * fields. The text is put together again from them: what counts for us is in it, though the order
 * of lines, and of keys that came twice the first, are lost.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "evidence/policy_importer.h"

/* The daemon's own transactions are short. */
#define BUSY_TIMEOUT_MS 5000

static void add_line(struct text *text, const char *key, const char *value)
{
	text_printf(text, "%s: %s\n", key, value);
}

static void add_number(struct text *text, const char *key, const json_t *value)
{
	text_printf(text, "%s: %" JSON_INTEGER_FORMAT "\n", key, json_integer_value(value));
}

/* A value of one line; a line's end in it would be another line. */
static bool is_one_line(const json_t *value)
{
	return json_is_string(value) && !strpbrk(json_string_value(value), "\r\n");
}

static bool add_mx(struct text *text, const json_t *list)
{
	size_t i;
	json_t *mx;

	if (!json_is_array(list))
		return false;
	json_array_foreach(list, i, mx)
	{
		if (!is_one_line(mx))
			return false;
		add_line(text, "mx", json_string_value(mx));
	}
	return true;
}

static bool add_field(struct text *text, const char *key, const json_t *value)
{
	if (strpbrk(key, ":\r\n"))
		return false;
	if (strcmp(key, "mx") == 0)
		return add_mx(text, value);
	if (json_is_integer(value))
		add_number(text, key, value);
	else if (is_one_line(value))
		add_line(text, key, json_string_value(value));
	else
		return false;
	return true;
}

/* False if @body is no policy of the resolver's; whether the text is one is asked later. */
static bool rebuild(const char *body, struct text *text)
{
	json_t *fields = body ? json_loads(body, JSON_REJECT_DUPLICATES, NULL) : NULL;
	bool good = json_is_object(fields);
	const char *key;
	json_t *value;

	if (good) {
		json_object_foreach(fields, key, value) good = good && add_field(text, key, value);
	}
	json_decref(fields);
	return good;
}

static const char *column(sqlite3_stmt *statement, int at)
{
	const char *s = store_column_string(statement, at);

	return s ? s : "";
}

static bool import_row(struct importer *importer, sqlite3_stmt *statement)
{
	struct text text = { 0 }, where = { 0 }, source = { 0 };
	struct found_policy found = {
		.domain = column(statement, 1),
		.fetched = sqlite3_column_int64(statement, 2),
		.id = store_column_string(statement, 3),
	};
	bool good = true;

	text_printf(&where, "row %" PRId64, (int64_t)sqlite3_column_int64(statement, 0));
	text_printf(&source, "import:%s", importer->path);
	found.where = where.s;
	found.source = source.s;
	if (rebuild(store_column_string(statement, 4), &text)) {
		found.text = bytes_of(text.s, text.n);
		good = importer_take(importer, &found);
	} else {
		importer_refuse(importer, where.s, found.domain, "pol_body is not as expected");
	}
	text_free(&text);
	text_free(&where);
	text_free(&source);
	return good;
}

static bool import_rows(struct importer *importer, sqlite3_stmt *statement)
{
	bool good = true;
	int result;

	while ((result = sqlite3_step(statement)) == SQLITE_ROW && good)
		good = import_row(importer, statement);
	if (good && result != SQLITE_DONE) {
		text_printf(importer->errors, "%s: %s\n", importer->path,
			sqlite3_errmsg(sqlite3_db_handle(statement)));
		return false;
	}
	return good;
}

bool import_resolver_cache(struct importer *importer)
{
	static const char query[] =
		"SELECT rowid, domain, ts, pol_id, pol_body FROM sts_policy_cache ORDER BY rowid";
	sqlite3 *database = NULL;
	sqlite3_stmt *statement = NULL;
	bool good = false;
	/* Else SQLite may take it for something else than a file's name. */
	struct text path = { 0 };

	text_printf(&path, "%s%s", importer->path[0] == '/' ? "" : "./", importer->path);
	if (sqlite3_open_v2(path.s, &database, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
		text_printf(importer->errors, "%s: %s\n", importer->path, sqlite3_errmsg(database));
	} else {
		sqlite3_busy_timeout(database, BUSY_TIMEOUT_MS);
		if (sqlite3_prepare_v2(database, query, -1, &statement, NULL) == SQLITE_OK)
			good = import_rows(importer, statement);
		else
			text_printf(importer->errors,
				"%s: is not a cache of postfix-mta-sts-resolver: %s\n",
				importer->path, sqlite3_errmsg(database));
	}
	sqlite3_finalize(statement);
	sqlite3_close(database);
	text_free(&path);
	return good;
}
