// SPDX-License-Identifier: BSD-2-Clause
#include "sink/json_tlsrpt.h"

#include "sink/json_fields.h"

static void put_event(
	struct nest *nest, const struct subject *subject, const struct tlsrpt_event *event)
{
	const struct record *record = subject->record;
	struct text id = { 0 };

	text_printf(&id, "%s-tlsrpt-%s-%s", record->id, policy_type_name(event->policy->type),
		event->policy->domain);
	nest_string(nest, "event.id", id.s);
	text_free(&id);
	nest_string(nest, "event.kind", "event");
	nest_words(nest, "event.category", "network", "email");
	nest_words(nest, "event.type", "info", "protocol");
	nest_string(nest, "event.module", "stripwatch");
	nest_string(nest, "event.dataset", "stripwatch.tlsrpt");
	nest_string(nest, "event.action", action_name((enum action)record->action));
	nest_string(nest, "event.outcome", event->result_type ? "failure" : "success");
	nest_time(nest, "event.start", record->flow.first);
	nest_time(nest, "event.end", record->flow.last);
}

/* stripwatch.policies with this one policy, in the words of the session document. */
static void put_policy(
	struct nest *nest, const struct subject *subject, const struct bound_policy *policy)
{
	struct evidence only = { .policy_count = 1 };
	struct subject about = *subject;

	only.policies[0] = *policy;
	about.evidence = &only;
	nest_fields(nest, &about, "stripwatch.policies[]");
}

/* RFC 8460 4.4: the member of "policies" that this attempt is counted under. */
static void put_report_policy(struct nest *nest, const struct tlsrpt_event *event)
{
	const struct bound_policy *policy = event->policy;
	const char *const *patterns = (const char *const *)policy->patterns;

	nest_string(nest, "stripwatch.tlsrpt.policy.policy-type", tlsrpt_type_name(event->type));
	if (event->type == TLSRPT_TLSA)
		nest_strings(nest, "stripwatch.tlsrpt.policy.policy-string", patterns,
			policy->pattern_count);
	nest_string(nest, "stripwatch.tlsrpt.policy.policy-domain", policy->domain);
	if (event->type == TLSRPT_STS)
		nest_strings(
			nest, "stripwatch.tlsrpt.policy.mx-host", patterns, policy->pattern_count);
}

/* RFC 8460 4.4: the member of "failure-details". The greeting is no name of the MX host. */
static void put_failure(
	struct nest *nest, const struct subject *subject, const struct tlsrpt_event *event)
{
	const struct record *record = subject->record;
	const struct evidence *evidence = subject->evidence;
	char address[ADDR_TEXT];

	nest_string(nest, "stripwatch.tlsrpt.failure_details.result-type", event->result_type);
	nest_string(nest, "stripwatch.tlsrpt.failure_details.sending-mta-ip",
		addr_format(&record->flow.endpoint[CLIENT].addr, address));
	if (evidence->mx_source > MX_GREETING)
		nest_string(nest, "stripwatch.tlsrpt.failure_details.receiving-mx-hostname",
			evidence->mx);
	nest_string(nest, "stripwatch.tlsrpt.failure_details.receiving-mx-helo",
		record->smtp.greeting_host);
	nest_string(nest, "stripwatch.tlsrpt.failure_details.receiving-ip",
		addr_format(&record->flow.endpoint[SERVER].addr, address));
	nest_uint(nest, "stripwatch.tlsrpt.failure_details.failed-session-count", 1);
	nest_string(nest, "stripwatch.tlsrpt.failure_details.failure-reason-code", event->reason);
}

void json_tlsrpt(struct text *out, const struct subject *subject, const struct tlsrpt_event *event)
{
	struct nest nest;

	nest_begin(&nest, out);
	nest_time(&nest, "@timestamp", subject->record->flow.first);
	nest_fields(&nest, subject, "ecs.");
	put_event(&nest, subject, event);
	nest_fields(&nest, subject, "source.");
	nest_fields(&nest, subject, "destination.");
	nest_fields(&nest, subject, "network.");
	nest_fields(&nest, subject, "observer.");
	nest_string(&nest, "stripwatch.session_id", subject->record->id);
	nest_string(&nest, "stripwatch.policy_domain", event->policy->domain);
	nest_string(&nest, "stripwatch.confidence", confidence_name(event->confidence));
	put_policy(&nest, subject, event->policy);
	nest_string(&nest, "stripwatch.tlsrpt.result_type", event->result_type);
	put_report_policy(&nest, event);
	if (event->result_type)
		put_failure(&nest, subject, event);
	nest_end_line(&nest);
}
