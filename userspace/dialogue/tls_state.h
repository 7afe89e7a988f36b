/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where one direction of a TLS stream stands. Only in TLS_CLEAR are handshake messages read; a
 * direction that lost a record boundary (TLS_GAP) never gets there again: what was missed can't be
 * told any more, but that data flows can, once two record headers in a row were found (TLS_REJOINED).
 * No text is looked for behind a gap, but where the live capture leaves established TLS out: it hands
 * up what is short, piece by piece.
 */
#ifndef DIALOGUE_TLS_STATE_H
#define DIALOGUE_TLS_STATE_H

#include <stdbool.h>

/* Name, the states that may follow it, comment. */
#define TLS_STATE_LIST(X)                                                                         \
	X(TLS_START, 1u << TLS_CLEAR | 1u << TLS_OPAQUE | 1u << TLS_GAP | 1u << TLS_TALKING |     \
			     1u << TLS_BROKEN,                                                    \
		"nothing of this side was seen")                                                  \
	X(TLS_CLEAR, 1u << TLS_OPAQUE | 1u << TLS_GAP | 1u << TLS_TALKING | 1u << TLS_BROKEN,     \
		"handshake in clear")                                                             \
	X(TLS_OPAQUE,                                                                             \
		1u << TLS_GAP | 1u << TLS_SKIPPED | 1u << TLS_TALKING | 1u << TLS_BROKEN,         \
		"encrypted, or of no interest: record headers count, content does not")           \
	X(TLS_GAP, 1u << TLS_SOUGHT, "record boundaries are lost")                                \
	X(TLS_SOUGHT, 1u << TLS_GAP | 1u << TLS_REJOINED, "a record header may have been found")  \
	X(TLS_REJOINED, 1u << TLS_GAP | 1u << TLS_SKIPPED, "record boundaries are known again")   \
	X(TLS_SKIPPED, 1u << TLS_TALKING,                                                         \
		"most is left out by the live capture: what is nothing but text shows")           \
	X(TLS_TALKING, 0, "SMTP text stood where a record was due")                               \
	X(TLS_BROKEN, 0, "what came is no TLS")

enum tls_state {
#define X(name, followers, comment) name,
	TLS_STATE_LIST(X)
#undef X
	TLS_STATES
};

/* True if a direction may go from @from to @to. */
static inline bool tls_state_may_follow(enum tls_state from, enum tls_state to)
{
	static const unsigned int followers[] = {
#define X(name, bits, comment) [name] = bits,
		TLS_STATE_LIST(X)
#undef X
	};

	return followers[from] >> to & 1;
}

#endif
