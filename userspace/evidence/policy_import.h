/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policies from elsewhere into the cache, and out of it. What comes in is checked like a policy
 * that was fetched; its time runs from when it was fetched then, so it may have expired on arrival.
 */
#ifndef EVIDENCE_POLICY_IMPORT_H
#define EVIDENCE_POLICY_IMPORT_H

#include "evidence/policy_cache.h"

struct policy_imported {
	size_t taken; /* or known already as they are */
	size_t older; /* than ours, and let be */
	size_t bad;   /* left out; a line for each in errors */
};

/*
 * @path may be
 *   the SQLite cache of postfix-mta-sts-resolver, which may be running: it is only read;
 *   a folder of DOMAIN.txt, fetched when the files were last written;
 *   a JSON document that policy_export_json() wrote.
 * All that is good is taken, in one transaction. False: nothing was, because @path can't be read or
 * the store can't be written (logged). What is wrong, "FILE:LINE: …" or "FILE: row 7 (DOMAIN): …",
 * is appended to @errors, a line each.
 */
bool policy_import(struct policy_cache *cache, struct store *store, const char *path, int64_t now,
	struct policy_imported *imported, struct text *errors);

/*
 * All policies as one document, appended to @out; id is left out where it is not known:
 *   {"version": 1, "policies": [
 *   {"domain": …, "id": …, "text": …, "fetched": seconds since 1970, "source": …},
 *   …]}
 */
void policy_export_json(struct policy_cache *cache, struct text *out);

/*
 * All policies as DOMAIN.txt into @folder, which is made if it is not there; the files' times are
 * when they were fetched. False: not all could be written, see @errors.
 */
bool policy_export_folder(struct policy_cache *cache, const char *folder, struct text *errors);

#endif
