// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "subject.h"

static void add_value(struct text *out, const struct field *field, const struct subject *subject,
	size_t i, const struct value *value)
{
	struct value inner;

	switch (value->kind) {
	case VALUE_ABSENT:
		text_puts(out, "-");
		break;
	case VALUE_STRING:
		text_puts(out, value->string);
		break;
	case VALUE_INTEGER:
		text_printf(out, "%lld", (long long)value->integer);
		break;
	case VALUE_BOOLEAN:
		text_puts(out, value->boolean ? "true" : "false");
		break;
	case VALUE_STRINGS:
		for (size_t j = 0; field->get_inner(subject, i, j, &inner); j++)
			text_printf(out, "%s%s", j ? "/" : "", inner.string);
		break;
	}
}

static bool is_array(const struct field *field)
{
	return field->type == FIELD_STRINGS || field->type == FIELD_ROWS;
}

/* All items of a field, separated by commas; empty: it is absent. */
static void render(struct text *out, const struct field *field, const struct subject *subject)
{
	struct value value;

	text_reset(out);
	text_puts(out, "");
	for (size_t i = 0; (i == 0 || is_array(field)) && field->get(subject, i, &value); i++) {
		assert_true(value.kind == VALUE_ABSENT ? field->type == FIELD_ROWS : true);
		text_puts(out, i ? "," : "");
		add_value(out, field, subject, i, &value);
	}
}

/* Every field of the contract that a capture can fill, as the first fixture fills it. */
static void whole_document(void **state)
{
	static const struct {
		const char *name, *want;
	} rows[] = {
		{ "@timestamp", "2026-11-24T06:00:00.123456789Z" },
		{ "ecs.version", "8.11" },
		{ "event.id", "0123456789abcdef" },
		{ "event.kind", "event" },
		{ "event.category", "network,email" },
		{ "event.type", "connection,end" },
		{ "event.module", "stripwatch" },
		{ "event.dataset", "stripwatch.session" },
		{ "event.action", "tls-established" },
		{ "event.outcome", "success" },
		{ "event.start", "2026-11-24T06:00:00.123456789Z" },
		{ "event.end", "2026-11-24T06:00:02.123456789Z" },
		{ "event.duration", "2000000000" },
		{ "source.ip", "198.51.100.10" },
		{ "source.port", "49152" },
		{ "source.packets", "10" },
		{ "source.bytes", "1000" },
		{ "destination.ip", "192.0.2.25" },
		{ "destination.port", "25" },
		{ "destination.packets", "12" },
		{ "destination.bytes", "4000" },
		{ "destination.domain", "mx.example.com" },
		{ "network.type", "ipv4" },
		{ "network.transport", "tcp" },
		{ "network.protocol", "smtp" },
		{ "network.direction", "" },
		{ "network.community_id", "1:Wk/sPcjAuZUXItloI+b0fKOT/H4=" },
		{ "network.vlan.id", "7" },
		{ "observer.product", "stripwatch" },
		{ "observer.type", "sensor" },
		{ "observer.version", VERSION },
		{ "observer.hostname", "sensor1" },
		{ "observer.name", "gate" },
		{ "observer.ingress.interface.name", "eth0" },
		{ "process.name", "" },
		{ "process.pid", "" },
		{ "smtp.greeting.code", "220" },
		{ "smtp.greeting.host", "mx.example.com" },
		{ "smtp.helo.verb", "EHLO" },
		{ "smtp.helo.name", "out.example.net" },
		{ "smtp.extensions", "PIPELINING,SIZE 1000,STARTTLS" },
		{ "smtp.starttls.offer", "offered" },
		{ "smtp.starttls.requested", "true" },
		{ "smtp.starttls.reply_code", "220" },
		{ "smtp.transactions", "0" },
		{ "smtp.cleartext_mail", "false" },
		{ "smtp.sender_domains", "" },
		{ "smtp.recipient_domains", "" },
		{ "smtp.bytes_in_clear", "" },
		{ "tls.established", "true" },
		{ "tls.version", "1.2" },
		{ "tls.version_protocol", "tls" },
		{ "tls.cipher", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" },
		{ "tls.resumed", "false" },
		{ "tls.next_protocol", "smtp" },
		{ "tls.client.server_name", "mx.example.com" },
		{ "tls.client.ja3", "01000000000000000000000000000000" },
		{ "tls.server.ja3s", "fe000000000000000000000000000000" },
		{ "tls.server.subject", "CN=mx.example.com" },
		{ "tls.server.issuer", "CN=Example CA,O=Example" },
		{ "tls.server.not_before", "2026-09-21T14:13:20Z" },
		{ "tls.server.not_after", "2027-01-15T08:00:00Z" },
		{ "tls.server.hash.sha256",
			"ABCD000000000000000000000000000000000000000000000000000000000000" },
		{ "tls.server.x509.alternative_names",
			"mx.example.com,mail.example.com,192.0.2.25" },
		{ "tls.server.x509.issuer.common_name", "Example CA" },
		{ "tls.server.x509.issuer.distinguished_name", "CN=Example CA,O=Example" },
		{ "tls.server.x509.issuer.organization", "Example" },
		{ "tls.server.x509.not_after", "2027-01-15T08:00:00Z" },
		{ "tls.server.x509.not_before", "2026-09-21T14:13:20Z" },
		{ "tls.server.x509.public_key_algorithm", "RSA" },
		{ "tls.server.x509.public_key_size", "2048" },
		{ "tls.server.x509.serial_number", "0A1B" },
		{ "tls.server.x509.signature_algorithm", "SHA256-RSA" },
		{ "tls.server.x509.subject.common_name", "mx.example.com" },
		{ "tls.server.x509.subject.distinguished_name", "CN=mx.example.com" },
		{ "stripwatch.session_id", "0123456789abcdef" },
		{ "stripwatch.capture.source", "file:trace.pcap" },
		{ "stripwatch.capture.complete", "true" },
		{ "stripwatch.capture.missing_bytes", "0" },
		{ "stripwatch.capture.midstream", "false" },
		{ "stripwatch.capture.one_sided", "false" },
		{ "stripwatch.unknown.offer", "" },
		{ "stripwatch.unknown.request", "" },
		{ "stripwatch.unknown.reply", "" },
		{ "stripwatch.unknown.tls", "" },
		{ "stripwatch.unknown.mail", "" },
		{ "stripwatch.path.client_ttl", "64" },
		{ "stripwatch.path.server_ttl", "57" },
		{ "stripwatch.path.ttl_changes", "0" },
		{ "stripwatch.path.conflicting_segments", "0" },
		{ "stripwatch.path.resets", "0" },
		{ "stripwatch.tls.alerts[].from", "server,client,client" },
		{ "stripwatch.tls.alerts[].level", "fatal,warning,-" },
		{ "stripwatch.tls.alerts[].description",
			"handshake_failure,close_notify,close_notify" },
		{ "stripwatch.certificate.source", "wire" },
		{ "stripwatch.certificate.unseen", "" },
		{ "stripwatch.certificate.verdict", "" },
		{ "stripwatch.certificate.chain[].subject", "CN=mx.example.com,-" },
		{ "stripwatch.certificate.chain[].issuer", "CN=Example CA,O=Example,-" },
		{ "stripwatch.certificate.chain[].not_after", "2027-01-15T08:00:00Z,-" },
		{ "stripwatch.certificate.chain[].sha256",
			"ABCD000000000000000000000000000000000000000000000000000000000000,"
			"EF00000000000000000000000000000000000000000000000000000000000000" },
		{ "stripwatch.certificate.chain[].spki_sha256",
			"1234000000000000000000000000000000000000000000000000000000000000,-" },
		{ "stripwatch.certificate.errors", "" },
		{ "stripwatch.mx.source", "sni" },
		{ "stripwatch.policies[].domain", "example.com,example.org" },
		{ "stripwatch.policies[].type", "sts,list" },
		{ "stripwatch.policies[].mode", "enforce,testing" },
		{ "stripwatch.policies[].source", "file:example.com.txt,file:list" },
		{ "stripwatch.policies[].id", "20261101,-" },
		{ "stripwatch.policies[].fetched", "2026-11-23T02:13:20Z,-" },
		{ "stripwatch.policies[].expires", "2026-11-30T00:53:20Z,-" },
		{ "stripwatch.policies[].expired", "-,-" },
		{ "stripwatch.policies[].mx_matches", "true,false" },
		{ "stripwatch.policies[].certificate_matches", "false,-" },
		{ "stripwatch.policies[].recipient_seen", "-,-" },
		{ "stripwatch.findings[].id", "tls-version-old,starttls-refused" },
		{ "stripwatch.findings[].severity", "low,medium" },
		{ "stripwatch.findings[].evidence", "TLS 1.0,454 4.7.0 not now/STARTTLS" },
		{ "stripwatch.tls_report_mail", "" },
	};
	struct text got = { 0 };
	struct fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(field_count, sizeof(rows) / sizeof(*rows));
	for (size_t i = 0; i < field_count; i++) {
		assert_row_string(rows[i].name, field_table[i].name, rows[i].name);
		render(&got, &field_table[i], &f.subject);
		assert_row_string(rows[i].name, got.s, rows[i].want);
	}
	text_free(&got);
}

static void implicit(struct fixture *f)
{
	f->record.implicit_tls = true;
	f->record.action = ACTION_IMPLICIT_TLS;
	memset(&f->record.smtp, 0, sizeof(f->record.smtp));
}

static void other_traffic(struct fixture *f)
{
	memset(&f->record.smtp, 0, sizeof(f->record.smtp));
	memset(&f->record.tls, 0, sizeof(f->record.tls));
	f->record.tls_tried = false;
	f->record.action = ACTION_NOT_SMTP;
	f->record.outcome = OUTCOME_UNKNOWN;
}

static void holes(struct fixture *f)
{
	memset(&f->record.smtp, 0, sizeof(f->record.smtp));
	memset(&f->record.tls, 0, sizeof(f->record.tls));
	f->record.tls_tried = false;
	f->record.action = ACTION_INCOMPLETE;
	f->record.complete = false;
	for (int axis = 0; axis < AXES; axis++)
		f->record.unknown[axis] = UNKNOWN_GAP;
	f->record.flow.side[SERVER].missing_bytes = 300;
	f->record.flow.side[CLIENT].missing_bytes = 1;
	f->record.flow.midstream = true;
	f->record.flow.one_sided = true;
	f->record.flow.side[SERVER].seen = false;
}

/* What was seen counts, whatever else is missing. */
static void holes_and_seen(struct fixture *f)
{
	holes(f);
	f->record.smtp.cleartext_mail = true;
	f->record.smtp.transactions = 2;
	f->record.smtp.starttls_requested = true;
	f->record.tls.established = true;
}

static void tls13(struct fixture *f)
{
	f->record.tls.chain = NULL;
	f->record.tls.version = 0x0304;
	f->record.tls.unseen = UNSEEN_TLS13;
}

static void keylog(struct fixture *f)
{
	f->record.tls.from_keylog = true;
}

static void process(struct fixture *f)
{
	f->record.process = (struct process_facts){
		.pid = 4321, .name = "smtp", .chain = true, .verdict = true, .result = 20 };
}

static void process_resumed(struct fixture *f)
{
	process(f);
	f->record.process.chain = false;
	f->record.process.result = 0;
	f->record.tls.chain = NULL;
	f->record.tls.resumed = true;
}

/* OpenSSL calls nothing good. */
static void process_anonymous(struct fixture *f)
{
	process_resumed(f);
	f->record.tls.resumed = false;
}

static void ssl3(struct fixture *f)
{
	f->record.tls.version = 0x0300;
	f->record.tls.cipher = 0xffff;
}

static void client_only(struct fixture *f)
{
	memset(&f->record.tls, 0, sizeof(f->record.tls));
	f->record.tls.client_hello = true;
	f->record.tls.unseen = UNSEEN_ABORTED;
}

static void problems(struct fixture *f)
{
	f->evidence.host_matches = ANSWER_NO;
	f->evidence.cert_problems = CERT_SELF_SIGNED | CERT_NOT_TRUSTED | CERT_REVOKED | CERT_WEAK |
				    CERT_EXPIRED | CERT_NOT_YET_VALID | CERT_UNREADABLE;
}

static void hint_only(struct fixture *f)
{
	problems(f);
	f->evidence.mx_source = MX_GREETING;
	f->evidence.cert_problems = CERT_UNREADABLE;
}

static void nameless(struct fixture *f)
{
	f->evidence.mx[0] = '\0';
	f->evidence.mx_source = MX_UNKNOWN;
	f->subject.host = f->subject.name = NULL;
	f->record.flow.vlan = 0;
	f->record.flow.interface = NULL;
	f->evidence.policy_count = 0;
	f->findings.n = 0;
	f->leaf.dns_count = 0;
	f->leaf.subject = "";
}

static void six(struct fixture *f)
{
	addr_parse(BYTES("2001:db8::25"), &f->record.flow.endpoint[SERVER].addr);
	addr_parse(BYTES("2001:db8::10"), &f->record.flow.endpoint[CLIENT].addr);
}

static void report(struct fixture *f)
{
	f->record.smtp.tls_report_mail = true;
	f->evidence.policies[1].recipient_seen = true;
	f->findings.list[0].evidence_count = 0;
}

static void variations(void **state)
{
	static const struct {
		const char *field;
		void (*change)(struct fixture *f);
		const char *want;
	} rows[] = {
		{ "network.protocol", implicit, "smtps" },
		{ "smtp.starttls.offer", implicit, "" },
		{ "smtp.starttls.requested", implicit, "" },
		{ "smtp.cleartext_mail", implicit, "false" },
		{ "smtp.transactions", implicit, "" },
		{ "network.protocol", other_traffic, "" },
		{ "event.outcome", other_traffic, "unknown" },
		{ "smtp.starttls.offer", other_traffic, "" },
		{ "smtp.cleartext_mail", other_traffic, "" },
		{ "tls.established", other_traffic, "" },
		{ "stripwatch.certificate.source", other_traffic, "" },
		{ "stripwatch.certificate.unseen", other_traffic, "" },
		{ "smtp.greeting.code", holes, "" },
		{ "smtp.greeting.host", holes, "" },
		{ "smtp.helo.verb", holes, "" },
		{ "smtp.starttls.offer", holes, "unknown" },
		{ "smtp.starttls.requested", holes, "" },
		{ "smtp.starttls.reply_code", holes, "" },
		{ "smtp.cleartext_mail", holes, "" },
		{ "smtp.transactions", holes, "" },
		{ "tls.established", holes, "" },
		{ "tls.version", holes, "" },
		{ "tls.version_protocol", holes, "" },
		{ "tls.cipher", holes, "" },
		{ "tls.resumed", holes, "" },
		{ "tls.client.ja3", holes, "" },
		{ "tls.server.not_after", holes, "" },
		{ "tls.server.hash.sha256", holes, "" },
		{ "stripwatch.tls.alerts[].from", holes, "" },
		{ "stripwatch.certificate.chain[].subject", holes, "" },
		{ "stripwatch.certificate.unseen", holes, "no-tls" },
		{ "stripwatch.unknown.offer", holes, "gap" },
		{ "stripwatch.unknown.request", holes, "gap" },
		{ "stripwatch.unknown.reply", holes, "gap" },
		{ "stripwatch.unknown.tls", holes, "gap" },
		{ "stripwatch.unknown.mail", holes, "gap" },
		{ "stripwatch.capture.complete", holes, "false" },
		{ "stripwatch.capture.missing_bytes", holes, "301" },
		{ "stripwatch.capture.midstream", holes, "true" },
		{ "stripwatch.capture.one_sided", holes, "true" },
		{ "stripwatch.path.server_ttl", holes, "" },
		{ "smtp.cleartext_mail", holes_and_seen, "true" },
		{ "smtp.transactions", holes_and_seen, "2" },
		{ "smtp.starttls.requested", holes_and_seen, "true" },
		{ "tls.established", holes_and_seen, "true" },
		{ "stripwatch.certificate.source", tls13, "none" },
		{ "stripwatch.certificate.unseen", tls13, "tls13" },
		{ "tls.version", tls13, "1.3" },
		{ "tls.server.x509.alternative_names", tls13, "" },
		{ "stripwatch.certificate.errors", tls13, "" },
		{ "stripwatch.certificate.source", keylog, "keylog" },
		{ "stripwatch.certificate.source", process, "process" },
		{ "stripwatch.certificate.verdict", process,
			"unable to get local issuer certificate" },
		{ "process.name", process, "smtp" },
		{ "process.pid", process, "4321" },
		{ "stripwatch.certificate.source", process_resumed, "none" },
		{ "stripwatch.certificate.verdict", process_resumed, "good" },
		{ "stripwatch.certificate.verdict", process_anonymous, "" },
		{ "process.name", process_anonymous, "smtp" },
		{ "tls.version_protocol", ssl3, "ssl" },
		{ "tls.cipher", ssl3, "" },
		{ "tls.client.ja3", client_only, "00000000000000000000000000000000" },
		{ "tls.server.ja3s", client_only, "" },
		{ "tls.cipher", client_only, "" },
		{ "tls.resumed", client_only, "" },
		{ "tls.established", client_only, "false" },
		{ "stripwatch.certificate.unseen", client_only, "aborted" },
		{ "stripwatch.certificate.errors", problems,
			"host-mismatch,expired,not-yet-valid,self-signed,not-trusted,revoked,"
			"weak" },
		{ "stripwatch.certificate.errors", hint_only, "not-trusted" },
		{ "destination.domain", hint_only, "mx.example.com" },
		{ "stripwatch.mx.source", hint_only, "greeting" },
		{ "destination.domain", nameless, "" },
		{ "stripwatch.mx.source", nameless, "" },
		{ "observer.hostname", nameless, "" },
		{ "observer.name", nameless, "" },
		{ "network.vlan.id", nameless, "" },
		{ "observer.ingress.interface.name", nameless, "" },
		{ "stripwatch.policies[].domain", nameless, "" },
		{ "stripwatch.findings[].id", nameless, "" },
		{ "stripwatch.findings[].evidence", nameless, "" },
		{ "tls.server.subject", nameless, "" },
		{ "tls.server.x509.alternative_names", nameless, "192.0.2.25" },
		{ "network.type", six, "ipv6" },
		{ "source.ip", six, "2001:db8::10" },
		{ "destination.ip", six, "2001:db8::25" },
		{ "stripwatch.tls_report_mail", report, "true" },
		{ "stripwatch.policies[].recipient_seen", report, "-,true" },
		{ "stripwatch.findings[].evidence", report, "-,454 4.7.0 not now/STARTTLS" },
		{ "smtp.starttls.offer", fixture_clear, "absent" },
		{ "smtp.starttls.requested", fixture_clear, "false" },
		{ "smtp.cleartext_mail", fixture_clear, "true" },
		{ "smtp.recipient_domains", fixture_clear, "example.com,example.org" },
		{ "smtp.bytes_in_clear", fixture_clear, "512" },
		{ "tls.established", fixture_clear, "false" },
		{ "event.outcome", fixture_clear, "failure" },
	};
	struct text got = { 0 };
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct field *field = field_find(bytes_str(rows[i].field));

		fixture_init(&f);
		rows[i].change(&f);
		assert_row(rows[i].field, field != NULL);
		render(&got, field, &f.subject);
		assert_row_string(rows[i].field, got.s, rows[i].want);
	}
	text_free(&got);
}

/* The first @parts dotted parts of a name; NULL: it has no more than those. */
static char *prefix_of(const char *name, int parts)
{
	const char *end = name;

	while (parts-- > 0) {
		end = strchr(end, '.');
		if (!end)
			return NULL;
		end++;
	}
	return strndup(name, (size_t)(end - name));
}

/* The writer opens an object once: whatever shares a prefix stands together. */
static void objects_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < field_count; i++) {
		char *prefix;

		for (size_t j = 0; j < i; j++)
			assert_row(field_table[i].name,
				strcmp(field_table[i].name, field_table[j].name) != 0);
		for (int parts = 1; (prefix = prefix_of(field_table[i].name, parts)); parts++) {
			size_t n = strlen(prefix), last = i;

			for (size_t j = i + 1; j < field_count; j++) {
				if (strncmp(field_table[j].name, prefix, n) != 0)
					continue;
				assert_row(field_table[j].name, j == last + 1);
				last = j;
			}
			free(prefix);
		}
	}
}

static void table_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < field_count; i++) {
		const struct field *field = &field_table[i];
		bool nested = field->type == FIELD_ROWS && field->item == FIELD_STRINGS;

		assert_row(field->name, field->get && field->comment && *field->comment);
		assert_row(field->name, (field->type == FIELD_ROWS) == !!strstr(field->name, "[]"));
		assert_row(field->name, field->type == FIELD_ROWS || field->item == field->type);
		assert_row(field->name, nested == (field->get_inner != NULL));
		assert_row(field->name, field_find(bytes_str(field->name)) == field);
	}
}

static void look_up(void **state)
{
	(void)state;
	assert_string_equal(
		field_find(BYTES("stripwatch.policies.mode"))->name, "stripwatch.policies[].mode");
	assert_null(field_find(BYTES("stripwatch.policies")));
	assert_null(field_find(BYTES("stripwatch.policies[]mode")));
	assert_null(field_find(BYTES("smtp")));
	assert_null(field_find(BYTES("")));
	assert_true(field_is_address(field_find(BYTES("source.ip"))));
	assert_false(field_is_address(field_find(BYTES("source.port"))));
	/* Words of a closed vocabulary are those that the program says. */
	assert_string_equal(field_find(BYTES("event.action"))->words[0], "tls-established");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_document),
		cmocka_unit_test(variations),
		cmocka_unit_test(objects_are_whole),
		cmocka_unit_test(table_is_sound),
		cmocka_unit_test(look_up),
	};

	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
