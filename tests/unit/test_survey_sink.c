// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <jansson.h>
#include <stdio.h>

#include "sink/html.h"
#include "sink/survey.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define NOW          INT64_C(1780272000)
#define DAY          86400

#define EVIL "<script>alert(\"1\")</script>&'\x07\xff"

static void html_is_escaped(void **state)
{
	static const struct {
		const char *name;
		const char *in, *want;
	} rows[] = {
		{ "plain", "mx1.example.com", "mx1.example.com" },
		{ "markup", "<b>", "&lt;b&gt;" },
		{ "an entity stays what it was", "&lt;", "&amp;lt;" },
		{ "out of an attribute", "\" onload='x'", "&quot; onload=&#39;x&#39;" },
		{ "out of a comment", "--><!--", "--&gt;&lt;!--" },
		{ "controls", "a\r\n\x1b[0m\x7f", "a\\r\\n\\x1b[0m\\x7f" },
		{ "no ASCII",
			"b\xc3\xbc"
			"cher\xff",
			"b\\xc3\\xbccher\\xff" },
		{ "nothing", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes in = guarded(bytes_str(rows[i].in));
		struct text out = { 0 };

		text_puts(&out, "");
		text_printf(&out, "%s", "");
		html_text(&out, in);
		assert_row_string(rows[i].name, out.s, rows[i].want);
		text_free(&out);
		guarded_free(in);
	}
}

static char good_name[] = "good.example", good_id[] = "g1", none[] = "";
static char good_pattern[] = "*.good.example";
static char *good_patterns[] = { good_pattern };

/* A domain that has all; on the stack, nothing of it is freed. */
static struct survey_domain good(void)
{
	return (struct survey_domain){
		.domain = good_name,
		.mx_known = true,
		.mx_status = DNS_OK,
		.mx_authentic = true,
		.mx = { { .host = "mx.good.example",
			.preference = 10,
			.addresses = 2,
			.authentic = true,
			.dane = SURVEY_DANE_USABLE,
			.usable = 1,
			.in_policy = ANSWER_YES } },
		.mx_count = 1,
		.sts_known = true,
		.sts = STS_POLICY,
		.sts_id = good_id,
		.sts_reason = none,
		.policy = { .mode = POLICY_ENFORCE,
			.max_age = 7 * DAY,
			.mx = good_patterns,
			.mx_count = 1 },
		.rpt_known = true,
		.rpt_status = TLS_RPT_OK,
		.rpt = { .list = { { .scheme = TLS_RPT_MAILTO, .host = "good.example" } }, .n = 1 },
	};
}

static char evil_name[] = EVIL, evil_id[] = EVIL, evil_reason[] = EVIL;

/* A domain in whose every text there is markup. */
static struct survey_domain evil(void)
{
	struct survey_domain domain = good();

	domain.domain = evil_name;
	domain.sts = STS_FETCH_ERROR;
	domain.sts_id = evil_id;
	domain.sts_reason = evil_reason;
	domain.policy = (struct sts_policy){ 0 };
	domain.mx[0].in_policy = ANSWER_NO;
	domain.mx[0].dane = SURVEY_DANE_BOGUS;
	snprintf(domain.mx[0].host, sizeof(domain.mx[0].host), "%s", EVIL);
	snprintf(domain.rpt.list[0].host, sizeof(domain.rpt.list[0].host), "%s", EVIL);
	return domain;
}

static void leave(struct survey_domain *domain)
{
	(void)domain;
}

static void no_record(struct survey_domain *domain)
{
	domain->sts = STS_NO_RECORD;
	domain->policy = (struct sts_policy){ 0 };
	domain->rpt_dns = DNS_NO_NAME;
	domain->rpt_status = TLS_RPT_NONE;
	domain->rpt.n = 0;
	domain->mx[0].dane = SURVEY_DANE_NONE;
	domain->mx[0].in_policy = ANSWER_UNKNOWN;
}

static void no_policy(struct survey_domain *domain)
{
	static char reason[] = "HTTP 404";

	domain->sts = STS_FETCH_ERROR;
	domain->sts_reason = reason;
	domain->policy = (struct sts_policy){ 0 };
}

static void not_allowed(struct survey_domain *domain)
{
	domain->mx[0].in_policy = ANSWER_NO;
}

static void several_rpt(struct survey_domain *domain)
{
	domain->rpt_status = TLS_RPT_SEVERAL;
	domain->rpt.n = 0;
}

static void both_rpt(struct survey_domain *domain)
{
	domain->rpt.list[1].scheme = TLS_RPT_HTTPS;
	domain->rpt.list[2].scheme = TLS_RPT_MAILTO;
	domain->rpt.n = 3;
}

static void bogus(struct survey_domain *domain)
{
	domain->mx[0].dane = SURVEY_DANE_BOGUS;
}

static void insecure_mx(struct survey_domain *domain)
{
	domain->mx_authentic = false;
}

static void null_mx(struct survey_domain *domain)
{
	domain->null_mx = true;
	domain->mx_count = 0;
}

static void no_domain(struct survey_domain *domain)
{
	no_record(domain);
	domain->mx_status = DNS_NO_NAME;
	domain->mx_count = 0;
}

static void late(struct survey_domain *domain)
{
	domain->late = true;
	domain->sts_known = domain->rpt_known = domain->mx_known = false;
	domain->mx_count = 0;
}

static void host_unknown(struct survey_domain *domain)
{
	domain->mx[0].status = DNS_FAILED;
	domain->mx[0].dane = SURVEY_DANE_UNKNOWN;
}

static void no_address(struct survey_domain *domain)
{
	domain->mx[0].status = DNS_NO_DATA;
	domain->mx[0].dane = SURVEY_DANE_UNKNOWN;
}

/* What changes a good domain, and what is said of it then. */
static const struct {
	const char *name;
	void (*change)(struct survey_domain *domain);
	const char *sts, *rpt, *mx, *dane;
	const char *notes; /* joined by "|" */
	bool incomplete;
} says[] = {
	{ "good", leave, "enforce, 7 days, id g1", "mailto", "", "usable", "", false },
	{ "no record", no_record, "-", "-", "", "-", "", false },
	{ "record, but no policy", no_policy, "record, no policy", "mailto", "", "usable",
		"MTA-STS: a record (id g1) but no policy: HTTP 404 (sts-policy-fetch-error)|",
		false },
	{ "MX not allowed", not_allowed, "enforce, 7 days, id g1", "mailto", "", "usable",
		"MTA-STS: the policy (enforce) does not allow the MX host mx.good.example|",
		false },
	{ "several reporting records", several_rpt, "enforce, 7 days, id g1", "bad record", "",
		"usable", "TLS-RPT: several records, which is as good as none|", false },
	{ "mail and HTTPS", both_rpt, "enforce, 7 days, id g1", "mailto, https", "", "usable", "",
		false },
	{ "bogus", bogus, "enforce, 7 days, id g1", "mailto", "", "bogus",
		"DANE: bogus TLSA records keep mail away from mx.good.example|", false },
	{ "MX set not signed", insecure_mx, "enforce, 7 days, id g1", "mailto", "",
		"usable, MX unsigned", "", false },
	{ "null MX", null_mx, "enforce, 7 days, id g1", "mailto", "takes no mail", "", "", false },
	{ "no such domain", no_domain, "-", "-", "does not exist", "", "", false },
	{ "late", late, "not known", "not known", "not known", "",
		"its time was over before all was looked up|", true },
	{ "host not known", host_unknown, "enforce, 7 days, id g1", "mailto", "", "not known", "",
		true },
	{ "host without address", no_address, "enforce, 7 days, id g1", "mailto", "", "no address",
		"", false },
};

static void join(void *context, const char *note)
{
	text_printf(context, "%s|", note);
}

static void words(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(says); i++) {
		struct survey_domain domain = good();
		struct survey_row row = { .domain = &domain };
		struct text said[5] = { { 0 } };
		const char *const want[5] = { says[i].sts, says[i].rpt, says[i].mx, says[i].dane,
			says[i].notes };

		says[i].change(&domain);
		for (size_t j = 0; j < 5; j++)
			text_printf(&said[j], "%s", "");
		survey_say_sts(&said[0], &row);
		survey_say_rpt(&said[1], &row);
		survey_say_no_mx(&said[2], &row);
		if (domain.mx_count)
			survey_say_dane(&said[3], &row, 0);
		survey_notes(&row, NOW, join, &said[4]);
		for (size_t j = 0; j < 5; j++) {
			assert_row_string(says[i].name, said[j].s, want[j]);
			text_free(&said[j]);
		}
		assert_row_int(says[i].name, survey_row_incomplete(&row), says[i].incomplete);
	}
}

static void what_is_cached_is_told(void **state)
{
	static const struct {
		const char *name;
		enum policy_mode cached;
		int64_t expires;
		enum sts_outcome found;
		enum policy_mode mode;
		const char *want;
	} cases[] = {
		{ "the same", POLICY_ENFORCE, NOW + DAY, STS_POLICY, POLICY_ENFORCE, "" },
		{ "stronger now", POLICY_TESTING, NOW + DAY, STS_POLICY, POLICY_ENFORCE, "" },
		{ "weaker now", POLICY_ENFORCE, NOW + 3 * DAY, STS_POLICY, POLICY_TESTING,
			"MTA-STS: a cached policy (enforce, id not known) is in force for 3 days "
			"more, and the one of now is weaker: testing|" },
		{ "gone", POLICY_ENFORCE, NOW + 3 * DAY, STS_NO_RECORD, POLICY_NONE,
			"MTA-STS: a cached policy (enforce, id not known) is in force for 3 days "
			"more, and can't be seen now|" },
		{ "expired", POLICY_ENFORCE, NOW, STS_NO_RECORD, POLICY_NONE, "" },
		{ "of mode none", POLICY_NONE, NOW + DAY, STS_NO_RECORD, POLICY_NONE, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cached_policy cached = { .policy.mode = cases[i].cached,
			.expires = cases[i].expires };
		struct survey_domain domain = good();
		struct survey_row row = { .domain = &domain, .cached = &cached };
		struct text said = { 0 };

		domain.sts = cases[i].found;
		domain.policy.mode = cases[i].mode;
		text_printf(&said, "%s", "");
		survey_notes(&row, NOW, join, &said);
		assert_row_string(cases[i].name, said.s, cases[i].want);
		text_free(&said);
	}
}

/* A table of a good domain and an evil one, with everything that can stand in one. */
struct world {
	struct survey_domain domains[2];
	struct list_entry entry;
	struct survey_row rows[2];
	struct survey_table table;
};

static struct survey_table *make_world(struct world *world)
{
	*world = (struct world){ 0 };
	world->domains[0] = good();
	world->domains[1] = evil();
	world->entry = (struct list_entry){ .domain = EVIL, .mode = POLICY_ENFORCE };
	for (size_t i = 0; i < 2; i++)
		world->rows[i] = (struct survey_row){
			.domain = &world->domains[i],
			.listed = &world->entry,
			.seen = { .sessions = 5, .tls = 4, .clear = 1, .last = NOW - 60 },
			.seen_mx = { { .sessions = 9, .tls = 8, .clear = 1, .last = NOW - 60 } },
		};
	world->table = (struct survey_table){ .rows = world->rows,
		.n = 2,
		.asked = 3,
		.with_list = true,
		.with_history = true,
		.now = NOW };
	return &world->table;
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

static void the_page_holds_no_foreign_markup(void **state)
{
	static const char *const pairs[] = { "table", "thead", "tbody", "tr", "td", "th", "p",
		"html", "body", "head", "style" };
	struct world world;
	struct text out = { 0 };
	char word[32];

	(void)state;
	survey_html(&out, make_world(&world), EVIL);
	assert_int_equal(count(out.s, "<script"), 0);
	assert_int_equal(count(out.s, "alert(\""), 0);
	assert_true(
		count(out.s, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;") >= 5);
	for (size_t i = 0; i < out.n; i++)
		assert_true(out.s[i] == '\n' || (out.s[i] >= ' ' && out.s[i] <= '~'));
	/* Nothing is loaded from anywhere. */
	assert_int_equal(count(out.s, "src="), 0);
	assert_int_equal(count(out.s, "href="), 0);
	assert_int_equal(count(out.s, "url("), 0);
	assert_int_equal(count(out.s, "default-src 'none'"), 1);
	for (size_t i = 0; i < COUNT(pairs); i++) {
		size_t opened;

		snprintf(word, sizeof(word), "<%s>", pairs[i]);
		opened = count(out.s, word);
		snprintf(word, sizeof(word), "<%s ", pairs[i]);
		opened += count(out.s, word);
		snprintf(word, sizeof(word), "</%s>", pairs[i]);
		if (opened != count(out.s, word))
			fail_msg("<%s>: %zu opened, %zu closed", pairs[i], opened,
				count(out.s, word));
	}
	text_free(&out);
}

static void the_table(void **state)
{
	struct world world;
	struct text out = { 0 };

	(void)state;
	make_world(&world);
	world.table.n = world.table.asked = 1;
	world.table.believes_ad = true;
	survey_text(&out, &world.table);
	assert_string_equal(out.s,
		"DOMAIN        MTA-STS                 TLS-RPT  LIST               MX              "
		" "
		"DANE    SEEN\n"
		"good.example  enforce, 7 days, id g1  mailto   enforce (expired)  mx.good.example "
		" "
		"usable  offered TLS 8 of 9 times, not in the last 1, last 60 s ago\n"
		"  seen: 5 sessions, 1 in clear, last 60 s ago\n"
		"\n"
		"1 domain: MTA-STS 1 enforce, 0 testing, 0 none, 0 with a record but no policy; "
		"TLS-RPT 1; DANE 1.\n");
	text_free(&out);
}

static void evil_text_is_printable(void **state)
{
	struct world world;
	struct text out = { 0 };

	(void)state;
	make_world(&world);
	/* Names are normalised before they get here; reasons are not. */
	world.domains[1].domain = good_name;
	strcpy(world.domains[1].mx[0].host, "mx");
	strcpy(evil_id, "7");
	survey_text(&out, &world.table);
	strcpy(evil_id, EVIL);
	for (size_t i = 0; i < out.n; i++)
		assert_true(out.s[i] == '\n' || (out.s[i] >= ' ' && out.s[i] <= '~'));
	text_free(&out);
}

static void documents(void **state)
{
	struct world world;
	struct text out = { 0 };
	const char *line, *end;
	size_t n = 0;

	(void)state;
	survey_json(&out, make_world(&world), "host");
	for (line = out.s; (end = strchr(line, '\n')); line = end + 1, n++) {
		json_t *document =
			json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL);
		const char *outcome, *host;
		json_t *survey, *hosts;

		assert_non_null(document);
		survey = json_object_get(json_object_get(document, "stripwatch"), "survey");
		assert_non_null(survey);
		hosts = json_object_get(json_object_get(survey, "mx"), "hosts");
		assert_int_equal(json_array_size(hosts), 1);
		assert_int_equal(json_unpack(survey, "{s:{s:s}, s:{s:[{s:s}]}}", "sts", "outcome",
					 &outcome, "tls_rpt", "addresses", "host", &host),
			0);
		assert_string_equal(outcome, n ? "fetch-error" : "policy");
		json_decref(document);
	}
	assert_int_equal(n, 2);
	text_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_is_escaped),
		cmocka_unit_test(words),
		cmocka_unit_test(what_is_cached_is_told),
		cmocka_unit_test(the_table),
		cmocka_unit_test(the_page_holds_no_foreign_markup),
		cmocka_unit_test(evil_text_is_printable),
		cmocka_unit_test(documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
