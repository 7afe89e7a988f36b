/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stores behind evidence_ask(), and its steps. Private to evidence.c, which_mx.c and bind.c.
 */
#ifndef EVIDENCE_STORES_H
#define EVIDENCE_STORES_H

#include "evidence/evidence.h"

/* MX names, domains and policies of one server that are looked at; beyond them nobody has any. */
#define CANDIDATES_MAX 32

/* What is NULL was not asked for, and is not asked. */
struct evidence_store {
	struct policy_files *policies;
	struct mx_map *map;
	struct mx_seen *seen;
	struct tlsa_file *tlsa;
	char *tlsa_name; /* of its file, without the folder */
	struct policy_list *lists[EVIDENCE_LISTS_MAX];
	size_t list_count;
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
 * which_mx.c: fill in evidence->mx and what goes with it, from the strongest source that has a name;
 * and the domains whose mail the server takes, as map and DNS say.
 */
void which_mx(struct evidence_store *store, const struct record *record, struct evidence *evidence,
	struct candidates *candidates);

/* which_mx.c: a recipient's domain whose mail servers are known, and this one is none of them. */
void which_mx_redirected(
	struct evidence_store *store, const struct record *record, struct evidence *evidence);

/* bind.c: the policies that bind the session. The certificate must have been judged. */
void bind_policies(struct evidence_store *store, const struct record *record,
	const struct candidates *candidates, struct evidence *evidence);

#endif
