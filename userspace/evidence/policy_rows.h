/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy cache's tables in the store. Each change is one transaction, or part of the one that
 * the caller has open. False: logged, and nothing has changed.
 */
#ifndef EVIDENCE_POLICY_ROWS_H
#define EVIDENCE_POLICY_ROWS_H

#include "evidence/policy_cache.h"

/*
 * Every policy in order of domain. @row's strings are borrowed until return; its policy is not
 * parsed and its expires is 0.
 */
bool policy_rows_read(struct store *store,
	void (*told)(void *context, const struct cached_policy *row), void *context);

/* Write the whole of @policy; what it replaces becomes an earlier version if id or text differ. */
bool policy_rows_put(struct store *store, const struct cached_policy *policy, int64_t now);

/* Write all but id, text and source. */
bool policy_rows_update(struct store *store, const struct cached_policy *policy);

/* Make all due at @at, or only @domain. */
bool policy_rows_hurry(struct store *store, const char *domain, int64_t at);

/* Forget a domain, earlier versions and all. */
bool policy_rows_remove(struct store *store, const char *domain);

/* See policy_cache_history(). */
bool policy_rows_versions(struct store *store, const char *domain,
	bool (*told)(void *context, const struct policy_version *version), void *context);

#endif
