/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands that wait for their replies, in order (RFC 2920: replies come in the order of the
 * commands). Where bytes were lost, a hole stands among them: replies from there on may belong to
 * commands, or commands to replies, that nobody saw.
 */
#ifndef DIALOGUE_PENDING_H
#define DIALOGUE_PENDING_H

#include "dialogue/command.h"

/* What else is answered, or stands for answers, beside the verbs of command.h. */
enum pending_kind {
	PENDING_NONE = COMMAND_VERBS, /* nothing is waiting */
	PENDING_HOLE,                 /* any number of commands and replies, unseen */
	PENDING_CONTENT,              /* the lone dot */
	PENDING_CHUNK,                /* BDAT whose octets have come */
	PENDING_CHUNK_LAST,           /* the same, with LAST */
	PENDING_BDAT_LAST,            /* BDAT n LAST, no octet seen yet */
	PENDING_MASKED,               /* a line of X where EHLO is due */
	PENDING_GREETING,             /* not in the queue: the server's first reply */
};

/* No honest client has more commands on the way than fit into its socket's buffer. */
#define PENDING_MAX 1024

/* No domain. */
#define PENDING_NO_DOMAIN UINT8_MAX

struct pending_entry {
	uint8_t kind;   /* enum command_verb or enum pending_kind */
	uint8_t domain; /* RCPT: index of its domain */
};

/* So many need no memory of their own: what waits between two replies without pipelining. */
#define PENDING_FEW 4

struct pending {
	union {
		struct pending_entry few[PENDING_FEW]; /* while room is 0 */
		struct pending_entry *list;
	};
	uint16_t first, n, room; /* entries first to first + n - 1 */
};

/* The i-th in order, {PENDING_NONE} behind the last. */
struct pending_entry pending_get(const struct pending *pending, size_t i);

static inline unsigned int pending_front(const struct pending *pending)
{
	return pending_get(pending, 0).kind;
}

static inline unsigned int pending_back(const struct pending *pending)
{
	return pending->n ? pending_get(pending, pending->n - 1u).kind : PENDING_NONE;
}

/* False if PENDING_MAX are waiting already. */
bool pending_push(struct pending *pending, unsigned int kind, uint8_t domain);

/* Drop the first; there is one. */
void pending_pop(struct pending *pending);

/* Make the first, or the last, another kind; there is one. */
void pending_become(struct pending *pending, unsigned int kind);
void pending_back_become(struct pending *pending, unsigned int kind);

void pending_free(struct pending *pending);

#endif
