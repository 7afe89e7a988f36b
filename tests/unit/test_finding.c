// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>

#include "judge/finding.h"

#define SECOND 1000000000LL
#define DAY    (86400 * SECOND)

/* Findings as "id:severity:confidence id:…" in the table's order. */
static char *told(const struct record *record, const struct evidence *evidence)
{
	static char line[1024];
	struct findings findings;
	size_t n = 0;

	findings_gather(record, evidence, &findings);
	line[0] = '\0';
	for (size_t i = 0; i < findings.n; i++) {
		const struct finding *finding = &findings.list[i];

		assert_true(finding->evidence_count > 0);
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s:%s:%s", i ? " " : "",
			finding_name(finding->id), severity_name(finding->severity),
			confidence_name(finding->confidence));
	}
	findings_free(&findings);
	return line;
}

static void names_are_words(void **state)
{
	enum finding_id id;

	(void)state;
	for (int i = 0; i < FINDINGS; i++) {
		assert_true(finding_parse(bytes_str(finding_name((enum finding_id)i)), &id));
		assert_int_equal(id, i);
	}
	assert_false(finding_parse(BYTES("starttls"), &id));
	assert_string_equal(finding_result_type(FINDING_STARTTLS_ABSENT), "starttls-not-supported");
	assert_null(finding_result_type(FINDING_TTL_SHIFT));
}

/* A server without STARTTLS, and mail in clear to it. */
static const struct record absent = {
	.smtp = { .offer = OFFER_ABSENT, .cleartext_mail = true, .bytes_in_clear = 100 },
	.flow = { .first = 10 * DAY },
	.mail_time = 10 * DAY,
};

static void a_missing_offer(void **state)
{
	static const struct {
		const char *name;
		struct history_facts history;
		const char *want;
	} rows[] = {
		{ "nobody knows better", { 0 }, "starttls-absent:info:certain" },
		{ "offered to this client before",
			{ .offered_count = 3, .offered_last = DAY, .offered_to_client = true },
			"starttls-absent:info:certain starttls-lost:high:likely" },
		{ "offered to others before", { .offered_count = 3, .offered_last = DAY },
			"starttls-absent:info:certain starttls-lost:medium:hint" },
		{ "an uneven pool, one miss (F4)",
			{ .offered_count = 3, .offered_last = DAY, .offered_mixed = true },
			"starttls-absent:info:certain" },
		{ "an uneven pool, three misses",
			{ .offered_count = 3, .offered_last = DAY, .offered_mixed = true,
				.missed_count = 2 },
			"starttls-absent:info:certain starttls-lost:medium:hint" },
		{ "after a failure of this client",
			{ .failure_last = 10 * DAY - SECOND, .failure_session = "0123456789abcdef" },
			"starttls-absent:info:certain cleartext-retry:medium:certain" },
		{ "after a failure hours ago",
			{ .failure_last = 10 * DAY - 5 * 3600 * SECOND },
			"starttls-absent:info:certain cleartext-retry:medium:likely" },
		{ "after a failure days ago", { .failure_last = 8 * DAY },
			"starttls-absent:info:certain" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct evidence evidence = { .history = rows[i].history };

		assert_row_string(rows[i].name, told(&absent, &evidence), rows[i].want);
	}
}

static void mail_under_a_policy(void **state)
{
	static const struct {
		const char *name;
		struct bound_policy policies[2];
		const char *want;
	} rows[] = {
		{ "enforce", { { "a.example", .mode = POLICY_ENFORCE, .recipient_seen = true } },
			"starttls-absent:info:certain cleartext-under-policy:critical:certain" },
		{ "testing (F19)", { { "a.example", .mode = POLICY_TESTING, .recipient_seen = true } },
			"starttls-absent:info:certain cleartext-under-policy:medium:certain" },
		{ "none (F19)", { { "a.example", .mode = POLICY_NONE, .recipient_seen = true } },
			"starttls-absent:info:certain" },
		{ "two recipients: the strictest counts",
			{ { "a.example", .mode = POLICY_NONE, .recipient_seen = true },
				{ "b.example", .mode = POLICY_ENFORCE, .recipient_seen = true } },
			"starttls-absent:info:certain cleartext-under-policy:critical:certain" },
		{ "two candidates: the weakest counts (F18)",
			{ { "a.example", .mode = POLICY_ENFORCE },
				{ "b.example", .mode = POLICY_TESTING } },
			"starttls-absent:info:certain cleartext-under-policy:medium:hint" },
		{ "another candidate promises nothing",
			{ { "a.example", .mode = POLICY_ENFORCE },
				{ "b.example", .mode = POLICY_NONE } },
			"starttls-absent:info:certain" },
		{ "a list", { { "a.example", .type = POLICY_LIST, .mode = POLICY_ENFORCE,
				    .recipient_seen = true } },
			"starttls-absent:info:certain cleartext-under-policy:high:certain" },
		{ "a domain's own word before a list",
			{ { "a.example", .type = POLICY_LIST, .mode = POLICY_ENFORCE,
				  .recipient_seen = true },
				{ "b.example", .mode = POLICY_TESTING, .recipient_seen = true } },
			"starttls-absent:info:certain cleartext-under-policy:medium:certain" },
		{ "an expired list beside a policy in force",
			{ { "a.example", .type = POLICY_LIST, .expired = true },
				{ "b.example", .mode = POLICY_ENFORCE } },
			"starttls-absent:info:certain cleartext-under-policy:critical:hint" },
		{ "an expired policy",
			{ { "a.example", .stated = POLICY_ENFORCE, .expired = true,
				.recipient_seen = true } },
			"starttls-absent:info:certain" },
		{ "DANE",
			{ { "mx.a.example", .type = POLICY_TLSA, .mode = POLICY_ENFORCE,
				  .recipient_seen = true },
				{ "a.example", .mode = POLICY_TESTING, .recipient_seen = true } },
			"starttls-absent:info:certain cleartext-under-policy:critical:certain" },
		{ "fetched only after the session",
			{ { "a.example", .mode = POLICY_ENFORCE, .recipient_seen = true,
				.since = 11 * DAY / SECOND } },
			"starttls-absent:info:certain cleartext-under-policy:critical:likely" },
		{ "a list names other MXs",
			{ { "a.example", .type = POLICY_LIST, .mode = POLICY_ENFORCE,
				.recipient_seen = true, .mx_matches = ANSWER_NO } },
			"starttls-absent:info:certain cleartext-under-policy:high:certain "
			"mx-not-in-policy:medium:certain" },
		{ "weakened",
			{ { "a.example", .mode = POLICY_NONE, .recipient_seen = true,
				.change = POLICY_WEAKENED, .before = POLICY_ENFORCE } },
			"starttls-absent:info:certain policy-downgraded:medium:certain" },
		{ "other MXs under testing",
			{ { "a.example", .mode = POLICY_TESTING, .change = POLICY_MX_REPLACED } },
			"starttls-absent:info:certain cleartext-under-policy:medium:hint "
			"policy-downgraded:low:certain" },
		{ "the record is gone",
			{ { "a.example", .mode = POLICY_ENFORCE, .recipient_seen = true,
				.change = POLICY_RECORD_GONE, .error = "no record", .failures = 1 } },
			"starttls-absent:info:certain cleartext-under-policy:critical:certain "
			"policy-hidden:medium:likely policy-downgraded:medium:certain" },
		{ "hidden once",
			{ { "a.example", .mode = POLICY_ENFORCE, .recipient_seen = true,
				.change = POLICY_HIDDEN, .failures = 1 } },
			"starttls-absent:info:certain cleartext-under-policy:critical:certain "
			"policy-hidden:medium:hint" },
		{ "hidden for long",
			{ { "a.example", .mode = POLICY_ENFORCE, .recipient_seen = true,
				.change = POLICY_HIDDEN, .failures = 3 } },
			"starttls-absent:info:certain cleartext-under-policy:critical:certain "
			"policy-hidden:high:likely" },
		{ "the MX is not in the policy",
			{ { "a.example", .mode = POLICY_ENFORCE, .recipient_seen = true,
				.mx_matches = ANSWER_NO } },
			"starttls-absent:info:certain cleartext-under-policy:critical:certain "
			"mx-not-in-policy:high:certain" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct evidence evidence = { 0 };

		memcpy(evidence.policies, rows[i].policies, sizeof(rows[i].policies));
		while (evidence.policy_count < 2 && evidence.policies[evidence.policy_count].domain)
			evidence.policy_count++;
		assert_row_string(rows[i].name, told(&absent, &evidence), rows[i].want);
	}
}

static void policy_that_cant_be_read(void **state)
{
	const struct evidence evidence = { .invalid_domain = "a.example",
		.invalid_why = "a.example.txt:2: x" };
	struct findings findings;

	(void)state;
	assert_string_equal(told(&absent, &evidence),
		"starttls-absent:info:certain policy-invalid:low:certain");
	findings_gather(&absent, &evidence, &findings);
	assert_string_equal(findings.list[1].policy_domain, "a.example");
	assert_string_equal(findings.list[1].evidence[0], "policy of a.example: a.example.txt:2: x");
	findings_free(&findings);
}

/* What an alert says of the policy: whose, which, how old, from where. */
static void words_of_policies(void **state)
{
	static char *mx[] = { (char *)(uintptr_t)"mx.a.example", (char *)(uintptr_t)"*.b.example" };
	static char *records[] = { (char *)(uintptr_t)"3 1 1 5fec" };
	static const struct {
		const char *name;
		struct bound_policy policy;
		size_t at; /* of the line, in the last finding */
		const char *want;
	} rows[] = {
		{ "cached",
			{ "a.example", .mode = POLICY_ENFORCE, .recipient_seen = true, .id = "2026",
				.source = "fetch", .fetched = 7 * DAY / SECOND, .patterns = mx,
				.pattern_count = 2 },
			0,
			"policy of a.example: MTA-STS enforce, id 2026, fetched 3 days before (fetch), "
			"mx: mx.a.example, *.b.example" },
		{ "later",
			{ "a.example", .mode = POLICY_ENFORCE, .recipient_seen = true,
				.since = 10 * DAY / SECOND + 7200,
				.fetched = 10 * DAY / SECOND + 7200 },
			0, "policy of a.example: MTA-STS enforce, fetched 2 h later" },
		{ "confirmed later",
			{ "a.example", .mode = POLICY_ENFORCE, .recipient_seen = true,
				.since = 7 * DAY / SECOND, .fetched = 10 * DAY / SECOND + 7200 },
			0, "policy of a.example: MTA-STS enforce, known since 3 days before" },
		{ "TLSA",
			{ "mx.a.example", .type = POLICY_TLSA, .mode = POLICY_ENFORCE,
				.source = "tlsa.yml", .patterns = records, .pattern_count = 1 },
			0, "TLSA records of mx.a.example (tlsa.yml): 3 1 1 5fec" },
		{ "expired",
			{ "a.example", .type = POLICY_LIST, .stated = POLICY_TESTING, .expired = true,
				.expires = 5 * DAY / SECOND, .source = "old.json" },
			2, "policy of a.example: list testing, expired 5 days before (old.json)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct evidence evidence = { .policies = { rows[i].policy }, .policy_count = 1 };
		struct findings findings;

		findings_gather(&absent, &evidence, &findings);
		assert_row_string(rows[i].name,
			findings.list[findings.n - 1].evidence[rows[i].at], rows[i].want);
		findings_free(&findings);
	}
}

static void certificates(void **state)
{
	struct cert leaf = { .subject = (char *)(uintptr_t)"CN=x", .issuer = (char *)(uintptr_t)"CN=y",
		.parsed = true };
	struct cert *list[] = { &leaf };
	struct cert_chain chain = { .certs = list, .count = 1 };
	const struct {
		const char *name;
		struct evidence evidence;
		const char *want;
	} rows[] = {
		{ "good", { .host_matches = ANSWER_YES }, "" },
		{ "no MX name known", { .host_matches = ANSWER_UNKNOWN }, "" },
		{ "other name, no policy", { .host_matches = ANSWER_NO, .mx = "mx.a.example" },
			"certificate-host-mismatch:low:certain" },
		{ "other name, enforced",
			{ .host_matches = ANSWER_NO, .mx = "mx.a.example", .policy_count = 1,
				.policies = { { "a.example", .mode = POLICY_ENFORCE } } },
			"certificate-host-mismatch:high:certain" },
		{ "self-signed, no policy", { .cert_problems = CERT_SELF_SIGNED | CERT_NOT_TRUSTED },
			"certificate-not-trusted:info:certain" },
		{ "revoked", { .cert_problems = CERT_REVOKED },
			"certificate-not-trusted:medium:certain" },
		{ "expired, testing",
			{ .cert_problems = CERT_EXPIRED, .policy_count = 1,
				.policies = { { "a.example", .mode = POLICY_TESTING } } },
			"certificate-expired:medium:certain" },
		{ "changed long before its time",
			{ .history = { .leaf_changed = true, .leaf_not_after = 86400 * 100,
				.leaf_issuer = "CN=z" } },
			"certificate-changed:low:likely" },
		{ "changed to one that nobody trusts",
			{ .cert_problems = CERT_NOT_TRUSTED,
				.history = { .leaf_changed = true, .leaf_not_after = 86400 * 100,
					.leaf_issuer = "CN=z" } },
			"certificate-not-trusted:info:certain certificate-changed:medium:likely" },
		{ "changed when it was due (F14)",
			{ .history = { .leaf_changed = true, .leaf_not_after = 86400 * 20,
				.leaf_issuer = "CN=z" } },
			"" },
		{ "nobody trusts it, and a policy asks for that",
			{ .cert_problems = CERT_NOT_TRUSTED, .policy_count = 1,
				.policies = { { "a.example", .mode = POLICY_ENFORCE } } },
			"certificate-not-trusted:high:certain" },
		{ "the same, and a TLSA record names it",
			{ .cert_problems = CERT_NOT_TRUSTED | CERT_EXPIRED,
				.host_matches = ANSWER_NO, .policy_count = 2,
				.policies = { { "mx.a.example", .type = POLICY_TLSA,
						      .mode = POLICY_ENFORCE,
						      .certificate_matches = ANSWER_YES },
					{ "a.example", .mode = POLICY_ENFORCE } } },
			"certificate-host-mismatch:low:certain certificate-expired:low:certain "
			"certificate-not-trusted:info:certain" },
		{ "good, and no TLSA record names it",
			{ .policy_count = 2,
				.policies = { { "mx.a.example", .type = POLICY_TLSA,
						      .mode = POLICY_ENFORCE,
						      .certificate_matches = ANSWER_NO },
					{ "a.example", .mode = POLICY_ENFORCE } } },
			"tlsa-mismatch:medium:certain" },
		{ "TLSA records alone ask for no names",
			{ .host_matches = ANSWER_NO, .policy_count = 1,
				.policies = { { "mx.a.example", .type = POLICY_TLSA,
					.mode = POLICY_ENFORCE } } },
			"certificate-host-mismatch:low:certain" },
		{ "a list asks for it",
			{ .host_matches = ANSWER_NO, .policy_count = 1,
				.policies = { { "a.example", .type = POLICY_LIST,
					.mode = POLICY_ENFORCE } } },
			"certificate-host-mismatch:high:certain" },
		{ "an expired policy asked for it",
			{ .host_matches = ANSWER_NO, .policy_count = 1,
				.policies = { { "a.example", .stated = POLICY_ENFORCE,
					.expired = true } } },
			"certificate-host-mismatch:low:certain" },
		{ "two names share a key", { .history = { .key_names = 2, .key_example = "a, b" } }, "" },
		{ "three do", { .history = { .key_names = 3, .key_example = "a, b, c" } },
			"certificate-shared:medium:likely" },
	};
	struct record record = { .flow = { .first = 10 * DAY }, .tls_tried = true,
		.tls = { .established = true, .version = 0x0303, .chain = &chain } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_row_string(rows[i].name, told(&record, &rows[i].evidence), rows[i].want);
}

static void bytes_not_seen(void **state)
{
	static const struct {
		const char *name;
		struct record record;
		const char *want;
	} rows[] = {
		{ "a hole may hide STARTTLS",
			{ .smtp = { .offer = OFFER_OFFERED, .cleartext_mail = true },
				.unknown = { [AXIS_REQUEST] = UNKNOWN_GAP } },
			"" },
		{ "no hole", { .smtp = { .offer = OFFER_OFFERED, .cleartext_mail = true } },
			"starttls-not-requested:info:certain" },
		{ "the handshake's end may be missing",
			{ .smtp = { .offer = OFFER_OFFERED, .starttls_requested = true }, .tls_tried = true,
				.unknown = { [AXIS_TLS] = UNKNOWN_END } },
			"" },
		{ "it was closed",
			{ .smtp = { .offer = OFFER_OFFERED, .starttls_requested = true }, .tls_tried = true },
			"tls-handshake-failed:low:certain" },
		{ "nothing known of the offer", { .smtp = { .cleartext_mail = true } }, "" },
	};
	static const struct evidence evidence;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_row_string(rows[i].name, told(&rows[i].record, &evidence), rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_words),
		cmocka_unit_test(a_missing_offer),
		cmocka_unit_test(mail_under_a_policy),
		cmocka_unit_test(policy_that_cant_be_read),
		cmocka_unit_test(words_of_policies),
		cmocka_unit_test(certificates),
		cmocka_unit_test(bytes_not_seen),
	};

	return cmocka_run_group_tests_name("finding", tests, NULL, NULL);
}
