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
		cmocka_unit_test(certificates),
		cmocka_unit_test(bytes_not_seen),
	};

	return cmocka_run_group_tests_name("finding", tests, NULL, NULL);
}
