/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MTA-STS policies that were fetched, as RFC 8461 3.3, 5.1 and 10.2 ask: kept until their max_age
 * is over, replaced only by a newer valid one, every version remembered. In memory for look-ups (by
 * domain and by MX name, no walk over all), in the store for ever. Time is the caller's, in seconds
 * since 1970.
 */
#ifndef EVIDENCE_POLICY_CACHE_H
#define EVIDENCE_POLICY_CACHE_H

#include "evidence/mta_sts.h"
#include "evidence/store.h"

struct cached_policy {
	char *domain;
	char *id;                 /* of the TXT record; NULL: not known (imported) */
	char *text;               /* as it was fetched */
	char *source;             /* "fetch", "import:FILE", "file:NAME" */
	struct sts_policy policy; /* parsed from text */
	int64_t since;            /* when this text was first met */
	int64_t fetched;          /* last fetched, or confirmed by an unchanged id */
	int64_t expires;          /* fetched + max_age */
	int64_t checked;          /* last try, good or bad */
	int64_t refresh_at;       /* when it is next due */
	char *error;              /* of the last try; NULL: it went well */
	unsigned int failures;    /* tries in a row that failed */
	enum policy_change change;/* the last of note */
	enum policy_mode before;  /* the mode before it weakened */
	int64_t before_expires;   /* until when that which was weakened would have held */
	int64_t changed;          /* when */
};

/*
 * Bounds, against domains that would fill the disk or the memory; far above what a relay meets. A
 * domain that changes its policy at each look has its oldest versions forgotten.
 */
#define POLICIES_MAX           100000
#define POLICIES_BYTES_MAX     268435456 /* of all texts */
#define POLICY_VERSIONS_MAX    100       /* of one domain */
#define POLICY_PATTERNS_MAX    256       /* of one policy, that it is found by its MX names by */

struct policy_cache;

/* All policies of @store are loaded. NULL: logged. @store lives longer. */
struct policy_cache *policy_cache_open(struct store *store);
void policy_cache_close(struct policy_cache *cache);

/*
 * Take over what other programs have changed in the store since; cheap when nothing was. False:
 * logged, and what was known stays.
 */
bool policy_cache_sync(struct policy_cache *cache);

/* Go back to what the store says, after a transaction of the caller's was rolled back. */
bool policy_cache_reload(struct policy_cache *cache);

size_t policy_cache_count(const struct policy_cache *cache);

/* That of @domain (normalised), expired or not; NULL: none. Borrowed until the next change. */
const struct cached_policy *policy_cache_get(struct policy_cache *cache, const char *domain);

/* Policies whose patterns match @mx, by domain; the first @max into @out, returns how many. */
size_t policy_cache_matching(struct policy_cache *cache, const char *mx,
	const struct cached_policy **out, size_t max);

/* Walk in order of domain: start with NULL. */
const struct cached_policy *policy_cache_next(struct policy_cache *cache,
	const struct cached_policy *after);

/* True if it may be applied at @now: not expired, and its mode is not none. */
bool cached_policy_in_force(const struct cached_policy *policy, int64_t now);

/*
 * The change that is of note at @now: one that took a promise away is until the promise would have
 * ended, failures are while the policy is in force.
 */
enum policy_change cached_policy_change(const struct cached_policy *policy, int64_t now);

/*
 * A fetch succeeded: @text (valid, else false and nothing changes, why appended) becomes the policy
 * of @domain. Notes what weakened. Durable on return, unless the caller has a transaction of the
 * store open: then when that is committed (else policy_cache_reload()). False too, logged, where
 * the store fails. @id and @why may be NULL.
 */
bool policy_cache_put(struct policy_cache *cache, const char *domain, const char *id,
	struct bytes text, const char *source, int64_t now, struct text *why);

/* The same for what somebody else fetched at @fetched: one older than ours is let be. */
bool policy_cache_import(struct policy_cache *cache, const char *domain, const char *id,
	struct bytes text, const char *source, int64_t fetched, int64_t now, struct text *why);

/*
 * The TXT record still says the cached id: the policy's time begins anew (RFC 8461 3.3). False for
 * one that has expired: it must be fetched (RFC 8461 5.1).
 */
bool policy_cache_confirm(struct policy_cache *cache, const char *domain, int64_t now);

/*
 * A try failed: @what becomes of it is remembered while it is in force (POLICY_RECORD_GONE,
 * POLICY_HIDDEN; POLICY_UNCHANGED for a failure of our own), the policy stays. One that expired
 * POLICY_FORGOTTEN_AFTER ago is forgotten instead. Durable on return.
 */
bool policy_cache_fail(struct policy_cache *cache, const char *domain, enum policy_change what,
	const char *error, int64_t now);
#define POLICY_FORGOTTEN_AFTER (30 * 86400)

/* Forget the policy and its earlier versions. */
bool policy_cache_remove(struct policy_cache *cache, const char *domain);

/* The policy that is due first (at its refresh_at); NULL: none. Flat in cost. */
const struct cached_policy *policy_cache_due(struct policy_cache *cache);

/*
 * A try has begun, so that others become the first due: this one is due again only when it did not
 * end in minutes. Not kept in the store: whoever dies meanwhile starts over.
 */
void policy_cache_begun(struct policy_cache *cache, const char *domain, int64_t now);

/* Make every policy (or that of @domain) due at @now: `policy refresh`. */
bool policy_cache_hurry(struct policy_cache *cache, const char *domain, int64_t now);

/* Earlier versions of a domain's policy, newest first. False from @told ends it. */
struct policy_version {
	const char *id, *text, *source;
	int64_t fetched, replaced;
};
void policy_cache_history(struct policy_cache *cache, const char *domain,
	bool (*told)(void *context, const struct policy_version *version), void *context);

#endif
