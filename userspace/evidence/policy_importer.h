/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the importers of one format each share. Between policy_import.c and the files of the
 * formats.
 */
#ifndef EVIDENCE_POLICY_IMPORTER_H
#define EVIDENCE_POLICY_IMPORTER_H

#include "evidence/policy_import.h"

struct importer {
	struct policy_cache *cache;
	const char *path; /* as it was given */
	int64_t now;
	struct policy_imported *imported;
	struct text *errors;
};

/* A policy as it was found; strings may be anything and are borrowed. */
struct found_policy {
	const char *where; /* in the file: "row 7"; NULL: the file is the place */
	const char *domain;
	const char *id; /* NULL: not known */
	struct bytes text;
	const char *source;
	int64_t fetched;
};

/* Take it, or say in errors why not. False: the store failed, stop. */
bool importer_take(struct importer *importer, const struct found_policy *found);

/* "PATH: WHERE (DOMAIN): WHAT"; @where and @domain may be NULL. Counts as bad. */
void importer_refuse(
	struct importer *importer, const char *where, const char *domain, const char *what);

/* The formats. False: see policy_import(). */
bool import_resolver_cache(struct importer *importer);
bool import_json(struct importer *importer, struct bytes document);

#endif
