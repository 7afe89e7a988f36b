// SPDX-License-Identifier: BSD-2-Clause
#include "lab/middlebox/rewrite.h"

#include <string.h>

#include "lab/middlebox/terminate.h"

#define OFFER      "STARTTLS"
#define CODE_WIDTH 4 /* "250-" */

/* RFC 8446 B.1, and the header of a record. */
#define RECORD_APPLICATION_DATA 23
#define RECORD_HANDSHAKE        22

static void say(struct relay *relay, enum side to, const char *text)
{
	relay_say(relay, to, bytes_str(text));
}

/* Commands */

static bool is_starttls(struct bytes line)
{
	return text_starts(line, OFFER);
}

/* The middlebox answers in the server's place: there the dialogue stands where it stood. */
static bool answer(struct relay *relay, const char *reply)
{
	relay->phase = RELAY_DIALOGUE;
	say(relay, CLIENT, reply);
	return true;
}

static bool refuse_454(struct relay *relay, struct bytes line)
{
	return is_starttls(line) &&
	       answer(relay, "454 TLS not available due to temporary reason\r\n");
}

static bool refuse_502(struct relay *relay, struct bytes line)
{
	return is_starttls(line) && answer(relay, "502 5.5.2 Error: command not recognized\r\n");
}

static bool refuse_echo(struct relay *relay, struct bytes line)
{
	return is_starttls(line) &&
	       answer(relay, "500 5.5.1 Command unrecognized: \"XXXXXXXX\"\r\n");
}

static bool reject_ehlo(struct relay *relay, struct bytes line)
{
	return text_starts(line, "EHLO ") &&
	       answer(relay, "502 Error: command \"EHLO\" not implemented\r\n");
}

static bool mask_command(struct relay *relay, struct bytes line)
{
	if (!is_starttls(line))
		return false;
	say(relay, SERVER, "XXXXXXXX\r\n");
	return true;
}

static bool swallow(struct relay *relay, struct bytes line)
{
	(void)relay;
	return is_starttls(line);
}

/* Harmless where it is carried out: it is there to be seen. */
static bool inject_command(struct relay *relay, struct bytes line)
{
	if (!is_starttls(line))
		return false;
	say(relay, SERVER, "STARTTLS\r\nRSET\r\n");
	return true;
}

static bool half_strip(struct relay *relay, struct bytes line)
{
	if (!is_starttls(line))
		return false;
	say(relay, CLIENT, "220 2.0.0 Ready to start TLS\r\n");
	relay->over = true;
	if (relay_flush(relay))
		terminate_client(relay);
	return true;
}

/* Replies */

static bool mask_banner(struct relay *relay, struct bytes reply)
{
	struct text masked = { 0 };

	text_puts(&masked, "220 ");
	for (size_t i = CODE_WIDTH; i + 2 < reply.n; i++)
		text_putc(&masked, '*');
	text_puts(&masked, "\r\n");
	relay_say(relay, CLIENT, bytes_of(masked.s, masked.n));
	text_free(&masked);
	return true;
}

/* The next line of an EHLO reply; @keyword is what stands behind its code. */
static bool next_line(struct bytes *reply, struct bytes *line, struct bytes *keyword)
{
	const uint8_t *end = reply->n ? memchr(reply->p, '\n', reply->n) : NULL;

	if (!end || !bytes_take(reply, (size_t)(end - reply->p) + 1, line))
		return false;
	*keyword = *line;
	return bytes_skip(keyword, CODE_WIDTH);
}

/*
 * The EHLO reply with @mask in place of STARTTLS, or without that line; then the line before it may
 * have become the last, and says so (RFC 5321 4.2.1).
 */
static bool rewrite_offer(struct relay *relay, struct bytes reply, const char *mask)
{
	struct text made = { 0 };
	struct bytes line, keyword;
	size_t last = 0;
	bool found = false;

	while (next_line(&reply, &line, &keyword)) {
		if (is_starttls(keyword)) {
			found = true;
			if (!mask)
				continue;
			text_printf(&made, "%.*s%s\r\n", CODE_WIDTH, (const char *)line.p, mask);
			continue;
		}
		last = made.n;
		text_add(&made, line);
	}
	if (!mask && made.n > last + CODE_WIDTH)
		made.s[last + CODE_WIDTH - 1] = ' ';
	if (found)
		relay_say(relay, CLIENT, bytes_of(made.s, made.n));
	text_free(&made);
	return found;
}

static bool delete_offer(struct relay *relay, struct bytes reply)
{
	return rewrite_offer(relay, reply, NULL);
}

/* As firewalls do: the last letter counts the masked lines of a reply. */
static bool mask_offer(struct relay *relay, struct bytes reply)
{
	return rewrite_offer(relay, reply, "XXXXXXXA");
}

static bool mask_offer_all(struct relay *relay, struct bytes reply)
{
	return rewrite_offer(relay, reply, "XXXXXXXX");
}

static bool inject_reply(struct relay *relay, struct bytes reply)
{
	relay_say(relay, CLIENT, reply);
	say(relay, CLIENT, "250 2.0.0 Ok\r\n");
	return true;
}

static bool terminate_both(struct relay *relay, struct bytes reply)
{
	if (relay->phase != RELAY_TLS)
		return false;
	relay_say(relay, CLIENT, reply);
	relay->over = true;
	if (relay_flush(relay))
		terminate(relay);
	return true;
}

/* TLS */

static bool stall(struct relay *relay, enum side from, struct bytes bytes)
{
	(void)relay;
	(void)bytes;
	return from == CLIENT;
}

/* All that the server says from its ServerHello on is dropped; the client's alert still arrives. */
static bool replace_hello(struct relay *relay, enum side from, struct bytes bytes)
{
	if (from != SERVER)
		return false;
	if (!relay->acted && bytes.p[0] == RECORD_HANDSHAKE)
		say(relay, CLIENT, "454 4.7.0 TLS not available due to local problem\r\n");
	return true;
}

/* How many records of application data begin in @bytes, which begin with a record. */
static unsigned int count_records(struct bytes bytes)
{
	unsigned int count = 0;
	struct bytes body;
	uint32_t version;
	uint8_t type;

	while (bytes_u8(&bytes, &type) && bytes_uint(&bytes, 2, &version)) {
		count += type == RECORD_APPLICATION_DATA;
		if (!bytes_prefixed(&bytes, 2, &body))
			break;
	}
	return count;
}

/* Clients write whole records here: what they say at this point of the dialogue is short. */
static bool cut(struct relay *relay, enum side from, struct bytes bytes)
{
	if (from == CLIENT) {
		relay->records += count_records(bytes);
		return false;
	}
	if (relay->records < relay->settings->records)
		return false;
	say(relay, CLIENT, "454 4.3.0 TLS not available due to temporary reason\r\n");
	relay_flush(relay);
	relay->over = true;
	return true;
}

const struct rewrite rewrite_honest = { 0 };
const struct rewrite rewrite_mask_banner = { .greeting = mask_banner };
const struct rewrite rewrite_delete = { .offer = delete_offer };
const struct rewrite rewrite_mask = { .offer = mask_offer };
const struct rewrite rewrite_mask_all = { .offer = mask_offer_all };
const struct rewrite rewrite_mask_command = { .command = mask_command };
const struct rewrite rewrite_refuse_454 = { .command = refuse_454 };
const struct rewrite rewrite_refuse_502 = { .command = refuse_502 };
const struct rewrite rewrite_refuse_echo = { .command = refuse_echo };
const struct rewrite rewrite_reject_ehlo = { .command = reject_ehlo };
const struct rewrite rewrite_swallow = { .command = swallow };
const struct rewrite rewrite_stall = { .tls = stall };
const struct rewrite rewrite_replace_hello = { .tls = replace_hello };
const struct rewrite rewrite_cut = { .tls = cut };
const struct rewrite rewrite_inject_command = { .command = inject_command };
const struct rewrite rewrite_inject_reply = { .answer = inject_reply };
const struct rewrite rewrite_terminate = { .answer = terminate_both };
const struct rewrite rewrite_half_strip = { .command = half_strip };
