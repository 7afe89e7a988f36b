// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/policy_plan.h"

#include "base/domain.h"

#define HOUR 3600

static int64_t between(int64_t low, int64_t high, uint64_t chance)
{
	return low + (int64_t)(chance % (uint64_t)(high - low + 1));
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t plan_refresh(uint32_t max_age, uint64_t chance)
{
	/* Long-lived ones are spread over half a day, lest all that came at once return at once. */
	int64_t low = smaller((int64_t)max_age * 3 / 10, PLAN_MOST / 2);
	int64_t high = smaller((int64_t)max_age * 6 / 10, PLAN_MOST);

	if (high < 2 * PLAN_LEAST)
		return between(HOUR / 2, HOUR, chance);
	return between(low > PLAN_LEAST ? low : PLAN_LEAST, high, chance);
}

int64_t plan_retry(unsigned int failures, uint64_t chance)
{
	int64_t wait = PLAN_LEAST;

	for (unsigned int i = 1; i < failures && wait < PLAN_MOST; i++)
		wait *= 2;
	/* A quarter more at most: what failed together need not come back together. */
	return smaller(between(wait, wait + wait / 4, chance), PLAN_MOST);
}

/* Whether hosts of the old @pattern are still among those of the new policy, some of them at least.
 */
static bool is_left(const char *pattern, const struct sts_policy *after)
{
	for (size_t i = 0; i < after->mx_count; i++) {
		const char *now = after->mx[i];

		if (strcmp(pattern, now) == 0 || domain_matches(pattern, now) ||
			domain_matches(now, pattern))
			return true;
	}
	return false;
}

enum policy_change plan_compare(const struct sts_policy *before, const struct sts_policy *after)
{
	if (before->mode == POLICY_ENFORCE && after->mode < POLICY_ENFORCE)
		return POLICY_WEAKENED;
	if (before->mode == POLICY_NONE || after->mode == POLICY_NONE)
		return POLICY_UNCHANGED;
	for (size_t i = 0; i < before->mx_count; i++)
		if (is_left(before->mx[i], after))
			return POLICY_UNCHANGED;
	return before->mx_count ? POLICY_MX_REPLACED : POLICY_UNCHANGED;
}
