// SPDX-License-Identifier: BSD-2-Clause
/* What a TLS report would say of sessions. */
#include "harness.h"

#include <stdlib.h>

#include <jansson.h>

#include "judge/tlsrpt.h"
#include "sink/json_tlsrpt.h"
#include "subject.h"

static struct findings no_findings;

/* TLS with the right certificate, under one policy of example.com; no recipient was seen. */
static void good(struct fixture *f)
{
	fixture_init(f);
	f->findings = no_findings;
	f->evidence.policy_count = 1;
	f->evidence.policies[0].certificate_matches = ANSWER_YES;
	f->evidence.policies[0].fetched = 0;
}

/* The same server in clear, with mail for example.com. */
static void clear(struct fixture *f)
{
	fixture_clear(f);
	f->findings = no_findings;
	f->evidence.policy_count = 1;
	f->evidence.policies[0].certificate_matches = ANSWER_UNKNOWN;
	f->evidence.policies[0].recipient_seen = true;
	f->evidence.policies[0].fetched = 0;
}

static void finding(struct fixture *f, enum finding_id id)
{
	f->findings.list[f->findings.n++] = (struct finding){
		.id = id,
		.result_type = finding_result_type(id),
	};
}

static void alert(struct fixture *f, enum side from, uint8_t code)
{
	f->record.action = ACTION_TLS_FAILED;
	f->record.tls.established = false;
	f->record.tls.alerts[0] = (struct tls_alert){ (uint8_t)from, 2, code };
	f->record.tls.alert_count = 1;
}

static void is_good(struct fixture *f)
{
	good(f);
}

static void mx_unknown(struct fixture *f)
{
	good(f);
	f->evidence.policies[0].mx_matches = ANSWER_UNKNOWN;
}

static void certificate_unseen(struct fixture *f)
{
	good(f);
	f->record.tls.chain = NULL;
	f->evidence.policies[0].certificate_matches = ANSWER_UNKNOWN;
}

static void other_name(struct fixture *f)
{
	good(f);
	f->evidence.policies[0].certificate_matches = ANSWER_NO;
}

static void other_name_untrusted(struct fixture *f)
{
	other_name(f);
	f->evidence.cert_problems = CERT_NOT_TRUSTED | CERT_EXPIRED;
	f->chain.reason = (char *)"unable to get local issuer certificate";
}

static void expired(struct fixture *f)
{
	other_name(f);
	f->evidence.cert_problems = CERT_EXPIRED;
}

static void not_yet_valid(struct fixture *f)
{
	good(f);
	f->evidence.cert_problems = CERT_NOT_YET_VALID;
}

static void revoked(struct fixture *f)
{
	good(f);
	f->evidence.cert_problems = CERT_REVOKED;
}

static void weak(struct fixture *f)
{
	good(f);
	f->evidence.cert_problems = CERT_WEAK;
}

static void mx_not_named(struct fixture *f)
{
	good(f);
	f->evidence.policies[0].mx_matches = ANSWER_NO;
}

static void two_candidates(struct fixture *f)
{
	good(f);
	f->evidence.policy_count = 2; /* a list for example.org */
}

static void other_recipient(struct fixture *f)
{
	good(f);
	f->record.smtp.recipient_domains = FIXTURE_STRINGS("example.org", 1);
}

static void name_is_a_guess(struct fixture *f)
{
	good(f);
	f->evidence.mx_ambiguous = true;
}

static void fetched_later(struct fixture *f)
{
	good(f);
	f->evidence.policies[0].since = f->record.flow.first / 1000000000 + 1;
}

static void policy_expired(struct fixture *f)
{
	good(f);
	f->evidence.policies[0].expired = true;
	f->evidence.policies[0].mode = POLICY_NONE;
}

static void is_list(struct fixture *f)
{
	good(f);
	f->evidence.policies[0].type = POLICY_LIST;
}

static void no_policy(struct fixture *f)
{
	good(f);
	f->evidence.policy_count = 0;
}

static void mode_none(struct fixture *f)
{
	other_name(f);
	f->evidence.policies[0].mode = f->evidence.policies[0].stated = POLICY_NONE;
}

static void submission(struct fixture *f)
{
	good(f);
	f->record.flow.endpoint[SERVER].port = 587;
}

static void implicit(struct fixture *f)
{
	good(f);
	f->record.action = ACTION_IMPLICIT_TLS;
}

static void incomplete(struct fixture *f)
{
	good(f);
	f->record.action = ACTION_INCOMPLETE;
}

static void absent(struct fixture *f)
{
	clear(f);
}

static void absent_at_a_relay(struct fixture *f)
{
	clear(f);
	f->evidence.policies[0].mx_matches = ANSWER_UNKNOWN;
}

static void report_mail(struct fixture *f)
{
	clear(f);
	f->record.smtp.tls_report_mail = true;
}

static void password(struct fixture *f)
{
	clear(f);
	f->record.smtp.auth_in_clear = true;
}

static void mangled(struct fixture *f)
{
	clear(f);
	f->record.action = ACTION_STARTTLS_MANGLED;
}

static void refused(struct fixture *f)
{
	clear(f);
	f->record.action = ACTION_STARTTLS_REFUSED;
	f->record.smtp.starttls_reply_code = 454;
}

static void unanswered(struct fixture *f)
{
	clear(f);
	f->record.action = ACTION_STARTTLS_UNANSWERED;
}

static void answer_unseen(struct fixture *f)
{
	unanswered(f);
	f->record.unknown[AXIS_REPLY] = UNKNOWN_GAP;
}

static void reset(struct fixture *f)
{
	unanswered(f);
	finding(f, FINDING_RESET_AT_STARTTLS);
}

static void ehlo_rejected(struct fixture *f)
{
	clear(f);
	f->record.action = ACTION_EHLO_REJECTED;
}

static void never_asked(struct fixture *f)
{
	clear(f);
	f->record.action = ACTION_NOT_REQUESTED;
	finding(f, FINDING_CLEARTEXT_UNDER_POLICY);
}

static void helo_only(struct fixture *f)
{
	clear(f);
	f->record.action = ACTION_HELO_ONLY;
}

static void left(struct fixture *f)
{
	good(f);
	f->record.action = ACTION_NO_MAIL;
}

static void stalled(struct fixture *f)
{
	good(f);
	f->record.action = ACTION_TLS_FAILED;
	f->record.tls.alert_count = 0;
	finding(f, FINDING_TTL_SHIFT);
	finding(f, FINDING_TLS_HANDSHAKE_STALLED);
}

static void failed_in_a_gap(struct fixture *f)
{
	stalled(f);
	f->record.unknown[AXIS_TLS] = UNKNOWN_GAP;
}

static void unknown_ca(struct fixture *f)
{
	good(f);
	alert(f, CLIENT, 48);
	f->record.tls.chain = NULL;
}

static void alert_expired(struct fixture *f)
{
	unknown_ca(f);
	f->record.tls.alerts[0].code = 45;
}

static void bad_certificate(struct fixture *f)
{
	other_name(f);
	alert(f, CLIENT, 42);
}

static void protocol_version(struct fixture *f)
{
	other_name(f);
	alert(f, SERVER, 70);
}

static void tlsa(struct fixture *f)
{
	good(f);
	f->evidence.policies[0].type = POLICY_TLSA;
	f->evidence.policies[0].domain = "mx.example.com";
	/* Neither names nor dates are asked for. */
	f->evidence.cert_problems = CERT_EXPIRED | CERT_NOT_TRUSTED;
}

static void tlsa_mismatch(struct fixture *f)
{
	tlsa(f);
	f->evidence.policies[0].certificate_matches = ANSWER_NO;
	strcpy(f->evidence.dane_why, "no record matches");
}

static void tlsa_unseen(struct fixture *f)
{
	tlsa(f);
	f->evidence.policies[0].certificate_matches = ANSWER_UNKNOWN;
}

static void tlsa_guess(struct fixture *f)
{
	tlsa(f);
	f->evidence.mx_ambiguous = true;
}

static void tlsa_resolved(struct fixture *f)
{
	tlsa(f);
	f->evidence.mx_source = MX_DNS_RESOLVED;
}

static void tlsa_and_sts(struct fixture *f)
{
	tlsa(f);
	f->evidence.policies[1] = (struct bound_policy){
		.domain = "example.com",
		.type = POLICY_STS,
		.mode = POLICY_ENFORCE,
		.stated = POLICY_ENFORCE,
		.mx_matches = ANSWER_YES,
		.certificate_matches = ANSWER_YES,
	};
	f->evidence.policy_count = 2;
}

static void both_fail(struct fixture *f)
{
	tlsa_and_sts(f);
	f->evidence.policies[0].certificate_matches = ANSWER_NO;
	f->evidence.cert_problems = CERT_NOT_TRUSTED;
}

static void both_good(struct fixture *f)
{
	tlsa_and_sts(f);
	f->evidence.cert_problems = 0;
}

/* "type domain result confidence [reason]" of each event, joined by "; ". */
static void tell(const struct subject *subject, struct text *out)
{
	struct tlsrpt_event events[TLSRPT_EVENTS_MAX];
	size_t n = tlsrpt_judge(subject, events);

	text_puts(out, n ? "" : "none");
	for (size_t i = 0; i < n; i++)
		text_printf(out, "%s%s %s %s %s [%s]", i ? "; " : "",
			tlsrpt_type_name(events[i].type), events[i].policy->domain,
			events[i].result_type ? events[i].result_type : "success",
			confidence_name(events[i].confidence), events[i].reason);
}

#define STS         "sts example.com "
#define DANE        "tlsa mx.example.com "
#define UNSUPPORTED "starttls-not-supported certain "

static void judged(void **state)
{
	static const struct {
		const char *name;
		void (*make)(struct fixture *f);
		const char *want;
	} rows[] = {
		{ "all is well", is_good, STS "success likely []" },
		{ "nobody knows the MX", mx_unknown, "none" },
		{ "TLS 1.3", certificate_unseen, "none" },
		{ "another name", other_name, STS "certificate-host-mismatch likely []" },
		{ "trust comes before dates and names", other_name_untrusted,
			STS
			"certificate-not-trusted likely [unable to get local issuer certificate]" },
		{ "dates come before names", expired, STS "certificate-expired likely []" },
		{ "not yet valid", not_yet_valid,
			STS "certificate-expired likely [not yet valid]" },
		{ "revoked", revoked, STS "certificate-not-trusted likely [revoked]" },
		{ "weak is no failure", weak, STS "success likely []" },
		{ "no MX of the policy", mx_not_named,
			STS
			"validation-failure likely [mx.example.com matches no mx of the policy]" },
		{ "two candidates", two_candidates, "none" },
		{ "mail for somebody else", other_recipient, "none" },
		{ "one of several names", name_is_a_guess, "none" },
		{ "a policy of tomorrow", fetched_later, "none" },
		{ "a policy of yesterday", policy_expired, "none" },
		{ "a list", is_list, "none" },
		{ "no policy that is known", no_policy, "none" },
		{ "mode none", mode_none, "no-policy-found example.com success likely []" },
		{ "submission", submission, "none" },
		{ "TLS from the first byte", implicit, "none" },
		{ "too little was seen", incomplete, "none" },
		{ "no offer", absent, STS UNSUPPORTED "[STARTTLS was not offered]" },
		{ "no offer, perhaps of a relay", absent_at_a_relay,
			STS "starttls-not-supported likely [STARTTLS was not offered]" },
		{ "a report's own mail", report_mail, "none" },
		{ "somebody logs in", password, "none" },
		{ "overwritten", mangled,
			STS UNSUPPORTED "[STARTTLS was overwritten in the EHLO reply]" },
		{ "refused", refused, STS UNSUPPORTED "[STARTTLS was answered 454]" },
		{ "not answered", unanswered, STS UNSUPPORTED "[STARTTLS was not answered]" },
		{ "the answer was not seen", answer_unseen, "none" },
		{ "reset", reset, STS "validation-failure certain [reset-at-starttls]" },
		{ "EHLO refused", ehlo_rejected, STS UNSUPPORTED "[EHLO was refused]" },
		{ "offered, not asked for", never_asked, "none" },
		{ "HELO only", helo_only, "none" },
		{ "left without asking", left, "none" },
		{ "stalled", stalled, STS "validation-failure likely [tls-handshake-stalled]" },
		{ "perhaps stalled", failed_in_a_gap, "none" },
		{ "the client knows no such CA", unknown_ca,
			STS
			"certificate-not-trusted likely [TLS alert of the client: unknown_ca]" },
		{ "the client says expired", alert_expired,
			STS "certificate-expired likely [TLS alert of the client: "
			    "certificate_expired]" },
		{ "the client refuses a certificate that was seen", bad_certificate,
			STS "certificate-host-mismatch likely []" },
		{ "the server refuses", protocol_version,
			STS "validation-failure likely [tls-handshake-failed]" },
		{ "DANE", tlsa, DANE "success certain []" },
		{ "DANE, another key", tlsa_mismatch,
			DANE "validation-failure certain [no record matches]" },
		{ "DANE, certificate unseen", tlsa_unseen, "none" },
		{ "DANE, of a guess", tlsa_guess, "none" },
		{ "DANE, name by our own look-up", tlsa_resolved, DANE "success likely []" },
		{ "DANE overrules what WebPKI says", tlsa_and_sts, DANE "success certain []" },
		{ "both fail", both_fail,
			DANE "validation-failure certain []; " STS
			     "certificate-not-trusted likely [no trusted path]" },
		{ "both are well", both_good, DANE "success certain []; " STS "success likely []" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct text out = { 0 };
		struct fixture f;

		rows[i].make(&f);
		tell(&f.subject, &out);
		assert_row_string(rows[i].name, out.s, rows[i].want);
		text_free(&out);
	}
}

static void document(void **state)
{
	struct tlsrpt_event events[TLSRPT_EVENTS_MAX];
	struct text out = { 0 };
	struct fixture f;
	json_t *read, *sw;
	char *details;

	(void)state;
	refused(&f);
	assert_int_equal(tlsrpt_judge(&f.subject, events), 1);
	json_tlsrpt(&out, &f.subject, events);
	assert_int_equal(out.s[out.n - 1], '\n');
	read = json_loads(out.s, 0, NULL);
	sw = json_object_get(read, "stripwatch");
	assert_string_equal(json_string_value(json_object_get(sw, "policy_domain")), "example.com");
	assert_int_equal(json_array_size(json_object_get(sw, "policies")), 1);
	text_reset(&out);
	details = json_dumps(
		json_object_get(json_object_get(sw, "tlsrpt"), "failure_details"), JSON_COMPACT);
	assert_string_equal(details,
		"{\"result-type\":\"starttls-not-supported\",\"sending-mta-ip\":\"198.51.100.10\","
		"\"receiving-mx-hostname\":\"mx.example.com\",\"receiving-mx-helo\":\"mx.example."
		"com\","
		"\"receiving-ip\":\"192.0.2.25\",\"failed-session-count\":1,"
		"\"failure-reason-code\":\"STARTTLS was answered 454\"}");
	free(details);
	json_decref(read);

	/* The server's own words are no name of the MX host; success has no details. */
	f.evidence.mx_source = MX_GREETING;
	text_reset(&out);
	json_tlsrpt(&out, &f.subject, events);
	assert_null(strstr(out.s, "receiving-mx-hostname"));
	events[0].result_type = NULL;
	text_reset(&out);
	json_tlsrpt(&out, &f.subject, events);
	assert_null(strstr(out.s, "failure_details"));
	assert_null(strstr(out.s, "result_type"));
	assert_non_null(strstr(out.s, "\"outcome\":\"success\""));
	text_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judged),
		cmocka_unit_test(document),
	};

	return cmocka_run_group_tests_name("tlsrpt", tests, NULL, NULL);
}
