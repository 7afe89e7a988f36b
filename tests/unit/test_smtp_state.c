// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "dialogue.h"
#include "dialogue/smtp_private.h"

static unsigned int states_of(enum side side)
{
	return side == CLIENT ? (unsigned int)CLIENT_STATES : (unsigned int)SERVER_STATES;
}

/* Every state can be reached from the first, and OPAQUE alone is final. */
static void walk(enum side side, unsigned int opaque)
{
	unsigned int n = states_of(side), reached = 1;

	for (unsigned int round = 0; round < n; round++)
		for (unsigned int from = 0; from < n; from++)
			for (unsigned int to = 0; to < n; to++)
				if (reached & 1u << from && smtp_state_may(side, from, to))
					reached |= 1u << to;
	assert_int_equal(reached, (1u << n) - 1);
	for (unsigned int from = 0; from < n; from++) {
		unsigned int ways = 0;

		assert_non_null(smtp_state_name(side, from));
		assert_non_null(smtp_state_comment(side, from));
		assert_true(smtp_state_may(side, from, from));
		assert_false(smtp_state_may(side, from, n));
		for (unsigned int to = 0; to < n; to++)
			ways += from != to && smtp_state_may(side, from, to);
		assert_int_equal(ways == 0, from == opaque);
	}
	assert_null(smtp_state_name(side, n));
	assert_false(smtp_state_may(side, n, 0));
}

static void table(void **state)
{
	(void)state;
	walk(CLIENT, CLIENT_OPAQUE);
	walk(SERVER, SERVER_OPAQUE);
	/* What the invariants in prose say. */
	for (unsigned int to = 0; to < CLIENT_STATES; to++)
		if (to != CLIENT_TLS && to != CLIENT_COMMAND)
			assert_false(smtp_state_may(CLIENT, CLIENT_TLS, to));
	assert_false(smtp_state_may(CLIENT, CLIENT_CONTENT, CLIENT_STARTTLS));
	assert_false(smtp_state_may(CLIENT, CLIENT_CHUNK, CLIENT_STARTTLS));
	assert_false(smtp_state_may(CLIENT, CLIENT_AUTH, CLIENT_STARTTLS));
}

/* Walks behind the dialogue @d, which leads both sides to a state. */
static void leads_to(const char *d, unsigned int client, unsigned int server)
{
	struct smtp_params params = { 0 };
	struct observations observations = { 0 };
	struct smtp *smtp = smtp_new(&params, &observations);

	while (*d) {
		const char *end = strchrnul(d, '\n');
		enum side side = d[0] == 'S' ? SERVER : CLIENT;
		struct text text = { 0 };
		struct bytes data;

		if (d[1] == '?') {
			smtp_gap(smtp, side, 9);
		} else {
			text_add(&text, bytes_of(d + 3, (size_t)(end - d) - 3));
			text_puts(&text, d[1] == ':' ? "\r\n" : "");
			data = bytes_of(text.s, text.n);
			smtp_feed(smtp, side, &data, 1);
			text_free(&text);
		}
		d = *end ? end + 1 : end;
	}
	assert_string_equal(
		smtp_state_name(CLIENT, smtp->state[CLIENT]), smtp_state_name(CLIENT, client));
	assert_string_equal(
		smtp_state_name(SERVER, smtp->state[SERVER]), smtp_state_name(SERVER, server));
	smtp_free(smtp);
	observations_free(&observations);
}

static void every_state(void **state)
{
	(void)state;
	leads_to("", CLIENT_START, SERVER_GREETING);
	leads_to("S: 220 mx ESMTP\nC: EHLO c", CLIENT_COMMAND, SERVER_REPLY);
	leads_to("C: EHLO c\nC: DATA", CLIENT_DATA, SERVER_GREETING);
	leads_to("C: DATA\nS: 354 go", CLIENT_CONTENT, SERVER_REPLY);
	leads_to("C: DATA\nC: a: b", CLIENT_CONTENT, SERVER_GREETING);
	leads_to("C: DATA\nC: a: b\nC: .", CLIENT_COMMAND, SERVER_GREETING);
	leads_to("C: BDAT 3\nC> ab", CLIENT_CHUNK, SERVER_GREETING);
	leads_to("C: BDAT 3\nC> abQ", CLIENT_COMMAND, SERVER_GREETING);
	leads_to("C: AUTH LOGIN\nS: 334 x", CLIENT_AUTH, SERVER_REPLY);
	leads_to("C: EHLO c\nC: STARTTLS", CLIENT_STARTTLS, SERVER_GREETING);
	leads_to("S: 220 x\nC: STARTTLS\nS: 220 go", CLIENT_TLS_DUE, SERVER_TLS_DUE);
	leads_to("S: 220 x\nC: STARTTLS\nS: 220 go\nC> \x16\nS> \x16", CLIENT_TLS, SERVER_TLS);
	leads_to("C? 9\nS? 9", CLIENT_GAP, SERVER_GAP);
	leads_to("C? 9\nC: EHLO c\nS? 9\nS: 250 x", CLIENT_COMMAND, SERVER_REPLY);
	leads_to("C? 9\nC> \x17\nS? 9\nS> \x17", CLIENT_TLS, SERVER_TLS);
	leads_to("S: +OK", CLIENT_OPAQUE, SERVER_OPAQUE);
}

/* What must not leave: every private byte, nothing of what may be shown. */
static void private_ranges(void **state)
{
	static const struct {
		const char *name, *dialogue, *client, *server;
	} rows[] = {
		{ "nothing",
			"S: 220 mx ESMTP\nC: EHLO c\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: "
			"454 no\n",
			NULL, NULL },
		{ "local parts",
			"S: 220 mx ESMTP\nC: MAIL FROM:<joe@example.net> AUTH=joe@x\n"
			"S: 250 <joe@example.net>... ok\nC: RCPT  TO: <\"a b\"@example.com>\n"
			"S: 250 ok\nC: RCPT TO:<@r:postmaster>\nS: 250 ok\nC: VRFY joe\nS: 252 "
			"joe\n",
			"joe| AUTH=joe@x|\"a b\"|TO:<@r:postmaster>|joe|",
			"<joe@example.net>... ok|ok|ok|joe|" },
		{ "content",
			"S: 220 mx ESMTP\nC: DATA\nS: 354 go\nC: a\nC: .\nS: 250 ok\nC: QUIT\n",
			"a\r\n.\r\n|", NULL },
		{ "content that does not wait", "S: 220 mx ESMTP\nC: DATA\nC: a\nC: .\nC: QUIT\n",
			"a\r\n|.\r\n|", NULL },
		{ "chunk", "C: BDAT 4\nC> abc.\nC: QUIT\n", "abc.|", NULL },
		{ "credentials",
			"S: 220 mx ESMTP\nC: AUTH PLAIN AGEAYg==\nS: 334 VQ==\nC: YQ==\nS: 235 hi "
			"joe\n",
			"PLAIN AGEAYg==|YQ==|", "VQ==|hi joe|" },
		{ "unknown commands", "S: 220 mx ESMTP\nC: FOO bar\nS: 500 FOO bar\nC: XXXXXXXX\n",
			"FOO bar|", "FOO bar|" },
		{ "arguments that are free text", "C: NOOP a b\nC: HELP me\n", "a b|me|", NULL },
		{ "a line without an end", "C: EHLO c\nC> MAIL FROM:<jo\nC.\n", "MAIL FROM:<jo|",
			NULL },
		{ "behind a gap", "C: EHLO c\nC? 3\nC: abc\nC: QUIT\nC: .\nC: QUIT\n",
			"abc|QUIT|.|", NULL },
		{ "another protocol", "C: GET /secret\nC: more\n", "GET /secret|more\r\n|", NULL },
		{ "mailbox in a reply", "S: 220 mx ESMTP\nC: EHLO c\nS: 550 <joe@c>: no\n", NULL,
			"<joe@c>: no|" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct telling telling = { .gap_at = -1 };
		struct run run;

		dialogue_run(&run, rows[i].dialogue, &telling);
		assert_row_string(rows[i].name, run.private[CLIENT].s, rows[i].client);
		assert_row_string(rows[i].name, run.private[SERVER].s, rows[i].server);
		dialogue_free(&run);
	}
}

/* A million commands without a reply cost what a thousand do. */
static void bounds(void **state)
{
	struct smtp_params params = { 0 };
	struct observations observations = { 0 };
	struct smtp *smtp = smtp_new(&params, &observations);
	struct smtp_facts facts;
	char line[64];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		int n = snprintf(line, sizeof(line), "RCPT TO:<a@d%d.example>\r\n", i);
		struct bytes data = bytes_of(line, (size_t)n);

		assert_int_equal(smtp_feed(smtp, CLIENT, &data, 1), SMTP_MORE);
	}
	assert_true(smtp->talk->pending.room <= PENDING_MAX);
	assert_true(smtp->talk->candidates.n <= SMTP_DOMAINS_MAX);
	smtp_take_facts(smtp, &facts);
	assert_int_equal(facts.recipient_domains.n, SMTP_DOMAINS_MAX);
	assert_true(facts.recipient_domains.refused > 0);
	assert_int_equal(facts.commands, 100000);
	smtp_facts_free(&facts);
	smtp_free(smtp);
	observations_free(&observations);
}

static void recognised(void **state)
{
	static const struct {
		enum side from;
		const char *in;
		enum smtp_likeness want;
	} rows[] = {
		{ SERVER, "220 mx ESMTP Postfix\r\n", SMTP_YES },
		{ SERVER, "220-mx esmtp", SMTP_YES },
		{ SERVER, "220 ftp ready\r\nSMTP", SMTP_MAYBE },
		{ SERVER, "22", SMTP_MAYBE },
		{ SERVER, "554 no", SMTP_MAYBE },
		{ SERVER, "", SMTP_MAYBE },
		{ SERVER, "250 ok", SMTP_NO },
		{ SERVER, "2200", SMTP_NO },
		{ SERVER, "+OK", SMTP_NO },
		{ SERVER, "HTTP/1.1 200", SMTP_NO },
		{ CLIENT, "EHLO c\r\n", SMTP_YES },
		{ CLIENT, "ehlo\r\n", SMTP_YES },
		{ CLIENT, "EH", SMTP_MAYBE },
		{ CLIENT, "EHLOX", SMTP_NO },
		{ CLIENT, "QUIT\r\n", SMTP_MAYBE },
		{ CLIENT, "PROXY TCP4", SMTP_MAYBE },
		{ CLIENT, "GET / HTTP/1.1", SMTP_NO },
		{ CLIENT, "\x16\x03\x01", SMTP_NO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes in = guarded(bytes_str(rows[i].in));

		assert_row_int(rows[i].in, smtp_recognise(rows[i].from, in), rows[i].want);
		guarded_free(in);
	}
}

/* A session that waits costs little: a million of them have to fit. */
static void size(void **state)
{
	(void)state;
	assert_true(sizeof(struct smtp) <= 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(every_state),
		cmocka_unit_test(private_ranges),
		cmocka_unit_test(bounds),
		cmocka_unit_test(recognised),
		cmocka_unit_test(size),
	};

	return cmocka_run_group_tests_name("smtp state", tests, NULL, NULL);
}
