// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/family.h"

#include "base/text.h"

enum where { STARTS, CONTAINS, ENDS, IS };

struct wording {
	uint16_t code; /* 0: any */
	uint8_t where; /* enum where */
	uint8_t family;
	const char *text; /* letters compared with case */
};

static const struct wording greetings[] = {
	{ 220, CONTAINS, FAMILY_POSTFIX, " ESMTP Postfix" },
	{ 220, CONTAINS, FAMILY_EXIM, " ESMTP Exim " },
	{ 220, CONTAINS, FAMILY_SENDMAIL, " ESMTP Sendmail" },
	{ 220, CONTAINS, FAMILY_EXCHANGE, " Microsoft ESMTP MAIL Service" },
	{ 220, ENDS, FAMILY_GOOGLE, " - gsmtp" },
	{ 220, CONTAINS, FAMILY_OPENSMTPD, " ESMTP OpenSMTPD" },
	{ 220, CONTAINS, FAMILY_HARAKA, " ESMTP Haraka" },
	{ 220, STARTS, FAMILY_CISCO, "****" },
};

static const struct wording replies[] = {
	{ 0, ENDS, FAMILY_GOOGLE, " - gsmtp" },
	{ 250, CONTAINS, FAMILY_GOOGLE, " at your service" },
	/* Postfix: smtpd.c, smtpd_check.c. "Error: " is its own in every refusal of a command. */
	{ 250, IS, FAMILY_POSTFIX, "2.1.0 Ok" },
	{ 250, IS, FAMILY_POSTFIX, "2.1.5 Ok" },
	{ 250, IS, FAMILY_POSTFIX, "2.0.0 Ok" },
	{ 250, STARTS, FAMILY_POSTFIX, "2.0.0 Ok: queued as " },
	{ 250, STARTS, FAMILY_POSTFIX, "Ok: queued as " },
	{ 354, IS, FAMILY_POSTFIX, "End data with <CR><LF>.<CR><LF>" },
	{ 454, IS, FAMILY_POSTFIX, "4.7.0 TLS not available due to local problem" },
	{ 454, STARTS, FAMILY_POSTFIX, "4.7.0 Error: too many new TLS sessions from " },
	{ 500, STARTS, FAMILY_POSTFIX, "5.5.2 Error: " },
	{ 501, STARTS, FAMILY_POSTFIX, "5.5.4 Syntax: " },
	{ 502, STARTS, FAMILY_POSTFIX, "5.5.1 Error: " },
	{ 502, STARTS, FAMILY_POSTFIX, "5.5.2 Error: " },
	{ 502, IS, FAMILY_POSTFIX, "Error: command not implemented" },
	{ 503, STARTS, FAMILY_POSTFIX, "5.5.1 Error: " },
	{ 554, STARTS, FAMILY_POSTFIX, "5.5.1 Error: " },
	/* Exim: smtp_in.c */
	{ 220, IS, FAMILY_EXIM, "TLS go ahead" },
	{ 250, IS, FAMILY_EXIM, "Accepted" },
	{ 250, STARTS, FAMILY_EXIM, "OK id=" },
	{ 354, IS, FAMILY_EXIM, "Enter message, ending with \".\" on a line by itself" },
	{ 454, IS, FAMILY_EXIM, "TLS currently unavailable" },
	{ 500, IS, FAMILY_EXIM, "unrecognized command" },
	{ 501, STARTS, FAMILY_EXIM, "Syntactically invalid " },
	{ 503, IS, FAMILY_EXIM, "STARTTLS command used when not advertised" },
	/* Sendmail: srvrsmtp.c */
	{ 250, ENDS, FAMILY_SENDMAIL, "... Sender ok" },
	{ 250, ENDS, FAMILY_SENDMAIL, "... Recipient ok" },
	{ 454, IS, FAMILY_SENDMAIL, "4.3.3 TLS not available after start" },
	{ 500, STARTS, FAMILY_SENDMAIL, "5.5.1 Command unrecognized: \"" },
	{ 502, STARTS, FAMILY_SENDMAIL, "5.7.0 Sorry, we do not allow this operation" },
	{ 503, IS, FAMILY_SENDMAIL, "5.0.0 Need MAIL before RCPT" },
	/* Exchange, transport role and IIS SMTP service */
	{ 220, IS, FAMILY_EXCHANGE, "2.0.0 SMTP server ready" },
	{ 221, IS, FAMILY_EXCHANGE, "2.0.0 Service closing transmission channel" },
	{ 250, IS, FAMILY_EXCHANGE, "2.1.0 Sender OK" },
	{ 250, IS, FAMILY_EXCHANGE, "2.1.5 Recipient OK" },
	{ 250, ENDS, FAMILY_EXCHANGE, "....Sender OK" },
	{ 250, CONTAINS, FAMILY_EXCHANGE, " Queued mail for delivery" },
	{ 454, STARTS, FAMILY_EXCHANGE, "4.7.0 Temporary authentication failure" },
	{ 500, STARTS, FAMILY_EXCHANGE, "5.3.3 Unrecognized command" },
	{ 503, STARTS, FAMILY_EXCHANGE, "5.5.2 Need " },
	/* OpenSMTPD: smtp_session.c */
	{ 220, IS, FAMILY_OPENSMTPD, "2.0.0: Ready to start TLS" },
	{ 250, STARTS, FAMILY_OPENSMTPD, "2.1.5 Destination address valid: " },
	{ 250, IS, FAMILY_OPENSMTPD, "2.0.0: Ok" },
	{ 500, STARTS, FAMILY_OPENSMTPD, "5.5.1 Invalid command: " },
	{ 503, STARTS, FAMILY_OPENSMTPD, "5.5.1 Invalid command: " },
	/* qmail and its heirs: "(#5.5.1)" behind the words */
	{ 250, STARTS, FAMILY_QMAIL, "ok 1" },
	{ 502, IS, FAMILY_QMAIL, "unimplemented (#5.5.1)" },
	{ 503, ENDS, FAMILY_QMAIL, " first (#5.5.1)" },
	{ 553, ENDS, FAMILY_QMAIL, "(#5.7.1)" },
	{ 454, CONTAINS, FAMILY_QMAIL, " (#4.3.0)" },
	/* Cisco: the number sign before the enhanced code */
	{ 500, STARTS, FAMILY_CISCO, "#5.5.1 command not recognized" },
	{ 502, STARTS, FAMILY_CISCO, "#5.5.1 command not " },
	/* Haraka: connection.js */
	{ 221, ENDS, FAMILY_HARAKA, "Have a jolly good day." },
	{ 250, CONTAINS, FAMILY_HARAKA, "Haraka is at your service" },
	{ 354, IS, FAMILY_HARAKA, "go ahead, make my day" },
	{ 250, STARTS, FAMILY_HARAKA, "Message Queued (" },
};

static bool matches(const struct wording *wording, struct bytes text)
{
	size_t n = strlen(wording->text);

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
