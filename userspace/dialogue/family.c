// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/family.h"

#include "base/text.h"

enum where { STARTS, CONTAINS, ENDS, IS };

struct wording {
	uint16_t code; /* 0: any */
	uint8_t where; /* enum where */
	uint8_t family;
	uint8_t length;
	const char *text; /* letters compared with case */
};

#define WORDING(code, where, family, text) { code, where, family, sizeof(text) - 1, text }

static const struct wording greetings[] = {
	WORDING(220, CONTAINS, FAMILY_POSTFIX, " ESMTP Postfix"),
	WORDING(220, CONTAINS, FAMILY_EXIM, " ESMTP Exim "),
	WORDING(220, CONTAINS, FAMILY_SENDMAIL, " ESMTP Sendmail"),
	WORDING(220, CONTAINS, FAMILY_EXCHANGE, " Microsoft ESMTP MAIL Service"),
	WORDING(220, ENDS, FAMILY_GOOGLE, " - gsmtp"),
	WORDING(220, CONTAINS, FAMILY_OPENSMTPD, " ESMTP OpenSMTPD"),
	WORDING(220, CONTAINS, FAMILY_HARAKA, " ESMTP Haraka"),
	WORDING(220, STARTS, FAMILY_CISCO, "****"),
};

static const struct wording replies[] = {
	WORDING(0, ENDS, FAMILY_GOOGLE, " - gsmtp"),
	WORDING(250, CONTAINS, FAMILY_GOOGLE, " at your service"),
	/* Postfix: smtpd.c, smtpd_check.c. "Error: " is its own in every refusal of a command. */
	WORDING(250, IS, FAMILY_POSTFIX, "2.1.0 Ok"),
	WORDING(250, IS, FAMILY_POSTFIX, "2.1.5 Ok"),
	WORDING(250, IS, FAMILY_POSTFIX, "2.0.0 Ok"),
	WORDING(250, STARTS, FAMILY_POSTFIX, "2.0.0 Ok: queued as "),
	WORDING(250, STARTS, FAMILY_POSTFIX, "Ok: queued as "),
	WORDING(354, IS, FAMILY_POSTFIX, "End data with <CR><LF>.<CR><LF>"),
	WORDING(454, IS, FAMILY_POSTFIX, "4.7.0 TLS not available due to local problem"),
	WORDING(454, STARTS, FAMILY_POSTFIX, "4.7.0 Error: too many new TLS sessions from "),
	WORDING(500, STARTS, FAMILY_POSTFIX, "5.5.2 Error: "),
	WORDING(501, STARTS, FAMILY_POSTFIX, "5.5.4 Syntax: "),
	WORDING(502, STARTS, FAMILY_POSTFIX, "5.5.1 Error: "),
	WORDING(502, STARTS, FAMILY_POSTFIX, "5.5.2 Error: "),
	WORDING(502, IS, FAMILY_POSTFIX, "Error: command not implemented"),
	WORDING(503, STARTS, FAMILY_POSTFIX, "5.5.1 Error: "),
	WORDING(554, STARTS, FAMILY_POSTFIX, "5.5.1 Error: "),
	/* Exim: smtp_in.c */
	WORDING(220, IS, FAMILY_EXIM, "TLS go ahead"),
	WORDING(250, IS, FAMILY_EXIM, "Accepted"),
	WORDING(250, STARTS, FAMILY_EXIM, "OK id="),
	WORDING(354, IS, FAMILY_EXIM, "Enter message, ending with \".\" on a line by itself"),
	WORDING(454, IS, FAMILY_EXIM, "TLS currently unavailable"),
	WORDING(500, IS, FAMILY_EXIM, "unrecognized command"),
	WORDING(501, STARTS, FAMILY_EXIM, "Syntactically invalid "),
	WORDING(503, IS, FAMILY_EXIM, "STARTTLS command used when not advertised"),
	/* Sendmail: srvrsmtp.c */
	WORDING(250, ENDS, FAMILY_SENDMAIL, "... Sender ok"),
	WORDING(250, ENDS, FAMILY_SENDMAIL, "... Recipient ok"),
	WORDING(454, IS, FAMILY_SENDMAIL, "4.3.3 TLS not available after start"),
	WORDING(500, STARTS, FAMILY_SENDMAIL, "5.5.1 Command unrecognized: \""),
	WORDING(502, STARTS, FAMILY_SENDMAIL, "5.7.0 Sorry, we do not allow this operation"),
	WORDING(503, IS, FAMILY_SENDMAIL, "5.0.0 Need MAIL before RCPT"),
	/* Exchange, transport role and IIS SMTP service */
	WORDING(220, IS, FAMILY_EXCHANGE, "2.0.0 SMTP server ready"),
	WORDING(221, IS, FAMILY_EXCHANGE, "2.0.0 Service closing transmission channel"),
	WORDING(250, IS, FAMILY_EXCHANGE, "2.1.0 Sender OK"),
	WORDING(250, IS, FAMILY_EXCHANGE, "2.1.5 Recipient OK"),
	WORDING(250, ENDS, FAMILY_EXCHANGE, "....Sender OK"),
	WORDING(250, CONTAINS, FAMILY_EXCHANGE, " Queued mail for delivery"),
	WORDING(454, STARTS, FAMILY_EXCHANGE, "4.7.0 Temporary authentication failure"),
	WORDING(500, STARTS, FAMILY_EXCHANGE, "5.3.3 Unrecognized command"),
	WORDING(503, STARTS, FAMILY_EXCHANGE, "5.5.2 Need "),
	/* OpenSMTPD: smtp_session.c */
	WORDING(220, IS, FAMILY_OPENSMTPD, "2.0.0: Ready to start TLS"),
	WORDING(250, STARTS, FAMILY_OPENSMTPD, "2.1.5 Destination address valid: "),
	WORDING(250, IS, FAMILY_OPENSMTPD, "2.0.0: Ok"),
	WORDING(500, STARTS, FAMILY_OPENSMTPD, "5.5.1 Invalid command: "),
	WORDING(503, STARTS, FAMILY_OPENSMTPD, "5.5.1 Invalid command: "),
	/* qmail and its heirs: "(#5.5.1)" behind the words */
	WORDING(250, STARTS, FAMILY_QMAIL, "ok 1"),
	WORDING(502, IS, FAMILY_QMAIL, "unimplemented (#5.5.1)"),
	WORDING(503, ENDS, FAMILY_QMAIL, " first (#5.5.1)"),
	WORDING(553, ENDS, FAMILY_QMAIL, "(#5.7.1)"),
	WORDING(454, CONTAINS, FAMILY_QMAIL, " (#4.3.0)"),
	/* Cisco: the number sign before the enhanced code */
	WORDING(500, STARTS, FAMILY_CISCO, "#5.5.1 command not recognized"),
	WORDING(502, STARTS, FAMILY_CISCO, "#5.5.1 command not "),
	/* Haraka: connection.js */
	WORDING(221, ENDS, FAMILY_HARAKA, "Have a jolly good day."),
	WORDING(250, CONTAINS, FAMILY_HARAKA, "Haraka is at your service"),
	WORDING(354, IS, FAMILY_HARAKA, "go ahead, make my day"),
	WORDING(250, STARTS, FAMILY_HARAKA, "Message Queued ("),
};

static bool matches(const struct wording *wording, struct bytes text)
{
	size_t n = wording->length;

	if (text.n < n)
		return false;
	switch (wording->where) {
	case STARTS:
		return memcmp(text.p, wording->text, n) == 0;
	case ENDS:
		return memcmp(text.p + text.n - n, wording->text, n) == 0;
	case CONTAINS:
		return memmem(text.p, text.n, wording->text, n) != NULL;
	default:
		return text.n == n && memcmp(text.p, wording->text, n) == 0;
	}
}

static enum smtp_family look_up(
	const struct wording *table, size_t rows, unsigned int code, struct bytes text)
{
	while (text.n && text.p[text.n - 1] == ' ')
		text.n--;
	for (size_t i = 0; i < rows; i++)
		if ((!table[i].code || table[i].code == code) && matches(&table[i], text))
			return table[i].family;
	return FAMILY_UNKNOWN;
}

enum smtp_family family_of_greeting(struct bytes text)
{
	return look_up(greetings, sizeof(greetings) / sizeof(*greetings), 220, text);
}

enum smtp_family family_of_reply(unsigned int code, struct bytes text)
{
	return look_up(replies, sizeof(replies) / sizeof(*replies), code, text);
}
