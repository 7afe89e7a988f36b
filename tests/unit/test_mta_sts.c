// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdlib.h>

#include "evidence/mta_sts.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* clang-format off */
#define IN(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
/* clang-format on */

static void records(void **state)
{
	static const struct {
		const char *name;
		struct bytes records[3];
		enum sts_record_status want;
		const char *id;
		bool nonstrict;
	} rows[] = {
		{ "usual", { IN("v=STSv1; id=20160831085700Z;") }, STS_RECORD_OK, "20160831085700Z",
			false },
		{ "no blanks", { IN("v=STSv1;id=1") }, STS_RECORD_OK, "1", false },
		{ "blanks and tabs", { IN("v=STSv1;\t id=1 \t;  ") }, STS_RECORD_OK, "1", false },
		{ "blank before the semicolon", { IN("v=STSv1 ; id=1") }, STS_RECORD_OK, "1",
			true },
		{ "two records", { IN("v=STSv1;id=a"), IN("v=STSv1;id=b") }, STS_RECORD_SEVERAL,
			NULL, false },
		{ "two loose records", { IN("v=STSv1 ;id=a"), IN("v=STSv1 ;id=b") },
			STS_RECORD_SEVERAL, NULL, false },
		{ "a strict and a loose one", { IN("v=STSv1 ;id=a"), IN("v=STSv1;id=b") },
			STS_RECORD_OK, "b", false },
		{ "among others", { IN("google-site-verification=x"), IN("v=STSv1;id=a") },
			STS_RECORD_OK, "a", false },
		{ "hyphens in the id", { IN("v=STSv1; id=2024-01-01") }, STS_RECORD_INVALID, NULL,
			false },
		{ "id of 32", { IN("v=STSv1; id=12345678901234567890123456789012") }, STS_RECORD_OK,
			"12345678901234567890123456789012", false },
		{ "id of 33", { IN("v=STSv1; id=123456789012345678901234567890123") },
			STS_RECORD_INVALID, NULL, false },
		{ "empty id", { IN("v=STSv1; id=") }, STS_RECORD_INVALID, NULL, false },
		{ "no id", { IN("v=STSv1;") }, STS_RECORD_INVALID, NULL, false },
		{ "other fields only", { IN("v=STSv1; a=b;") }, STS_RECORD_INVALID, NULL, false },
		{ "version alone", { IN("v=STSv1") }, STS_RECORD_NONE, NULL, false },
		{ "upper case", { IN("V=STSv1;id=1") }, STS_RECORD_NONE, NULL, false },
		{ "upper case id", { IN("v=STSv1; ID=1") }, STS_RECORD_INVALID, NULL, false },
		{ "leading blank", { IN(" v=STSv1;id=1") }, STS_RECORD_NONE, NULL, false },
		{ "blanks around =", { IN("v=STSv1; id = 1") }, STS_RECORD_INVALID, NULL, false },
		{ "another version", { IN("v=STSv10; id=1") }, STS_RECORD_NONE, NULL, false },
		{ "later version", { IN("v=STSv2; id=1") }, STS_RECORD_NONE, NULL, false },
		{ "extension", { IN("v=STSv1; x.y-z_1=a:b/c?d<>; id=1") }, STS_RECORD_OK, "1",
			false },
		{ "extension without value", { IN("v=STSv1; x=; id=1") }, STS_RECORD_INVALID, NULL,
			false },
		{ "extension with = in its value", { IN("v=STSv1; x=a=b; id=1") },
			STS_RECORD_INVALID, NULL, false },
		{ "extension, bad name", { IN("v=STSv1; -x=a; id=1") }, STS_RECORD_INVALID, NULL,
			false },
		{ "extension, no =", { IN("v=STSv1; x; id=1") }, STS_RECORD_INVALID, NULL, false },
		{ "UTF-8", { IN("v=STSv1; x=\303\274; id=1") }, STS_RECORD_INVALID, NULL, false },
		{ "control", { IN("v=STSv1; x=a\001; id=1") }, STS_RECORD_INVALID, NULL, false },
		{ "NUL", { IN("v=STSv1; id=1\000") }, STS_RECORD_INVALID, NULL, false },
		{ "empty field", { IN("v=STSv1;; id=1") }, STS_RECORD_INVALID, NULL, false },
		{ "two semicolons at the end", { IN("v=STSv1; id=1;;") }, STS_RECORD_INVALID, NULL,
			false },
		{ "two ids: the first", { IN("v=STSv1; id=1; id=2") }, STS_RECORD_OK, "1", true },
		{ "two ids, the second bad", { IN("v=STSv1; id=1; id=-") }, STS_RECORD_OK, "1",
			true },
		{ "empty record", { IN("") }, STS_RECORD_NONE, NULL, false },
		{ "TLSRPT", { IN("v=TLSRPTv1;rua=mailto:a@example.com") }, STS_RECORD_NONE, NULL,
			false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sts_record record = { .id = "unset" };
		struct bytes guard[3];

		for (size_t j = 0; j < 3; j++)
			guard[j] = guarded(rows[i].records[j]);
		assert_row_int(rows[i].name, sts_record_choose(guard, 3, &record), rows[i].want);
		assert_row_string(rows[i].name, record.id, rows[i].id ? rows[i].id : "unset");
		assert_row_int(rows[i].name, record.nonstrict, rows[i].nonstrict);
		for (size_t j = 0; j < 3; j++)
			guarded_free(guard[j]);
	}
	assert_int_equal(sts_record_choose(NULL, 0, NULL), STS_RECORD_NONE);
}

#define GOOD "version: STSv1\nmode: enforce\nmax_age: 86400\n"

struct policy_row {
	const char *name;
	struct bytes in;
	enum policy_mode mode;
	uint32_t max_age;
	const char *mx; /* patterns, blanks between */
	unsigned int oddities;
};

static char *joined(const struct sts_policy *policy)
{
	struct text text = { 0 };

	text_puts(&text, "");
	for (size_t i = 0; i < policy->mx_count; i++)
		text_printf(&text, "%s%s", i ? " " : "", policy->mx[i]);
	return text.s;
}

static void good_policies(void **state)
{
	static const struct policy_row rows[] = {
		{ "usual", IN(GOOD "mx: mx1.example.com\nmx: *.example.net\n"), POLICY_ENFORCE,
			86400, "mx1.example.com *.example.net", 0 },
		{ "CRLF", IN("version: STSv1\r\nmode: testing\r\nmx: a.example\r\nmax_age: 1\r\n"),
			POLICY_TESTING, 1, "a.example", 0 },
		{ "mixed ends, none at the end",
			IN("version: STSv1\r\nmode: testing\nmx: a.example\r\nmax_age: 1"),
			POLICY_TESTING, 1, "a.example", 0 },
		{ "version last", IN("max_age: 1\nmx: a.b\nmode: enforce\nversion: STSv1"),
			POLICY_ENFORCE, 1, "a.b", 0 },
		{ "no blanks", IN("version:STSv1\nmode:enforce\nmax_age:1\nmx:a.b"), POLICY_ENFORCE,
			1, "a.b", 0 },
		{ "many blanks",
			IN("version: \t STSv1 \t\nmode:  enforce  \nmax_age:\t1\t\nmx:  a.b  \r\n"),
			POLICY_ENFORCE, 1, "a.b", 0 },
		{ "none without mx", IN("version: STSv1\nmode: none\nmax_age: 86400\n"),
			POLICY_NONE, 86400, "", 0 },
		{ "none with mx", IN("version: STSv1\nmode: none\nmax_age: 86400\nmx: a.b\n"),
			POLICY_NONE, 86400, "a.b", 0 },
		{ "max_age 0", IN("version: STSv1\nmode: none\nmax_age: 0"), POLICY_NONE, 0, "",
			0 },
		{ "max_age, leading zeros", IN("version: STSv1\nmode: none\nmax_age: 0000000001"),
			POLICY_NONE, 1, "", 0 },
		{ "max_age, largest", IN("version: STSv1\nmode: none\nmax_age: 31557600"),
			POLICY_NONE, 31557600, "", 0 },
		{ "max_age over it", IN("version: STSv1\nmode: none\nmax_age: 9999999999"),
			POLICY_NONE, 31557600, "", STS_MAX_AGE_CLAMPED },
		{ "unknown keys",
			IN(GOOD "mx: a.b\nfoo_1.x-y: b\303\274 c\nVersion: x\nmta: a:b;c=d\n"),
			POLICY_ENFORCE, 86400, "a.b", 0 },
		{ "blank lines", IN("\n" GOOD "\r\n \t\nmx: a.b\n\n"), POLICY_ENFORCE, 86400, "a.b",
			STS_BLANK_LINES },
		{ "duplicates: the first",
			IN(GOOD "mx: a.b\nmode: none\nmax_age: 1\nversion: STSv2\n"),
			POLICY_ENFORCE, 86400, "a.b", STS_DUPLICATE_KEYS },
		{ "bad duplicates", IN(GOOD "mx: a.b\nmode: ?\nmax_age: \nversion:x\n"),
			POLICY_ENFORCE, 86400, "a.b", STS_DUPLICATE_KEYS },
		{ "upper-case mx", IN(GOOD "mx: *.Example.COM\n"), POLICY_ENFORCE, 86400,
			"*.example.com", 0 },
		{ "A-label", IN(GOOD "mx: xn--bcher-kva.example\n"), POLICY_ENFORCE, 86400,
			"xn--bcher-kva.example", 0 },
		{ "one label", IN(GOOD "mx: localhost\n"), POLICY_ENFORCE, 86400, "localhost", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes in = guarded(rows[i].in);
		struct sts_policy policy;
		struct text why = { 0 };
		char *mx;

		if (!sts_policy_parse(in, &policy, &why))
			fail_msg("row \"%s\": %s", rows[i].name, why.s);
		mx = joined(&policy);
		assert_row_int(rows[i].name, policy.mode, rows[i].mode);
		assert_row_int(rows[i].name, policy.max_age, rows[i].max_age);
		assert_row_string(rows[i].name, mx, rows[i].mx);
		assert_row_int(rows[i].name, policy.oddities, rows[i].oddities);
		assert_row_int(rows[i].name, why.n, 0);
		free(mx);
		sts_policy_fini(&policy);
		guarded_free(in);
	}
}

static void bad_policies(void **state)
{
#define MX_RULE " must be a host name of letters, digits and hyphens, or \"*.\" and one"
	static const struct {
		const char *name;
		struct bytes in;
		const char *why;
	} rows[] = {
		{ "empty", IN(""), "1: version is missing" },
		{ "version missing", IN("mode: none\nmax_age: 1\n"), "2: version is missing" },
		{ "mode missing", IN("version: STSv1\nmax_age: 1\n"), "2: mode is missing" },
		{ "max_age missing", IN("version: STSv1\nmode: none\n"), "2: max_age is missing" },
		{ "mx missing", IN(GOOD), "3: mx is missing" },
		{ "other version", IN("version: STSv2\n"), "1: version \"STSv2\" must be STSv1" },
		{ "lower-case version", IN("version: stsv1\n"),
			"1: version \"stsv1\" must be STSv1" },
		{ "unknown mode", IN("version: STSv1\nmode: Enforce\n"),
			"2: mode \"Enforce\" must be enforce, testing or none" },
		{ "upper-case key", IN("Version: STSv1\nmode: none\nmax_age: 1\n"),
			"3: version is missing" },
		{ "negative age", IN("max_age: -1\n"),
			"1: max_age \"-1\" must be a number of seconds, of at most 10 digits" },
		{ "eleven digits", IN("max_age: 00000000001\n"),
			"1: max_age \"00000000001\" must be a number of seconds, of at most 10 "
			"digits" },
		{ "empty age", IN("max_age:\n"),
			"1: max_age \"\" must be a number of seconds, of at most 10 digits" },
		{ "no colon", IN("version STSv1\n"), "1: line \"version STSv1\" has no colon" },
		{ "blank before the colon", IN("version : STSv1\n"),
			"1: key \"version \" is no name" },
		{ "leading blank", IN(" version: STSv1\n"), "1: key \" version\" is no name" },
		{ "byte order mark", IN("\357\273\277version: STSv1\n"),
			"1: key \"\\xef\\xbb\\xbfversion\" is no name" },
		{ "a duplicate that is no text", IN(GOOD "mx: a.b\nmode: \377\n"),
			"5: value \"\\xff\" is no UTF-8 text" },
		{ "a duplicate with a NUL", IN(GOOD "mx: a.b\nmode: \0\n"),
			"5: value \"\\x00\" is no UTF-8 text" },
		{ "bare CR", IN("version: STSv1\rmode: none\rmax_age: 1\r"),
			"1: version \"STSv1\\rmode: none\\rmax_age: 1\\r\" must be STSv1" },
		{ "CR at the end", IN("mode: none\r"),
			"1: mode \"none\\r\" must be enforce, testing or none" },
		{ "long key", IN("k23456789012345678901234567890123: x\n"),
			"1: key \"k23456789012345678901234567890123\" is no name" },
		{ "empty value", IN("key: \n"), "1: value \"\" is empty or no UTF-8 text" },
		{ "control in a value", IN("key: a\tb\n"),
			"1: value \"a\\tb\" is empty or no UTF-8 text" },
		{ "broken UTF-8", IN("key: \303\n"),
			"1: value \"\\xc3\" is empty or no UTF-8 text" },
		{ "overlong UTF-8", IN("key: \340\200\257\n"),
			"1: value \"\\xe0\\x80\\xaf\" is empty or no UTF-8 text" },
		{ "surrogate", IN("key: \355\240\200\n"),
			"1: value \"\\xed\\xa0\\x80\" is empty or no UTF-8 text" },
		{ "NUL", IN("version: STSv1\000\n"), "1: version \"STSv1\\x00\" must be STSv1" },
		{ "mx *", IN("mx: *\n"), "1: mx \"*\"" MX_RULE },
		{ "mx *.", IN("mx: *.\n"), "1: mx \"*.\"" MX_RULE },
		{ "mx a.*.b", IN("mx: a.*.b\n"), "1: mx \"a.*.b\"" MX_RULE },
		{ "mx *a.b", IN("mx: *a.b\n"), "1: mx \"*a.b\"" MX_RULE },
		{ "mx *.*.b", IN("mx: *.*.b\n"), "1: mx \"*.*.b\"" MX_RULE },
		{ "mx .a.b", IN("mx: .a.b\n"), "1: mx \".a.b\"" MX_RULE },
		{ "mx U-label", IN("mx: b\303\274cher.example\n"),
			"1: mx \"b\\xc3\\xbccher.example\"" MX_RULE },
		{ "mx address", IN("mx: 192.0.2.1\n"), "1: mx \"192.0.2.1\"" MX_RULE },
		{ "mx literal", IN("mx: [192.0.2.1]\n"), "1: mx \"[192.0.2.1]\"" MX_RULE },
		{ "mx underscore", IN("mx: a_b.example\n"), "1: mx \"a_b.example\"" MX_RULE },
		{ "mx final dot", IN("mx: a.example.\n"), "1: mx \"a.example.\"" MX_RULE },
		{ "mx hyphen first", IN("mx: -a.example\n"), "1: mx \"-a.example\"" MX_RULE },
		{ "mx hyphen last", IN("mx: a-.example\n"), "1: mx \"a-.example\"" MX_RULE },
		{ "mx two on a line", IN("mx: a.example, b.example\n"),
			"1: mx \"a.example, b.example\"" MX_RULE },
		{ "mx empty", IN("mx:\n"), "1: mx \"\"" MX_RULE },
		{ "a web page", IN("<!DOCTYPE html>\n<html>\n"),
			"1: line \"<!DOCTYPE html>\" has no colon" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes in = guarded(rows[i].in);
		struct sts_policy policy;
		struct text why = { 0 };

		assert_row(rows[i].name, !sts_policy_parse(in, &policy, &why));
		assert_row_string(rows[i].name, why.s, rows[i].why);
		assert_row(rows[i].name, !policy.mx && !policy.mx_count);
		assert_row(rows[i].name, !sts_policy_parse(in, &policy, NULL));
		text_free(&why);
		guarded_free(in);
	}
}

static void size_limit(void **state)
{
	static const char start[] = GOOD "mx: a.b\nfill: ";
	char *file = malloc(STS_POLICY_BYTES_MAX + 1);
	struct sts_policy policy;
	struct text why = { 0 };

	(void)state;
	memset(file, 'x', STS_POLICY_BYTES_MAX + 1);
	memcpy(file, start, sizeof(start) - 1);
	assert_true(sts_policy_parse(bytes_of(file, STS_POLICY_BYTES_MAX), &policy, &why));
	sts_policy_fini(&policy);
	assert_false(sts_policy_parse(bytes_of(file, STS_POLICY_BYTES_MAX + 1), &policy, &why));
	assert_string_equal(why.s, "1: policy is longer than 65536 bytes");
	text_free(&why);
	free(file);
}

/* STANDARDS 1.5. */
static void matches(void **state)
{
	static const struct {
		const char *mx;
		bool want;
	} rows[] = {
		{ "mx.example.net", true },
		{ "mail.example.com", true },
		{ "example.com", false },
		{ "a.b.example.com", false },
		{ "example.net", false },
		{ "mx.example.net.evil.example", false },
		{ "", false },
	};
	struct sts_policy policy;

	(void)state;
	assert_true(sts_policy_parse(
		BYTES(GOOD "mx: *.example.com\nmx: mx.example.net\n"), &policy, NULL));
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_row_int(rows[i].mx, sts_policy_matches(&policy, rows[i].mx), rows[i].want);
	sts_policy_fini(&policy);
}

/* A policy that was cut is valid only where a whole last line is left. */
static void cut_policy(struct bytes prefix, void *context)
{
	struct sts_policy policy;
	struct text why = { 0 };

	(void)context;
	if (sts_policy_parse(prefix, &policy, &why))
		assert_true(policy.mx_count > 0 && policy.mode == POLICY_ENFORCE);
	else
		assert_true(why.n > 0);
	sts_policy_fini(&policy);
	text_free(&why);
}

static void cut_record(struct bytes prefix, void *context)
{
	struct sts_record record;

	(void)context;
	sts_record_choose(&prefix, 1, &record);
}

static void truncated(void **state)
{
	(void)state;
	every_truncation(
		BYTES(GOOD "mx: *.example.com\r\nmx: b.example\r\nkey: \303\274\360\237\230\200\n"),
		cut_policy, NULL);
	every_truncation(BYTES("v=STSv1; id=20160831085700Z; a=b; "), cut_record, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),
		cmocka_unit_test(good_policies),
		cmocka_unit_test(bad_policies),
		cmocka_unit_test(size_limit),
		cmocka_unit_test(matches),
		cmocka_unit_test(truncated),
	};

	return cmocka_run_group_tests_name("mta_sts", tests, NULL, NULL);
}
