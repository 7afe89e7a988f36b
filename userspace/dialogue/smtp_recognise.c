// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/smtp_private.h"

/* How other protocols begin. */
static const char *const foreign_clients[] = {
	"GET ",
	"POST ",
	"PUT ",
	"HEAD ",
	"OPTIONS ",
	"CONNECT ",
	"DELETE ",
	"PATCH ",
	"TRACE ",
	"PRI * HTTP/",
	"SSH-",
	"USER ",
	"PASS ",
	"CAPA",
	"STLS",
	"<?xml",
	"<stream",
	"+OK",
	"* OK",
};

static const char *const foreign_servers[] = {
	"HTTP/",
	"SSH-",
	"+OK",
	"-ERR",
	"* OK",
	"* PREAUTH",
	"* BYE",
	"<?xml",
	"<stream",
	"<html",
	"RFB ",
	"@RSYNCD:",
};

static bool is_any(struct bytes b, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text_starts(b, list[i]))
			return true;
	return false;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

bool smtp_is_foreign(enum side from, struct bytes first)
{
	if (!first.n)
		return false;
	if (smtp_is_binary(first.p[0]))
		return true;
	if (from == CLIENT)
		return is_any(
			first, foreign_clients, sizeof(foreign_clients) / sizeof(*foreign_clients));
	return is_any(first, foreign_servers, sizeof(foreign_servers) / sizeof(*foreign_servers)) ||
	       !is_digit(first.p[0]);
}

static bool has_word(struct bytes b, const char *word)
{
	const uint8_t *end = b.n ? memchr(b.p, '\n', b.n) : NULL;

	if (end)
		b.n = (size_t)(end - b.p);
	for (; b.n; bytes_skip(&b, 1))
		if (text_starts(b, word))
			return true;
	return false;
}

/* True if all of @b agrees with the front of @word, letters compared without case. */
static bool may_become(struct bytes b, const char *word)
{
	for (size_t i = 0; i < b.n && word[i]; i++)
		if (text_lower((char)b.p[i]) != text_lower(word[i]))
			return false;
	return true;
}

static enum smtp_likeness server_likeness(struct bytes first)
{
	/* Service ready, and the refusals that may stand in its place (RFC 5321 3.1, 4.3.2). */
	static const char *const codes[] = { "220", "421", "450", "521", "554" };
	enum smtp_likeness best = SMTP_NO;

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		if (!may_become(first, codes[i]))
			continue;
		if (first.n > 3 && first.p[3] != ' ' && first.p[3] != '-')
			continue;
		best = i == 0 && first.n > 3 && has_word(first, "SMTP") ? SMTP_YES : SMTP_MAYBE;
		break;
	}
	return best;
}

static enum smtp_likeness client_likeness(struct bytes first)
{
	static const char *const greetings[] = { "EHLO", "HELO", "LHLO" };
	static const char *const others[] = { "PROXY ", "QUIT", "NOOP", "RSET",
		"MAIL FROM:", "STARTTLS" };

	for (size_t i = 0; i < sizeof(greetings) / sizeof(*greetings); i++) {
		if (!may_become(first, greetings[i]))
			continue;
		if (first.n <= 4)
			return SMTP_MAYBE;
		return first.p[4] == ' ' || first.p[4] == '\t' || first.p[4] == '\r' ||
				       first.p[4] == '\n'
			       ? SMTP_YES
			       : SMTP_NO;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (may_become(first, others[i]))
			return SMTP_MAYBE;
	return SMTP_NO;
}

enum smtp_likeness smtp_recognise(enum side from, struct bytes first)
{
	return from == SERVER ? server_likeness(first) : client_likeness(first);
}
