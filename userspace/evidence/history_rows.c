// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/history_rows.h"

#include <stdio.h>

/* Rows of the tables; together some 300 MB on the disk when all are full. */
#define SERVER_ROWS_MAX 200000
#define CLIENT_ROWS_MAX 500000
#define KEY_ROWS_MAX    200000
#define DOMAIN_ROWS_MAX 100000

/* A cursor over the parameters, or the columns, of a statement. */
struct cursor {
	sqlite3_stmt *statement;
	int at;
};

static void put_int(struct cursor *cursor, int64_t value)
{
	sqlite3_bind_int64(cursor->statement, cursor->at++, value);
}

static void put_real(struct cursor *cursor, double value)
{
	sqlite3_bind_double(cursor->statement, cursor->at++, value);
}

static void put_string(struct cursor *cursor, const char *s)
{
	store_bind_string(cursor->statement, cursor->at++, s);
}

static void put_bytes(struct cursor *cursor, const void *p, size_t n)
{
	store_bind_bytes(cursor->statement, cursor->at++, bytes_of(p, n));
}

/* The address lives in @text until the statement has run. */
static void put_addr(struct cursor *cursor, const struct addr *addr, char text[ADDR_TEXT])
{
	put_string(cursor, addr->length ? addr_format(addr, text) : "");
}

static void put_seen(struct cursor *cursor, const struct memory *memory)
{
	put_int(cursor, memory_fades(memory->history, memory));
	put_int(cursor, memory->seen.first);
	put_int(cursor, memory->seen.last);
	put_real(cursor, memory->seen.weight);
	put_int(cursor, memory->seen.count);
}

static void put_habit(struct cursor *cursor, const struct habit *habit)
{
	put_int(cursor, habit->first);
	put_int(cursor, habit->last);
	put_real(cursor, habit->weight);
	put_int(cursor, habit->count);
}

/* Whatever stands in a file that somebody has edited, it is in range here. */
static int64_t get_int(struct cursor *cursor, int64_t max)
{
	int64_t value = sqlite3_column_int64(cursor->statement, cursor->at++);

	return value < 0 || value > max ? 0 : value;
}

static int64_t get_time(struct cursor *cursor)
{
	return get_int(cursor, INT64_MAX);
}

static void get_text(struct cursor *cursor, char *out, size_t size)
{
	const char *s = store_column_string(cursor->statement, cursor->at++);

	memory_text(out, size, s ? s : "");
}

static void get_digest(struct cursor *cursor, uint8_t out[32])
{
	struct bytes b = store_column_bytes(cursor->statement, cursor->at++);

	memset(out, 0, 32);
	if (b.n == 32)
		memcpy(out, b.p, 32);
}

static void get_habit(struct cursor *cursor, struct habit *habit)
{
	/* No session adds more than one, so no weight is above their count. */
	const double most = UINT32_MAX;

	habit->first = get_time(cursor);
	habit->last = get_time(cursor);
	habit->weight = sqlite3_column_double(cursor->statement, cursor->at++);
	habit->count = (uint32_t)get_int(cursor, UINT32_MAX);
	if (!(habit->weight >= 0 && habit->weight <= most))
		habit->weight = 0;
}

static void put_server_key(
	struct cursor *cursor, const struct endpoint *server, char text[ADDR_TEXT])
{
	put_addr(cursor, &server->addr, text);
	put_int(cursor, server->port);
}

/* The one row of @statement; false: there is none. */
static bool one_row(struct store *store, sqlite3_stmt *statement, struct cursor *cursor)
{
	*cursor = (struct cursor){ statement, 0 };
	return store_step(store, statement) == STORE_ROW;
}

static bool load_server(struct store *store, struct server_memory *server)
{
	struct cursor at = { store_prepare(store,
				     "SELECT first, last, weight, sessions, offered_first,"
				     " offered_last, offered_weight, offered, missed, mixed, ttl,"
				     " ttl_votes, family, tls_min, tls_max, leaf_time,"
				     " leaf_not_after, leaf_key, leaf_issuer FROM history_servers"
				     " WHERE server = ?1 AND port = ?2 AND name = ?3"),
		1 };
	char text[ADDR_TEXT];

	if (!at.statement)
		return false;
	put_server_key(&at, &server->server, text);
	put_string(&at, server->name);
	if (!one_row(store, at.statement, &at))
		return false;
	get_habit(&at, &server->memory.seen);
	get_habit(&at, &server->offered);
	server->missed = (uint32_t)get_int(&at, UINT32_MAX);
	server->mixed = get_int(&at, 1);
	server->ttl = (uint8_t)get_int(&at, UINT8_MAX);
	server->ttl_votes = (uint8_t)get_int(&at, UINT8_MAX);
	server->family = (uint8_t)get_int(&at, FAMILY_HARAKA);
	server->tls_min = (uint16_t)get_int(&at, UINT16_MAX);
	server->tls_max = (uint16_t)get_int(&at, UINT16_MAX);
	server->leaf_time = get_time(&at);
	server->leaf_not_after = get_time(&at);
	get_digest(&at, server->leaf_key);
	get_text(&at, server->leaf_issuer, sizeof(server->leaf_issuer));
	sqlite3_reset(at.statement);
	return true;
}

static bool save_server(struct store *store, const struct server_memory *server)
{
	struct cursor at = {
		store_prepare(store,
			"INSERT OR REPLACE INTO history_servers (server, port, name,"
			" fades, first, last, weight, sessions, offered_first,"
			" offered_last, offered_weight, offered, missed, mixed, ttl,"
			" ttl_votes, family, tls_min, tls_max, leaf_time,"
			" leaf_not_after, leaf_key, leaf_issuer)"
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
			" ?, ?, ?, ?, ?)"),
		1
	};
	char text[ADDR_TEXT];

	if (!at.statement)
		return false;
	put_server_key(&at, &server->server, text);
	put_string(&at, server->name);
	put_seen(&at, &server->memory);
	put_habit(&at, &server->offered);
	put_int(&at, server->missed);
	put_int(&at, server->mixed);
	put_int(&at, server->ttl);
	put_int(&at, server->ttl_votes);
	put_int(&at, server->family);
	put_int(&at, server->tls_min);
	put_int(&at, server->tls_max);
	put_int(&at, server->leaf_time);
	put_int(&at, server->leaf_not_after);
	put_bytes(&at, server->leaf_key, sizeof(server->leaf_key));
	put_string(&at, server->leaf_issuer);
	return store_run(store, at.statement);
}

static bool load_client(struct store *store, struct client_memory *client)
{
	struct cursor at = { store_prepare(store,
				     "SELECT first, last, weight, sessions, tls_first, tls_last,"
				     " tls_weight, tls, offered_last, failure_last,"
				     " failure_tampered, failure_session FROM history_clients"
				     " WHERE server = ?1 AND port = ?2 AND client = ?3"
				     " AND name = ?4"),
		1 };
	char text[ADDR_TEXT], client_text[ADDR_TEXT];

	if (!at.statement)
		return false;
	put_server_key(&at, &client->server, text);
	put_addr(&at, &client->client, client_text);
	put_string(&at, client->name);
	if (!one_row(store, at.statement, &at))
		return false;
	get_habit(&at, &client->memory.seen);
	get_habit(&at, &client->tls);
	client->offered_last = get_time(&at);
	client->failure_last = get_time(&at);
	client->failure_tampered = get_int(&at, 1);
	get_text(&at, client->failure_session, sizeof(client->failure_session));
	sqlite3_reset(at.statement);
	return true;
}

/* A client that only looked, as scanners do, is not worth a row. */
static bool save_client(struct store *store, const struct client_memory *client)
{
	struct cursor at;
	char text[ADDR_TEXT], client_text[ADDR_TEXT];

	if (!client->tls.count && !client->failure_last)
		return true;
	at = (struct cursor){
		store_prepare(store, "INSERT OR REPLACE INTO history_clients (server, port,"
				     " client, name, fades, first, last, weight, sessions,"
				     " tls_first, tls_last, tls_weight, tls, offered_last,"
				     " failure_last, failure_tampered, failure_session)"
				     " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
		1
	};
	if (!at.statement)
		return false;
	put_server_key(&at, &client->server, text);
	put_addr(&at, &client->client, client_text);
	put_string(&at, client->name);
	put_seen(&at, &client->memory);
	put_habit(&at, &client->tls);
	put_int(&at, client->offered_last);
	put_int(&at, client->failure_last);
	put_int(&at, client->failure_tampered);
	put_string(&at, client->failure_session);
	return store_run(store, at.statement);
}

/* A row for each owner; the key's own habit is that of the one seen last. */
static bool load_key(struct store *store, struct key_memory *key)
{
	sqlite3_stmt *statement = store_prepare(store,
		"SELECT first, last, weight, sessions, owner, server, leaf FROM history_keys"
		" WHERE key = ?1 ORDER BY last DESC LIMIT ?2");
	struct cursor at = { statement, 1 };

	if (!statement)
		return false;
	key->n = 0;
	put_bytes(&at, key->key, sizeof(key->key));
	put_int(&at, KEY_OWNERS_MAX);
	while (store_step(store, statement) == STORE_ROW && key->n < KEY_OWNERS_MAX) {
		struct key_owner *owner = &key->owner[key->n];
		struct habit seen;
		char text[ADDR_TEXT];

		at.at = 0;
		get_habit(&at, &seen);
		get_text(&at, owner->name, sizeof(owner->name));
		get_text(&at, text, sizeof(text));
		get_digest(&at, owner->leaf);
		if (!addr_parse(bytes_str(text), &owner->addr))
			continue;
		if (!key->n++)
			key->memory.seen = seen;
	}
	sqlite3_reset(statement);
	return key->n > 0;
}

static bool save_owner(
	struct store *store, const struct key_memory *key, const struct key_owner *owner)
{
	struct cursor at = { store_prepare(store,
				     "INSERT OR REPLACE INTO history_keys (key, owner, fades,"
				     " first, last, weight, sessions, server, leaf)"
				     " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
		1 };
	char text[ADDR_TEXT];

	if (!at.statement)
		return false;
	put_bytes(&at, key->key, sizeof(key->key));
	put_string(&at, owner->name);
	put_seen(&at, &key->memory);
	put_addr(&at, &owner->addr, text);
	put_bytes(&at, owner->leaf, sizeof(owner->leaf));
	return store_run(store, at.statement);
}

static bool save_key(struct store *store, const struct key_memory *key)
{
	for (uint8_t i = 0; i < key->n; i++)
		if (!save_owner(store, key, &key->owner[i]))
			return false;
	return true;
}

static bool load_domain(struct store *store, struct domain_memory *domain)
{
	struct cursor at = { store_prepare(store, "SELECT first, last, weight, sessions, clear, tls"
						  " FROM history_domains WHERE domain = ?1"),
		1 };

	if (!at.statement)
		return false;
	put_string(&at, domain->domain);
	if (!one_row(store, at.statement, &at))
		return false;
	get_habit(&at, &domain->memory.seen);
	domain->clear = (uint32_t)get_int(&at, UINT32_MAX);
	domain->tls = (uint32_t)get_int(&at, UINT32_MAX);
	sqlite3_reset(at.statement);
	return true;
}

static bool save_domain(struct store *store, const struct domain_memory *domain)
{
	struct cursor at = { store_prepare(store,
				     "INSERT OR REPLACE INTO history_domains (domain, fades, first,"
				     " last, weight, sessions, clear, tls)"
				     " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
		1 };

	if (!at.statement)
		return false;
	put_string(&at, domain->domain);
	put_seen(&at, &domain->memory);
	put_int(&at, domain->clear);
	put_int(&at, domain->tls);
	return store_run(store, at.statement);
}

bool history_rows_load(struct store *store, struct memory *memory)
{
	switch (memory->kind) {
	case MEMORY_SERVER:
		return load_server(store, (struct server_memory *)memory);
	case MEMORY_CLIENT:
		return load_client(store, (struct client_memory *)memory);
	case MEMORY_KEY:
		return load_key(store, (struct key_memory *)memory);
	default:
		return load_domain(store, (struct domain_memory *)memory);
	}
}

bool history_rows_save(struct store *store, const struct memory *memory)
{
	switch (memory->kind) {
	case MEMORY_SERVER:
		return save_server(store, (const struct server_memory *)memory);
	case MEMORY_CLIENT:
		return save_client(store, (const struct client_memory *)memory);
	case MEMORY_KEY:
		return save_key(store, (const struct key_memory *)memory);
	default:
		return save_domain(store, (const struct domain_memory *)memory);
	}
}

void history_rows_names(
	struct store *store, const struct endpoint *server, struct address_memory *address)
{
	sqlite3_stmt *statement = store_prepare(store,
		"SELECT name FROM (SELECT name, last FROM history_servers"
		" WHERE server = ?1 AND port = ?2 ORDER BY last DESC LIMIT ?3) ORDER BY last");
	struct cursor at = { statement, 1 };
	char text[ADDR_TEXT];

	if (!statement)
		return;
	put_server_key(&at, server, text);
	put_int(&at, ADDRESS_NAMES_MAX);
	while (store_step(store, statement) == STORE_ROW && address->n < ADDRESS_NAMES_MAX) {
		at.at = 0;
		get_text(&at, address->name[address->n++], sizeof(address->name[0]));
	}
	sqlite3_reset(statement);
}

static bool run_with(struct store *store, const char *sql, int64_t value)
{
	sqlite3_stmt *statement = store_prepare(store, sql);

	if (!statement)
		return false;
	sqlite3_bind_int64(statement, 1, value);
	return store_run(store, statement);
}

#define PRUNE(table, key)                                                                          \
	"DELETE FROM " table " WHERE (" key ") IN (SELECT " key " FROM " table " ORDER BY fades"   \
	" LIMIT max(0, (SELECT count(*) FROM " table ") - ?1))"

bool history_rows_prune(struct store *store, int64_t now)
{
	return run_with(store, "DELETE FROM history_servers WHERE fades < ?1", now) &&
	       run_with(store, "DELETE FROM history_clients WHERE fades < ?1", now) &&
	       run_with(store, "DELETE FROM history_keys WHERE fades < ?1", now) &&
	       run_with(store, "DELETE FROM history_domains WHERE fades < ?1", now) &&
	       run_with(store, PRUNE("history_servers", "server, port, name"), SERVER_ROWS_MAX) &&
	       run_with(store, PRUNE("history_clients", "server, port, client, name"),
		       CLIENT_ROWS_MAX) &&
	       run_with(store, PRUNE("history_keys", "key, owner"), KEY_ROWS_MAX) &&
	       run_with(store, PRUNE("history_domains", "domain"), DOMAIN_ROWS_MAX);
}
