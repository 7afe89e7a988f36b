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

static const char *const steps[] = { policies };

int store_schema_version(void)
{
	return (int)(sizeof(steps) / sizeof(*steps));
}

const char *store_schema_step(int version)
{
	assert(version >= 0 && version < store_schema_version());
	return steps[version];
}
