// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include "judge/tlsrpt.h"
#include "judge/verdict.h"
#include "sink/json_fields.h"
#include "subject.h"

/* Networks of one row, at most. */
#define MAX 4

struct networks {
	struct network list[MAX];
	size_t n;
};

static struct addr address(const char *text)
{
	struct addr addr;

	if (!addr_parse(bytes_str(text), &addr))
		fail_msg("%s is no address", text);
	return addr;
}

/* "192.0.2.0/24 2001:db8::/32" */
static void networks(struct networks *out, const char *text)
{
	out->n = 0;
	while (*text) {
		size_t n = strcspn(text, " ");

		assert_true(network_parse(bytes_of(text, n), &out->list[out->n++]));
		text += n + strspn(text + n, " ");
	}
}

static void judged(void **state)
{
	static const struct {
		const char *name, *client, *server, *ours, *excluded;
		bool loopback;
		const char *direction;
		bool may_alert;
	} rows[] = {
		{ "nothing is said", "192.0.2.1", "198.51.100.1", "", "", false, "", true },
		{ "to us", "198.51.100.1", "192.0.2.1", "192.0.2.0/24", "", false, "inbound",
			true },
		{ "from us", "192.0.2.1", "198.51.100.1", "192.0.2.0/24", "", false, "outbound",
			true },
		{ "among us", "192.0.2.1", "10.0.0.1", "192.0.2.0/24 10.0.0.0/8", "", false,
			"internal", true },
		{ "among others", "198.51.100.1", "203.0.113.1", "192.0.2.0/24", "", false,
			"external", true },
		{ "IPv6", "2001:db8::1", "2001:db9::1", "192.0.2.0/24 2001:db8::/32", "", false,
			"outbound", true },
		{ "the networks of IPv4 hold none of IPv6", "::192.0.2.1", "2001:db9::1",
			"0.0.0.0/0", "", false, "external", true },
		{ "a client that is excluded", "192.0.2.99", "198.51.100.1", "192.0.2.0/24",
			"192.0.2.99", false, "outbound", false },
		{ "a server that is excluded", "198.51.100.1", "2001:db8::1", "",
			"192.0.2.99 2001:db8::/64", false, "", false },
		{ "beside what is excluded", "192.0.2.98", "192.0.2.100", "", "192.0.2.99", false,
			"", true },
		{ "loopback", "127.0.0.1", "127.0.0.2", "", "", false, "", false },
		{ "loopback, IPv6", "::1", "::1", "", "", false, "", false },
		{ "loopback, wanted", "127.0.0.1", "127.0.0.1", "127.0.0.0/8", "", true, "internal",
			true },
		{ "loopback, wanted and excluded", "127.0.0.1", "127.0.0.1", "", "127.0.0.1/32",
			true, "", false },
		{ "private addresses are as good as any", "10.0.0.1", "192.168.0.1", "", "", false,
			"", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct networks ours, excluded;
		struct record record = { 0 };
		struct scope scope;

		networks(&ours, rows[i].ours);
		networks(&excluded, rows[i].excluded);
		scope = (struct scope){ ours.list, ours.n, excluded.list, excluded.n,
			rows[i].loopback };
		record.flow.endpoint[CLIENT].addr = address(rows[i].client);
		record.flow.endpoint[SERVER].addr = address(rows[i].server);
		assert_row_string(rows[i].name, direction_name(scope_direction(&scope, &record)),
			rows[i].direction);
		assert_row_int(rows[i].name, scope_may_alert(&scope, &record), rows[i].may_alert);
		assert_row(rows[i].name, scope_direction(NULL, &record) == DIRECTION_UNKNOWN);
		assert_row(rows[i].name, scope_may_alert(NULL, &record));
	}
}

/* An excluded session raises nothing, reports nothing, and is recorded with its direction. */
static void is_recorded_only(void **state)
{
	static const char yaml[] = "- id: r\n  name: n\n  category: c\n  severity: high\n"
				   "  finding: starttls-absent\n  message: m\n";
	struct tlsrpt_event events[TLSRPT_EVENTS_MAX];
	struct text errors = { 0 }, json = { 0 };
	struct ruleset *rules = rules_parse(BYTES(yaml), "f.yml", &errors);
	struct verdict *verdict;
	struct networks server;
	struct alerts alerts;
	struct scope scope = { .our_count = 1, .excluded_count = 1 };
	struct json_form *form = json_form_new();
	struct fixture f;

	(void)state;
	assert_non_null(rules);
	verdict = verdict_new(rules);
	networks(&server, "192.0.2.25");
	scope.ours = scope.excluded = server.list;
	fixture_clear(&f);
	f.evidence.policies[0].recipient_seen = true;
	verdict_judge(verdict, &f.subject, &alerts);
	assert_int_equal(alerts.n, 1);
	alerts_free(&alerts);
	assert_int_equal(tlsrpt_judge(&f.subject, events), 1);

	f.subject.scope = &scope;
	verdict_judge(verdict, &f.subject, &alerts);
	assert_int_equal(alerts.n, 0);
	alerts_free(&alerts);
	assert_int_equal(tlsrpt_judge(&f.subject, events), 0);
	json_fill(form, &f.subject, &json);
	assert_non_null(strstr(json.s, "\"direction\":\"inbound\""));
	assert_non_null(strstr(json.s, "\"id\":\"starttls-absent\""));

	verdict_free(verdict);
	rules_free(rules);
	json_form_free(form);
	text_free(&json);
	text_free(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judged),
		cmocka_unit_test(is_recorded_only),
	};

	return cmocka_run_group_tests_name("scope", tests, NULL, NULL);
}
