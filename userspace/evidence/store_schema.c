// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/store_schema.h"

#include <assert.h>

/*
 * Times are seconds since 1970 unless a name says otherwise. Numbers that stand for words are the
 * enums' of the headers that own the tables: their values must not change.
 */

/* 1: evidence/policy_cache.h. policies.changed is when policies.change happened. */
static const char policies[] =
	"CREATE TABLE policies ("
	" domain TEXT NOT NULL PRIMARY KEY,"
	" id TEXT,"
	" text TEXT NOT NULL,"
	" source TEXT NOT NULL,"
	" fetched INTEGER NOT NULL,"
	" checked INTEGER NOT NULL,"
	" refresh_at INTEGER NOT NULL,"
	" error TEXT,"
	" failures INTEGER NOT NULL DEFAULT 0,"
	" change INTEGER NOT NULL DEFAULT 0,"
	" before INTEGER NOT NULL DEFAULT 0,"
	" before_expires INTEGER NOT NULL DEFAULT 0,"
	" changed INTEGER NOT NULL DEFAULT 0"
	") STRICT;"
	"CREATE TABLE policy_versions ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT,"
	" domain TEXT NOT NULL,"
	" id TEXT,"
	" text TEXT NOT NULL,"
	" source TEXT NOT NULL,"
	" fetched INTEGER NOT NULL,"
	" replaced INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX policy_versions_domain ON policy_versions (domain, number);";

/*
 * 2: evidence/history_memory.h. Here times are ns since 1970, but for fades: the second in which the
 * row is forgotten, in the order of which rows make room. server, client: addresses as text; a client
 * that is known by its name has no address.
 */
static const char history[] =
	"CREATE TABLE history_servers ("
	" server TEXT NOT NULL,"
	" port INTEGER NOT NULL,"
	" name TEXT NOT NULL,"
	" fades INTEGER NOT NULL,"
	" first INTEGER NOT NULL,"
	" last INTEGER NOT NULL,"
	" weight REAL NOT NULL,"
	" sessions INTEGER NOT NULL,"
	" offered_first INTEGER NOT NULL,"
	" offered_last INTEGER NOT NULL,"
	" offered_weight REAL NOT NULL,"
	" offered INTEGER NOT NULL,"
	" missed INTEGER NOT NULL,"
	" mixed INTEGER NOT NULL,"
	" ttl INTEGER NOT NULL,"
	" ttl_votes INTEGER NOT NULL,"
	" family INTEGER NOT NULL,"
	" tls_min INTEGER NOT NULL,"
	" tls_max INTEGER NOT NULL,"
	" leaf_time INTEGER NOT NULL,"
	" leaf_not_after INTEGER NOT NULL,"
	" leaf_key BLOB NOT NULL,"
	" leaf_issuer TEXT NOT NULL,"
	" PRIMARY KEY (server, port, name)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX history_servers_fades ON history_servers (fades);"
	"CREATE INDEX history_servers_name ON history_servers (name);"
	"CREATE TABLE history_clients ("
	" server TEXT NOT NULL,"
	" port INTEGER NOT NULL,"
	" client TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" fades INTEGER NOT NULL,"
	" first INTEGER NOT NULL,"
	" last INTEGER NOT NULL,"
	" weight REAL NOT NULL,"
	" sessions INTEGER NOT NULL,"
	" tls_first INTEGER NOT NULL,"
	" tls_last INTEGER NOT NULL,"
	" tls_weight REAL NOT NULL,"
	" tls INTEGER NOT NULL,"
	" offered_last INTEGER NOT NULL,"
	" failure_last INTEGER NOT NULL,"
	" failure_tampered INTEGER NOT NULL,"
	" failure_session TEXT NOT NULL,"
	" PRIMARY KEY (server, port, client, name)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX history_clients_fades ON history_clients (fades);"
	"CREATE TABLE history_keys ("
	" key BLOB NOT NULL,"
	" owner TEXT NOT NULL,"
	" fades INTEGER NOT NULL,"
	" first INTEGER NOT NULL,"
	" last INTEGER NOT NULL,"
	" weight REAL NOT NULL,"
	" sessions INTEGER NOT NULL,"
	" server TEXT NOT NULL,"
	" leaf BLOB NOT NULL,"
	" PRIMARY KEY (key, owner)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX history_keys_fades ON history_keys (fades);"
	"CREATE TABLE history_domains ("
	" domain TEXT NOT NULL PRIMARY KEY,"
	" fades INTEGER NOT NULL,"
	" first INTEGER NOT NULL,"
	" last INTEGER NOT NULL,"
	" weight REAL NOT NULL,"
	" sessions INTEGER NOT NULL,"
	" clear INTEGER NOT NULL,"
	" tls INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX history_domains_fades ON history_domains (fades);";

/* 3: when this version was first met, which a confirmation by its id does not change. */
static const char policies_since[] =
	"ALTER TABLE policies ADD COLUMN since INTEGER NOT NULL DEFAULT 0;"
	"UPDATE policies SET since = fetched;";

static const char *const steps[] = { policies, history, policies_since };

int store_schema_version(void)
{
	return (int)(sizeof(steps) / sizeof(*steps));
}

const char *store_schema_step(int version)
{
	assert(version >= 0 && version < store_schema_version());
	return steps[version];
}
