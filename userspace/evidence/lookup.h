/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks the network about what sessions show: for a recipient's domain its MTA-STS policy and its MX
 * hosts, for an MX host its addresses and TLSA records. Many at once; each name at most once while
 * its answers hold; bounded in number and in time. Policies go to the cache, DNS answers are told.
 *
 * Asynchronous, and of one thread: the one whose loop, resolver, fetcher and cache it is given.
 * What it tells may be copied and carried to another thread.
 */
#ifndef EVIDENCE_LOOKUP_H
#define EVIDENCE_LOOKUP_H

#include "evidence/policy_refresh.h"

/* One DNS answer. */
struct lookup_answer {
	/* Whose it is: the domain (MX), the MX host (A, AAAA, TLSA), whatever aliases led elsewhere. */
	char name[DOMAIN_TEXT];
	enum dns_status status;
	struct dns_answer answer; /* its type is always there, records where status is DNS_OK */
	bool believed;            /* validated by DNSSEC, and the way to the resolver is trusted */
	int64_t time;             /* when it came, seconds since 1970 */
};

/* @out owns what it points to. */
void lookup_answer_copy(struct lookup_answer *out, const struct lookup_answer *answer);
void lookup_answer_fini(struct lookup_answer *answer);

struct lookup_params {
	struct loop *loop;
	struct resolver *resolver;
	struct fetcher *fetcher;
	struct policy_cache *cache; /* of this thread */
	bool believes_ad;           /* the resolver's AD bit counts (RFC 7672 2.2) */
	unsigned int deadline;      /* ms after which nobody waits for a name any more; 0: 20000 */
	size_t max_at_once;         /* names; 0: 64; the rest queues */
	int64_t (*now)(void);       /* seconds since 1970 */
	/* Each answer, borrowed until return; never from inside a call of lookup_*(). */
	void (*told)(void *context, const struct lookup_answer *answer);
	/* What became of a policy, borrowed until return; may be NULL. */
	refresh_told *policy_told;
	/* lookup_answered() has grown; may be NULL. */
	void (*advanced)(void *context);
	void *context;
};

struct lookup;

/* All that @params point to stays the caller's and lives longer. */
struct lookup *lookup_new(const struct lookup_params *params);

/*
 * From here on nothing is told and nothing is written. What is under way calls back all the same:
 * so first this, then free resolver and fetcher (in this order), then lookup_free().
 */
void lookup_stop(struct lookup *lookup);
void lookup_free(struct lookup *lookup);

/*
 * A recipient's domain was met: see to its policy (REFRESH_BY_ID), its MX set, and each of its hosts.
 * An MX host was met. @domain and @host are normalised. Returns the number of the look-up, under way
 * or made, that will answer; 0: its answers hold still, or there is no room: nothing to wait for.
 */
uint64_t lookup_domain(struct lookup *lookup, const char *domain);
uint64_t lookup_host(struct lookup *lookup, const char *host);

/* All look-ups up to this number have been answered, or given up: numbers count from 1. */
uint64_t lookup_answered(const struct lookup *lookup);

/*
 * For who runs for long: from now on, each minute, look at cached policies that are due, and at the
 * MX hosts of all domains with a cached policy in force whose answers don't hold any more. The cache
 * takes over what others wrote (policy_cache_sync()).
 */
void lookup_keep_fresh(struct lookup *lookup);

/* Names that wait or are under way. */
size_t lookup_left(const struct lookup *lookup);

struct lookup_stats {
	uint64_t domains, hosts; /* that were looked up */
	uint64_t late;           /* given up by those who waited, before they were answered */
	uint64_t refused;        /* for want of room */
};

void lookup_get_stats(const struct lookup *lookup, struct lookup_stats *out);

#endif
