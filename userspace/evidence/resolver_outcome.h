/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What came of one question to the DNS: a status, an answer, and how long both may be believed. Part of
 * the resolver: its cache and all who asked share one outcome, and nothing here touches the network.
 * Time is in ms, of one clock.
 */
#ifndef EVIDENCE_RESOLVER_OUTCOME_H
#define EVIDENCE_RESOLVER_OUTCOME_H

#include "evidence/resolver.h"

/*
 * Seconds, whatever a TTL says: RFC 2308 5 suggests at most three hours for what is not there. A failure
 * is kept as long as is needed to spare a server that is down.
 */
#define OUTCOME_POSITIVE_MAX 86400
#define OUTCOME_NEGATIVE_MAX 10800
#define OUTCOME_FAILURE      10

struct outcome {
	unsigned int references;
	enum dns_status status;
	struct dns_answer answer;
	uint64_t expires;
};

/*
 * Out of a reply to the question for @type of @name (normalised), or of the lack of one. One reference is
 * the caller's.
 */
struct outcome *outcome_read(struct bytes reply, const char *name, enum dns_type type, uint64_t now);
struct outcome *outcome_without(enum dns_status status, const char *name, enum dns_type type,
	uint64_t now);

struct outcome *outcome_hold(struct outcome *outcome);
void outcome_release(struct outcome *outcome); /* frees it with the last reference */

/* Seconds that are left, rounded up. */
uint32_t outcome_ttl(const struct outcome *outcome, uint64_t now);

#endif
