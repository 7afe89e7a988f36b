// SPDX-License-Identifier: BSD-2-Clause
#include "talk.h"

#include <stdlib.h>

#include "base/mem.h"

#define SMTP_PORT 25

/* A TLS record of application data: header, explicit nonce and tag of AES-GCM around the text. */
#define RECORD_OVERHEAD (5 + 8 + 16)

/* As much as an MTA gives to its TLS library at once. */
#define RECORD_TEXT 4096

/* Characters of a line of mail. */
#define LINE_LENGTH 76

static void say_record(struct text *out, size_t text_length, struct random *random)
{
	size_t n = text_length + RECORD_OVERHEAD - 5;

	text_putc(out, 0x17);
	text_putc(out, 3);
	text_putc(out, 3);
	text_putc(out, (char)(n >> 8));
	text_putc(out, (char)n);
	random_fill(random, text_room(out, n), n);
	out->n += n;
}

/* @text_length bytes of something under TLS. */
static void say_encrypted(
	struct script *script, enum side side, size_t text_length, struct random *random)
{
	struct text records = { 0 };

	do {
		size_t n = text_length < RECORD_TEXT ? text_length : RECORD_TEXT;

		say_record(&records, n, random);
		text_length -= n;
	} while (text_length);
	script_say(script, side, bytes_of(records.s, records.n));
	text_free(&records);
}

static void say_ehlo(struct script *script, enum talk_starttls starttls)
{
	static const char *const lines[] = {
		[TALK_OFFERED] = "250-STARTTLS\r\n",
		[TALK_MANGLED] = "250-XXXXXXXA\r\n",
		[TALK_ABSENT] = "",
	};
	struct text reply = { 0 };

	script_connect(script, SMTP_PORT);
	script_say_text(script, SERVER, "220 mx.example.net ESMTP Postfix\r\n");
	script_say_text(script, CLIENT, "EHLO out" SCRIPT_NUMBER ".example.org\r\n");
	text_puts(&reply, "250-mx.example.net\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n");
	text_puts(&reply, lines[starttls]);
	text_puts(&reply, "250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n");
	text_puts(&reply, "250-SMTPUTF8\r\n250 CHUNKING\r\n");
	script_say(script, SERVER, bytes_of(reply.s, reply.n));
	text_free(&reply);
}

static void say_handshake(struct script *script, const struct handshake *handshake)
{
	struct bytes flight[FLIGHTS];
	size_t before;

	for (size_t i = 0; i < FLIGHTS; i++)
		flight[i] = bytes_of(handshake->flight[i].s, handshake->flight[i].n);
	script_say_hello(script, CLIENT, flight[0]);
	before = script->sent[SERVER];
	script_say_hello(script, SERVER, flight[1]);
	for (size_t i = 0; i < script->n; i++) {
		const struct step *step = &script->steps[i];

		if (step->side == SERVER && !script->certificate &&
			step->seq + step->length >= before + handshake->certificate_end)
			script->certificate = i;
	}
	script_say(script, CLIENT, flight[2]);
	script_say(script, SERVER, flight[3]);
}

/* Lengths of lines under TLS as Postfix would send them. */
void talk_starttls(struct script *script, const struct handshake *handshake, size_t mail,
	struct random *random)
{
	say_ehlo(script, TALK_OFFERED);
	script_say_text(script, CLIENT, "STARTTLS\r\n");
	script_say_text(script, SERVER, "220 2.0.0 Ready to start TLS\r\n");
	say_handshake(script, handshake);
	say_encrypted(script, CLIENT, 31, random);
	say_encrypted(script, SERVER, 140, random);
	script->hold = script->n;
	say_encrypted(script, CLIENT, 85, random);
	say_encrypted(script, SERVER, 62, random);
	say_encrypted(script, CLIENT, mail, random);
	say_encrypted(script, SERVER, 37, random);
	say_encrypted(script, CLIENT, 6, random);
	say_encrypted(script, SERVER, 15, random);
	script_disconnect(script);
}

/* Header, then lines of base64 up to @size bytes, then the dot. */
static void write_mail(struct text *mail, size_t size, struct random *random)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t column = 0;

	text_puts(mail, "Message-ID: <" SCRIPT_NUMBER "@example.org>\r\n"
			"From: <a@example.org>\r\nTo: <b@example.net>\r\n"
			"Subject: volume\r\n\r\n");
	while (mail->n < size) {
		text_putc(mail, digits[random_below(random, 64)]);
		if (++column % LINE_LENGTH == 0)
			text_puts(mail, "\r\n");
	}
	text_puts(mail, "\r\n.\r\n");
}

void talk_clear(
	struct script *script, enum talk_starttls starttls, size_t mail, struct random *random)
{
	struct text text = { 0 };

	say_ehlo(script, starttls);
	script->stripped = true;
	script_say_text(script, CLIENT,
		"MAIL FROM:<a" SCRIPT_NUMBER "@example.org> SIZE=20480\r\n"
		"RCPT TO:<b@example.net>\r\nDATA\r\n");
	script_say_text(script, SERVER,
		"250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n"
		"354 End data with <CR><LF>.<CR><LF>\r\n");
	write_mail(&text, mail, random);
	script_say(script, CLIENT, bytes_of(text.s, text.n));
	text_free(&text);
	script_say_text(script, SERVER, "250 2.0.0 Ok: queued as " SCRIPT_NUMBER "\r\n");
	script_say_text(script, CLIENT, "QUIT\r\n");
	script_say_text(script, SERVER, "221 2.0.0 Bye\r\n");
	script_disconnect(script);
}

void talk_web(struct script *script, uint16_t port, size_t size, struct random *random)
{
	char *page;

	script_connect(script, port);
	if (port == 443) {
		say_encrypted(script, CLIENT, 500, random);
		say_encrypted(script, SERVER, size, random);
	} else {
		script_say_text(script, CLIENT,
			"GET /" SCRIPT_NUMBER " HTTP/1.1\r\n"
			"Host: www.example.com\r\n\r\n");
		script_say_text(script, SERVER,
			"HTTP/1.1 200 OK\r\n"
			"Content-Type: application/octet-stream\r\n"
			"Connection: close\r\n\r\n");
		page = mem_alloc(size);
		random_fill(random, page, size);
		script_say(script, SERVER, bytes_of(page, size));
		free(page);
	}
	script_disconnect(script);
}
