// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include "base/text.h"
#include "evidence/tls_rpt.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* clang-format off */
#define IN(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
/* clang-format on */

static const struct {
	const char *name;
	struct bytes records[3];
	enum tls_rpt_status want;
	const char *told; /* "SCHEME HOST" of each address */
	size_t ignored;
	bool nonstrict;
} rows[] = {
	{ "mail", { IN("v=TLSRPTv1; rua=mailto:reports@example.com") }, TLS_RPT_OK,
		"mailto example.com", 0, false },
	{ "https", { IN("v=TLSRPTv1;rua=https://Reports.Example.com/v1/tlsrpt;") }, TLS_RPT_OK,
		"https reports.example.com", 0, false },
	{ "https with a port", { IN("v=TLSRPTv1;rua=https://r.example:8443?a=b") }, TLS_RPT_OK,
		"https r.example", 0, false },
	{ "both", { IN("v=TLSRPTv1; rua=mailto:a@b.example,https://c.example/") }, TLS_RPT_OK,
		"mailto b.example https c.example", 0, false },
	{ "blanks around the comma",
		{ IN("v=TLSRPTv1; rua=mailto:a@b.example \t,  mailto:a@c.example ;") }, TLS_RPT_OK,
		"mailto b.example mailto c.example", 0, false },
	{ "mail with a query", { IN("v=TLSRPTv1; rua=mailto:a@b.example?subject=x@y") }, TLS_RPT_OK,
		"mailto b.example", 0, false },
	{ "scheme in upper case", { IN("v=TLSRPTv1; rua=MAILTO:a@b.example") }, TLS_RPT_OK,
		"mailto b.example", 0, false },
	{ "rua behind an extension", { IN("v=TLSRPTv1; x=y; rua=mailto:a@b.example") }, TLS_RPT_OK,
		"mailto b.example", 0, false },
	{ "rua twice", { IN("v=TLSRPTv1; rua=mailto:a@b.example; rua=https://c.example") },
		TLS_RPT_OK, "mailto b.example https c.example", 0, true },
	{ "blank before the semicolon", { IN("v=TLSRPTv1 ; rua=mailto:a@b.example") }, TLS_RPT_OK,
		"mailto b.example", 0, true },
	{ "other schemes are ignored",
		{ IN("v=TLSRPTv1; rua=ftp://c.example,http://d.example,mailto:a@b.example") },
		TLS_RPT_OK, "mailto b.example", 2, false },
	{ "an exclamation mark must be encoded",
		{ IN("v=TLSRPTv1; rua=mailto:a@b.example!10m,mailto:a@c.example") }, TLS_RPT_OK,
		"mailto c.example", 1, false },
	{ "more addresses than anybody needs",
		{ IN("v=TLSRPTv1; rua=mailto:a@1.example,mailto:a@2.example,mailto:a@3.example,"
		     "mailto:a@4.example,mailto:a@5.example,mailto:a@6.example,mailto:a@7.example,"
		     "mailto:a@8.example,mailto:a@9.example") },
		TLS_RPT_OK,
		"mailto 1.example mailto 2.example mailto 3.example mailto 4.example "
		"mailto 5.example mailto 6.example mailto 7.example mailto 8.example",
		1, false },
	{ "among others", { IN("v=spf1 -all"), IN("v=TLSRPTv1;rua=mailto:a@b.example") },
		TLS_RPT_OK, "mailto b.example", 0, false },
	{ "only other schemes", { IN("v=TLSRPTv1; rua=http://c.example") }, TLS_RPT_INVALID, "", 0,
		false },
	{ "no rua", { IN("v=TLSRPTv1; x=y") }, TLS_RPT_INVALID, "", 0, false },
	{ "empty rua", { IN("v=TLSRPTv1; rua=") }, TLS_RPT_INVALID, "", 0, false },
	{ "rua in upper case", { IN("v=TLSRPTv1; RUA=mailto:a@b.example") }, TLS_RPT_INVALID, "", 0,
		false },
	{ "no domain", { IN("v=TLSRPTv1; rua=mailto:a") }, TLS_RPT_INVALID, "", 0, false },
	{ "no local part", { IN("v=TLSRPTv1; rua=mailto:@b.example") }, TLS_RPT_INVALID, "", 0,
		false },
	{ "no host", { IN("v=TLSRPTv1; rua=https:///x") }, TLS_RPT_INVALID, "", 0, false },
	{ "a user name before the host", { IN("v=TLSRPTv1; rua=https://a@b.example/") },
		TLS_RPT_INVALID, "", 0, false },
	{ "bad extension", { IN("v=TLSRPTv1; rua=mailto:a@b.example; -x=y") }, TLS_RPT_INVALID, "",
		0, false },
	{ "two semicolons", { IN("v=TLSRPTv1;; rua=mailto:a@b.example") }, TLS_RPT_INVALID, "", 0,
		false },
	{ "control bytes", { IN("v=TLSRPTv1; rua=mailto:a\n@b.example") }, TLS_RPT_INVALID, "", 0,
		false },
	{ "NUL", { IN("v=TLSRPTv1; rua=mailto:a@b.example\0") }, TLS_RPT_INVALID, "", 0, false },
	{ "version alone", { IN("v=TLSRPTv1") }, TLS_RPT_NONE, "", 0, false },
	{ "version in upper case", { IN("V=TLSRPTv1; rua=mailto:a@b.example") }, TLS_RPT_NONE, "",
		0, false },
	{ "another version", { IN("v=TLSRPTv10; rua=mailto:a@b.example") }, TLS_RPT_NONE, "", 0,
		false },
	{ "two records",
		{ IN("v=TLSRPTv1;rua=mailto:a@b.example"),
			IN("v=TLSRPTv1;rua=mailto:a@b.example") },
		TLS_RPT_SEVERAL, "", 0, false },
	{ "nothing", { IN("") }, TLS_RPT_NONE, "", 0, false },
};

static void tell(const struct tls_rpt *rpt, struct text *out)
{
	text_puts(out, "");
	for (size_t i = 0; i < rpt->n; i++)
		text_printf(out, "%s%s %s", i ? " " : "", tls_rpt_scheme_name(rpt->list[i].scheme),
			rpt->list[i].host);
}

static void choose(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes records[3];
		struct text told = { 0 };
		struct tls_rpt rpt;
		size_t n = 0;

		for (; n < 3 && rows[i].records[n].p; n++)
			records[n] = guarded(rows[i].records[n]);
		assert_row_string(rows[i].name,
			tls_rpt_status_name(tls_rpt_choose(records, n, &rpt)),
			tls_rpt_status_name(rows[i].want));
		text_printf(&told, "%s", "");
		tell(&rpt, &told);
		assert_row_string(rows[i].name, told.s, rows[i].told);
		if (rows[i].want == TLS_RPT_OK) {
			assert_row_int(rows[i].name, rpt.ignored, rows[i].ignored);
			assert_row_int(rows[i].name, rpt.nonstrict, rows[i].nonstrict);
		}
		tls_rpt_fini(&rpt);
		text_free(&told);
		for (size_t j = 0; j < n; j++)
			guarded_free(records[j]);
	}
}

static void cut(struct bytes prefix, void *context)
{
	struct tls_rpt rpt;
	enum tls_rpt_status status = tls_rpt_choose(&prefix, 1, &rpt);

	(void)context;
	assert_int_equal(status == TLS_RPT_OK, rpt.n > 0);
	tls_rpt_fini(&rpt);
}

static void truncated(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		every_truncation(rows[i].records[0], cut, NULL);
}

static void the_whole_uri_is_kept(void **state)
{
	struct bytes record = BYTES("v=TLSRPTv1; rua=https://a.example:8443/x?y=z%2C");
	struct tls_rpt rpt;

	(void)state;
	assert_int_equal(tls_rpt_choose(&record, 1, &rpt), TLS_RPT_OK);
	assert_string_equal(rpt.list[0].uri, "https://a.example:8443/x?y=z%2C");
	tls_rpt_fini(&rpt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(choose),
		cmocka_unit_test(truncated),
		cmocka_unit_test(the_whole_uri_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
