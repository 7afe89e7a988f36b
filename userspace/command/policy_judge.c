// SPDX-License-Identifier: BSD-2-Clause
#include "command/policy_judge.h"

#include <stdlib.h>

#include "base/mem.h"
#include "command/command.h"
#include "sink/json_policy.h"
#include "sink/policy_text.h"

#define SECOND INT64_C(1000000000)

struct policy_judge {
	struct ruleset *rules;
	struct verdict *verdict;
	char *host;
};

struct policy_judge *policy_judge_new(const char *const *paths, size_t n, const char *host)
{
	struct ruleset *rules = rules_load_named(paths, n);
	struct policy_judge *judge;

	if (!rules)
		return NULL;
	judge = mem_alloc(sizeof(*judge));
	judge->rules = rules;
	judge->verdict = verdict_new(rules);
	judge->host = mem_strdup(host);
	return judge;
}

void policy_judge_free(struct policy_judge *judge)
{
	if (!judge)
		return;
	verdict_free(judge->verdict);
	rules_free(judge->rules);
	free(judge->host);
	free(judge);
}

/* Rules that are about no finding are about sessions, and here is none. */
static void drop_without_finding(struct alerts *alerts)
{
	size_t n = 0;

	for (size_t i = 0; i < alerts->n; i++) {
		if (alerts->list[i].finding)
			alerts->list[n++] = alerts->list[i];
		else
			free(alerts->list[i].message);
	}
	alerts->n = n;
}

void policy_judge_look(struct policy_judge *judge, const struct refresh_result *result, int64_t now,
	struct refresh_subject **subject, struct alerts *alerts)
{
	*subject = refresh_subject_new(result, now);
	(*subject)->subject.host = judge->host;
	verdict_judge(judge->verdict, &(*subject)->subject, alerts);
	drop_without_finding(alerts);
}

static bool is_news(const struct refresh_result *result, const struct alerts *alerts)
{
	return alerts->n || result->change_is_new || result->status == REFRESH_FETCHED ||
	       (result->status == REFRESH_FAILED && result->policy);
}

void policy_judge_tell(struct policy_judge *judge, const struct refresh_result *result, int64_t now,
	bool text, void (*take)(void *context, struct document *document), void *context)
{
	struct refresh_subject *subject;
	struct document *document;
	struct alerts alerts;
	struct text out = { 0 };

	policy_judge_look(judge, result, now, &subject, &alerts);
	for (size_t i = 0; i < alerts.n; i++) {
		json_policy_alert(&out, &subject->subject, &alerts.list[i]);
		take(context, document_new(DATASET_ALERT, alerts.list[i].severity, now * SECOND, &out));
	}
	if (is_news(result, &alerts)) {
		json_policy_look(&out, result, now, judge->host);
		document = document_new(DATASET_POLICY, SEVERITY_INFO, now * SECOND, &out);
		if (text) {
			policy_text_look(&out, result, &alerts, now);
			document->text = mem_string(bytes_of(out.s, out.n));
		}
		take(context, document);
	}
	text_free(&out);
	alerts_free(&alerts);
	refresh_subject_free(subject);
}
