// SPDX-License-Identifier: BSD-2-Clause
#include "lab/middlebox/relay.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Longer than the time-outs of all clients in the lab, so that it is they who give up. */
#define SILENCE_MS 60000

#define CHUNK 16384

/* More than any line or reply of a mail server; what is longer passes as it is. */
#define UNIT_MAX 65536

void relay_say(struct relay *relay, enum side to, struct bytes bytes)
{
	text_add(&relay->out[to], bytes);
}

static bool send_all(int fd, struct bytes bytes)
{
	while (bytes.n > 0) {
		ssize_t sent = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (sent < 0)
			return false;
		bytes_skip(&bytes, (size_t)sent);
	}
	return true;
}

bool relay_flush(struct relay *relay)
{
	bool sent = true;

	for (int side = CLIENT; side <= SERVER; side++) {
		struct text *out = &relay->out[side];

		if (!send_all(relay->fd[side], bytes_of(out->s, out->n)))
			sent = false;
		text_reset(out);
	}
	if (!sent)
		relay->over = true;
	return sent;
}

/* Ask the technique; what it leaves passes. */
static void pass(struct relay *relay, enum side from, struct bytes unit,
	bool (*hook)(struct relay *relay, struct bytes unit))
{
	if (hook && hook(relay, unit))
		relay->acted = true;
	else
		relay_say(relay, side_other(from), unit);
}

static void take_command(struct relay *relay, struct bytes line)
{
	if (text_starts(line, "MAIL "))
		relay->phase = RELAY_MAIL;
	else if (text_starts(line, "EHLO "))
		relay->phase = RELAY_EHLO;
	else if (text_starts(line, "STARTTLS"))
		relay->phase = RELAY_ASKED;
	pass(relay, CLIENT, line, relay->rewrite->command);
}

static void take_reply(struct relay *relay, struct bytes reply)
{
	const struct rewrite *rewrite = relay->rewrite;
	enum relay_phase phase = relay->phase;

	if (!relay->greeted) {
		relay->greeted = true;
		pass(relay, SERVER, reply, rewrite->greeting);
		return;
	}
	relay->phase = RELAY_DIALOGUE;
	if (phase == RELAY_EHLO && bytes_starts(reply, "250")) {
		pass(relay, SERVER, reply, rewrite->offer);
	} else if (phase == RELAY_ASKED) {
		if (bytes_starts(reply, "220"))
			relay->phase = RELAY_TLS;
		pass(relay, SERVER, reply, rewrite->answer);
	} else {
		pass(relay, SERVER, reply, NULL);
	}
}

/* The first line of @from, with its end. */
static bool take_line(struct bytes *from, struct bytes *line)
{
	const uint8_t *end = from->n ? memchr(from->p, '\n', from->n) : NULL;

	return end && bytes_take(from, (size_t)(end - from->p) + 1, line);
}

/* The first reply of @from: lines up to the one with a blank behind its code (RFC 5321 4.2.1). */
static bool take_lines(struct bytes *from, struct bytes *reply)
{
	struct bytes rest = *from, line;

	do {
		if (!take_line(&rest, &line))
			return false;
	} while (line.n > 3 && line.p[3] == '-');
	return bytes_take(from, from->n - rest.n, reply);
}

/* In clear, and the end of it is still open. */
static bool in_dialogue(const struct relay *relay)
{
	return relay->phase != RELAY_MAIL && relay->phase != RELAY_TLS && !relay->over;
}

static void take_rest(struct relay *relay, enum side from, struct bytes rest)
{
	if (rest.n == 0 || relay->over)
		return;
	if (relay->phase == RELAY_TLS && relay->rewrite->tls &&
		relay->rewrite->tls(relay, from, rest))
		relay->acted = true;
	else
		relay_say(relay, side_other(from), rest);
}

static void take(struct relay *relay, enum side from, struct bytes chunk)
{
	struct text *got = &relay->got[from];
	struct bytes rest, unit;

	text_add(got, chunk);
	rest = bytes_of(got->s, got->n);
	while (in_dialogue(relay) &&
		(from == CLIENT ? take_line(&rest, &unit) : take_lines(&rest, &unit))) {
		if (from == CLIENT)
			take_command(relay, unit);
		else
			take_reply(relay, unit);
	}
	if (in_dialogue(relay) && rest.n <= UNIT_MAX) {
		got->n = rest.n;
		memmove(got->s, rest.p, rest.n);
		return;
	}
	take_rest(relay, from, rest);
	text_reset(got);
}

/* A connection that one end resets is reset at the other: an honest router would let the RST by. */
static void reset(struct relay *relay)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	for (int side = CLIENT; side <= SERVER; side++)
		setsockopt(relay->fd[side], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	relay->over = true;
}

static void read_side(struct relay *relay, enum side from)
{
	uint8_t chunk[CHUNK];
	ssize_t n = read(relay->fd[from], chunk, sizeof(chunk));

	if (n > 0) {
		take(relay, from, bytes_of(chunk, (size_t)n));
		relay_flush(relay);
	} else if (n < 0 && errno != EINTR) {
		reset(relay);
	} else if (n == 0) {
		relay->ended[from] = true;
		shutdown(relay->fd[side_other(from)], SHUT_WR);
	}
}

void relay_run(struct relay *relay)
{
	while (!relay->over && !(relay->ended[CLIENT] && relay->ended[SERVER])) {
		struct pollfd poll_for[2];

		/* poll() passes over a negative descriptor. */
		for (int side = CLIENT; side <= SERVER; side++)
			poll_for[side] =
				(struct pollfd){ .fd = relay->ended[side] ? -1 : relay->fd[side],
					.events = POLLIN };
		if (poll(poll_for, 2, SILENCE_MS) == 0)
			break;
		for (int side = CLIENT; side <= SERVER && !relay->over; side++)
			if (poll_for[side].revents)
				read_side(relay, (enum side)side);
	}
	for (int side = CLIENT; side <= SERVER; side++) {
		text_free(&relay->got[side]);
		text_free(&relay->out[side]);
	}
}
