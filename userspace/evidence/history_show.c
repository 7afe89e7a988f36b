// SPDX-License-Identifier: BSD-2-Clause
/* The history for people: what the store has, in an order that they want. */
#include "evidence/history_memory.h"
#include "evidence/store.h"

static uint32_t count_at(sqlite3_stmt *statement, int at)
{
	int64_t value = sqlite3_column_int64(statement, at);

	return value < 0 || value > UINT32_MAX ? 0 : (uint32_t)value;
}

void history_domains(struct history *history, size_t max,
	bool (*told)(void *context, const struct history_domain *domain), void *context)
{
	sqlite3_stmt *statement;
	bool more = history->store && history_flush(history);

	/* What fades last is what has the most traffic now. */
	statement = more ? store_prepare(history->store,
				   "SELECT domain, sessions, clear, tls, first, last"
				   " FROM history_domains ORDER BY fades DESC, domain LIMIT ?1")
			 : NULL;
	if (!statement)
		return;
	sqlite3_bind_int64(statement, 1, max < INT32_MAX ? (int64_t)max : INT32_MAX);
	while (more && store_step(history->store, statement) == STORE_ROW) {
		const struct history_domain domain = {
			.domain = store_column_string(statement, 0),
			.sessions = count_at(statement, 1),
			.clear = count_at(statement, 2),
			.tls = count_at(statement, 3),
			.first = sqlite3_column_int64(statement, 4),
			.last = sqlite3_column_int64(statement, 5),
		};

		more = told(context, &domain);
	}
	sqlite3_reset(statement);
}

bool history_domain(struct history *history, const char *domain, struct history_domain *out)
{
	/* As long as it is remembered at all. */
	const struct domain_memory *memory = memory_domain(history, domain, 0, false);

	if (!memory)
		return false;
	*out = (struct history_domain){
		.domain = domain,
		.sessions = memory->memory.seen.count,
		.clear = memory->clear,
		.tls = memory->tls,
		.first = memory->memory.seen.first,
		.last = memory->memory.seen.last,
	};
	return true;
}

static void read_server(sqlite3_stmt *statement, struct history_server *server)
{
	*server = (struct history_server){
		.address = store_column_string(statement, 0),
		.port = (uint16_t)count_at(statement, 1),
		.name = store_column_string(statement, 2),
		.sessions = count_at(statement, 3),
		.offered = count_at(statement, 4),
		.missed = count_at(statement, 5),
		.first = sqlite3_column_int64(statement, 6),
		.last = sqlite3_column_int64(statement, 7),
		.offered_last = sqlite3_column_int64(statement, 8),
		.tls_min = (uint16_t)count_at(statement, 9),
		.tls_max = (uint16_t)count_at(statement, 10),
		.ttl = (uint8_t)count_at(statement, 11),
		.family = (uint8_t)count_at(statement, 12),
		.leaf_issuer = store_column_string(statement, 13),
		.leaf_not_after = sqlite3_column_int64(statement, 14),
	};
	if (server->family > FAMILY_HARAKA)
		server->family = FAMILY_UNKNOWN;
}

#define SERVER_COLUMNS                                                                             \
	"SELECT server, port, name, sessions, offered, missed, first, last, offered_last,"         \
	" tls_min, tls_max, ttl, family, leaf_issuer, leaf_not_after FROM history_servers"

/* Two questions, that the index of the names is used for one of them. */
static const char all_servers[] = SERVER_COLUMNS " ORDER BY last DESC LIMIT ?2";
static const char named_servers[] = SERVER_COLUMNS " WHERE name = ?1 ORDER BY last DESC LIMIT ?2";

void history_servers(struct history *history, const char *name, size_t max,
	bool (*told)(void *context, const struct history_server *server), void *context)
{
	bool more = history->store && history_flush(history);
	sqlite3_stmt *statement =
		more ? store_prepare(history->store, name ? named_servers : all_servers) : NULL;
	struct history_server server;

	if (!statement)
		return;
	if (name)
		store_bind_string(statement, 1, name);
	sqlite3_bind_int64(statement, 2, max < INT32_MAX ? (int64_t)max : INT32_MAX);
	while (more && store_step(history->store, statement) == STORE_ROW) {
		read_server(statement, &server);
		more = told(context, &server);
	}
	sqlite3_reset(statement);
}
