/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a session noted on its way (when, and with which hop count) becomes, at its end, what its
 * record says: the outcome, what can't be told and why, the observations that need packets and
 * dialogue together. Private to the session room.
 */
#ifndef SESSION_CONCLUDE_H
#define SESSION_CONCLUDE_H

#include "session/record.h"

/* Notes of an open session. Times in ns; 0: it did not happen. */
struct session_marks {
	int64_t starttls_time, mail_time, failure_time;
	int64_t hello_time;               /* of the client's first byte of TLS */
	int64_t decisive_time;
	struct flow_reset *reset;         /* the first of note, owned; NULL: none */
	uint8_t decisive_ttl;             /* hop count of the decisive reply; 0: none */
	uint8_t gap_reason[2];            /* enum gap_reason, if gap */
	uint8_t offer;                    /* enum smtp_offer, last seen */
	bool gap[2], tls_seen[2], fin[2]; /* by enum side */
	bool gap_after_starttls[2];       /* so TLS may have begun inside it */
	bool refused, ehlo_refused;
	bool implicit_tls;
	bool given_up; /* by the client, at failure_time: see session_mark_given_up() */
	bool reset_at_starttls, alive_after_reset;
};

/* The server's reply that came with @how decides about TLS. */
void session_mark_decisive(struct session_marks *marks, const struct delivery *how);

/* An RST came. @smtp and @tls: the facts by then, NULL where there are none. */
void session_mark_reset(struct session_marks *marks, const struct smtp_facts *smtp,
	const struct tls_facts *tls, const struct flow_reset *reset);

/*
 * The client sends no more from @time on. True if that gives up an attempt at TLS which the server
 * never answered: noted as its failure.
 */
bool session_mark_given_up(struct session_marks *marks, const struct smtp_facts *smtp,
	int64_t time);

/* The session_id, from end points and first time. */
void session_name(struct record *record);

/*
 * What the process at the client's end was shown: a chain that passed in clear stays, where there is
 * none theirs takes its place.
 */
void session_add_process(struct record *record, const struct session_marks *marks,
	struct process_certs *shown, struct cert_cache *cache);

/* Fill in what follows from flow, smtp, tls and marks together. */
void session_conclude(struct record *record, const struct session_marks *marks);

#endif
