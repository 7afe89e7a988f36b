// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "evidence/policy_list.h"
#include "evidence/policy_list_date.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* As the EFF published it, but shorter. */
static const char eff[] =
	"{\n"
	"  \"timestamp\": \"2020-05-20T16:28:50.654321+00:00\",\n"
	"  \"author\": \"Electronic \\\"Frontier\\\" Foundation: {[,]}\",\n"
	"  \"expires\": \"2020-06-03T16:28:50.654321+00:00\",\n"
	"  \"version\": \"0.1\",\n"
	"  \"policy-aliases\": {\n"
	"    \"hoster\": {\"mode\": \"testing\", \"mxs\": [\".mail.hoster.example\"]}\n"
	"  },\n"
	"  \"policies\": {\n"
	"    \"Example.COM\": { \"mode\": \"enforce\", \"mxs\": [\"MX1.example.com.\", "
	"\".mx.example.com\"]},\n"
	"    \"example.net\": {\"policy-alias\": \"hoster\"},\n"
	"    \"a.example\": {\"policy-alias\":\"hoster\"},\n"
	"    \"unread.example\": {\"mode\":\"testing\",\"mxs\":[\"mx.unread.example\"],"
	"\"min-tls-version\":\"TLSv1.2\",\"n\":[1,-2.5e3,true,null]}\n"
	"  }\n"
	"}\n";

static const char pins[] = "# our partners\n"
			   "policy-aliases:\n"
			   "  hoster: {mode: testing, mxs: [.mail.hoster.example]}\n"
			   "policies:\n"
			   "  Example.COM:\n"
			   "    mode: enforce\n"
			   "    mxs:\n"
			   "      - MX1.example.com.\n"
			   "      - \"*.mx.example.com\"\n"
			   "  example.net: {policy-alias: hoster}\n"
			   "  a.example: {policy-alias: hoster}\n"
			   "  b\303\274cher.example: {mode: testing, mxs: [mx.unread.example]}\n";

static struct policy_list *parsed(struct bytes text)
{
	struct text errors = { 0 };
	struct bytes copy = guarded(text);
	struct policy_list *list = policy_list_parse(copy, "folder/list", &errors);

	guarded_free(copy);
	if (!list)
		fail_msg("%s", errors.s);
	assert_int_equal(errors.n, 0);
	return list;
}

static void check_entries(const struct policy_list *list)
{
	const struct list_entry *entry = policy_list_get(list, "example.com");

	assert_string_equal(policy_list_name(list), "list");
	assert_int_equal(policy_list_count(list), 4);
	assert_string_equal(entry->domain, "example.com");
	assert_int_equal(entry->mode, POLICY_ENFORCE);
	assert_int_equal(entry->mx_count, 2);
	assert_string_equal(entry->mx[0], "mx1.example.com");
	assert_string_equal(entry->mx[1], "*.mx.example.com");
	entry = policy_list_get(list, "example.net");
	assert_string_equal(entry->domain, "example.net");
	assert_int_equal(entry->mode, POLICY_TESTING);
	assert_int_equal(entry->mx_count, 1);
	assert_string_equal(entry->mx[0], "*.mail.hoster.example");
	assert_ptr_equal(entry->mx, policy_list_get(list, "a.example")->mx);
	/* Exactly the domain. */
	assert_null(policy_list_get(list, "mail.example.com"));
	assert_null(policy_list_get(list, "com"));
	assert_null(policy_list_get(list, ""));
	assert_null(policy_list_get(list, "hoster"));
}

static void both_formats(void **state)
{
	struct policy_list *list = parsed(BYTES(eff));

	(void)state;
	check_entries(list);
	assert_int_equal(policy_list_expires(list), 1591201730);
	assert_true(policy_list_is_current(list, 1591201729));
	assert_false(policy_list_is_current(list, 1591201730));
	policy_list_free(list);

	list = parsed(BYTES(pins));
	check_entries(list);
	assert_non_null(policy_list_get(list, "xn--bcher-kva.example"));
	assert_int_equal(policy_list_expires(list), INT64_MAX);
	assert_true(policy_list_is_current(list, INT64_MAX - 1));
	policy_list_free(list);
}

/* Domains whose entries match, in order. */
static void check_mx(const struct policy_list *list, const char *mx, const char *want)
{
	const struct list_entry *found[8];
	struct text text = { 0 };
	size_t n = policy_list_matching(list, mx, found, COUNT(found));

	text_puts(&text, "");
	for (size_t i = 0; i < n; i++) {
		text_printf(&text, "%s%s", i ? " " : "", found[i]->domain);
		assert_row(mx, mx[0] == '*' || policy_list_matches(list, found[i], mx));
	}
	assert_row_string(mx, text.s, want);
	text_free(&text);
}

static void by_mx(void **state)
{
	struct policy_list *list = parsed(BYTES(eff));
	const struct list_entry *found[2] = { NULL, NULL };

	(void)state;
	check_mx(list, "mx1.example.com", "example.com");
	check_mx(list, "a.mx.example.com", "example.com");
	check_mx(list, "b.a.mx.example.com", "");
	check_mx(list, "mx.example.com", "");
	check_mx(list, "a.mail.hoster.example", "a.example example.net");
	check_mx(list, "hoster.example", "");
	check_mx(list, "example", "");
	check_mx(list, "", "");
	assert_int_equal(policy_list_matching(list, "a.mail.hoster.example", found, 1), 1);
	assert_string_equal(found[0]->domain, "a.example");
	assert_null(found[1]);
	policy_list_free(list);
}

static void deep_suffixes(void **state)
{
	struct policy_list *list =
		parsed(BYTES("suffix-labels: any\n"
			     "policies:\n"
			     "  a.example: {mode: testing, mxs: [.x.example, mx.y.x.example]}\n"
			     "  b.example: {mode: testing, mxs: [.y.x.example]}\n"));
	static const struct {
		const char *mx, *want;
	} rows[] = {
		{ "1.x.example", "a.example" },
		{ "2.1.x.example", "a.example" },
		{ "mx.y.x.example", "a.example b.example" },
		{ "2.1.y.x.example", "b.example a.example" },
		{ "5.4.3.2.1.x.example", "a.example" },
		{ "x.example", "" },
		{ "ax.example", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_mx(list, rows[i].mx, rows[i].want);
	policy_list_free(list);
}

static void mistakes(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		/* Not even the language. */
		{ "{\"policies\": {}", "l:1:15: " },
		{ "{\"policies\": {\n  \"a.example\": nonsense}}", "l:2:" },
		{ "{\"policies\": {}, \"policies\": {}}", "l:1:" },
		{ "{\"policies\": {}} x", "l:1:18: " },
		{ "{\"policies\": {}, \"author\": \"\\u0000\"}", "l:1:" },
		{ "policies: {\n", "l:2:1: " },
		{ "", "l:1:1: " },
		/* Not a list. */
		{ "- a", "l:1:1: must be a map with \"policies\"\n" },
		{ "a", "l:1:1: must be a map with \"policies\"\n" },
		{ "{}", "l:1:1: expected policies: a map of domains to policies\n" },
		{ "{\"policies\": []}", "l:1:14: expected policies: " },
		{ "policies: []", "l:1:11: expected policies: " },
		{ "policy: {}", "l:1:1: expected expires, suffix-labels, " },
		{ "policies: {}\npolicy-aliases: x",
			"l:2:17: expected a map of names to policies\n" },
		{ "policies: {}\nsuffix-labels: two", "l:2:16: expected one or any\n" },
		{ "policies: {}\nexpires: soon", "l:2:10: expected a time as " },
		{ "policies: {}\nexpires: [1]", "l:2:10: expected a time as " },
		/* Policies, in JSON and in YAML. */
		{ "{\"policies\": {\"a.example\": {\n\"mxs\": [\"b.example\"]}}}",
			"l:1:28: the policy has no mode\n" },
		{ "{\"policies\": {\"a.example\": {\n\"mode\": \"testing\"}}}",
			"l:1:28: the policy has no mxs\n" },
		{ "{\"policies\": {\"a.example\":\n{\"mode\": \"none\", \"mxs\": "
		  "[\"b.example\"]}}}",
			"l:2:10: expected testing or enforce\n" },
		{ "{\"policies\": {\"a.example\":\n{\"mode\": \"testing\", \"mxs\":\n "
		  "[\"b.example\","
		  "\n\t\"b c\"]}}}",
			"l:4:2: not a host name, " },
		{ "{\"policies\": {\"a.example\": 7}}",
			"l:1:28: expected a policy: mode and mxs\n" },
		{ "{\"policies\":\n {\"a b\": {}}}", "l:2:3: not a domain name\n" },
		{ "policies:\n  a.example: {mode: testing, mxs: []}",
			"l:2:35: expected a list of MX host names\n" },
		{ "policies:\n  a.example: {mode: testing, mxs: b.example}",
			"l:2:35: expected a list of MX host names\n" },
		{ "policies:\n  a.example: {mode: testing, mxs: [[b.example]]}",
			"l:2:36: not a host name, " },
		{ "policies:\n  a.example: {mode: testing, mxs: [.]}",
			"l:2:36: not a host name, " },
		{ "policies:\n  a.example: {mode: testing, mxs: ['*']}",
			"l:2:36: not a host name, " },
		{ "policies:\n  a.example: {mode: testing, mxs: [a.*.b]}",
			"l:2:36: not a host name, " },
		{ "policies:\n  a.example: {mode: testing, mxs: [b.example], max-age: 1}",
			"l:2:48: expected mode, mxs or policy-alias\n" },
		{ "policies:\n  a.example: {mode: testing, mxs: [b]}\n"
		  "  A.example.: {mode: testing, mxs: [b]}",
			"l:3:3: the same domain stands above\n" },
		{ "policies:\n  a.example: {policy-alias: x}",
			"l:2:29: no policy-alias of this name\n" },
		{ "policies:\n  a.example: {policy-alias: [x]}",
			"l:2:29: no policy-alias of this name\n" },
		{ "policy-aliases:\n  x: {mode: testing, mxs: [b]}\npolicies:\n"
		  "  a.example: {policy-alias: x, mode: enforce}",
			"l:4:14: a policy-alias, and something beside it\n" },
		/* An alias of an alias is no policy. */
		{ "policy-aliases:\n  x: {mode: testing, mxs: [b]}\n  y: {policy-alias: x}\n"
		  "policies: {}",
			"l:3:7: expected mode, mxs or policy-alias\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text errors = { 0 };
		struct bytes text = guarded(bytes_str(rows[i].text));

		assert_row(rows[i].text, !policy_list_parse(text, "l", &errors));
		if (!strstr(errors.s, rows[i].want))
			fail_msg("row \"%s\": %s", rows[i].text, errors.s);
		guarded_free(text);
		text_free(&errors);
	}
}

static void try_prefix(struct bytes prefix, void *context)
{
	struct text errors = { 0 };
	struct policy_list *list = policy_list_parse(prefix, "l", &errors);

	(void)context;
	assert_int_equal(list != NULL, errors.n == 0);
	policy_list_free(list);
	text_free(&errors);
}

static void truncations(void **state)
{
	(void)state;
	every_truncation(BYTES(eff), try_prefix, NULL);
	every_truncation(BYTES(pins), try_prefix, NULL);
}

static void bounds(void **state)
{
	struct text text = { 0 }, errors = { 0 };
	struct policy_list *list;

	(void)state;
	for (size_t n = LIST_PATTERNS_MAX; n <= LIST_PATTERNS_MAX + 1; n++) {
		text_reset(&text);
		text_puts(
			&text, "{\"policies\": {\"a.example\": {\"mode\": \"testing\", \"mxs\": [");
		for (size_t i = 0; i < n; i++)
			text_printf(&text, "%s\"mx%zu.example\"", i ? "," : "", i);
		text_puts(&text, "]}}}");
		list = policy_list_parse(bytes_of(text.s, text.n), "l", &errors);
		assert_int_equal(list != NULL, n == LIST_PATTERNS_MAX);
		policy_list_free(list);
	}
	text_reset(&errors);
	/* Nesting that would exhaust the stack. */
	for (size_t n = 40; n <= 4000; n += 3960) {
		text_reset(&text);
		text_puts(&text, "{\"author\": ");
		for (size_t i = 0; i < n; i++)
			text_putc(&text, '[');
		for (size_t i = 0; i < n; i++)
			text_putc(&text, ']');
		text_puts(&text, ", \"policies\": {}}");
		assert_null(policy_list_parse(bytes_of(text.s, text.n), "l", &errors));
	}
	text_free(&text);
	text_free(&errors);
}

/* As large as the EFF's last list, and ten times that, in a moment. */
static void many(void **state)
{
	struct text text = { 0 };
	struct policy_list *list;

	(void)state;
	text_puts(&text, "{\"policies\": {");
	for (int i = 0; i < 20000; i++)
		text_printf(&text,
			"%s\"d%d.example\": {\"mode\": \"enforce\", \"mxs\": "
			"[\"mx.d%d.example\", \".mx.hoster%d.example\"]}",
			i ? ",\n" : "", i, i, i % 10);
	text_puts(&text, "}}");
	assert_true(text.n < LIST_BYTES_MAX);
	list = parsed(bytes_of(text.s, text.n));
	assert_int_equal(policy_list_count(list), 20000);
	check_mx(list, "mx.d777.example", "d777.example");
	policy_list_free(list);
	text_free(&text);
}

static void from_file(void **state)
{
	char path[] = "/tmp/test_policy_list.XXXXXX";
	struct text errors = { 0 };
	struct policy_list *list;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, eff, sizeof(eff) - 1), sizeof(eff) - 1);
	close(fd);
	list = policy_list_load(path, &errors);
	assert_non_null(list);
	assert_string_equal(policy_list_name(list), path + strlen("/tmp/"));
	policy_list_free(list);
	assert_int_equal(truncate(path, LIST_BYTES_MAX + 1), 0);
	assert_null(policy_list_load(path, &errors));
	assert_non_null(strstr(errors.s, ": larger than 4194304 bytes\n"));
	unlink(path);
	text_reset(&errors);
	assert_null(policy_list_load(path, &errors));
	assert_non_null(strstr(errors.s, ": No such file or directory\n"));
	text_free(&errors);
}

static void dates(void **state)
{
	static const struct {
		const char *text;
		int64_t want; /* -1: none */
	} rows[] = {
		{ "2020-06-03T16:28:50Z", 1591201730 },
		{ "2020-06-03t16:28:50z", 1591201730 },
		{ "2020-06-03 16:28:50Z", 1591201730 },
		{ "2020-06-03T16:28:50.000000+00:00", 1591201730 },
		{ "2020-06-03T16:28:50.9Z", 1591201730 },
		{ "2020-06-03T18:28:50+02:00", 1591201730 },
		{ "2020-06-03T06:58:50-09:30", 1591201730 },
		{ "2020-02-29T00:00:00Z", 1582934400 },
		{ "2016-12-31T23:59:60Z", 1483228800 },
		{ "1970-01-01T00:00:00Z", 0 },
		{ "9999-12-31T23:59:59Z", INT64_C(253402300799) },
		{ "2020-06-03", 1591228800 },
		{ "1591201730", 1591201730 },
		{ "0", 0 },
		{ "253402300800", -1 },
		{ "", -1 },
		{ "2020-06-03T16:28:50", -1 },
		{ "2020-06-03T16:28Z", -1 },
		{ "2020-06-03T16:28:50.Z", -1 },
		{ "2020-06-03T16:28:50Z ", -1 },
		{ "2020-06-03T24:00:00Z", -1 },
		{ "2020-06-03T16:60:50Z", -1 },
		{ "2020-06-03T16:28:50+2:00", -1 },
		{ "2020-06-03T16:28:50+0200", -1 },
		{ "2019-02-29", -1 },
		{ "2020-06-31", -1 },
		{ "2020-13-01", -1 },
		{ "2020-00-01", -1 },
		{ "1969-12-31", -1 },
		{ "2020-6-3", -1 },
		{ "-1", -1 },
		{ "tomorrow", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = guarded(bytes_str(rows[i].text));
		int64_t got = -1;

		assert_row_int(rows[i].text, policy_list_date(text, &got), rows[i].want >= 0);
		assert_row_int(rows[i].text, got, rows[i].want);
		guarded_free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_formats),
		cmocka_unit_test(by_mx),
		cmocka_unit_test(deep_suffixes),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(truncations),
		cmocka_unit_test(bounds),
		cmocka_unit_test(many),
		cmocka_unit_test(from_file),
		cmocka_unit_test(dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
