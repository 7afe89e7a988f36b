// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>

#include "base/text.h"
#include "dialogue/command.h"
#include "dialogue/echo.h"

static void verbs(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "EHLO mx.example.com", "EHLO [EHLO] [mx.example.com]" },
		{ "ehlo", "EHLO [ehlo] []" },
		{ " \tStArTtLs  foo  bar \t", "STARTTLS [StArTtLs] [foo  bar]" },
		{ "X-ANONYMOUSTLS", "X-ANONYMOUSTLS [X-ANONYMOUSTLS] []" },
		{ "STARTTLSX", " [STARTTLSX] []" },
		{ "MAIL FROM:<x>", "MAIL [MAIL] [FROM:<x>]" },
		{ "MAILFROM:<x>", " [MAILFROM:<x>] []" },
		{ "XXXXXXXX", " [XXXXXXXX] []" },
		{ "", "none" },
		{ " \t ", "none" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes in = guarded(bytes_str(rows[i].in));
		struct text text = { 0 };
		struct command command;

		if (!command_parse(in, &command))
			text_puts(&text, "none");
		else
			text_printf(&text, "%s [%.*s] [%.*s]", command_name(command.verb),
				(int)command.name.n, (const char *)command.name.p,
				(int)command.argument.n, (const char *)command.argument.p);
		assert_row_string(rows[i].in, text.s, rows[i].want);
		text_free(&text);
		guarded_free(in);
	}
}

static const struct {
	const char *in, *want;
} paths[] = {
	{ "FROM:<a@example.com>", "example.com" },
	{ "from:<a@Example.COM> SIZE=1000 BODY=8BITMIME", "Example.COM" },
	{ "TO: <a@example.com>", "example.com" },
	{ "TO : <a@example.com>", "example.com" },
	{ "TO:\t<a@example.com>", "example.com" },
	{ "FROM:a@example.com SIZE=1", "example.com" },
	{ "FROM:<a@example.com", "example.com" },
	{ "FROM:<a@example.com SIZE=1", "example.com" },
	{ "FROM:<<a@example.com>>", "example.com" },
	{ "TO:<@one.example,@two.example:a@example.com>", "example.com" },
	{ "TO:<\"a@b c>\\\"d\"@example.com>", "example.com" },
	{ "TO:<a\\@b@example.com>", "example.com" },
	{ "TO:<a@b@example.com>", "example.com" },
	{ "TO:<m\xc3\xbcller@b\xc3\xbc"
	  "cher.example>",
		"b\xc3\xbc"
		"cher.example" },
	{ "TO:<a@[192.0.2.1]>", "[192.0.2.1]" },
	{ "TO:<a@example.com >", "example.com" },
	{ "FROM:<>", "" },
	{ "TO:<Postmaster>", "" },
	{ "TO:nobody", "" },
	{ "TO:<one!two>", "" },
	{ "TO:<\"a@example.com>", "" },
	{ "TO:<a@>", "" },
	{ "TO:", "" },
	{ "TO <a@example.com>", NULL },
	{ "<a@example.com>", NULL },
	{ "", NULL },
};

static void domains_of_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct bytes in = guarded(bytes_str(paths[i].in)), domain = BYTES("?");
		bool path = command_path(in, &domain);

		assert_row_int(paths[i].in, path, paths[i].want != NULL);
		if (path)
			assert_row(paths[i].in, bytes_equal(domain, bytes_str(paths[i].want)));
		guarded_free(in);
	}
}

static void read_path(struct bytes prefix, void *context)
{
	struct bytes domain;

	(void)context;
	if (command_path(prefix, &domain) && domain.n)
		assert_true(domain.p >= prefix.p && domain.p + domain.n <= prefix.p + prefix.n);
}

static void truncated_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		every_truncation(bytes_str(paths[i].in), read_path, NULL);
}

static void chunks(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "0", "0" },
		{ "12 LAST", "12 last" },
		{ "12  last", "12 last" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "9223372036854775808", "none" },
		{ "", "none" },
		{ "LAST", "none" },
		{ "12 SCRAMBLE", "none" },
		{ "-1", "none" },
		{ "1x", "none" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char got[64] = "none";
		uint64_t octets;
		bool last;

		if (command_bdat(bytes_str(rows[i].in), &octets, &last))
			snprintf(got, sizeof(got), "%llu%s", (unsigned long long)octets,
				last ? " last" : "");
		assert_row_string(rows[i].in, got, rows[i].want);
	}
}

static void beyond_doubt(void **state)
{
	static const struct {
		const char *in;
		bool want;
	} rows[] = {
		{ "QUIT", true },
		{ "quit ", true },
		{ "QUIT now", false },
		{ "RSET", true },
		{ "DATA", true },
		{ "Data: x", false },
		{ "EHLO mx", true },
		{ "EHLO", false },
		{ "Helo my dear friend", false },
		{ "MAIL FROM:<a@b.c>", true },
		{ "Mail from me", false },
		{ "RCPT TO:<>", true },
		{ "STARTTLS", true },
		{ "STARTTLS is good", false },
		{ "BDAT 5 LAST", true },
		{ "BDAT five", false },
		{ "AUTH PLAIN AAA=", true },
		{ "AUTH is done", false },
		{ "NOOP", true },
		{ "HELP", false },
		{ "", false },
		{ "Subject: x", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_row_int(rows[i].in, command_is_certain(bytes_str(rows[i].in)), rows[i].want);
}

static void echoes(void **state)
{
	static const struct {
		unsigned int code;
		const char *text;
		enum command_verb sent;
		bool want;
	} rows[] = {
		{ 500, "5.5.1 Command unrecognized: \"XXXXXXXX\"", VERB_STARTTLS, true },
		{ 502, "unrecognized command 'XXXX'", VERB_EHLO, true },
		{ 500, "Command XXXXXXXX not recognized", VERB_STARTTLS, true },
		{ 500, "unknown command \"STARTTLX\"", VERB_STARTTLS, true },
		{ 500, "unrecognized command \"HELO\"", VERB_EHLO, true },
		/* Honest echoes: whole, cut, re-cased, with the argument. */
		{ 500, "5.5.1 Command unrecognized: \"STARTTLS\"", VERB_STARTTLS, false },
		{ 500, "unrecognized command \"start\"", VERB_STARTTLS, false },
		{ 502, "Error: command \"EHLO\" not implemented", VERB_EHLO, false },
		{ 500, "unknown command \"ehlo mx.example.com\"", VERB_EHLO, false },
		{ 500, "unrecognized command \"\"", VERB_STARTTLS, false },
		/* No echo at all. */
		{ 500, "5.5.1 Command unrecognized", VERB_STARTTLS, false },
		{ 502, "COMMAND NOT IMPLEMENTED", VERB_STARTTLS, false },
		{ 502, "5.5.2 Error: command not recognized", VERB_STARTTLS, false },
		{ 503, "Need \"MAIL\" before \"RCPT\", unknown state", VERB_RCPT, false },
		{ 501, "\"XXXXXXXX\" is no valid argument, unknown", VERB_EHLO, false },
		{ 500, "I don't know 'that', unrecognized", VERB_STARTTLS, false },
		/* Nothing to compare with. */
		{ 500, "unrecognized command \"XXXXXXXX\"", VERB_UNKNOWN, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_row_int(rows[i].text,
			echo_differs(rows[i].code, bytes_str(rows[i].text), rows[i].sent),
			rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs),
		cmocka_unit_test(domains_of_paths),
		cmocka_unit_test(truncated_paths),
		cmocka_unit_test(chunks),
		cmocka_unit_test(beyond_doubt),
		cmocka_unit_test(echoes),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
