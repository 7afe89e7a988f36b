// SPDX-License-Identifier: BSD-2-Clause
/* stripwatch policy fetch, refresh. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "command/command.h"
#include "command/online.h"
#include "command/policy.h"
#include "command/policy_judge.h"
#include "evidence/policy_refresh.h"
#include "sink/json_policy.h"
#include "sink/policy_text.h"

/* One run of either verb. */
struct looks {
	struct policy_run *run;
	struct online online;
	struct policy_refresh *refresh;
	struct policy_judge *judge;
	size_t asked, told, bad;
	bool progress; /* on a terminal */
};

static int64_t now(void)
{
	return time(NULL);
}

static void show_progress(const struct looks *looks)
{
	if (looks->progress)
		fprintf(stderr, "\r%zu of %zu ", looks->told, looks->asked);
}

static void end_progress(const struct looks *looks)
{
	if (looks->progress)
		fputs("\r\033[K", stderr);
}

static void tell(struct looks *looks, const struct refresh_result *result)
{
	struct text *out = &looks->run->out;
	struct refresh_subject *subject;
	struct alerts alerts;

	policy_judge_look(looks->judge, result, now(), &subject, &alerts);
	if (looks->run->options.json) {
		for (size_t i = 0; i < alerts.n; i++)
			json_policy_alert(out, &subject->subject, &alerts.list[i]);
		json_policy_look(out, result, now(), looks->run->host);
	} else {
		policy_text_look(out, result, &alerts, now());
	}
	alerts_free(&alerts);
	refresh_subject_free(subject);
}

static void on_told(void *context, const struct refresh_result *result)
{
	struct looks *looks = context;

	looks->told++;
	if (result->status != REFRESH_FETCHED && result->status != REFRESH_CONFIRMED)
		looks->bad++;
	tell(looks, result);
	end_progress(looks);
	if (!policy_run_flush(looks->run))
		loop_stop(looks->online.loop); /* nobody listens any more */
	show_progress(looks);
}

static void on_idle(void *context)
{
	struct looks *looks = context;

	loop_stop(looks->online.loop);
}

/* A policy that was never fetched can't be refreshed. */
static void add_named(struct looks *looks, enum refresh_how how)
{
	const struct domains *domains = &looks->run->options.domains;

	for (size_t i = 0; i < domains->n; i++) {
		const char *domain = domains->list[i];

		if (how == REFRESH_NAMED && !policy_cache_get(looks->run->cache, domain)) {
			log_err("policy: no policy of %s in %s; see policy fetch", domain,
				store_path(looks->run->store));
			looks->bad++;
			continue;
		}
		looks->asked += policy_refresh_add(looks->refresh, domain, how);
	}
}

static void add_cached(struct looks *looks, bool due_only)
{
	const struct cached_policy *policy = NULL;

	while ((policy = policy_cache_next(looks->run->cache, policy)))
		if (!due_only || policy->refresh_at <= now())
			looks->asked +=
				policy_refresh_add(looks->refresh, policy->domain, REFRESH_BY_ID);
}

static bool open_looks(struct looks *looks, struct policy_run *run)
{
	const struct online_options *options = &run->options.online;
	const struct online_limits limits = { .fetch_timeout = options->timeout * 1000 };
	struct refresh_params params = {
		.cache = run->cache,
		.now = now,
		.told = on_told,
		.idle = on_idle,
		.context = looks,
	};

	*looks = (struct looks){ .run = run };
	looks->progress = isatty(STDERR_FILENO);
	looks->judge = policy_judge_new(run->options.rules, run->options.rule_count, run->host);
	if (!looks->judge)
		return false;
	if (!online_open(&looks->online, options, &limits))
		return false;
	params.resolver = looks->online.resolver;
	params.fetcher = looks->online.fetcher;
	looks->refresh = policy_refresh_new(looks->online.loop, &params);
	return true;
}

static void close_looks(struct looks *looks)
{
	policy_refresh_stop(looks->refresh);
	online_hang_up(&looks->online);
	policy_refresh_free(looks->refresh);
	online_close(&looks->online);
	policy_judge_free(looks->judge);
}

static int look(struct looks *looks)
{
	if (looks->asked)
		loop_run(looks->online.loop);
	end_progress(looks);
	if (looks->online.interrupted)
		log_err("policy: interrupted; %zu of %zu domains done", looks->told, looks->asked);
	return looks->bad || looks->told < looks->asked ? EXIT_INPUT : EXIT_DONE;
}

int policy_verb_fetch(struct policy_run *run)
{
	struct looks looks;
	int status = EXIT_USAGE;

	if (open_looks(&looks, run)) {
		add_named(&looks, REFRESH_ALWAYS);
		status = look(&looks);
	}
	close_looks(&looks);
	return status;
}

int policy_verb_refresh(struct policy_run *run)
{
	struct looks looks;
	int status = EXIT_USAGE;

	if (open_looks(&looks, run)) {
		if (run->options.domains.n || run->options.domains.bad)
			add_named(&looks, REFRESH_NAMED);
		else
			add_cached(&looks, !run->options.all);
		status = look(&looks);
	}
	close_looks(&looks);
	return status;
}
