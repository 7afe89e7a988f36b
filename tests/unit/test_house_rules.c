// SPDX-License-Identifier: BSD-2-Clause
/*
 * The rules that come with the program: that they load, and which of them fire for what. Each row
 * lists all that fire, so that a rule which fires beside the point shows.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "judge/rule.h"
#include "subject.h"

static struct ruleset *rules;

static int load(void **state)
{
	struct text errors = { 0 }, path = { 0 };

	(void)state;
	text_printf(&path, "%s/../rules", tests_path());
	rules = rules_load((const char *const *)&path.s, 1, &errors);
	if (!rules)
		fprintf(stderr, "%s", errors.s);
	text_free(&path);
	text_free(&errors);
	return rules ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	rules_free(rules);
	return 0;
}

/* What a row changes in a session, beside its findings. */
enum {
	CLEAR = 1,           /* mail in clear, else: nothing in clear and no TLS */
	TLS = 2,             /* established */
	ENFORCE = 4,         /* a policy binds: example.com, enforce */
	TESTING = 8,         /* the same in testing (beside it: of example.org) */
	RECIPIENT = 16,      /* mail for the policies' domains was seen */
	SUBMISSION = 32,     /* port 587 */
	REPORT = 64,         /* the mail is a TLS report */
	LIST = 128,          /* the policies are of a list */
	MX_NO = 256,         /* the policies don't name the server */
	BAD_CERT = 512,      /* certificate errors */
	CLIENT_ALERT = 1024, /* the client broke off over the certificate */
	NO_POLICY = 2048,    /* a policy of mode none binds */
	TLSA = 4096,         /* the policies are TLSA records, which the certificate matches */
};

static void add_policy(struct fixture *f, int what, const char *domain, enum policy_mode mode)
{
	f->evidence.policies[f->evidence.policy_count++] = (struct bound_policy){
		.domain = domain,
		.type = what & LIST ? POLICY_LIST : what & TLSA ? POLICY_TLSA : POLICY_STS,
		.mode = mode,
		.source = "file:x",
		.mx_matches = what & MX_NO ? ANSWER_NO : ANSWER_YES,
		.certificate_matches = what & TLSA ? ANSWER_YES : ANSWER_UNKNOWN,
		.recipient_seen = (what & RECIPIENT) != 0,
	};
}

static void set_policies(struct fixture *f, int what)
{
	f->evidence.policy_count = 0;
	if (what & ENFORCE)
		add_policy(f, what, "example.com", POLICY_ENFORCE);
	if (what & TESTING)
		add_policy(f, what, "example.org", POLICY_TESTING);
	if (what & NO_POLICY)
		add_policy(f, what, "example.edu", POLICY_NONE);
}

/* Findings by their ids, of medium weight; "id!" weighs high, "id?" nothing. */
static void add_findings(struct fixture *f, const char *ids)
{
	f->findings.n = 0;
	while (*ids) {
		size_t n = strcspn(ids, " !?");
		struct finding *finding = &f->findings.list[f->findings.n++];

		*finding = (struct finding){ .severity = SEVERITY_MEDIUM };
		assert_row(ids, finding_parse(bytes_of(ids, n), &finding->id));
		if (ids[n] == '!')
			finding->severity = SEVERITY_HIGH;
		else if (ids[n] == '?')
			finding->severity = SEVERITY_INFO;
		n += ids[n] == '!' || ids[n] == '?';
		ids += n + (ids[n] == ' ');
	}
}

static void set_up(struct fixture *f, int what, const char *findings)
{
	if (what & TLS || what & CLIENT_ALERT) {
		fixture_init(f);
		f->record.tls.alert_count = 0;
	} else {
		fixture_clear(f);
	}
	if (what & CLIENT_ALERT) {
		f->record.tls.established = false;
		f->record.tls.alerts[0] = (struct tls_alert){ CLIENT, 2, 48 };
		f->record.tls.alert_count = 1;
	}
	f->record.smtp.cleartext_mail = (what & CLEAR) != 0;
	f->record.smtp.tls_report_mail = (what & REPORT) != 0;
	if (what & SUBMISSION)
		f->record.flow.endpoint[SERVER].port = 587;
	if (what & BAD_CERT)
		f->evidence.cert_problems = CERT_SELF_SIGNED | CERT_NOT_TRUSTED;
	set_policies(f, what);
	add_findings(f, findings);
}

static void which_fire(struct text *out, const struct subject *subject)
{
	text_reset(out);
	text_puts(out, "");
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->list[i];

		if (rule_matches(rule, subject))
			text_printf(out, "%s%s:%s", out->n ? " " : "", rule->id,
				severity_name(rule->severity));
	}
}

static void judged(void **state)
{
	static const struct {
		const char *name, *findings;
		int what;
		const char *want;
	} rows[] = {
		{ "nothing", "", CLEAR, "" },
		{ "good TLS under a policy", "", TLS | ENFORCE, "" },
		/* F1: nobody promised TLS */
		{ "no offer, mail", "starttls-absent", CLEAR, "" },
		{ "no offer, no mail", "starttls-absent", 0, "" },
		{ "offered, not asked for", "starttls-not-requested", CLEAR, "" },
		/* clear text under policies */
		{ "enforce", "starttls-absent cleartext-under-policy", CLEAR | ENFORCE | RECIPIENT,
			"cleartext-under-enforce:critical" },
		{ "testing", "starttls-absent cleartext-under-policy", CLEAR | TESTING | RECIPIENT,
			"cleartext-under-testing:medium" },
		{ "both", "starttls-absent cleartext-under-policy",
			CLEAR | ENFORCE | TESTING | RECIPIENT, "cleartext-under-enforce:critical" },
		{ "enforce, recipients not seen", "cleartext-under-policy", CLEAR | ENFORCE,
			"cleartext-under-enforce-shared:high" },
		{ "F18: weakest of the candidates", "cleartext-under-policy",
			CLEAR | ENFORCE | TESTING, "cleartext-under-testing:medium" },
		{ "F18: the weakest is none", "cleartext-under-policy", CLEAR | ENFORCE | NO_POLICY,
			"" },
		{ "F12: submission", "cleartext-under-policy",
			CLEAR | ENFORCE | RECIPIENT | SUBMISSION, "" },
		{ "F20: a report", "cleartext-under-policy", CLEAR | ENFORCE | RECIPIENT | REPORT,
			"" },
		{ "F19: an expired list", "starttls-absent", CLEAR | NO_POLICY | RECIPIENT | LIST,
			"" },
		{ "a list, enforce", "cleartext-under-policy!", CLEAR | ENFORCE | RECIPIENT | LIST,
			"cleartext-under-list:high" },
		{ "a list, testing", "cleartext-under-policy", CLEAR | TESTING | RECIPIENT | LIST,
			"cleartext-under-list-testing:medium" },
		{ "a list, both", "cleartext-under-policy!",
			CLEAR | ENFORCE | TESTING | RECIPIENT | LIST, "cleartext-under-list:high" },
		{ "a list, recipients not seen", "cleartext-under-policy!", CLEAR | ENFORCE | LIST,
			"" },
		{ "a list, submission", "cleartext-under-policy!",
			CLEAR | ENFORCE | RECIPIENT | LIST | SUBMISSION, "" },
		{ "a list, a report", "cleartext-under-policy!",
			CLEAR | ENFORCE | RECIPIENT | LIST | REPORT, "" },
		{ "DANE", "cleartext-under-policy!", CLEAR | ENFORCE | RECIPIENT | TLSA,
			"cleartext-under-enforce:critical" },
		{ "DANE, a name that is a guess", "cleartext-under-policy!", CLEAR | ENFORCE | TLSA,
			"cleartext-under-enforce-shared:high" },
		/* overwritten */
		{ "mangled", "starttls-mangled", CLEAR, "starttls-mangled:high" },
		{ "mangled, no mail", "starttls-mangled", 0, "starttls-mangled:high" },
		{ "mangled, lost", "starttls-mangled starttls-lost!", CLEAR,
			"starttls-mangled:high" },
		{ "mangled, enforce", "starttls-mangled cleartext-under-policy",
			CLEAR | ENFORCE | RECIPIENT,
			"cleartext-under-enforce:critical starttls-mangled-mail-enforce:critical" },
		{ "mangled, testing", "starttls-mangled", CLEAR | TESTING | RECIPIENT,
			"starttls-mangled:high" },
		{ "mangled, enforce, no mail", "starttls-mangled", ENFORCE,
			"starttls-mangled:high" },
		{ "mangled submission", "starttls-mangled",
			CLEAR | ENFORCE | RECIPIENT | SUBMISSION, "starttls-mangled:high" },
		{ "command mangled", "starttls-command-mangled", CLEAR,
			"starttls-command-mangled:high" },
		{ "EHLO mangled", "ehlo-mangled", CLEAR, "ehlo-mangled:high" },
		{ "echo", "command-echo-mangled starttls-refused", CLEAR,
			"command-echo-mangled:high starttls-refused-mail:medium" },
		/* refused */
		{ "refused, mail", "starttls-refused", CLEAR, "starttls-refused-mail:medium" },
		{ "refused, mail, testing", "starttls-refused", CLEAR | TESTING | RECIPIENT,
			"starttls-refused-mail-testing:high" },
		{ "refused, mail, enforce", "starttls-refused", CLEAR | ENFORCE | RECIPIENT,
			"starttls-refused-mail-enforce:critical" },
		{ "refused, mail, enforce and testing", "starttls-refused",
			CLEAR | ENFORCE | TESTING | RECIPIENT,
			"starttls-refused-mail-enforce:critical" },
		{ "refused, mail, another's policy", "starttls-refused", CLEAR | ENFORCE,
			"starttls-refused-mail:medium" },
		{ "refused, mail, list", "starttls-refused", CLEAR | ENFORCE | RECIPIENT | LIST,
			"starttls-refused-mail:medium" },
		{ "refused, no mail", "starttls-refused", 0, "starttls-refused:low" },
		{ "refused, no mail, testing", "starttls-refused", TESTING,
			"starttls-refused:low" },
		{ "refused, no mail, enforce", "starttls-refused", ENFORCE,
			"starttls-refused-enforce:medium" },
		{ "refused, report", "starttls-refused", CLEAR | REPORT, "starttls-refused:low" },
		{ "refused, report, enforce", "starttls-refused",
			CLEAR | REPORT | ENFORCE | RECIPIENT, "starttls-refused-enforce:medium" },
		{ "refused submission", "starttls-refused",
			CLEAR | SUBMISSION | ENFORCE | RECIPIENT, "starttls-refused-mail:medium" },
		{ "refused submission, no mail", "starttls-refused", SUBMISSION | ENFORCE,
			"starttls-refused:low" },
		{ "swallowed", "starttls-swallowed", 0, "starttls-swallowed:low" },
		{ "swallowed, enforce", "starttls-swallowed", ENFORCE,
			"starttls-swallowed-enforce:medium" },
		{ "EHLO refused, mail", "ehlo-rejected", CLEAR, "ehlo-rejected-mail:medium" },
		{ "EHLO refused, no mail", "ehlo-rejected", 0, "" },
		{ "EHLO refused, offered before", "ehlo-rejected starttls-lost!", CLEAR,
			"starttls-lost-mail:high" },
		{ "no TLS after 220", "no-tls-after-220", CLEAR, "no-tls-after-220:medium" },
		/* history */
		{ "lost, mail", "starttls-absent starttls-lost!", CLEAR,
			"starttls-lost-mail:high" },
		{ "F4, F5: lost for some, mail", "starttls-absent starttls-lost", CLEAR,
			"starttls-lost-mail-uneven:medium" },
		{ "lost, no mail", "starttls-absent starttls-lost", 0, "starttls-lost:medium" },
		{ "lost, report", "starttls-absent starttls-lost", CLEAR | REPORT,
			"starttls-lost:medium" },
		{ "no longer asked for", "starttls-not-requested tls-no-longer-requested", CLEAR,
			"tls-no-longer-requested:medium" },
		{ "retry", "cleartext-retry", CLEAR, "cleartext-retry:medium" },
		{ "retry after tampering", "cleartext-retry!", CLEAR,
			"cleartext-retry-tampered:high" },
		/* traces of a third party */
		{ "reset alone", "reset-at-starttls", 0, "" },
		{ "odd reset, nothing after it", "reset-at-starttls reset-injected", 0, "" },
		{ "forged reset", "reset-at-starttls reset-injected!", 0, "reset-injected:high" },
		{ "reset, other distance", "reset-at-starttls ttl-shift", 0,
			"reset-from-elsewhere:medium" },
		{ "conflict", "segment-conflict", 0, "segment-conflict:medium" },
		{ "conflict on the reply", "segment-conflict!", 0,
			"segment-conflict-decisive:high" },
		{ "other distance alone", "ttl-shift", TLS, "" },
		{ "other distance, absent", "ttl-shift starttls-absent", CLEAR,
			"reply-from-elsewhere:high" },
		{ "other distance, refused", "ttl-shift starttls-refused", 0,
			"starttls-refused:low reply-from-elsewhere:high" },
		{ "other distance, mangled", "ttl-shift starttls-mangled", CLEAR,
			"starttls-mangled:high" },
		{ "other words alone", "reply-family-mismatch", TLS, "" },
		{ "other words, refused", "reply-family-mismatch starttls-refused", CLEAR,
			"starttls-refused-mail:medium reply-family-mismatch:high" },
		{ "text for TLS", "tls-replaced-by-text tls-handshake-failed", 0,
			"tls-replaced-by-text:high" },
		{ "text in TLS", "text-inside-tls", TLS, "text-inside-tls:high" },
		{ "injected command", "plaintext-after-starttls", TLS,
			"plaintext-after-starttls:high" },
		{ "injected reply", "response-after-220", TLS, "response-after-220:high" },
		{ "stalled alone", "tls-handshake-stalled", 0, "" },
		{ "failed alone", "tls-handshake-failed", 0, "" },
		{ "downgrade", "downgrade-sentinel", TLS, "downgrade-sentinel:high" },
		/* certificates */
		{ "bad, nobody cares", "certificate-not-trusted", TLS | BAD_CERT, "" },
		{ "bad, enforce", "certificate-not-trusted!", TLS | BAD_CERT | ENFORCE,
			"certificate-bad-enforce:critical" },
		{ "bad, testing", "certificate-expired", TLS | BAD_CERT | TESTING,
			"certificate-bad-testing:medium" },
		{ "F18: bad, some enforce", "certificate-host-mismatch",
			TLS | BAD_CERT | ENFORCE | TESTING, "certificate-bad-testing:medium" },
		{ "F18: bad, some want nothing", "certificate-host-mismatch?",
			TLS | BAD_CERT | ENFORCE | NO_POLICY, "" },
		{ "bad, mode none", "certificate-host-mismatch?", TLS | BAD_CERT | NO_POLICY, "" },
		{ "bad, list", "certificate-host-mismatch!", TLS | BAD_CERT | ENFORCE | LIST,
			"certificate-bad-list:high" },
		{ "bad, list under test", "certificate-host-mismatch",
			TLS | BAD_CERT | TESTING | LIST, "" },
		{ "bad, and the TLSA record fits", "certificate-not-trusted?",
			TLS | BAD_CERT | ENFORCE | TLSA, "" },
		{ "the same, and TLS failed", "certificate-not-trusted? tls-handshake-failed",
			BAD_CERT | ENFORCE | TLSA, "" },
		{ "bad, submission", "certificate-expired!", TLS | BAD_CERT | ENFORCE | SUBMISSION,
			"" },
		{ "client broke off, enforce", "tls-handshake-failed", CLIENT_ALERT | ENFORCE,
			"certificate-refused-enforce:medium" },
		{ "client broke off", "tls-handshake-failed", CLIENT_ALERT, "" },
		{ "failed, enforce", "tls-handshake-failed", ENFORCE, "" },
		{ "bad, of a server that the policy does not name",
			"mx-not-in-policy! certificate-not-trusted?",
			TLS | BAD_CERT | ENFORCE | MX_NO, "mx-not-in-policy-enforce:high" },
		{ "changed", "certificate-changed", TLS, "" },
		{ "changed to a bad one", "certificate-changed certificate-not-trusted",
			TLS | BAD_CERT, "certificate-changed-untrusted:medium" },
		{ "shared", "certificate-shared", TLS, "certificate-shared:medium" },
		{ "TLSA", "tlsa-mismatch", TLS, "tlsa-mismatch:medium" },
		{ "TLSA and changed", "tlsa-mismatch certificate-changed", TLS,
			"tlsa-mismatch-changed:high" },
		{ "old TLS", "tls-version-old", TLS, "tls-version-old:low" },
		/* the wrong server */
		{ "MX, enforce", "mx-not-in-policy!", TLS | ENFORCE | MX_NO,
			"mx-not-in-policy-enforce:high" },
		{ "MX, testing", "mx-not-in-policy", TLS | TESTING | MX_NO,
			"mx-not-in-policy-testing:medium" },
		{ "F18: MX, enforce and testing", "mx-not-in-policy",
			TLS | ENFORCE | TESTING | MX_NO, "mx-not-in-policy-testing:medium" },
		{ "MX, submission", "mx-not-in-policy!", TLS | ENFORCE | MX_NO | SUBMISSION, "" },
		{ "MX, list", "mx-not-in-policy", TLS | ENFORCE | MX_NO | LIST,
			"mx-not-in-list:medium" },
		{ "redirected", "mx-redirected", CLEAR, "" },
		{ "redirected, enforce", "mx-redirected!", CLEAR | ENFORCE | RECIPIENT,
			"mx-redirected-enforce:high" },
		{ "redirected, testing", "mx-redirected", CLEAR | TESTING | RECIPIENT,
			"mx-redirected-testing:medium" },
		{ "hidden", "policy-hidden", 0, "policy-hidden:medium" },
		{ "downgraded", "policy-downgraded", 0, "policy-downgraded:medium" },
		{ "not fetched", "policy-fetch-error", 0, "policy-fetch-error:low" },
		{ "not readable", "policy-invalid", 0, "policy-invalid:low" },
		{ "bad web server", "policy-webpki-invalid", 0, "policy-webpki-invalid:medium" },
	};
	struct text got = { 0 };
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		set_up(&f, rows[i].what, rows[i].findings);
		which_fire(&got, &f.subject);
		assert_row_string(rows[i].name, got.s, rows[i].want);
	}
	text_free(&got);
}

/* Nobody has to look up what a message left open. */
static void messages_are_whole(void **state)
{
	struct text out = { 0 };
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->list[i];

		text_reset(&out);
		set_up(&f, CLEAR, "");
		f.evidence.mx[0] = '\0';
		f.record.smtp.recipient_domains.n = 0;
		f.record.smtp.helo_name = NULL;
		rule_message(rule, &f.subject, &out);
		assert_row(rule->id, !strchr(out.s, '{') && !strstr(out.s, "  "));
		assert_row(rule->id, out.n > 40 && out.n < 400 && out.s[out.n - 1] == '.');
		assert_row(rule->id, rule->reference != NULL);
	}
	text_free(&out);
}

static void a_message(void **state)
{
	struct text out = { 0 };
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < rules->n; i++) {
		if (strcmp(rules->list[i].id, "starttls-lost-mail") != 0)
			continue;
		set_up(&f, CLEAR, "starttls-lost!");
		rule_message(&rules->list[i], &f.subject, &out);
	}
	assert_string_equal(out.s,
		"mx.example.com (192.0.2.25:25) used to offer TLS and does not any "
		"more; mail for example.com, example.org went there readable by "
		"anyone on the way.");
	text_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judged),
		cmocka_unit_test(messages_are_whole),
		cmocka_unit_test(a_message),
	};

	return cmocka_run_group_tests_name("house_rules", tests, load, unload);
}
