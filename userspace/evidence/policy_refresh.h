/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at the policies of many domains at once and puts what it finds into the cache, as RFC 8461
 * asks: an unchanged id lets the policy's time begin anew, a new valid policy replaces the old one,
 * a failure keeps it. What an attacker with the DNS would like to happen is told apart from what
 * befalls ourselves. Asynchronous; lives as long as the look-ups, so many may be under way.
 *
 * Owns nothing of what it is given. A domain is in it at most once at a time.
 */
#ifndef EVIDENCE_POLICY_REFRESH_H
#define EVIDENCE_POLICY_REFRESH_H

#include "evidence/policy_cache.h"
#include "evidence/sts_fetch.h"

#define REFRESH_STATUS_LIST(X)                                                                     \
	X(REFRESH_FETCHED, "fetched", "a policy was fetched and is in the cache now")              \
	X(REFRESH_CONFIRMED, "confirmed", "the id is unchanged: its time begins anew")             \
	X(REFRESH_NONE, "none", "no policy in the cache, and the domain has no record")            \
	X(REFRESH_FAILED, "failed", "what was in the cache is kept, if anything was")              \
	X(REFRESH_WAITING, "waiting", "not asked: the last try failed only minutes ago")

enum refresh_status {
#define X(name, text, comment) name,
	REFRESH_STATUS_LIST(X)
#undef X
};

const char *refresh_status_name(enum refresh_status status);

/* What became of one domain; borrowed until return. */
struct refresh_result {
	const char *domain;
	enum refresh_status status;
	enum sts_outcome outcome;           /* of the look-up; not for REFRESH_WAITING */
	const char *id;                     /* of the record; NULL: none was found */
	const char *reason;                 /* for people; "" where all is well */
	const struct cached_policy *policy; /* in the cache now; NULL: none */
	bool was_in_force;                  /* one was, before */
	enum policy_change change;          /* of note now: see cached_policy_change() */
	bool change_is_new;                 /* and it came by this look */
};

/* May add domains. */
typedef void refresh_told(void *context, const struct refresh_result *result);

struct refresh_params {
	struct resolver *resolver;
	struct fetcher *fetcher;
	struct policy_cache *cache;
	size_t max_at_once;   /* look-ups; 0: 64; the rest queues */
	int64_t (*now)(void); /* seconds since 1970 */
	refresh_told *told;   /* once for each domain, never from inside policy_refresh_add() */
	void (*idle)(void *context); /* nothing is left to do; may be NULL */
	void *context;
};

struct policy_refresh;

struct policy_refresh *policy_refresh_new(struct loop *loop, const struct refresh_params *params);

/*
 * From here on nothing is told and nothing is written. What is under way calls back all the same:
 * so first this, then free fetcher and resolver, then policy_refresh_free().
 */
void policy_refresh_stop(struct policy_refresh *refresh);
void policy_refresh_free(struct policy_refresh *refresh);

/*
 * REFRESH_BY_ID: fetch only if the record's id is not that of the cached policy, and not where a try
 * failed less than five minutes ago (RFC 8461 3.3: for each domain and id). REFRESH_NAMED: the same
 * without that wait, because somebody asks for this very domain. REFRESH_ALWAYS: fetch in any case.
 */
enum refresh_how { REFRESH_BY_ID, REFRESH_NAMED, REFRESH_ALWAYS };

/* Look at @domain (normalised). False: it is under way already. */
bool policy_refresh_add(struct policy_refresh *refresh, const char *domain, enum refresh_how how);

/* Look at all cached policies that are due: for who runs for long, once a minute or so. */
void policy_refresh_add_due(struct policy_refresh *refresh);

/* Domains that wait or are under way. */
size_t policy_refresh_left(const struct policy_refresh *refresh);

#endif
