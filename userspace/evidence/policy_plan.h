/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a cached policy is looked at again, and what in a new version an attacker would like. Pure
 * functions; times in seconds, chance from the caller.
 */
#ifndef EVIDENCE_POLICY_PLAN_H
#define EVIDENCE_POLICY_PLAN_H

#include "evidence/policy_cache.h"

/* RFC 8461 3.3: after a failure wait at least five minutes. Nobody is asked more often anyway. */
#define PLAN_LEAST 300
/* RFC 8461 10.2 suggests a daily refresh. */
#define PLAN_MOST 86400

/*
 * Seconds from a good look to the next: at a random point between 30 and 60 per cent of @max_age,
 * so that there is time for many more tries, and at most a day. A policy too short-lived to be kept
 * in force in this way is looked at within the hour. @chance: any number, evenly distributed.
 */
int64_t plan_refresh(uint32_t max_age, uint64_t chance);

/* Seconds from the @failures-th bad look in a row to the next: doubles from PLAN_LEAST to a day. */
int64_t plan_retry(unsigned int failures, uint64_t chance);

/*
 * What became worse from @before, a policy in force, to @after: POLICY_WEAKENED, POLICY_MX_REPLACED
 * or POLICY_UNCHANGED.
 */
enum policy_change plan_compare(const struct sts_policy *before, const struct sts_policy *after);

#endif
