/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stores behind evidence_ask(), and its steps. Private to evidence.c, which_mx.c,
 * bind.c and want.c.
 */
#ifndef EVIDENCE_STORES_H
#define EVIDENCE_STORES_H

#include "evidence/evidence.h"

/* MX names, domains and policies of one server that are looked at; beyond them nobody has any. */
#define CANDIDATES_MAX 32

/* What stands in files, which may be read anew. What is NULL was not asked for, and is not asked. */
struct evidence_files {
	struct policy_files *policies;
	struct mx_map *map;
	struct tlsa_file *tlsa;
	char *tlsa_name; /* of its file, without the folder */
	struct policy_list *lists[EVIDENCE_LISTS_MAX];
	size_t list_count;
};

struct evidence_store {
	struct evidence_files *files; /* never NULL */
	struct mx_seen *seen;
	/* What our own look-ups told; NULL: nothing yet. */
	struct mx_seen *resolved;
	struct tlsa_known *tlsa_known;
	int64_t resolved_since; /* ns: all of it was told then or later */
	uint64_t (*want)(void *context, enum wanted kind, const char *name);
	void *want_context;
	struct store *db;
	struct policy_cache *cache;
	struct history *history;
	struct dane *dane;
};

/* Domains for whose mail the server may have been chosen. Borrowed from the stores. */
struct candidates {
	const char *domains[CANDIDATES_MAX];
	size_t n;
};

/*
 * Our own look-ups tell what holds now. Of a session this much older (ns) they may confirm, but
 * prove nothing against anybody: names, keys and addresses change.
 */
#define RESOLVED_LATE (3600 * INT64_C(1000000000))

static inline bool resolved_late(const struct evidence_store *store, const struct record *record)
{
	return record->flow.first < store->resolved_since - RESOLVED_LATE;
}

/*
 * which_mx.c: fill in evidence->mx and what goes with it, from the strongest source that has a name;
 * and the domains whose mail the server takes, as map and DNS say.
 */
void which_mx(struct evidence_store *store, const struct record *record, struct evidence *evidence,
	struct candidates *candidates);

/*
 * which_mx.c: whether mail for a recipient's domain is taken at the server's address, as our own
 * look-ups tell. ANSWER_UNKNOWN where they don't tell all.
 */
enum answer resolved_serves(struct evidence_store *store, const struct record *record,
	const char *domain);

/* which_mx.c: a recipient's domain whose mail servers are known, and this one is none of them. */
void which_mx_redirected(
	struct evidence_store *store, const struct record *record, struct evidence *evidence);

/* bind.c: the policies that bind the session. The certificate must have been judged. */
void bind_policies(struct evidence_store *store, const struct record *record,
	const struct candidates *candidates, struct evidence *evidence);

#endif
