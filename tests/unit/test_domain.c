// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include "base/domain.h"

#define A10        "aaaaaaaaaa"
#define A60        A10 A10 A10 A10 A10 A10
#define LONG_LABEL A60 "aaa" /* 63 bytes */
/* 3 * 64 + 61 = 253 */
#define LONGEST LONG_LABEL "." LONG_LABEL "." LONG_LABEL "." A60 "a"

static const struct {
	const char *name;
	struct bytes in;
	const char *want; /* NULL: no name */
} names[] = {
/* clang-format off */
#define IN(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
	/* clang-format on */
	{ "plain", IN("mx.example.com"), "mx.example.com" },
	{ "upper case", IN("MX.Example.COM"), "mx.example.com" },
	{ "final dot", IN("mx.example.com."), "mx.example.com" },
	{ "one label", IN("localhost"), "localhost" },
	{ "underscore", IN("_mta-sts.my_host.example"), "_mta-sts.my_host.example" },
	{ "hyphens anywhere", IN("-a.r3---sn.b-.example"), "-a.r3---sn.b-.example" },
	{ "digits", IN("1and1.163.com"), "1and1.163.com" },
	{ "A-label", IN("XN--BCHER-KVA.example"), "xn--bcher-kva.example" },
	{ "A-label that decodes to nothing", IN("xn--0.example"), "xn--0.example" },
	{ "U-label", IN("b\303\274cher.example"), "xn--bcher-kva.example" },
	{ "U-label, upper case", IN("B\303\234CHER.Example."), "xn--bcher-kva.example" },
	{ "U-label, decomposed", IN("bu\314\210cher.example"), "xn--bcher-kva.example" },
	{ "sharp s stays", IN("stra\303\237e.example"), "xn--strae-oqa.example" },
	{ "ideographic full stop", IN("b\303\274cher\343\200\202example"),
		"xn--bcher-kva.example" },
	{ "underscore beside a U-label", IN("_25._tcp.b\303\274cher.example"),
		"_25._tcp.xn--bcher-kva.example" },
	{ "longest label", IN(LONG_LABEL ".example"), LONG_LABEL ".example" },
	{ "longest name", IN(LONGEST), LONGEST },
	{ "longest name, final dot", IN(LONGEST "."), LONGEST },

	{ "empty", IN(""), NULL },
	{ "root", IN("."), NULL },
	{ "leading dot", IN(".example.com"), NULL },
	{ "two final dots", IN("example.com.."), NULL },
	{ "empty label", IN("mx..example.com"), NULL },
	{ "label of 64", IN(LONG_LABEL "a.example"), NULL },
	{ "name of 254", IN(LONGEST "a"), NULL },
	{ "blank", IN("mx example.com"), NULL },
	{ "trailing blank", IN("mx.example.com "), NULL },
	{ "control", IN("mx\r.example.com"), NULL },
	{ "NUL", IN("mx.example.com\000.evil.example"), NULL },
	{ "NUL beside a U-label", IN("b\303\274cher\000.example"), NULL },
	{ "DEL", IN("mx\177.example"), NULL },
	{ "asterisk", IN("*.example.com"), NULL },
	{ "slash", IN("a/b.example"), NULL },
	{ "full-width solidus", IN("a\357\274\217b.example"), NULL },
	{ "address literal", IN("[192.0.2.1]"), NULL },
	{ "IPv6 literal", IN("[IPv6:2001:db8::1]"), NULL },
	{ "bare IPv4", IN("192.0.2.1"), NULL },
	{ "full-width IPv4", IN("\357\274\221.0.0.1"), NULL },
	{ "bare IPv6", IN("2001:db8::1"), NULL },
	{ "broken UTF-8", IN("b\303.example"), NULL },
	{ "overlong UTF-8", IN("b\300\256.example"), NULL },
	{ "surrogate", IN("b\355\240\200.example"), NULL },
	{ "refused by IDNA", IN("a\342\200\213\360\237\277\277.example"), NULL },
	{ "U-label too long as A-label", IN(A60 "\303\274.example"), NULL },
#undef IN
};

static void normalise(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct bytes in = guarded(names[i].in);
		char out[DOMAIN_TEXT] = "unset";
		bool got = domain_normalise(in, out);

		assert_row_int(names[i].name, got, names[i].want != NULL);
		assert_row_string(names[i].name, out, names[i].want ? names[i].want : "");
		guarded_free(in);
	}
}

static void normalise_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char out[DOMAIN_TEXT];

		if (!names[i].want)
			continue;
		assert_row(names[i].name, domain_normalise(bytes_str(names[i].want), out));
		assert_row_string(names[i].name, out, names[i].want);
	}
}

/* RFC 8461 4.1 and STANDARDS 1.5. */
static void matches(void **state)
{
	static const struct {
		const char *name, *pattern;
		bool want;
	} rows[] = {
		{ "mail.example.com", "mail.example.com", true },
		{ "mail.example.com", "*.example.com", true },
		{ "example.com", "*.example.com", false },
		{ "a.b.example.com", "*.example.com", false },
		{ "mail.example.net", "*.example.com", false },
		{ "mailexample.com", "*.example.com", false },
		{ "mail.example.com.evil.example", "*.example.com", false },
		{ "mail.example.com", "example.com", false },
		{ "example.com", "*.com", true },
		{ "*.example.com", "*.example.com", true },
		{ "mail.example.com", "*", false },
		{ "mail", "*.", false },
		{ ".example.com", "*.example.com", false },
		{ "", "", false },
		{ "", "*.", false },
		{ "mail.example.com", "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_row_int(rows[i].pattern, domain_matches(rows[i].name, rows[i].pattern),
			rows[i].want);
}

static void owner(void **state)
{
	static const struct {
		const char *name, *want;
	} rows[] = {
		{ "mx.a.example.com", "example.com" },
		{ "example.com", "example.com" },
		{ "localhost", "localhost" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_row_string(rows[i].name, domain_owner(rows[i].name), rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(normalise),
		cmocka_unit_test(normalise_twice),
		cmocka_unit_test(matches),
		cmocka_unit_test(owner),
	};

	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
