/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The states of an SMTP dialogue, one machine a direction, with every legal change. The table is
 * the machine: smtp_state_enter() asserts against it, a test walks it, tools/states draws it.
 *
 * Invariants:
 * - A direction is in exactly one state; both only advance by bytes, gaps and the other side's
 * bytes.
 * - In GAP nothing that needs the bytes before is concluded. The way out is a line that can hardly
 * be anything but a command or a reply, or bytes that are no text, which are TLS.
 * - CONTENT, CHUNK and AUTH hold bytes that are private: none of them is parsed as a command.
 * - TLS is entered by bytes that are no text, never by a 220 alone, and left by smtp_resume() only.
 * - OPAQUE is final: bytes are counted and dropped.
 */
#ifndef DIALOGUE_SMTP_STATE_H
#define DIALOGUE_SMTP_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/side.h"

#define TO(state) (1u << CLIENT_##state)
#define CLIENT_STATE_LIST(X)                                                                       \
	X(START, "no byte of the client was seen",                                                 \
		TO(PROXY) | TO(COMMAND) | TO(CONTENT) | TO(CHUNK) | TO(AUTH) | TO(TLS_DUE) |       \
			TO(TLS) | TO(GAP) | TO(OPAQUE))                                            \
	X(PROXY, "in a PROXY v2 header", TO(COMMAND) | TO(GAP) | TO(OPAQUE))                       \
	X(COMMAND, "command lines",                                                                \
		TO(DATA) | TO(CONTENT) | TO(CHUNK) | TO(AUTH) | TO(STARTTLS) | TO(TLS_DUE) |       \
			TO(TLS) | TO(GAP) | TO(OPAQUE))                                            \
	X(DATA, "DATA was sent and not answered: content or a command comes",                      \
		TO(COMMAND) | TO(CONTENT) | TO(CHUNK) | TO(AUTH) | TO(TLS_DUE) | TO(TLS) |         \
			TO(GAP) | TO(OPAQUE))                                                      \
	X(CONTENT, "message content up to the lone dot",                                           \
		TO(COMMAND) | TO(CHUNK) | TO(AUTH) | TO(TLS_DUE) | TO(GAP) | TO(OPAQUE))           \
	X(CHUNK, "counted octets of BDAT or XEXCH50",                                              \
		TO(COMMAND) | TO(CONTENT) | TO(AUTH) | TO(TLS_DUE) | TO(GAP) | TO(OPAQUE))         \
	X(AUTH, "lines of an AUTH dialogue",                                                       \
		TO(COMMAND) | TO(CONTENT) | TO(CHUNK) | TO(TLS_DUE) | TO(TLS) | TO(GAP) |          \
			TO(OPAQUE))                                                                \
	X(STARTTLS, "STARTTLS was sent and not answered",                                          \
		TO(COMMAND) | TO(CONTENT) | TO(CHUNK) | TO(AUTH) | TO(TLS_DUE) | TO(TLS) |         \
			TO(GAP) | TO(OPAQUE))                                                      \
	X(TLS_DUE, "STARTTLS was answered 220: TLS comes", TO(COMMAND) | TO(TLS) | TO(GAP))        \
	X(TLS, "TLS, fed elsewhere", TO(COMMAND))                                                  \
	X(GAP, "bytes are missing: commands, content or TLS come",                                 \
		TO(COMMAND) | TO(CONTENT) | TO(CHUNK) | TO(AUTH) | TO(TLS_DUE) | TO(TLS) |         \
			TO(OPAQUE))                                                                \
	X(OPAQUE, "no SMTP, or roles turned: given up", 0)

enum client_state {
#define X(name, comment, successors) CLIENT_##name,
	CLIENT_STATE_LIST(X)
#undef X
	CLIENT_STATES
};

#define SERVER_TO(state) (1u << SERVER_##state)
#define SERVER_STATE_LIST(X)                                                                       \
	X(GREETING, "the first reply comes",                                                       \
		SERVER_TO(REPLY) | SERVER_TO(TLS) | SERVER_TO(GAP) | SERVER_TO(OPAQUE))            \
	X(REPLY, "reply lines",                                                                    \
		SERVER_TO(TLS_DUE) | SERVER_TO(TLS) | SERVER_TO(GAP) | SERVER_TO(OPAQUE))          \
	X(TLS_DUE, "220 to STARTTLS was sent: TLS comes",                                          \
		SERVER_TO(REPLY) | SERVER_TO(TLS) | SERVER_TO(GAP))                                \
	X(TLS, "TLS, fed elsewhere", SERVER_TO(REPLY))                                             \
	X(GAP, "bytes are missing: the middle of a reply, a reply or TLS comes",                   \
		SERVER_TO(REPLY) | SERVER_TO(TLS) | SERVER_TO(OPAQUE))                             \
	X(OPAQUE, "no SMTP, or roles turned: given up", 0)

enum server_state {
#define X(name, comment, successors) SERVER_##name,
	SERVER_STATE_LIST(X)
#undef X
	SERVER_STATES
};

/* "COMMAND", and what it means; NULL where @side has no such state. */
const char *smtp_state_name(enum side side, unsigned int state);
const char *smtp_state_comment(enum side side, unsigned int state);

/* May @side go from one state to the other? Staying is always legal. */
bool smtp_state_may(enum side side, unsigned int from, unsigned int to);

/* The one way in which a state changes. */
void smtp_state_enter(uint8_t *state, enum side side, unsigned int to);

#endif
