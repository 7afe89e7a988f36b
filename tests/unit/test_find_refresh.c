// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "judge/find_refresh.h"
#include "sink/json_policy.h"
#include "sink/policy_text.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define NOW          INT64_C(1780272000)
#define DAY          86400

static char domain[] = "a.example", id[] = "7", source[] = "fetch", pattern[] = "mx.a.example";
static char *patterns[] = { pattern };
static char policy_text[] = "version: STSv1\nmode: enforce\nmax_age: 604800\nmx: mx.a.example\n";

static struct cached_policy cached(
	enum policy_mode mode, enum policy_change change, unsigned int failures)
{
	return (struct cached_policy){
		.domain = domain,
		.id = id,
		.text = policy_text,
		.source = source,
		.policy = { .mode = mode, .max_age = 7 * DAY, .mx = patterns, .mx_count = 1 },
		.fetched = NOW - DAY,
		.expires = NOW + 6 * DAY,
		.checked = NOW,
		.refresh_at = NOW + 300,
		.failures = failures,
		.change = change,
		.before = POLICY_ENFORCE,
		.before_expires = NOW + 2 * DAY,
		.changed = NOW,
	};
}

static const struct {
	const char *name;
	enum refresh_status status;
	enum sts_outcome outcome;
	const char *reason;
	bool has_policy;
	enum policy_mode mode;
	unsigned int failures;
	enum policy_change change;
	bool is_new;
	const char *want; /* "FINDING SEVERITY CONFIDENCE" of each */
} rows[] = {
	{ "fetched", REFRESH_FETCHED, STS_POLICY, "", true, POLICY_ENFORCE, 0, POLICY_UNCHANGED,
		false, "" },
	{ "confirmed", REFRESH_CONFIRMED, STS_SAME_ID, "", true, POLICY_ENFORCE, 0,
		POLICY_UNCHANGED, false, "" },
	{ "takes no part", REFRESH_NONE, STS_NO_RECORD, "NXDOMAIN", false, 0, 0, 0, false, "" },
	{ "bad record, never had a policy", REFRESH_FAILED, STS_BAD_RECORD, "several", false, 0, 0,
		0, false, "" },
	{ "no DNS, never had a policy", REFRESH_FAILED, STS_DNS_FAILED, "SERVFAIL", false, 0, 0, 0,
		false, "" },
	{ "announced, not there", REFRESH_FAILED, STS_FETCH_ERROR, "HTTP 404", false, 0, 0, 0,
		false, "policy-fetch-error low certain" },
	{ "announced, bad certificate", REFRESH_FAILED, STS_WEBPKI_INVALID, "expired", false, 0, 0,
		0, false, "policy-webpki-invalid low certain" },
	{ "announced, no policy", REFRESH_FAILED, STS_INVALID, "line 1", false, 0, 0, 0, false,
		"policy-invalid low certain" },
	{ "in force, can't be fetched", REFRESH_FAILED, STS_FETCH_ERROR, "HTTP 404", true,
		POLICY_ENFORCE, 1, POLICY_HIDDEN, true,
		"policy-fetch-error low certain, policy-hidden medium hint" },
	{ "and again, and again", REFRESH_FAILED, STS_FETCH_ERROR, "HTTP 404", true, POLICY_ENFORCE,
		3, POLICY_HIDDEN, false,
		"policy-fetch-error low certain, policy-hidden high likely" },
	{ "the same while testing", REFRESH_FAILED, STS_FETCH_ERROR, "HTTP 404", true,
		POLICY_TESTING, 3, POLICY_HIDDEN, false,
		"policy-fetch-error low certain, policy-hidden medium likely" },
	{ "the record can't be looked up", REFRESH_FAILED, STS_DNS_FAILED, "SERVFAIL", true,
		POLICY_ENFORCE, 1, POLICY_HIDDEN, true, "policy-hidden medium hint" },
	{ "nothing can be looked up", REFRESH_FAILED, STS_DNS_FAILED, "time-out", true,
		POLICY_ENFORCE, 1, POLICY_UNCHANGED, false, "" },
	{ "the record is gone", REFRESH_FAILED, STS_NO_RECORD, "NXDOMAIN", true, POLICY_ENFORCE, 1,
		POLICY_RECORD_GONE, true,
		"policy-hidden medium likely, policy-downgraded medium certain" },
	{ "weakened", REFRESH_FETCHED, STS_POLICY, "", true, POLICY_TESTING, 0, POLICY_WEAKENED,
		true, "policy-downgraded medium certain" },
	{ "was weakened a while ago", REFRESH_CONFIRMED, STS_SAME_ID, "", true, POLICY_TESTING, 0,
		POLICY_WEAKENED, false, "" },
	{ "was weakened, and now fails", REFRESH_FAILED, STS_DNS_FAILED, "SERVFAIL", true,
		POLICY_TESTING, 1, POLICY_WEAKENED, false, "" },
	{ "other hosts", REFRESH_FETCHED, STS_POLICY, "", true, POLICY_ENFORCE, 0,
		POLICY_MX_REPLACED, true, "policy-downgraded medium certain" },
	{ "other hosts while testing", REFRESH_FETCHED, STS_POLICY, "", true, POLICY_TESTING, 0,
		POLICY_MX_REPLACED, true, "policy-downgraded low certain" },
	{ "waits", REFRESH_WAITING, 0, "HTTP 404", true, POLICY_ENFORCE, 1, POLICY_HIDDEN, false,
		"" },
};

/* The result of row @i; @policy is where its policy goes. */
static struct refresh_result result_of(size_t i, struct cached_policy *policy)
{
	*policy = cached(rows[i].mode, rows[i].change, rows[i].failures);
	return (struct refresh_result){
		.domain = domain,
		.status = rows[i].status,
		.outcome = rows[i].outcome,
		.id = rows[i].outcome == STS_NO_RECORD ? NULL : "8",
		.reason = rows[i].reason,
		.policy = rows[i].has_policy ? policy : NULL,
		.was_in_force = rows[i].has_policy,
		.change = rows[i].change,
		.change_is_new = rows[i].is_new,
	};
}

static void findings(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cached_policy policy;
		struct refresh_result result = result_of(i, &policy);
		struct findings found;
		struct text got = { 0 };

		text_printf(&got, "%s", "");
		refresh_findings(&result, NOW, &found);
		for (size_t j = 0; j < found.n; j++) {
			const struct finding *finding = &found.list[j];

			text_printf(&got, "%s%s %s %s", j ? ", " : "", finding_name(finding->id),
				severity_name(finding->severity),
				confidence_name(finding->confidence));
			assert_row_string(rows[i].name, finding->policy_domain, domain);
			assert_row_int(rows[i].name, finding->time, NOW * 1000000000);
			assert_row(rows[i].name, finding->evidence_count > 0);
		}
		assert_row_string(rows[i].name, got.s, rows[i].want);
		findings_free(&found);
		text_free(&got);
	}
}

/* By the rules that come with the program each of these findings is an alert, and nothing else is.
 */
static void alerts(void **state)
{
	struct text path = { 0 }, errors = { 0 };
	const char *paths[1];
	struct ruleset *rules;
	struct verdict *verdict;

	(void)state;
	text_printf(&path, "%s/../rules", tests_path());
	paths[0] = path.s;
	rules = rules_load(paths, 1, &errors);
	assert_non_null(rules);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cached_policy policy;
		struct refresh_result result = result_of(i, &policy);
		struct refresh_subject *subject = refresh_subject_new(&result, NOW);
		struct alerts raised;

		verdict = verdict_new(rules);
		verdict_judge(verdict, &subject->subject, &raised);
		assert_row_int(rows[i].name, raised.n, subject->findings.n);
		for (size_t j = 0; j < raised.n; j++) {
			assert_row(rows[i].name, raised.list[j].finding);
			assert_row(rows[i].name, strstr(raised.list[j].message, domain));
		}
		alerts_free(&raised);
		refresh_subject_free(subject);
		verdict_free(verdict);
	}
	rules_free(rules);
	text_free(&path);
	text_free(&errors);
}

static json_t *parse_line(const char *name, const struct text *line)
{
	json_t *document = json_loadb(line->s, line->n, JSON_REJECT_DUPLICATES, NULL);

	assert_row(name, line->n && line->s[line->n - 1] == '\n');
	assert_row(name, !memchr(line->s, '\n', line->n - 1));
	assert_row(name, document);
	return document;
}

/* What stands under a dotted name; "": nothing. */
static const char *at(const json_t *document, const char *path)
{
	char part[64];

	for (; document && *path; path += strlen(part), path += *path == '.') {
		snprintf(part, sizeof(part), "%.*s", (int)strcspn(path, "."), path);
		document = json_object_get(document, part);
	}
	return json_is_string(document) ? json_string_value(document) : "";
}

static void documents(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cached_policy policy;
		struct refresh_result result = result_of(i, &policy);
		struct text line = { 0 };
		json_t *document;

		json_policy_look(&line, &result, NOW, "host");
		document = parse_line(rows[i].name, &line);
		assert_row_string(rows[i].name, at(document, "event.dataset"), "stripwatch.policy");
		assert_row_string(rows[i].name, at(document, "stripwatch.policy_domain"), domain);
		assert_row_string(rows[i].name, at(document, "stripwatch.look.status"),
			refresh_status_name(rows[i].status));
		assert_row_string(rows[i].name, at(document, "stripwatch.policy.mode"),
			rows[i].has_policy ? policy_mode_name(rows[i].mode) : "");
		json_decref(document);
		text_free(&line);
	}
}

static void an_alert_is_a_document(void **state)
{
	static char rule_id[] = "r", rule_name[] = "a rule", category[] = "policy",
		    ruleset[] = "mta-sts", message[] = "look";
	const struct rule rule = {
		.id = rule_id, .name = rule_name, .category = category, .ruleset = ruleset
	};
	struct cached_policy policy = cached(POLICY_TESTING, POLICY_WEAKENED, 0);
	struct refresh_result result = {
		.domain = domain,
		.status = REFRESH_FETCHED,
		.reason = "",
		.policy = &policy,
		.change = POLICY_WEAKENED,
		.change_is_new = true,
	};
	struct refresh_subject *subject = refresh_subject_new(&result, NOW);
	struct alert alert = {
		.rule = &rule,
		.finding = &subject->findings.list[0],
		.severity = SEVERITY_MEDIUM,
		.message = message,
		.time = NOW * 1000000000,
	};
	struct text line = { 0 };
	json_t *document, *evidence;

	(void)state;
	json_policy_alert(&line, &subject->subject, &alert);
	document = parse_line("alert", &line);
	assert_string_equal(at(document, "event.kind"), "alert");
	assert_string_equal(at(document, "event.dataset"), "stripwatch.alert");
	assert_string_equal(at(document, "@timestamp"), "2026-06-01T00:00:00.000000000Z");
	assert_string_equal(at(document, "rule.id"), "r");
	assert_string_equal(at(document, "log.level"), "medium");
	assert_string_equal(at(document, "stripwatch.finding"), "policy-downgraded");
	assert_string_equal(at(document, "stripwatch.policy_domain"), domain);
	evidence = json_object_get(json_object_get(document, "stripwatch"), "evidence");
	assert_string_equal(json_string_value(json_array_get(evidence, 0)),
		"mode enforce became testing, 2 days before the old policy would have ended");
	assert_null(json_object_get(document, "source"));
	assert_null(json_object_get(document, "tls"));
	json_decref(document);
	text_free(&line);
	refresh_subject_free(subject);
}

/* What comes from outside is a line, whatever is in it. */
static void text_is_printable(void **state)
{
	struct cached_policy policy = cached(POLICY_ENFORCE, POLICY_UNCHANGED, 0);
	struct store *store = store_open(":memory:");
	struct policy_cache *cache = policy_cache_open(store);
	static char evil[] = "version: STSv1\nx: \033[2J\r\nmode: none\n";
	struct text out = { 0 };

	(void)state;
	policy.text = evil;
	policy.error = evil;
	policy_text_show(&out, cache, &policy, NOW);
	for (size_t i = 0; i < out.n; i++)
		assert_true(out.s[i] == '\n' || (out.s[i] >= ' ' && out.s[i] <= '~'));
	assert_non_null(strstr(out.s, "    x: \\x1b[2J\n    mode: none\n"));
	text_free(&out);
	policy_cache_close(cache);
	store_close(store);
}

static void columns_stand_under_each_other(void **state)
{
	struct columns columns = { 0 };
	struct text out = { 0 };

	(void)state;
	columns_cell(&columns, "A");
	columns_cell(&columns, "LONG HEAD");
	columns_cell(&columns, "C");
	columns_end_row(&columns);
	columns_cell(&columns, "wider");
	columns_cell(&columns, "");
	columns_cellf(&columns, "%d", 7);
	columns_end_row(&columns);
	columns_line(&columns, "a line that is longer than all of them");
	columns_cell(&columns, "x");
	columns_cell(&columns, NULL);
	columns_end_row(&columns);
	columns_write(&columns, &out);
	assert_string_equal(out.s, "A      LONG HEAD  C\n"
				   "wider             7\n"
				   "a line that is longer than all of them\n"
				   "x\n");
	columns_fini(&columns);
	text_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings),
		cmocka_unit_test(alerts),
		cmocka_unit_test(documents),
		cmocka_unit_test(an_alert_is_a_document),
		cmocka_unit_test(text_is_printable),
		cmocka_unit_test(columns_stand_under_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
