// SPDX-License-Identifier: BSD-2-Clause
/* stripwatch policy list, show. */
#include <stdio.h>
#include <time.h>

#include "base/log.h"
#include "command/command.h"
#include "command/policy.h"
#include "sink/json_policy.h"
#include "sink/policy_text.h"

/* JSON is written out beyond this size, so that the largest cache costs no memory to list. */
#define BATCH 65536

/* The next policy that was asked for: all if none was. @*at counts; NULL: that was all. */
static const struct cached_policy *next_policy(
	struct policy_run *run, const struct cached_policy *after, size_t *at, bool *missing)
{
	const struct domains *domains = &run->options.domains;

	if (!domains->n)
		return policy_cache_next(run->cache, after);
	while (*at < domains->n) {
		const char *domain = domains->list[(*at)++];
		const struct cached_policy *policy = policy_cache_get(run->cache, domain);

		if (policy)
			return policy;
		log_err("policy: no policy of %s in %s", domain, store_path(run->store));
		*missing = true;
	}
	return NULL;
}

int policy_verb_list(struct policy_run *run)
{
	const struct cached_policy *policy = NULL;
	struct columns columns = { 0 };
	int64_t now = time(NULL);
	bool missing = false;
	size_t at = 0;

	if (!run->options.json && policy_cache_count(run->cache))
		policy_text_head(&columns);
	while ((policy = next_policy(run, policy, &at, &missing))) {
		if (!run->options.json)
			policy_text_row(&columns, policy, now);
		else
			json_policy(&run->out, policy, now, run->host, NULL);
		if (run->out.n > BATCH && !policy_run_flush(run))
			break;
	}
	columns_write(&columns, &run->out);
	columns_fini(&columns);
	if (!policy_cache_count(run->cache))
		fprintf(stderr, "no policies in %s\n", store_path(run->store));
	return missing ? EXIT_INPUT : EXIT_DONE;
}

int policy_verb_show(struct policy_run *run)
{
	const struct cached_policy *policy = NULL;
	int64_t now = time(NULL);
	bool missing = false;
	size_t at = 0;

	while (run->options.domains.n && (policy = next_policy(run, policy, &at, &missing))) {
		if (run->options.json)
			json_policy(&run->out, policy, now, run->host, run->cache);
		else
			policy_text_show(&run->out, run->cache, policy, now);
		if (run->out.n > BATCH && !policy_run_flush(run))
			break;
	}
	return missing ? EXIT_INPUT : EXIT_DONE;
}
