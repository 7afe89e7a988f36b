// SPDX-License-Identifier: BSD-2-Clause
#include "sink/json.h"

#include "sink/json_fields.h"

static void put_alert_event(struct json_nest *nest, const struct subject *subject,
	const struct alert *alert)
{
	struct text id = { 0 };

	json_put_string(nest, "event.kind", "alert");
	json_put_words(nest, "event.category", "network", "intrusion_detection");
	json_put_words(nest, "event.type", "info", "protocol");
	json_put_string(nest, "event.dataset", "stripwatch.alert");
	json_put_string(nest, "event.module", "stripwatch");
	json_put_string(nest, "event.action", action_name((enum action)subject->record->action));
	json_put_uint(nest, "event.severity", alert->severity);
	json_put_time(nest, "event.start", subject->record->flow.first);
	json_put_time(nest, "event.end", subject->record->flow.last);
	text_printf(&id, "%s-%s", subject->record->id, alert->rule->id);
	json_put_string(nest, "event.id", id.s);
	text_free(&id);
}

static void put_alert_rule(struct json_nest *nest, const struct rule *rule)
{
	json_put_string(nest, "rule.id", rule->id);
	json_put_string(nest, "rule.name", rule->name);
	json_put_string(nest, "rule.category", rule->category);
	json_put_string(nest, "rule.reference", rule->reference);
	json_put_string(nest, "rule.ruleset", rule->ruleset);
	if (rule->technique) {
		json_put_string(nest, "threat.framework", "MITRE ATT&CK");
		json_put_string(nest, "threat.technique.id", rule->technique);
	}
}

static void put_alert_finding(struct json_nest *nest, const struct subject *subject,
	const struct alert *alert)
{
	const struct finding *finding = alert->finding;

	if (finding)
		json_put_string(nest, "stripwatch.finding", finding_name(finding->id));
	json_put_string(nest, "stripwatch.confidence", confidence_name(alert->confidence));
	if (finding && finding->evidence_count) {
		json_key(nest, "stripwatch.evidence");
		for (size_t i = 0; i < finding->evidence_count; i++) {
			text_putc(nest->out, i ? ',' : '[');
			json_text(nest->out, bytes_str(finding->evidence[i]));
		}
		text_putc(nest->out, ']');
	}
	if (finding && finding_result_type(finding->id))
		json_put_string(nest, "stripwatch.tlsrpt.result_type", finding_result_type(finding->id));
	if (finding)
		json_put_string(nest, "stripwatch.policy_domain", finding->policy_domain);
	if (alert->suppressed)
		json_put_uint(nest, "stripwatch.suppressed", alert->suppressed);
	json_put_string(nest, "stripwatch.session_id", subject->record->id);
}

void json_alert(struct text *out, const struct subject *subject, const struct alert *alert)
{
	struct json_nest nest;

	json_begin(&nest, out);
	json_put_time(&nest, "@timestamp", alert->time);
	json_put_fields(&nest, subject, "ecs.");
	put_alert_event(&nest, subject, alert);
	json_put_string(&nest, "log.level", severity_name(alert->severity));
	json_put_string(&nest, "message", alert->message);
	put_alert_rule(&nest, alert->rule);
	json_put_fields(&nest, subject, "source.");
	json_put_fields(&nest, subject, "destination.");
	json_put_fields(&nest, subject, "network.");
	json_put_fields(&nest, subject, "observer.");
	json_put_fields(&nest, subject, "smtp.starttls.");
	json_put_fields(&nest, subject, "tls.");
	put_alert_finding(&nest, subject, alert);
	json_end(&nest);
}

/* A member of an object of counts; the first one opens it. */
static void put_count(struct text *out, bool first, const char *name, uint64_t value)
{
	text_printf(out, "%s\"%s\":", first ? "{" : ",", name);
	text_uint(out, value);
}

static void put_sensor_packets(struct json_nest *nest, const struct run_stats *stats)
{
	json_put_uint(nest, "stripwatch.packets.seen", stats->capture.packets);
	json_put_uint(nest, "stripwatch.packets.bytes", stats->capture.bytes);
	json_put_uint(nest, "stripwatch.packets.cut", stats->capture.cut_packets);
	json_key(nest, "stripwatch.packets.decoded");
	for (int i = 0; i < DECODE_RESULTS; i++)
		put_count(nest->out, i == 0, decode_result_name((enum decode_result)i),
			stats->decoded[i]);
	text_putc(nest->out, '}');
	json_put_uint(nest, "stripwatch.sources.read", stats->capture.sources);
	json_put_uint(nest, "stripwatch.sources.failed", stats->capture.failed);
}

void json_sensor(struct text *out, const struct run_stats *stats, const char *host,
	const char *name)
{
	struct json_nest nest;

	json_begin(&nest, out);
	json_put_time(&nest, "@timestamp", stats->last);
	json_put_string(&nest, "ecs.version", "8.11");
	json_put_string(&nest, "event.kind", "metric");
	json_put_string(&nest, "event.module", "stripwatch");
	json_put_string(&nest, "event.dataset", "stripwatch.sensor");
	json_put_string(&nest, "observer.product", "stripwatch");
	json_put_string(&nest, "observer.type", "sensor");
	json_put_string(&nest, "observer.version", VERSION);
	json_put_string(&nest, "observer.hostname", host);
	json_put_string(&nest, "observer.name", name);
	put_sensor_packets(&nest, stats);
	json_put_uint(&nest, "stripwatch.flows.opened", stats->flow.opened);
	json_put_uint(&nest, "stripwatch.flows.attempts", stats->flow.attempts);
	json_put_uint(&nest, "stripwatch.flows.evicted", stats->flow.evicted);
	json_put_uint(&nest, "stripwatch.flows.stray_segments", stats->flow.stray);
	json_put_uint(&nest, "stripwatch.flows.bad_checksums", stats->flow.bad_checksum);
	json_put_uint(&nest, "stripwatch.flows.gaps", stats->flow.gaps);
	json_put_uint(&nest, "stripwatch.flows.gap_bytes", stats->flow.gap_bytes);
	json_put_uint(&nest, "stripwatch.sessions.total", stats->sessions);
	json_key(&nest, "stripwatch.sessions.by_action");
	for (int i = 0; i < ACTIONS; i++)
		put_count(out, i == 0, action_name((enum action)i), stats->actions[i]);
	text_putc(out, '}');
	json_put_uint(&nest, "stripwatch.certificates.chains", stats->chains);
	json_put_uint(&nest, "stripwatch.alerts.raised", stats->alerts);
	json_put_uint(&nest, "stripwatch.alerts.suppressed", stats->suppressed);
	json_end(&nest);
}
