/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection, told as one record: what was seen and what was missed. Nothing in it is inferred
 * from policy, history or rules. The hinge of the house: left of it code observes, right of it code
 * concludes. A record owns what it points to (a chain by reference) and has one owner at a time.
 */
#ifndef SESSION_RECORD_H
#define SESSION_RECORD_H

#include "dialogue/smtp.h"
#include "dialogue/tls.h"
#include "session/community_id.h"
#include "session/process_certs.h"
#include "wire/flow.h"

#define ACTION_LIST(X)                                                                          \
	X(ACTION_TLS_ESTABLISHED, "tls-established", "STARTTLS, and TLS came up")               \
	X(ACTION_TLS_FAILED, "tls-failed", "STARTTLS accepted, no working TLS")                 \
	X(ACTION_STARTTLS_REFUSED, "starttls-refused", "asked, not 220")                        \
	X(ACTION_STARTTLS_UNANSWERED, "starttls-unanswered", "asked; reset, closed or silence") \
	X(ACTION_STARTTLS_ABSENT, "starttls-absent", "whole EHLO reply without it")             \
	X(ACTION_STARTTLS_MANGLED, "starttls-mangled", "its line was overwritten")              \
	X(ACTION_NOT_REQUESTED, "starttls-not-requested", "offered, went on in clear")          \
	X(ACTION_EHLO_REJECTED, "ehlo-rejected", "EHLO refused, went on with HELO")             \
	X(ACTION_HELO_ONLY, "helo-only", "the client never said EHLO")                          \
	X(ACTION_NO_MAIL, "no-mail", "offered, left without STARTTLS and without mail")         \
	X(ACTION_IMPLICIT_TLS, "implicit-tls", "TLS from the first byte")                       \
	X(ACTION_NO_DIALOGUE, "no-dialogue", "closed before a whole EHLO reply")                \
	X(ACTION_INCOMPLETE, "incomplete", "the capture does not allow a statement")            \
	X(ACTION_NOT_SMTP, "not-smtp", "other traffic on a mail port")

enum action {
#define X(name, text, comment) name,
	ACTION_LIST(X)
#undef X
	ACTIONS
};

const char *action_name(enum action action);

enum outcome { OUTCOME_SUCCESS, OUTCOME_FAILURE, OUTCOME_UNKNOWN };

/* Why something can't be told. */
#define UNKNOWN_LIST(X)                                                            \
	X(UNKNOWN_NOT, "", "it is known")                                          \
	X(UNKNOWN_GAP, "gap", "bytes are missing")                                 \
	X(UNKNOWN_MIDSTREAM, "midstream", "the beginning was not captured")        \
	X(UNKNOWN_ONE_SIDED, "one-sided", "one direction only")                    \
	X(UNKNOWN_SNAPLEN, "snaplen", "the capture cut its frames")                \
	X(UNKNOWN_EVICTED, "evicted", "the sensor had no room")                    \
	X(UNKNOWN_END, "end-of-capture", "the capture ended first")

enum unknown {
#define X(name, text, comment) name,
	UNKNOWN_LIST(X)
#undef X
};

const char *unknown_name(enum unknown why);

/* What may be unknown: the axes of stripwatch.unknown, in this order. */
enum axis { AXIS_OFFER, AXIS_REQUEST, AXIS_REPLY, AXIS_TLS, AXIS_MAIL, AXES };

/* A frame's share of the evidence, kept only where --evidence asks for it: session/witness.h. */
struct witness;

struct record {
	struct flow_facts flow;
	enum flow_end end;
	struct smtp_facts smtp;
	struct tls_facts tls;
	struct process_facts process; /* of this host, at the client's end */
	struct observations observations;
	bool tls_tried;            /* any byte of TLS was seen */
	bool implicit_tls;         /* TLS from the first byte of the connection */
	bool complete;             /* from SYN to its end without a hole */
	bool server_silent_after_starttls; /* asked; the server lived on (ACKs) but never answered */
	bool stalled;              /* ClientHello never answered although the connection lived on */
	int64_t starttls_time;     /* of the command; 0: none */
	int64_t failure_time;      /* of the failed STARTTLS or handshake; 0: none */
	int64_t mail_time;         /* first MAIL in clear; 0: none */
	uint8_t unknown[AXES];     /* enum unknown */
	uint8_t action;            /* enum action */
	uint8_t outcome;           /* enum outcome */
	char id[17];               /* session_id: 16 hex digits, the same for the same packets */
	char community_id[COMMUNITY_ID_TEXT]; /* seed 0; "" where there is none */
	struct witness *witness;   /* NULL: none kept */
};

/* The certificate of the server, or NULL if none was seen. */
static inline const struct cert *record_leaf(const struct record *record)
{
	return record->tls.chain ? record->tls.chain->certs[0] : NULL;
}

void record_free(struct record *record);

#endif
