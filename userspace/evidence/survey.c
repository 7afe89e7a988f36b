// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/survey.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"
#include "evidence/survey_mx.h"

#define DEADLINE 30000
#define AT_ONCE  200

/* "_smtp._tls." and a name. */
#define RPT_NAME_ROOM (DOMAIN_TEXT + 16)

struct survey {
	struct survey_params params;
	struct loop *loop;
	struct loop_timer *soon;
	struct list waiting, under_way, ended; /* of struct look; ended: told, still called back */
	size_t under_way_count;
	bool stopped;
};

/* One domain. Lives until it was told and nothing calls back any more. */
struct look {
	struct list node;
	struct survey *survey;
	struct survey_domain *result; /* NULL: told */
	struct loop_timer *deadline;  /* NULL: not started, or told */
	size_t pending;               /* look-ups that will call back */
};

const char *survey_dane_name(enum survey_dane dane)
{
	static const char *const names[] = {
#define X(name, text, comment) [name] = text,
		SURVEY_DANE_LIST(X)
#undef X
	};

	return names[dane];
}

void survey_domain_free(struct survey_domain *domain)
{
	if (!domain)
		return;
	free(domain->domain);
	free(domain->sts_id);
	free(domain->sts_reason);
	sts_policy_fini(&domain->policy);
	tls_rpt_fini(&domain->rpt);
	free(domain);
}

static void start_waiting(void *context);

struct survey *survey_new(struct loop *loop, const struct survey_params *params)
{
	struct survey *survey = mem_alloc(sizeof(*survey));

	survey->params = *params;
	survey->loop = loop;
	if (!survey->params.deadline)
		survey->params.deadline = DEADLINE;
	if (!survey->params.max_at_once)
		survey->params.max_at_once = AT_ONCE;
	survey->soon = loop_timer_new(loop, start_waiting, survey);
	list_init(&survey->waiting);
	list_init(&survey->under_way);
	list_init(&survey->ended);
	return survey;
}

/* Free @look if nothing will call back. */
static void release(struct look *look)
{
	if (look->pending || look->result)
		return;
	list_remove(&look->node);
	free(look);
}

/* @look is not told any more. */
static void drop(struct look *look)
{
	loop_timer_free(look->deadline);
	look->deadline = NULL;
	survey_domain_free(look->result);
	look->result = NULL;
	list_remove(&look->node);
	list_append(&look->survey->ended, &look->node);
	release(look);
}

void survey_stop(struct survey *survey)
{
	if (!survey)
		return;
	survey->stopped = true;
	loop_timer_clear(survey->soon);
	while (!list_is_empty(&survey->waiting))
		drop(list_entry(survey->waiting.next, struct look, node));
	while (!list_is_empty(&survey->under_way))
		drop(list_entry(survey->under_way.next, struct look, node));
}

void survey_free(struct survey *survey)
{
	if (!survey)
		return;
	survey_stop(survey);
	assert(list_is_empty(&survey->ended));
	loop_timer_free(survey->soon);
	free(survey);
}

void survey_add(struct survey *survey, const char *domain)
{
	struct look *look;

	if (survey->stopped)
		return;
	look = mem_alloc(sizeof(*look));
	look->survey = survey;
	look->result = mem_alloc(sizeof(*look->result));
	look->result->domain = mem_strdup(domain);
	list_append(&survey->waiting, &look->node);
	loop_timer_set(survey->soon, 0);
}

/* Which of the MX hosts the policy allows (RFC 8461 4.1). */
static void match_policy(struct survey_domain *result)
{
	if (!result->sts_known || result->sts != STS_POLICY || result->policy.mode == POLICY_NONE)
		return;
	for (size_t i = 0; i < result->mx_count; i++)
		result->mx[i].in_policy = sts_policy_matches(&result->policy, result->mx[i].host)
						  ? ANSWER_YES
						  : ANSWER_NO;
}

static void tell(struct look *look)
{
	struct survey *survey = look->survey;
	struct survey_domain *result = look->result;

	match_policy(result);
	look->result = NULL;
	loop_timer_free(look->deadline);
	look->deadline = NULL;
	list_remove(&look->node);
	list_append(&survey->ended, &look->node);
	survey->under_way_count--;
	release(look);
	survey->params.told_take(survey->params.context, result);
	if (list_is_empty(&survey->waiting) && !survey->under_way_count)
		survey->params.idle(survey->params.context);
	else
		loop_timer_set(survey->soon, 0);
}

static void on_deadline(void *context)
{
	struct look *look = context;

	look->result->late = true;
	tell(look);
}

/* One of the look-ups has called back, and put what it found into the result, if that is still
 * there. */
static void done(struct look *look)
{
	look->pending--;
	if (!look->result)
		release(look);
	else if (!look->pending)
		tell(look);
}

static void on_mx(void *context)
{
	done(context);
}

static struct survey_domain *result_of(void *context)
{
	struct look *look = context;

	return look->result;
}

static void on_sts(void *context, const struct sts_result *found)
{
	struct look *look = context;
	struct survey_domain *result = look->result;

	if (result) {
		result->sts_known = true;
		result->sts = found->outcome;
		result->sts_id = mem_strdup(found->id);
		result->sts_reason = mem_strdup(found->reason);
		if (found->outcome == STS_POLICY &&
			!sts_policy_parse(found->text, &result->policy, NULL))
			result->sts = STS_INVALID;
	}
	done(look);
}

static void on_rpt(void *context, enum dns_status status, const struct dns_answer *answer)
{
	struct look *look = context;
	struct survey_domain *result = look->result;
	struct bytes records[DNS_RECORDS_MAX];
	size_t n = status == DNS_OK ? answer->count : 0;

	if (result) {
		for (size_t i = 0; i < n; i++)
			records[i] = answer->records[i].txt;
		result->rpt_known = true;
		result->rpt_dns = status;
		result->rpt_status = tls_rpt_choose(records, n, &result->rpt);
	}
	done(look);
}

static void start(struct look *look)
{
	struct survey_params *params = &look->survey->params;
	const char *domain = look->result->domain;
	char name[RPT_NAME_ROOM];

	look->deadline = loop_timer_new(look->survey->loop, on_deadline, look);
	loop_timer_set(look->deadline, params->deadline);
	snprintf(name, sizeof(name), "_smtp._tls.%s", domain);
	look->pending = 3;
	survey_mx_start(&(const struct survey_mx_params){
		.resolver = params->resolver,
		.believes_ad = params->believes_ad,
		.result = result_of,
		.done = on_mx,
		.context = look,
	});
	sts_fetch(params->resolver, params->fetcher, domain, NULL, on_sts, look);
	resolver_ask(params->resolver, name, DNS_TXT, on_rpt, look);
}

static void start_waiting(void *context)
{
	struct survey *survey = context;

	while (!list_is_empty(&survey->waiting) &&
		survey->under_way_count < survey->params.max_at_once) {
		struct look *look = list_entry(survey->waiting.next, struct look, node);

		list_remove(&look->node);
		list_append(&survey->under_way, &look->node);
		survey->under_way_count++;
		start(look);
	}
}
