// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/addr.h"
#include "judge/rule.h"
#include "subject.h"

#define GOOD_HEAD "- id: a\n  name: A\n  category: c\n  severity: low\n  message: m\n"
#define GOOD      GOOD_HEAD "  when: { destination.port: 25 }\n"

static struct ruleset *parse(const char *yaml, struct text *errors)
{
	struct bytes text = guarded(bytes_str(yaml));
	struct ruleset *rules = rules_parse(text, "f.yml", errors);

	assert_row(yaml, (rules == NULL) == (errors->n != 0));
	guarded_free(text);
	return rules;
}

static void whole_rule(void **state)
{
	struct text errors = { 0 };
	struct ruleset *rules =
		parse("# first\n"
		      "- id: mangled-mail\n"
		      "  name: STARTTLS   overwritten\n"
		      "  category: stripping\n"
		      "  description: >\n"
		      "    One line\n"
		      "    and two.\n"
		      "\n"
		      "    Three.\n"
		      "  reference: https://www.rfc-editor.org/rfc/rfc3207#section-6\n"
		      "  attack: T1557\n"
		      "  severity: critical\n"
		      "  confidence: certain\n"
		      "  finding: starttls-mangled\n"
		      "  when: { smtp.cleartext_mail: true }\n"
		      "  message: \"{server} is overwritten\"\n"
		      "  suppress: 90m\n"
		      "- id: b\n"
		      "  name: B\n"
		      "  category: c\n"
		      "  severity: info\n"
		      "  finding: ttl-shift\n"
		      "  attack: T1557.002\n"
		      "  message: m\n",
			&errors);
	const struct rule *rule;

	(void)state;
	assert_non_null(rules);
	assert_int_equal(rules->n, 2);
	rule = &rules->list[0];
	assert_string_equal(rule->id, "mangled-mail");
	assert_string_equal(rule->name, "STARTTLS overwritten");
	assert_string_equal(rule->category, "stripping");
	assert_string_equal(rule->description, "One line and two. Three.");
	assert_string_equal(rule->reference, "https://www.rfc-editor.org/rfc/rfc3207#section-6");
	assert_string_equal(rule->technique, "T1557");
	assert_int_equal(rule->severity, SEVERITY_CRITICAL);
	assert_true(rule->confidence_set);
	assert_int_equal(rule->confidence, CONFIDENCE_CERTAIN);
	assert_int_equal(rule->finding_count, 1);
	assert_int_equal(rule->findings[0], FINDING_STARTTLS_MANGLED);
	assert_non_null(rule->when);
	assert_string_equal(rule->message, "{server} is overwritten");
	assert_int_equal(rule->suppress, (int64_t)90 * 60 * 1000000000);
	assert_string_equal(rule->ruleset, "f");
	assert_string_equal(rule->file, "f.yml");
	assert_int_equal(rule->line, 2);
	rule = &rules->list[1];
	assert_null(rule->when);
	assert_null(rule->description);
	assert_null(rule->reference);
	assert_false(rule->confidence_set);
	assert_string_equal(rule->technique, "T1557.002");
	assert_int_equal(rule->suppress, (int64_t)3600 * 1000000000);
	assert_int_equal(rule->line, 18);
	rules_free(rules);
}

static void mistakes(void **state)
{
	static const struct {
		const char *name, *yaml, *want;
	} rows[] = {
		{ "empty", "", "f.yml:1:1: no document in it\n" },
		{ "no list", "id: a\n", "f.yml:1:1: no rules; expected a list of them\n" },
		{ "empty list", "[]\n", "f.yml:1:1: no rules; expected a list of them\n" },
		{ "no map", "- a\n" GOOD,
			"f.yml:1:3: not a rule; expected a map with id, name, severity …\n" },
		{ "bad YAML", "- id: [\n",
			"f.yml:2:1: did not find expected node content (while parsing a flow node "
			"on "
			"line 2)\n" },
		{ "all missing", "- {}\n",
			"f.yml:1:3: a rule without id\n"
			"f.yml:1:3: a rule without name\n"
			"f.yml:1:3: a rule without category\n"
			"f.yml:1:3: a rule without severity\n"
			"f.yml:1:3: a rule without message\n"
			"f.yml:1:3: a rule without when and finding would always fire\n" },
		{ "always fires", GOOD_HEAD,
			"f.yml:1:3: a rule without when and finding would always fire\n" },
		{ "unknown key", GOOD "  sevrity: low\n",
			"f.yml:7:3: unknown key \"sevrity\"; expected id, name, category, "
			"description, "
			"reference, attack, severity, confidence, finding, when, message or "
			"suppress "
			"(did you mean \"severity\"?)\n" },
		{ "id",
			"- id: A b\n  name: A\n  category: c\n  severity: low\n  message: m\n"
			"  finding: ttl-shift\n",
			"f.yml:1:7: bad word \"A b\"; expected a-z, 0-9 and hyphens\n" },
		{ "id that is a list",
			"- id: [a]\n  name: A\n  category: c\n  severity: low\n  message: m\n"
			"  finding: ttl-shift\n",
			"f.yml:1:7: a list; expected an id\n" },
		{ "severity",
			"- id: a\n  name: A\n  category: c\n  severity: urgent\n  message: m\n"
			"  finding: ttl-shift\n",
			"f.yml:4:13: bad severity \"urgent\"; expected info, low, medium, high or "
			"critical\n" },
		{ "confidence", GOOD "  confidence: sure\n",
			"f.yml:7:15: bad confidence \"sure\"; expected certain, likely or hint\n" },
		{ "attack", GOOD "  attack: T155\n",
			"f.yml:7:11: bad technique \"T155\"; expected T and four digits, as T1557 "
			"or "
			"T1557.002\n" },
		{ "attack's part", GOOD "  attack: T1557.02\n",
			"f.yml:7:11: bad technique \"T1557.02\"; expected T and four digits, as "
			"T1557 "
			"or T1557.002\n" },
		{ "reference", GOOD "  reference: rfc3207\n",
			"f.yml:7:14: bad reference \"rfc3207\"; expected https://…\n" },
		{ "suppress", GOOD "  suppress: 1w\n",
			"f.yml:7:13: bad length of time \"1w\"; expected a number and s, m, h or "
			"d, a "
			"year at most\n" },
		{ "suppress without unit", GOOD "  suppress: 60\n",
			"f.yml:7:13: bad length of time \"60\"; expected a number and s, m, h or "
			"d, a "
			"year at most\n" },
		{ "suppress too long", GOOD "  suppress: 366d\n",
			"f.yml:7:13: bad length of time \"366d\"; expected a number and s, m, h or "
			"d, "
			"a year at most\n" },
		{ "finding", GOOD "  finding: starttls-manglde\n",
			"f.yml:7:12: unknown finding \"starttls-manglde\" (did you mean "
			"\"starttls-mangled\"?)\n" },
		{ "no findings", GOOD "  finding: []\n",
			"f.yml:7:12: an empty list; expected a finding's id, or several\n" },
		{ "findings", GOOD "  finding: [ttl-shift, tls-shift, [x]]\n",
			"f.yml:7:24: unknown finding \"tls-shift\" (did you mean \"ttl-shift\"?)\n"
			"f.yml:7:35: a list; expected a finding's id\n" },
		{ "too many findings",
			GOOD "  finding: [ttl-shift, ttl-shift, ttl-shift, ttl-shift, ttl-shift, "
			     "ttl-shift, ttl-shift, ttl-shift, ttl-shift]\n",
			"f.yml:7:101: more than 8 findings\n" },
		{ "condition", GOOD_HEAD "  when:\n    smtp.cleartext_mail: perhaps\n",
			"f.yml:7:26: \"perhaps\" for smtp.cleartext_mail; expected true or "
			"false\n" },
		{ "message's field",
			"- id: a\n  name: A\n  category: c\n  severity: low\n"
			"  finding: ttl-shift\n  message: \"{destination.pi} is down\"\n",
			"f.yml:6:12: unknown field \"destination.pi\" in the message; expected a "
			"field "
			"of the session document, server, client, policy_domain or "
			"finding.evidence "
			"(did you mean \"destination.ip\"?)\n" },
		{ "field of an alternative",
			"- id: a\n  name: A\n  category: c\n  severity: low\n"
			"  finding: ttl-shift\n  message: \"{destination.domain|{nope}}\"\n",
			"f.yml:6:12: unknown field \"nope\" in the message; expected a field of "
			"the "
			"session document, server, client, policy_domain or finding.evidence\n" },
		{ "message without end",
			"- id: a\n  name: A\n  category: c\n  severity: low\n"
			"  finding: ttl-shift\n  message: \"x {destination.ip\"\n",
			"f.yml:6:12: a { without its } in the message, or too many in each "
			"other\n" },
		{ "alternative without end",
			"- id: a\n  name: A\n  category: c\n  severity: low\n"
			"  finding: ttl-shift\n  message: \"x {destination.ip|y\"\n",
			"f.yml:6:12: a { without its } in the message, or too many in each "
			"other\n" },
		{ "message of a finding that is not named",
			"- id: a\n  name: A\n  category: c\n  severity: low\n"
			"  when: { destination.port: 25 }\n  message: \"{finding.evidence}\"\n",
			"f.yml:6:12: {finding.evidence} in the message of a rule that names no "
			"finding\n" },
		{ "duplicate id", GOOD GOOD, "f.yml:7:7: duplicate id \"a\", first in f.yml:1\n" },
		{ "several mistakes",
			GOOD "  attack: x\n  suppress: y\n" GOOD_HEAD "  when: { smtp.x.y.z: 1 }\n",
			"f.yml:7:11: bad technique \"x\"; expected T and four digits, as T1557 or "
			"T1557.002\n"
			"f.yml:8:13: bad length of time \"y\"; expected a number and s, m, h or d, "
			"a "
			"year at most\n"
			"f.yml:14:11: unknown field \"smtp.x.y.z\"; expected a field of the "
			"session "
			"document, all, any, not or finding\n"
			"f.yml:9:7: duplicate id \"a\", first in f.yml:1\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct text errors = { 0 };

		assert_row(rows[i].name, parse(rows[i].yaml, &errors) == NULL);
		assert_row_string(rows[i].name, errors.s, rows[i].want);
		text_free(&errors);
	}
}

static void bounds(void **state)
{
	struct text yaml = { 0 }, errors = { 0 };
	size_t lines = 0;

	(void)state;
	for (int i = 0; i < 200; i++)
		text_printf(&yaml, "- { id: a%d }\n", i);
	assert_null(parse(yaml.s, &errors));
	for (const char *s = errors.s; (s = strchr(s, '\n')); s++)
		lines++;
	assert_int_equal(lines, 51);
	assert_non_null(
		strstr(errors.s, "f.yml: more than 50 mistakes, the others are not told\n"));
	text_reset(&yaml);
	text_reset(&errors);
	for (int i = 0; i < 1001; i++)
		text_printf(&yaml,
			"- { id: a%d, name: A, category: c, severity: low, message: m, finding: "
			"ttl-shift }\n",
			i);
	assert_null(parse(yaml.s, &errors));
	assert_string_equal(errors.s, "f.yml:1001:3: more than 1000 rules\n");
	text_free(&yaml);
	text_free(&errors);
}

static void only_greeting(struct fixture *f)
{
	fixture_init(f);
	f->evidence.mx_source = MX_GREETING;
}

static void nameless(struct fixture *f)
{
	fixture_clear(f);
	f->evidence.mx[0] = '\0';
	f->record.smtp.helo_name = NULL;
	addr_parse(BYTES("2001:db8::25"), &f->record.flow.endpoint[SERVER].addr);
}

static void messages(void **state)
{
	static const struct {
		void (*make)(struct fixture *f);
		const char *template, *want;
	} rows[] = {
		{ fixture_init, "plain", "plain" },
		{ fixture_init, "{destination.ip}:{destination.port}", "192.0.2.25:25" },
		{ fixture_init, "{smtp.starttls.requested}", "true" },
		{ fixture_init, "{server}", "mx.example.com (192.0.2.25:25)" },
		{ only_greeting, "{server}",
			"192.0.2.25:25 (\"mx.example.com\" in its own words)" },
		{ nameless, "{server}", "[2001:db8::25]:25" },
		{ fixture_init, "{client}",
			"198.51.100.10 (\"out.example.net\" in its own words)" },
		{ nameless, "{client}", "198.51.100.10" },
		{ nameless, "{destination.domain}", "unknown" },
		{ nameless, "to {destination.domain|the server}.", "to the server." },
		{ fixture_init, "to {destination.domain|the server}.", "to mx.example.com." },
		{ nameless, "{destination.domain|{destination.ip}}", "2001:db8::25" },
		{ nameless, "{destination.domain|a {tls.version|{destination.ip} b} c}",
			"a 2001:db8::25 b c" },
		{ fixture_init, "{destination.domain|a {tls.version|b} c}", "mx.example.com" },
		{ nameless, "{destination.domain|}.", "." },
		{ fixture_clear, "{smtp.recipient_domains}", "example.com, example.org" },
		{ fixture_init, "{stripwatch.findings.id}", "tls-version-old, starttls-refused" },
		{ fixture_init, "{stripwatch.findings.evidence}",
			"TLS 1.0, 454 4.7.0 not now, STARTTLS" },
		{ fixture_init, "{policy_domain}: {finding.evidence}",
			"example.com: 454 4.7.0 not now" },
		{ fixture_clear, "{policy_domain|a domain}: {finding.evidence|none}",
			"a domain: none" },
		{ fixture_init, "{{{destination.port}}} }", "{25} }" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct text yaml = { 0 }, errors = { 0 }, out = { 0 };
		struct ruleset *rules;
		struct fixture f;

		text_printf(&yaml,
			"- id: a\n  name: A\n  category: c\n  severity: low\n"
			"  finding: starttls-refused\n  message: '%s'\n",
			rows[i].template);
		rules = parse(yaml.s, &errors);
		assert_row_string(rows[i].template, errors.s, NULL);
		rows[i].make(&f);
		rule_message(&rules->list[0], &f.subject, &out);
		assert_row_string(rows[i].template, out.s, rows[i].want);
		rules_free(rules);
		text_free(&yaml);
		text_free(&out);
	}
}

static void about(void **state)
{
	struct text errors = { 0 };
	struct ruleset *rules = parse(
		GOOD_HEAD "  finding: [ttl-shift, starttls-refused, tls-version-old]\n", &errors);
	struct fixture f;

	(void)state;
	assert_non_null(rules);
	fixture_init(&f);
	/* The rule's order counts, not the session's. */
	assert_ptr_equal(rule_finding(&rules->list[0], &f.subject), &f.findings.list[1]);
	f.findings.n = 1;
	assert_ptr_equal(rule_finding(&rules->list[0], &f.subject), &f.findings.list[0]);
	f.findings.n = 0;
	assert_null(rule_finding(&rules->list[0], &f.subject));
	rules_free(rules);
}

static void many_items(void **state)
{
	struct text errors = { 0 }, out = { 0 };
	struct ruleset *rules =
		parse("- id: a\n  name: A\n  category: c\n  severity: low\n"
		      "  finding: starttls-absent\n  message: '{smtp.recipient_domains}'\n",
			&errors);
	struct fixture f;

	(void)state;
	fixture_clear(&f);
	f.record.smtp.recipient_domains = FIXTURE_STRINGS("a\0b\0c\0d\0e\0f\0g", 7);
	rule_message(&rules->list[0], &f.subject, &out);
	assert_string_equal(out.s, "a, b, c, d, e and 2 more");
	rules_free(rules);
	text_free(&out);
}

static void firing(void **state)
{
	static const struct {
		const char *name, *rest;
		bool want;
	} rows[] = {
		{ "finding there", "finding: starttls-refused", true },
		{ "finding not there", "finding: ttl-shift", false },
		{ "condition holds", "when: { destination.port: 25 }", true },
		{ "condition does not", "when: { destination.port: 26 }", false },
		{ "first of the findings", "finding: [starttls-refused, ttl-shift]", true },
		{ "second of the findings", "finding: [ttl-shift, starttls-refused]", true },
		{ "none of the findings", "finding: [ttl-shift, starttls-lost]", false },
		{ "both", "when: { destination.port: 25 }\n  finding: starttls-refused", true },
		{ "finding only", "when: { destination.port: 26 }\n  finding: starttls-refused",
			false },
		{ "condition only", "when: { destination.port: 25 }\n  finding: ttl-shift", false },
	};
	struct fixture f;

	(void)state;
	fixture_init(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct text yaml = { 0 }, errors = { 0 }, out = { 0 };
		struct ruleset *rules;

		text_printf(&yaml, GOOD_HEAD "  %s\n", rows[i].rest);
		rules = parse(yaml.s, &errors);
		assert_row_string(rows[i].name, errors.s, NULL);
		assert_row_int(
			rows[i].name, rule_matches(&rules->list[0], &f.subject), rows[i].want);
		assert_row_int(rows[i].name, rule_explain(&rules->list[0], &f.subject, &out),
			rows[i].want);
		rules_free(rules);
		text_free(&yaml);
		text_free(&out);
	}
}

static void explained(void **state)
{
	struct text errors = { 0 }, out = { 0 };
	struct ruleset *rules = parse("- id: refused\n"
				      "  name: TLS refused\n"
				      "  category: stripping\n"
				      "  description: Why it matters.\n"
				      "  attack: T1557\n"
				      "  severity: medium\n"
				      "  confidence: hint\n"
				      "  finding: starttls-refused\n"
				      "  when: { smtp.cleartext_mail: true }\n"
				      "  message: \"{server} refused\"\n",
		&errors);
	struct fixture f;

	(void)state;
	rule_describe(&rules->list[0], &out);
	assert_string_equal(out.s,
		"refused: TLS refused\n"
		"  in           f.yml:1\n"
		"  severity     medium\n"
		"  confidence   hint\n"
		"  category     stripping\n"
		"  attack       T1557\n"
		"  suppress     for 60 min the same about one server and domain is only counted\n"
		"  says         {server} refused\n"
		"\n"
		"Why it matters.\n"
		"\n"
		"It fires when the session shows\n"
		"- finding starttls-refused (the client asked for TLS and was refused)\n"
		"- smtp.cleartext_mail is true  (mail content went in clear)\n");
	text_reset(&out);
	fixture_init(&f);
	assert_false(rule_explain(&rules->list[0], &f.subject, &out));
	assert_string_equal(out.s, "refused does not fire:\n"
				   "yes  - finding starttls-refused\n"
				   "no   - smtp.cleartext_mail is true; here: false\n");
	text_reset(&out);
	f.record.smtp.cleartext_mail = true;
	assert_true(rule_explain(&rules->list[0], &f.subject, &out));
	assert_string_equal(out.s, "refused fires:\n"
				   "yes  - finding starttls-refused\n"
				   "yes  - smtp.cleartext_mail is true; here: true\n");
	rules_free(rules);
	text_free(&out);
}

static void write_file(const char *directory, const char *name, const char *content)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(content, file);
	fclose(file);
}

static void remove_file(const char *directory, const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(unlink(path), 0);
}

#define RULE(id)                                                                                   \
	"- {id: " id ", name: A, category: c, severity: low, message: m, finding: ttl-shift}\n"

static void directories(void **state)
{
	char directory[] = "/tmp/test_rule.XXXXXX", file[100];
	const char *paths[] = { directory, file };
	struct text errors = { 0 }, want = { 0 };
	struct ruleset *rules;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(file, sizeof(file), "%s/other", directory);
	assert_null(rules_load(paths, 1, &errors));
	text_printf(&want, "%s: no *.yml files in it\n", directory);
	assert_string_equal(errors.s, want.s);

	write_file(directory, "b.yml", RULE("from-b"));
	write_file(directory, "a.yml", RULE("from-a"));
	write_file(directory, ".c.yml", "mistake");
	write_file(directory, "README.md", "mistake");
	write_file(directory, "other", RULE("from-other"));
	text_reset(&errors);
	rules = rules_load(paths, 2, &errors);
	assert_non_null(rules);
	assert_int_equal(errors.n, 0);
	assert_int_equal(rules->n, 3);
	assert_string_equal(rules->list[0].id, "from-a");
	assert_string_equal(rules->list[0].ruleset, "a");
	assert_string_equal(rules->list[1].id, "from-b");
	assert_string_equal(rules->list[2].ruleset, "other");
	rules_free(rules);

	/* Ids are unique over all files, and a mistake in one does not hide those in the next. */
	write_file(directory, "b.yml", RULE("from-a") "- x\n");
	write_file(directory, "other", "[");
	assert_null(rules_load(paths, 2, &errors));
	text_reset(&want);
	text_printf(&want,
		"%s/b.yml:1:8: duplicate id \"from-a\", first in %s/a.yml:1\n"
		"%s/b.yml:2:3: not a rule; expected a map with id, name, severity …\n"
		"%s/other:2:1: did not find expected node content (while parsing a flow node on "
		"line 2)\n",
		directory, directory, directory, directory);
	assert_string_equal(errors.s, want.s);
	for (size_t i = 0; i < 5; i++)
		remove_file(directory,
			(const char *[]){ "a.yml", "b.yml", ".c.yml", "README.md", "other" }[i]);
	assert_int_equal(rmdir(directory), 0);
	text_free(&errors);
	text_free(&want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_rule),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(bounds),
		cmocka_unit_test(messages),
		cmocka_unit_test(many_items),
		cmocka_unit_test(about),
		cmocka_unit_test(firing),
		cmocka_unit_test(explained),
		cmocka_unit_test(directories),
	};

	return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}
