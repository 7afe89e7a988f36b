// SPDX-License-Identifier: BSD-2-Clause
#include "judge/verdict.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/table.h"

/* Alerts whose repeats are being counted: beyond this the oldest is raised anew, never lost. */
#define WINDOWS_MAX 50000

/* One alert that was raised: rule, server, domain. */
struct window {
	int64_t raised;      /* ns */
	uint64_t suppressed; /* since then */
};

struct verdict {
	const struct ruleset *rules;
	uint64_t *about; /* of each rule: the findings that it is about, a bit each; 0: none */
	struct table *windows;
	uint64_t suppressed;
};

_Static_assert(FINDINGS <= 64, "a bit for each finding");

static uint64_t findings_about(const struct rule *rule)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < rule->finding_count; i++)
		bits |= (uint64_t)1 << rule->findings[i];
	return bits;
}

static uint64_t findings_there(const struct findings *findings)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < findings->n; i++)
		bits |= (uint64_t)1 << findings->list[i].id;
	return bits;
}

struct verdict *verdict_new(const struct ruleset *rules)
{
	struct verdict *verdict = mem_alloc(sizeof(*verdict));

	verdict->rules = rules;
	verdict->about = mem_alloc(rules->n * sizeof(*verdict->about));
	for (size_t i = 0; i < rules->n; i++)
		verdict->about[i] = findings_about(&rules->list[i]);
	verdict->windows = table_new(WINDOWS_MAX, sizeof(struct window), NULL);
	return verdict;
}

void verdict_free(struct verdict *verdict)
{
	if (!verdict)
		return;
	table_free(verdict->windows);
	free(verdict->about);
	free(verdict);
}

/* Rule, server address and domain, as the key of a window. */
static void window_key(struct text *key, const struct rule *rule, const struct subject *subject,
	const struct finding *finding)
{
	const struct addr *server = &subject->record->flow.endpoint[SERVER].addr;

	text_puts(key, rule->id);
	text_putc(key, '\0');
	text_add(key, bytes_of(server, sizeof(*server)));
	if (finding && finding->policy_domain)
		text_puts(key, finding->policy_domain);
}

/* True if this alert is only a repeat to be counted; *@before: repeats that the last window held. */
static bool suppressed(struct verdict *verdict, const struct rule *rule,
	const struct subject *subject, const struct finding *finding, uint64_t *before)
{
	int64_t now = subject->record->flow.first;
	struct window *window;
	struct text key = { 0 };
	bool made;

	*before = 0;
	if (!rule->suppress)
		return false;
	window_key(&key, rule, subject, finding);
	window = table_put(verdict->windows, bytes_of(key.s, key.n), &made);
	text_free(&key);
	if (!made && now >= window->raised && now - window->raised < rule->suppress) {
		window->suppressed++;
		verdict->suppressed++;
		return true;
	}
	*before = window->suppressed;
	*window = (struct window){ .raised = now };
	return false;
}

/* Insert @alert by severity; of equals the earlier rule comes first. The mildest may drop out. */
static void insert(struct alerts *alerts, const struct alert *alert)
{
	size_t at = alerts->n;

	while (at > 0 && alerts->list[at - 1].severity < alert->severity)
		at--;
	if (at == ALERTS_MAX) {
		free(alert->message);
		return;
	}
	if (alerts->n == ALERTS_MAX)
		free(alerts->list[--alerts->n].message);
	memmove(&alerts->list[at + 1], &alerts->list[at],
		(alerts->n - at) * sizeof(alerts->list[0]));
	alerts->list[at] = *alert;
	alerts->n++;
}

static void raise_alert(struct verdict *verdict, const struct rule *rule,
	const struct subject *subject, struct alerts *out)
{
	const struct finding *finding = rule_finding(rule, subject);
	struct alert alert = {
		.rule = rule,
		.finding = finding,
		.severity = rule->severity,
		.confidence = CONFIDENCE_CERTAIN,
		.time = finding ? finding->time : subject->record->flow.first,
	};
	struct text message = { 0 };

	if (finding)
		alert.confidence = finding->confidence;
	if (rule->confidence_set)
		alert.confidence = rule->confidence;
	if (suppressed(verdict, rule, subject, finding, &alert.suppressed))
		return;
	rule_message(rule, subject, &message);
	alert.message = message.s ? message.s : mem_strdup("");
	insert(out, &alert);
}

void verdict_judge(struct verdict *verdict, const struct subject *subject, struct alerts *out)
{
	uint64_t there = findings_there(subject->findings);

	out->n = 0;
	if (!scope_may_alert(subject->scope, subject->record))
		return;
	for (size_t i = 0; i < verdict->rules->n; i++) {
		const struct rule *rule = &verdict->rules->list[i];

		/* Most rules are about something that is not there. */
		if (verdict->about[i] && !(verdict->about[i] & there))
			continue;
		if (rule_matches(rule, subject))
			raise_alert(verdict, rule, subject, out);
	}
}

void alerts_free(struct alerts *alerts)
{
	for (size_t i = 0; i < alerts->n; i++)
		free(alerts->list[i].message);
	alerts->n = 0;
}

uint64_t verdict_suppressed(const struct verdict *verdict)
{
	return verdict->suppressed;
}
