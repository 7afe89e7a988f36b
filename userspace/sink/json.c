// SPDX-License-Identifier: BSD-2-Clause
#include "sink/json.h"

#include "sink/json_fields.h"
#include "sink/json_parts.h"

static void put_alert_event(struct nest *nest, const struct subject *subject,
	const struct alert *alert)
{
	struct text id = { 0 };

	nest_string(nest, "event.kind", "alert");
	nest_words(nest, "event.category", "network", "intrusion_detection");
	nest_words(nest, "event.type", "info", "protocol");
	nest_string(nest, "event.dataset", "stripwatch.alert");
	nest_string(nest, "event.module", "stripwatch");
	nest_string(nest, "event.action", action_name((enum action)subject->record->action));
	nest_uint(nest, "event.severity", alert->severity);
	nest_time(nest, "event.start", subject->record->flow.first);
	nest_time(nest, "event.end", subject->record->flow.last);
	text_printf(&id, "%s-%s", subject->record->id, alert->rule->id);
	nest_string(nest, "event.id", id.s);
	text_free(&id);
}

void json_alert_rule(struct nest *nest, const struct rule *rule)
{
	nest_string(nest, "rule.id", rule->id);
	nest_string(nest, "rule.name", rule->name);
	nest_string(nest, "rule.category", rule->category);
	nest_string(nest, "rule.reference", rule->reference);
	nest_string(nest, "rule.ruleset", rule->ruleset);
	if (rule->technique) {
		nest_string(nest, "threat.framework", "MITRE ATT&CK");
		nest_string(nest, "threat.technique.id", rule->technique);
	}
}

void json_alert_finding(struct nest *nest, const struct subject *subject,
	const struct alert *alert)
{
	const struct finding *finding = alert->finding;

	if (finding)
		nest_string(nest, "stripwatch.finding", finding_name(finding->id));
	nest_string(nest, "stripwatch.confidence", confidence_name(alert->confidence));
	if (finding)
		nest_strings(nest, "stripwatch.evidence",
			(const char *const *)finding->evidence, finding->evidence_count);
	if (finding && finding->result_type)
		nest_string(nest, "stripwatch.tlsrpt.result_type", finding->result_type);
	if (finding)
		nest_string(nest, "stripwatch.policy_domain", finding->policy_domain);
	if (alert->suppressed)
		nest_uint(nest, "stripwatch.suppressed", alert->suppressed);
	nest_string(nest, "stripwatch.session_id", subject->record->id);
}

void json_alert(struct text *out, const struct subject *subject, const struct alert *alert)
{
	struct nest nest;

	nest_begin(&nest, out);
	nest_time(&nest, "@timestamp", alert->time);
	nest_fields(&nest, subject, "ecs.");
	put_alert_event(&nest, subject, alert);
	nest_string(&nest, "log.level", severity_name(alert->severity));
	nest_string(&nest, "message", alert->message);
	json_alert_rule(&nest, alert->rule);
	nest_fields(&nest, subject, "source.");
	nest_fields(&nest, subject, "destination.");
	nest_fields(&nest, subject, "network.");
	nest_fields(&nest, subject, "observer.");
	nest_fields(&nest, subject, "process.");
	nest_fields(&nest, subject, "smtp.starttls.");
	nest_fields(&nest, subject, "tls.");
	json_alert_finding(&nest, subject, alert);
	nest_end_line(&nest);
}

/* A member of an object of counts; the first one opens it. */
static void put_count(struct text *out, bool first, const char *name, uint64_t value)
{
	text_printf(out, "%s\"%s\":", first ? "{" : ",", name);
	text_uint(out, value);
}

static void put_sensor_packets(struct nest *nest, const struct run_stats *stats)
{
	nest_uint(nest, "stripwatch.packets.seen", stats->capture.packets);
	nest_uint(nest, "stripwatch.packets.bytes", stats->capture.bytes);
	nest_uint(nest, "stripwatch.packets.cut", stats->capture.cut_packets);
	nest_to(nest, bytes_str("stripwatch.packets.decoded"));
	for (int i = 0; i < DECODE_RESULTS; i++)
		put_count(nest->out, i == 0, decode_result_name((enum decode_result)i),
			stats->decoded[i]);
	text_putc(nest->out, '}');
	nest_uint(nest, "stripwatch.sources.read", stats->capture.sources);
	nest_uint(nest, "stripwatch.sources.failed", stats->capture.failed);
}

void json_sensor_put(struct nest *nest, const struct run_stats *stats, const char *host,
	const char *name)
{
	nest_string(nest, "ecs.version", "8.11");
	nest_string(nest, "event.kind", "metric");
	nest_string(nest, "event.module", "stripwatch");
	nest_string(nest, "event.dataset", "stripwatch.sensor");
	nest_string(nest, "observer.product", "stripwatch");
	nest_string(nest, "observer.type", "sensor");
	nest_string(nest, "observer.version", VERSION);
	nest_string(nest, "observer.hostname", host);
	nest_string(nest, "observer.name", name);
	put_sensor_packets(nest, stats);
	nest_uint(nest, "stripwatch.flows.opened", stats->flow.opened);
	nest_uint(nest, "stripwatch.flows.attempts", stats->flow.attempts);
	nest_uint(nest, "stripwatch.flows.evicted", stats->flow.evicted);
	nest_uint(nest, "stripwatch.flows.stray_segments", stats->flow.stray);
	nest_uint(nest, "stripwatch.flows.bad_checksums", stats->flow.bad_checksum);
	nest_uint(nest, "stripwatch.flows.gaps", stats->flow.gaps);
	nest_uint(nest, "stripwatch.flows.gap_bytes", stats->flow.gap_bytes);
	nest_uint(nest, "stripwatch.sessions.total", stats->sessions);
	nest_to(nest, bytes_str("stripwatch.sessions.by_action"));
	for (int i = 0; i < ACTIONS; i++)
		put_count(nest->out, i == 0, action_name((enum action)i), stats->actions[i]);
	text_putc(nest->out, '}');
	nest_uint(nest, "stripwatch.certificates.chains", stats->chains);
	nest_uint(nest, "stripwatch.alerts.raised", stats->alerts);
	nest_uint(nest, "stripwatch.alerts.suppressed", stats->suppressed);
}

void json_sensor(struct text *out, const struct run_stats *stats, const char *host,
	const char *name)
{
	struct nest nest;

	nest_begin(&nest, out);
	nest_time(&nest, "@timestamp", stats->last);
	json_sensor_put(&nest, stats, host, name);
	nest_end_line(&nest);
}
