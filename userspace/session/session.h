/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Drives the parsers of one connection, fills its record, and hands the record over at its end. The
 * only place where packets' facts (hop counts, resets, conflicts) meet the dialogue's. No policy, no
 * clock, no output.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "session/record.h"

struct session_params {
	struct tls_params tls;
	struct community_ids *community_ids; /* lives longer than every session; NULL: none are made */
	/* What local processes were shown; lives longer than every session; NULL: nothing is known. */
	struct process_certs *process_certs;
	/* Ports on which every connection leaves a record; elsewhere only what proves to be SMTP. */
	const struct ports *mail_ports;
	size_t witness_bytes;   /* of frames kept a session for evidence; 0: none are kept */
	/*
	 * Told when an RST cuts an attempt at TLS short, since the flow lingers and the client's retry
	 * may be over before it. Only flow, id, smtp.helo_name and failure_time of @record are set.
	 * May be NULL.
	 */
	void (*failed)(void *context, const struct record *record);
	/*
	 * Nothing more of this connection matters but its end: TLS is up both ways, or it is no SMTP. For
	 * who can spare the packets. Told once; may be NULL.
	 */
	void (*quiet)(void *context, const struct flow_facts *flow);
	/* Takes the record at the session's end, and must record_free() it. */
	void (*done)(void *context, struct record *record);
	void *context;
};

/*
 * The listener to plug into a flow table: its context is the params, which live as long as the table.
 * Where frames are kept (session_params.witness_bytes) it must be the second, which asks for every
 * segment; without them nobody should be called for each.
 */
extern const struct flow_events session_events;
extern const struct flow_events session_events_witness;

#endif
