// SPDX-License-Identifier: BSD-2-Clause
#include "sink/json.h"

#include "sink/nest.h"

/* Length of a well-formed UTF-8 sequence at the front of @s, 0 if there is none (RFC 3629). */
static size_t utf8_length(struct bytes s)
{
	uint8_t first = s.p[0], low = 0x80, high = 0xbf;
	size_t n;

	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		n = 2;
	else if (first >= 0xe0 && first <= 0xef)
		n = 3;
	else if (first >= 0xf0 && first <= 0xf4)
		n = 4;
	else
		return 0;
	/* No over-long forms, no surrogates, nothing beyond U+10FFFF. */
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	if (s.n < n || s.p[1] < low || s.p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static void escape(struct text *out, struct bytes *s)
{
	uint8_t c = s->p[0];
	size_t n = 1;

	if (c == '"' || c == '\\')
		text_printf(out, "\\%c", c);
	else if (c == '\n')
		text_puts(out, "\\n");
	else if (c == '\r')
		text_puts(out, "\\r");
	else if (c == '\t')
		text_puts(out, "\\t");
	else if (c < 0x20 || c == 0x7f)
		text_printf(out, "\\u%04x", c);
	else if ((n = utf8_length(*s)) > 0)
		text_add(out, bytes_of(s->p, n));
	else
		text_puts(out, "\xef\xbf\xbd");
	bytes_skip(s, n ? n : 1);
}

void json_text(struct text *out, struct bytes s)
{
	text_putc(out, '"');
	while (s.n) {
		size_t plain = 0;

		while (plain < s.n && s.p[plain] >= 0x20 && s.p[plain] < 0x7f &&
			s.p[plain] != '"' && s.p[plain] != '\\')
			plain++;
		text_add(out, bytes_of(s.p, plain));
		bytes_skip(&s, plain);
		if (s.n)
			escape(out, &s);
	}
	text_putc(out, '"');
}

static void put_scalar(struct text *out, const struct value *value)
{
	switch (value->kind) {
	case VALUE_STRING:
		json_text(out, bytes_str(value->string));
		break;
	case VALUE_INTEGER:
		if (value->integer < 0)
			text_putc(out, '-');
		text_uint(out, value->integer < 0 ? 0 - (uint64_t)value->integer :
						    (uint64_t)value->integer);
		break;
	case VALUE_BOOLEAN:
		text_puts(out, value->boolean ? "true" : "false");
		break;
	default:
		text_puts(out, "null");
	}
}

static void put_strings(struct nest *nest, const struct field *field, const struct subject *subject)
{
	struct value value;

	if (!field->get(subject, 0, &value))
		return;
	nest_to(nest, bytes_str(field->name));
	text_putc(nest->out, '[');
	put_scalar(nest->out, &value);
	for (size_t i = 1; field->get(subject, i, &value); i++) {
		text_putc(nest->out, ',');
		put_scalar(nest->out, &value);
	}
	text_putc(nest->out, ']');
}

static void put_inner(struct text *out, const struct field *field, const struct subject *subject,
	size_t row)
{
	struct value value;

	text_putc(out, '[');
	for (size_t j = 0; field->get_inner(subject, row, j, &value); j++) {
		if (j)
			text_putc(out, ',');
		put_scalar(out, &value);
	}
	text_putc(out, ']');
}

/* One row of an array of objects: the members that it has. False: there is no such row. */
static bool put_row(struct text *out, const struct field *fields, size_t n,
	const struct subject *subject, size_t row)
{
	bool comma = false;

	for (size_t i = 0; i < n; i++) {
		const char *member = strstr(fields[i].name, "[].") + 3;
		struct value value = { .kind = VALUE_ABSENT };

		if (!fields[i].get(subject, row, &value))
			return false;
		if (i == 0)
			text_puts(out, row ? ",{" : "[{");
		if (value.kind == VALUE_ABSENT)
			continue;
		text_printf(out, "%s\"%s\":", comma ? "," : "", member);
		comma = true;
		if (value.kind == VALUE_STRINGS)
			put_inner(out, &fields[i], subject, row);
		else
			put_scalar(out, &value);
	}
	text_putc(out, '}');
	return true;
}

/* Neighbouring fields of one array of objects, from @fields on: how many there are. */
static size_t rows_width(const struct field *fields, size_t left)
{
	size_t prefix = (size_t)(strstr(fields->name, "[]") - fields->name) + 2;
	size_t n = 1;

	while (n < left && strncmp(fields[n].name, fields->name, prefix) == 0)
		n++;
	return n;
}

static void put_rows(struct nest *nest, const struct field *fields, size_t n,
	const struct subject *subject)
{
	struct bytes name = bytes_of(fields->name,
		(size_t)(strstr(fields->name, "[]") - fields->name));
	struct value value;

	if (!fields->get(subject, 0, &value))
		return;
	nest_to(nest, name);
	for (size_t row = 0; put_row(nest->out, fields, n, subject, row); row++)
		;
	text_putc(nest->out, ']');
}

/* All fields whose name starts with @prefix (NULL: all), in the table's order. */
static void put_fields(struct nest *nest, const struct subject *subject, const char *prefix)
{
	struct value value;

	for (size_t i = 0; i < field_count; i++) {
		const struct field *field = &field_table[i];

		if (prefix && strncmp(field->name, prefix, strlen(prefix)) != 0)
			continue;
		if (field->type == FIELD_ROWS) {
			size_t n = rows_width(field, field_count - i);

			put_rows(nest, field, n, subject);
			i += n - 1;
		} else if (field->type == FIELD_STRINGS) {
			put_strings(nest, field, subject);
		} else if (field->get(subject, 0, &value)) {
			nest_to(nest, bytes_str(field->name));
			put_scalar(nest->out, &value);
		}
	}
}

void json_session(struct text *out, const struct subject *subject)
{
	struct nest nest;

	nest_begin(&nest, out);
	put_fields(&nest, subject, NULL);
	nest_end_line(&nest);
}

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

static void put_alert_rule(struct nest *nest, const struct rule *rule)
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

static void put_alert_finding(struct nest *nest, const struct subject *subject,
	const struct alert *alert)
{
	const struct finding *finding = alert->finding;

	if (finding)
		nest_string(nest, "stripwatch.finding", finding_name(finding->id));
	nest_string(nest, "stripwatch.confidence", confidence_name(alert->confidence));
	if (finding)
		nest_strings(nest, "stripwatch.evidence",
			(const char *const *)finding->evidence, finding->evidence_count);
	if (finding && finding_result_type(finding->id))
		nest_string(nest, "stripwatch.tlsrpt.result_type", finding_result_type(finding->id));
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
	put_fields(&nest, subject, "ecs.");
	put_alert_event(&nest, subject, alert);
	nest_string(&nest, "log.level", severity_name(alert->severity));
	nest_string(&nest, "message", alert->message);
	put_alert_rule(&nest, alert->rule);
	put_fields(&nest, subject, "source.");
	put_fields(&nest, subject, "destination.");
	put_fields(&nest, subject, "network.");
	put_fields(&nest, subject, "observer.");
	put_fields(&nest, subject, "smtp.starttls.");
	put_fields(&nest, subject, "tls.");
	put_alert_finding(&nest, subject, alert);
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

void json_sensor(struct text *out, const struct run_stats *stats, const char *host,
	const char *name)
{
	struct nest nest;

	nest_begin(&nest, out);
	nest_time(&nest, "@timestamp", stats->last);
	nest_string(&nest, "ecs.version", "8.11");
	nest_string(&nest, "event.kind", "metric");
	nest_string(&nest, "event.module", "stripwatch");
	nest_string(&nest, "event.dataset", "stripwatch.sensor");
	nest_string(&nest, "observer.product", "stripwatch");
	nest_string(&nest, "observer.type", "sensor");
	nest_string(&nest, "observer.version", VERSION);
	nest_string(&nest, "observer.hostname", host);
	nest_string(&nest, "observer.name", name);
	put_sensor_packets(&nest, stats);
	nest_uint(&nest, "stripwatch.flows.opened", stats->flow.opened);
	nest_uint(&nest, "stripwatch.flows.attempts", stats->flow.attempts);
	nest_uint(&nest, "stripwatch.flows.evicted", stats->flow.evicted);
	nest_uint(&nest, "stripwatch.flows.stray_segments", stats->flow.stray);
	nest_uint(&nest, "stripwatch.flows.bad_checksums", stats->flow.bad_checksum);
	nest_uint(&nest, "stripwatch.flows.gaps", stats->flow.gaps);
	nest_uint(&nest, "stripwatch.flows.gap_bytes", stats->flow.gap_bytes);
	nest_uint(&nest, "stripwatch.sessions.total", stats->sessions);
	nest_to(&nest, bytes_str("stripwatch.sessions.by_action"));
	for (int i = 0; i < ACTIONS; i++)
		put_count(out, i == 0, action_name((enum action)i), stats->actions[i]);
	text_putc(out, '}');
	nest_uint(&nest, "stripwatch.certificates.chains", stats->chains);
	nest_uint(&nest, "stripwatch.alerts.raised", stats->alerts);
	nest_uint(&nest, "stripwatch.alerts.suppressed", stats->suppressed);
	nest_end_line(&nest);
}
