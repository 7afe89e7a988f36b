// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "judge/match.h"
#include "base/suggest.h"
#include "subject.h"

static void globs(void **state)
{
	static const struct {
		const char *glob, *text;
		bool want;
	} rows[] = {
		{ "abc", "abc", true },
		{ "abc", "ABC", true },
		{ "ABC", "abc", true },
		{ "abc", "abcd", false },
		{ "abcd", "abc", false },
		{ "*", "", true },
		{ "*", "anything", true },
		{ "?", "", false },
		{ "?", "x", true },
		{ "?", "xy", false },
		{ "*.example.com", "mx.example.com", true },
		{ "*.example.com", "a.b.example.com", true },
		{ "*.example.com", "example.com", false },
		{ "*.example.com", "mx.example.com.evil", false },
		{ "mx?.*", "mx1.example.com", true },
		{ "a*b*c", "axxbyyc", true },
		{ "a*b*c", "axxcyyb", false },
		{ "*aab", "aaaaaab", true },
		{ "**", "x", true },
		{ "x**", "x", true },
		{ "", "", true },
		{ "", "x", false },
		{ "[a]", "a", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_row_int(
			rows[i].glob, glob_matches(rows[i].glob, rows[i].text), rows[i].want);
}

/* The naive way takes time exponential in the asterisks. */
static void glob_is_fast(void **state)
{
	char text[2001];

	(void)state;
	memset(text, 'a', 2000);
	text[2000] = '\0';
	assert_false(glob_matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

static struct condition *compile(const char *yaml, struct text *errors)
{
	struct yml *node = yml_parse(bytes_str(yaml), "f", errors);
	struct mistakes mistakes = { .name = "f", .errors = errors };
	struct condition *condition = node ? condition_compile(&mistakes, node) : NULL;

	assert_row(yaml, (condition == NULL) == (errors->n != 0));
	mistakes_fini(&mistakes);
	yml_free(node);
	return condition;
}

static void six(struct fixture *f)
{
	fixture_init(f);
	addr_parse(BYTES("2001:db8::25"), &f->record.flow.endpoint[SERVER].addr);
}

static void no_address(struct fixture *f)
{
	fixture_init(f);
	f->record.flow.endpoint[SERVER].addr.length = 0;
}

static void matching(void **state)
{
	static const struct {
		void (*make)(struct fixture *f);
		const char *condition;
		bool want;
	} rows[] = {
		/* booleans */
		{ fixture_clear, "smtp.cleartext_mail: true", true },
		{ fixture_clear, "smtp.cleartext_mail: false", false },
		{ fixture_init, "smtp.cleartext_mail: false", true },
		/* numbers */
		{ fixture_init, "destination.port: 25", true },
		{ fixture_init, "destination.port: 587", false },
		{ fixture_init, "destination.port: [465, 25]", true },
		{ fixture_init, "destination.port: { from: 25 }", true },
		{ fixture_init, "destination.port: { from: 26 }", false },
		{ fixture_init, "destination.port: { to: 25 }", true },
		{ fixture_init, "destination.port: { to: 24 }", false },
		{ fixture_init, "destination.port: { from: 1, to: 1023 }", true },
		{ fixture_init, "destination.port: [{ from: 1, to: 5 }, 25]", true },
		{ fixture_init, "destination.port: [{ from: 1, to: 5 }, { from: 30 }]", false },
		{ fixture_clear, "smtp.starttls.reply_code: { from: 0 }", false },
		{ fixture_clear, "not: { smtp.starttls.reply_code: { from: 0 } }", true },
		/* texts */
		{ fixture_init, "destination.domain: mx.example.com", true },
		{ fixture_init, "destination.domain: '*.EXAMPLE.com'", true },
		{ fixture_init, "destination.domain: '*.example.net'", false },
		{ fixture_init, "destination.domain: [a, 'mx.*']", true },
		{ fixture_init, "tls.version: [1.2, 1.3]", true },
		{ fixture_init, "tls.version: 1.0", false },
		{ fixture_clear, "tls.version: '*'", false },
		{ fixture_init, "event.action: tls-*", true },
		/* arrays of texts: some item */
		{ fixture_init, "smtp.extensions: starttls", true },
		{ fixture_init, "smtp.extensions: 'SIZE*'", true },
		{ fixture_init, "smtp.extensions: [AUTH*, 8BITMIME]", false },
		{ fixture_clear, "smtp.recipient_domains: example.org", true },
		{ fixture_init, "smtp.recipient_domains: '*'", false },
		/* addresses */
		{ fixture_init, "source.ip: 198.51.100.10", true },
		{ fixture_init, "source.ip: 198.51.100.0/24", true },
		{ fixture_init, "source.ip: [10.0.0.0/8, 2001:db8::/32]", false },
		{ fixture_init, "source.ip: [10.0.0.0/8, 198.51.100.10]", true },
		{ six, "destination.ip: '2001:db8::/32'", true },
		{ six, "destination.ip: '2001:db8:0:0::25'", true },
		{ six, "destination.ip: 0.0.0.0/0", false },
		{ no_address, "destination.ip: [0.0.0.0/0, '::/0']", false },
		/* presence */
		{ fixture_init, "tls.client.server_name: { present: true }", true },
		{ fixture_init, "tls.client.server_name: { present: false }", false },
		{ fixture_clear, "tls.client.server_name: { present: false }", true },
		{ fixture_clear, "smtp.starttls.reply_code: { present: false }", true },
		{ fixture_clear, "smtp.extensions: { present: true }", true },
		{ fixture_init, "stripwatch.findings.evidence: { present: true }", true },
		{ fixture_init, "stripwatch.policies.recipient_seen: { present: true }", false },
		{ fixture_init, "stripwatch.policies.recipient_seen: { present: false }", true },
		/* members of rows: some row */
		{ fixture_init, "stripwatch.policies.mode: testing", true },
		{ fixture_init, "stripwatch.policies[].mode: enforce", true },
		{ fixture_init, "stripwatch.policies.mode: none", false },
		{ fixture_init, "stripwatch.policies.mx_matches: false", true },
		{ fixture_init, "stripwatch.policies.certificate_matches: true", false },
		{ fixture_init, "stripwatch.findings.evidence: '454*'", true },
		{ fixture_init, "stripwatch.findings.evidence: '221*'", false },
		{ fixture_init, "stripwatch.findings.id: starttls-*", true },
		{ fixture_init, "stripwatch.certificate.errors: [expired, weak]", false },
		/* rows: all of one row, not of several */
		{ fixture_init, "stripwatch.policies: { mode: enforce, mx_matches: true }", true },
		{ fixture_init, "stripwatch.policies: { mode: enforce, mx_matches: false }",
			false },
		{ fixture_init, "stripwatch.policies: { mode: testing, mx_matches: false }", true },
		{ fixture_init,
			"stripwatch.policies: { mode: testing, certificate_matches: { present: "
			"false } "
			"}",
			true },
		{ fixture_init,
			"stripwatch.policies: { mode: enforce, certificate_matches: { present: "
			"false } "
			"}",
			false },
		{ fixture_init, "stripwatch.findings: { id: starttls-refused, evidence: '454*' }",
			true },
		{ fixture_init, "stripwatch.findings: { id: tls-version-old, evidence: '454*' }",
			false },
		{ fixture_init,
			"stripwatch.findings: { id: tls-version-old, evidence: { present: false } "
			"}",
			false },
		{ fixture_clear, "stripwatch.tls.alerts: { level: fatal }", false },
		/* findings */
		{ fixture_init, "finding: starttls-refused", true },
		{ fixture_init, "finding: [ttl-shift, tls-version-old]", true },
		{ fixture_init, "finding: [ttl-shift, reset-injected]", false },
		/* all, any, not; a map of several parts is all of them */
		{ fixture_init, "all: [destination.port: 25, tls.established: true]", true },
		{ fixture_init, "all: [destination.port: 25, tls.established: false]", false },
		{ fixture_init, "any: [destination.port: 26, tls.established: true]", true },
		{ fixture_init, "any: [destination.port: 26, tls.established: false]", false },
		{ fixture_init, "{ destination.port: 25, tls.established: true }", true },
		{ fixture_init, "{ destination.port: 25, tls.established: false }", false },
		{ fixture_init, "not: { destination.port: 25, tls.established: false }", true },
		{ fixture_init, "not: { not: { destination.port: 25 } }", true },
		{ fixture_init, "any: [all: [destination.port: 1], not: { finding: ttl-shift }]",
			true },
	};
	struct text errors = { 0 };
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct condition *condition = compile(rows[i].condition, &errors);

		assert_row_string(rows[i].condition, errors.s, NULL);
		rows[i].make(&f);
		assert_row_int(
			rows[i].condition, condition_matches(condition, &f.subject), rows[i].want);
		condition_free(condition);
	}
}

static void mistakes(void **state)
{
	static const struct {
		const char *condition, *want;
	} rows[] = {
		{ "smtp.foo: 1", "f:1:1: unknown field \"smtp.foo\"; expected a field of the "
				 "session document, "
				 "all, any, not or finding\n" },
		{ "starttls.offer: absent",
			"f:1:1: unknown field \"starttls.offer\"; expected a field of the session "
			"document, all, any, not or finding (did you mean "
			"\"smtp.starttls.offer\"?)\n" },
		{ "smpt.cleartext_mail: true", "f:1:1: unknown field \"smpt.cleartext_mail\"; "
					       "expected a field of the session "
					       "document, all, any, not or finding (did you mean "
					       "\"smtp.cleartext_mail\"?)\n" },
		{ "smtp.cleartext_mail: yes",
			"f:1:22: \"yes\" for smtp.cleartext_mail; expected true or false\n" },
		{ "smtp.cleartext_mail: 'true'",
			"f:1:22: \"true\" for smtp.cleartext_mail; expected true or false\n" },
		{ "smtp.cleartext_mail: [true]",
			"f:1:22: a list or map for smtp.cleartext_mail; expected true or false\n" },
		{ "smtp.starttls.reply_code: many",
			"f:1:27: \"many\" for smtp.starttls.reply_code; expected a number, { from: "
			"N, "
			"to: N } or a list of those\n" },
		{ "smtp.starttls.reply_code: '454'",
			"f:1:27: \"454\" for smtp.starttls.reply_code; expected a number, { from: "
			"N, "
			"to: N } or a list of those\n" },
		{ "smtp.starttls.reply_code: -1", "f:1:27: \"-1\" for smtp.starttls.reply_code; "
						  "expected a number, { from: N, "
						  "to: N } or a list of those\n" },
		{ "smtp.starttls.reply_code: [1, [2]]",
			"f:1:31: a list in a list for smtp.starttls.reply_code; expected a number, "
			"{ "
			"from: N, to: N } or a list of those\n" },
		{ "smtp.starttls.reply_code: { from: x }",
			"f:1:27: not a range; expected { from: N, to: N }\n" },
		{ "smtp.starttls.reply_code: {}",
			"f:1:27: not a range; expected { from: N, to: N }\n" },
		{ "smtp.starttls.reply_code: { from: 5, to: 4 }",
			"f:1:27: an empty range: from is greater than to\n" },
		{ "smtp.starttls.reply_code: { from: 5, till: 6 }",
			"f:1:38: unknown key \"till\"; expected from or to\n" },
		{ "smtp.starttls.reply_code: []",
			"f:1:27: an empty list; expected at least one value and at most 1000\n" },
		{ "destination.domain: []",
			"f:1:21: an empty list; expected at least one value and at most 1000\n" },
		{ "destination.domain:", "f:1:20: nothing; expected a text, or a list of texts\n" },
		{ "destination.domain: [[a]]",
			"f:1:22: a list; expected a text, or a list of texts\n" },
		{ "destination.domain: { is: a }", "f:1:21: a map for destination.domain; expected "
						   "a value, a list or { present: "
						   "true }\n" },
		{ "destination.domain: { present: maybe }", "f:1:32: expected true or false\n" },
		{ "source.ip: [10.0.0.0/8, 10.0.0.0/40, mx]",
			"f:1:25: bad network \"10.0.0.0/40\"; expected ADDRESS or ADDRESS/BITS\n"
			"f:1:38: bad network \"mx\"; expected ADDRESS or ADDRESS/BITS\n" },
		{ "source.ip: []",
			"f:1:12: an empty list; expected at least one value and at most 1000\n" },
		{ "network.type: ipv5", "f:1:15: network.type is never \"ipv5\"; expected ipv4 or "
					"ipv6 (did you mean "
					"\"ipv4\"?)\n" },
		{ "stripwatch.unknown.tls: gaps",
			"f:1:25: stripwatch.unknown.tls is never \"gaps\"; expected gap, "
			"midstream, "
			"one-sided, snaplen, evicted or end-of-capture (did you mean \"gap\"?)\n" },
		{ "event.action: [tls-*, starttls-*, smtp-*]",
			"f:1:35: event.action is never \"smtp-*\"; expected tls-established, "
			"tls-failed, starttls-refused, starttls-unanswered, starttls-absent, "
			"starttls-mangled, starttls-not-requested, ehlo-rejected, helo-only, "
			"no-mail, "
			"implicit-tls, no-dialogue, incomplete or not-smtp\n" },
		{ "stripwatch.findings.id: starttls-gone",
			"f:1:25: stripwatch.findings[].id is never \"starttls-gone\" (did you mean "
			"\"starttls-lost\"?)\n" },
		{ "finding: starttls-abssent",
			"f:1:10: unknown finding \"starttls-abssent\" (did you mean "
			"\"starttls-absent\"?)\n" },
		{ "finding: "
		  "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
			"f:1:10: unknown finding "
			"\"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq...\"\n" },
		{ "finding: []",
			"f:1:10: an empty list; expected at least one value and at most 1000\n" },
		{ "finding: { present: true }", "f:1:10: a map; expected a finding's id\n" },
		{ "stripwatch.policies: enforce",
			"f:1:22: not a row; expected { MEMBER: VALUE, … }\n" },
		{ "stripwatch.policies: { moed: enforce }",
			"f:1:24: stripwatch.policies has no \"moed\" (did you mean \"mode\"?)\n" },
		{ "stripwatch.policies: { mode: force }",
			"f:1:30: stripwatch.policies[].mode is never \"force\"; expected none, "
			"testing "
			"or enforce (did you mean \"enforce\"?)\n" },
		{ "all: []", "f:1:6: all has no conditions; expected a list of them\n" },
		{ "any: { destination.port: 25 }",
			"f:1:6: any has no conditions; expected a list of them\n" },
		{ "not: [destination.port: 25]", "f:1:6: not a condition; expected FIELD: VALUE, "
						 "all, any, not or finding\n" },
		{ "all: [starttls-absent]", "f:1:7: not a condition; expected FIELD: VALUE, all, "
					    "any, not or finding\n" },
		{ "{}", "f:1:1: not a condition; expected FIELD: VALUE, all, any, not or "
			"finding\n" },
		{ "all: [destination.port: x, smtp.cleartext_mail: 1, { any: [] }]",
			"f:1:25: \"x\" for destination.port; expected a number, { from: N, to: N } "
			"or "
			"a list of those\n"
			"f:1:49: \"1\" for smtp.cleartext_mail; expected true or false\n"
			"f:1:59: any has no conditions; expected a list of them\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct text errors = { 0 };

		assert_row(rows[i].condition, compile(rows[i].condition, &errors) == NULL);
		assert_row_string(rows[i].condition, errors.s, rows[i].want);
		text_free(&errors);
	}
}

static void depth(void **state)
{
	struct text yaml = { 0 }, errors = { 0 };
	struct condition *condition;

	(void)state;
	for (int i = 0; i < CONDITION_DEPTH_MAX; i++)
		text_puts(&yaml, "{ not: ");
	text_puts(&yaml, "{ destination.port: 25 }");
	for (int i = 0; i < CONDITION_DEPTH_MAX; i++)
		text_puts(&yaml, " }");
	condition = compile(yaml.s, &errors);
	assert_non_null(condition);
	condition_free(condition);

	text_reset(&yaml);
	for (int i = 0; i <= CONDITION_DEPTH_MAX; i++)
		text_puts(&yaml, "{ not: ");
	text_puts(&yaml, "{ destination.port: 25 }");
	for (int i = 0; i <= CONDITION_DEPTH_MAX; i++)
		text_puts(&yaml, " }");
	assert_null(compile(yaml.s, &errors));
	assert_string_equal(errors.s, "f:1:92: conditions nested too deeply\n");
	text_free(&yaml);
	text_free(&errors);
}

static void in_words(void **state)
{
	struct text errors = { 0 }, out = { 0 };
	struct condition *condition = compile("all:\n"
					      "  - destination.port: [25, { from: 465, to: 587 }]\n"
					      "  - smtp.starttls.reply_code: { from: 400 }\n"
					      "  - not: { source.ip: [10.0.0.0/8, '::1'] }\n"
					      "  - any:\n"
					      "    - finding: [ttl-shift, starttls-refused]\n"
					      "    - tls.client.server_name: { present: false }\n"
					      "  - stripwatch.policies: { mode: enforce }\n",
		&errors);
	struct fixture f;

	(void)state;
	assert_non_null(condition);
	condition_write(condition, NULL, 0, &out);
	assert_string_equal(out.s,
		"- all of these:\n"
		"  - destination.port is 25 or 465 to 587  (the server's port)\n"
		"  - smtp.starttls.reply_code is at least 400  (the server's answer to STARTTLS)\n"
		"  - not:\n"
		"    - source.ip is 10.0.0.0/8 or ::1  (the client's address)\n"
		"  - one of these at least:\n"
		"    - finding ttl-shift (the decisive reply came from another distance than its "
		"sender's other packets) or starttls-refused (the client asked for TLS and was "
		"refused)\n"
		"    - tls.client.server_name is not there  (the name the client asked for)\n"
		"  - one row of which all is true:\n"
		"    - stripwatch.policies[].mode is enforce  (of that policy)\n");
	text_reset(&out);
	fixture_clear(&f);
	condition_write(condition, &f.subject, 0, &out);
	assert_string_equal(out.s,
		"no   - all of these:\n"
		"yes    - destination.port is 25 or 465 to 587; here: 25\n"
		"no     - smtp.starttls.reply_code is at least 400; here: nothing\n"
		"yes    - not:\n"
		"no       - source.ip is 10.0.0.0/8 or ::1; here: 198.51.100.10\n"
		"yes    - one of these at least:\n"
		"no       - finding ttl-shift or starttls-refused\n"
		"yes      - tls.client.server_name is not there; here: nothing\n"
		"yes    - one row of which all is true:\n"
		"yes      - stripwatch.policies[].mode is enforce; here: enforce, testing\n");
	condition_free(condition);
	text_free(&out);
	text_free(&errors);
}

static void suggestions(void **state)
{
	static const char *const words[] = { "", "severity", "smtp.starttls.offer", "source.ip",
		"destination.ip", "high", NULL };
	static const struct {
		const char *word, *want;
	} rows[] = {
		{ "sevrity", "severity" },
		{ "SEVERITY", "severity" },
		{ "starttls.offer", "smtp.starttls.offer" },
		{ "smtp.offer", "smtp.starttls.offer" },
		{ "source.ipp", "source.ip" },
		{ "hgih", "high" },
		{ "zz", NULL },
		{ "", NULL },
		{ "completely.different", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct suggestion near = suggestion_for(bytes_str(rows[i].word));

		suggestion_offer_all(&near, words);
		assert_row_string(rows[i].word, near.best, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(globs),
		cmocka_unit_test(glob_is_fast),
		cmocka_unit_test(matching),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(depth),
		cmocka_unit_test(in_words),
		cmocka_unit_test(suggestions),
	};

	return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
