// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "dialogue/ehlo.h"
#include "dialogue/family.h"

/* Keyword lines with '|' between them; "offered", and the numbers of the lines that were masked. */
static void read_list(const char *lines, struct text *out)
{
	struct ehlo ehlo;
	uint16_t mangled, other;

	ehlo_begin(&ehlo);
	while (*lines) {
		const char *end = strchrnul(lines, '|');
		struct bytes line = guarded(bytes_of(lines, (size_t)(end - lines)));

		ehlo_line(&ehlo, line);
		guarded_free(line);
		lines = *end ? end + 1 : end;
	}
	mangled = ehlo_mangled(&ehlo);
	other = ehlo_masked_other(&ehlo);
	text_puts(out, ehlo_is_recognised(&ehlo) ? "list" : "?");
	if (ehlo_has(&ehlo, EHLO_STARTTLS))
		text_puts(out, " offered");
	if (mangled != EHLO_NO_LINE)
		text_printf(out, " mangled=%u", mangled);
	if (other != EHLO_NO_LINE)
		text_printf(out, " other=%u", other);
}

static void lists(void **state)
{
	static const struct {
		const char *name, *lines, *want;
	} rows[] = {
		{ "Postfix",
			"PIPELINING|SIZE "
			"1|VRFY|ETRN|STARTTLS|ENHANCEDSTATUSCODES|8BITMIME|DSN|CHUNKING",
			"list offered" },
		{ "any case, blanks", "size 1|StartTLS  ", "list offered" },
		{ "with a parameter", "STARTTLS now", "list offered" },
		{ "not quite", "STARTTLSX|X STARTTLS|STARTTLS=1", "?" },
		{ "unknown lines only", "FOO|BAR", "?" },
		{ "none", "", "?" },
		{ "C1: Postfix, at its place",
			"PIPELINING|SIZE 1|ETRN|XXXXXXXA|AUTH "
			"PLAIN|ENHANCEDSTATUSCODES|8BITMIME|DSN",
			"list mangled=3" },
		{ "C2: all X", "SIZE 1|XXXXXXXX", "list mangled=1" },
		{ "C1b: other lengths", "SIZE 1|XXXXXXXXA|XXXB|XXXXXXXXX", "list other=1" },
		{ "C1b: parameters", "SIZE 1|XXXXXXXA 100", "list other=1" },
		{ "C1b: offered as well", "STARTTLS|XXXXXXXA", "list offered other=1" },
		{ "C1b: offered after it", "XXXXXXXA|STARTTLS", "list offered other=0" },
		{ "C1b: behind Postfix's DSN",
			"PIPELINING|SIZE 1|VRFY|ENHANCEDSTATUSCODES|8BITMIME|DSN|XXXXXXXA|XXXXXXXB",
			"list other=6" },
		{ "C1b: 8BITMIME of Postfix", "PIPELINING|SIZE 1|ENHANCEDSTATUSCODES|XXXXXXXA|DSN",
			"list other=3" },
		{ "both of Postfix's",
			"PIPELINING|SIZE 1|XXXXXXXA|ENHANCEDSTATUSCODES|XXXXXXXB|DSN",
			"list mangled=2" },
		{ "STARTTLS and a newer one",
			"PIPELINING|SIZE 1|XXXXXXXA|ENHANCEDSTATUSCODES|8BITMIME|DSN|XXXXXXXB",
			"list mangled=2 other=6" },
		/* These put STARTTLS behind DSN. */
		{ "Sendmail",
			"ENHANCEDSTATUSCODES|PIPELINING|8BITMIME|SIZE|DSN|ETRN|XXXXXXXA|DELIVERBY|"
			"HELP",
			"list mangled=6" },
		{ "Exchange", "SIZE 1|PIPELINING|DSN|ENHANCEDSTATUSCODES|XXXXXXXA|8BITMIME",
			"list mangled=4" },
		{ "OpenSMTPD", "8BITMIME|ENHANCEDSTATUSCODES|SIZE 1|DSN|XXXXXXXA|HELP",
			"list mangled=4" },
		{ "Exim with DSN", "SIZE 1|8BITMIME|DSN|PIPELINING|CHUNKING|XXXXXXXA|HELP",
			"list mangled=5" },
		{ "too short for a mask", "XA|XX", "?" },
		{ "not a mask", "XXXXXXX1|XXXxXXXA|YXXXXXXA", "?" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct text text = { 0 };

		read_list(rows[i].lines, &text);
		assert_row_string(rows[i].name, text.s, rows[i].want);
		text_free(&text);
	}
}

/* No number of lines overflows what is counted. */
static void endless_list(void **state)
{
	struct ehlo ehlo;

	(void)state;
	ehlo_begin(&ehlo);
	for (int i = 0; i < 200000; i++)
		ehlo_line(&ehlo, BYTES("FOO"));
	ehlo_line(&ehlo, BYTES("XXXXXXXA"));
	assert_true(ehlo_mangled(&ehlo) != EHLO_NO_LINE);
}

static void families(void **state)
{
	static const struct {
		unsigned int code; /* 0: the greeting */
		const char *text;
		enum smtp_family want;
	} rows[] = {
		{ 0, "mx.example.com ESMTP Postfix (Debian/GNU)", FAMILY_POSTFIX },
		{ 0, "mx.example.com ESMTP Exim 4.96 Tue, 24 Nov 2026", FAMILY_EXIM },
		{ 0, "mx.example.com ESMTP Sendmail 8.17; Tue", FAMILY_SENDMAIL },
		{ 0, "MX.example.com Microsoft ESMTP MAIL Service ready at Tue", FAMILY_EXCHANGE },
		{ 0, "mx.google.com ESMTP m17si1051593vck.2 - gsmtp", FAMILY_GOOGLE },
		{ 0, "mx.example.com ESMTP OpenSMTPD", FAMILY_OPENSMTPD },
		{ 0, "mx.example.com ESMTP Haraka/3.0 ready", FAMILY_HARAKA },
		{ 0, "***********************", FAMILY_CISCO },
		{ 0, "mx.example.com ESMTP", FAMILY_UNKNOWN },
		{ 0, "", FAMILY_UNKNOWN },
		{ 250, "2.1.0 Ok", FAMILY_POSTFIX },
		{ 250, "2.1.0 OK", FAMILY_UNKNOWN },
		{ 250, "2.1.0 <a@b.c>... Sender ok", FAMILY_SENDMAIL },
		{ 250, "2.1.0 Sender OK", FAMILY_EXCHANGE },
		{ 250, "2.1.5 OK x2-20020a05 - gsmtp", FAMILY_GOOGLE },
		{ 250, "Accepted", FAMILY_EXIM },
		{ 250, "OK", FAMILY_UNKNOWN },
		{ 354, "End data with <CR><LF>.<CR><LF>", FAMILY_POSTFIX },
		{ 454, "4.7.0 TLS not available due to local problem", FAMILY_POSTFIX },
		{ 454, "TLS not available due to temporary reason", FAMILY_UNKNOWN },
		{ 502, "5.5.1 Error: command not implemented", FAMILY_POSTFIX },
		{ 502, "5.5.2 Error: command not recognized", FAMILY_POSTFIX },
		{ 500, "5.5.1 Command unrecognized: \"X\"", FAMILY_SENDMAIL },
		{ 500, "5.3.3 Unrecognized command", FAMILY_EXCHANGE },
		{ 500, "#5.5.1 command not recognized", FAMILY_CISCO },
		{ 502, "unimplemented (#5.5.1)", FAMILY_QMAIL },
		{ 354, "go ahead", FAMILY_UNKNOWN },
		{ 354, "go ahead, make my day", FAMILY_HARAKA },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes text = guarded(bytes_str(rows[i].text));

		assert_row_string(rows[i].text,
			smtp_family_name(rows[i].code ? family_of_reply(rows[i].code, text)
						      : family_of_greeting(text)),
			smtp_family_name(rows[i].want));
		guarded_free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
		cmocka_unit_test(endless_list),
		cmocka_unit_test(families),
	};

	return cmocka_run_group_tests_name("ehlo", tests, NULL, NULL);
}
