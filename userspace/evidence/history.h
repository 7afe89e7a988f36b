/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sensor's own memory: what each server offered and showed, what each client used to do, which
 * domains had mail. Bounded; what is rare and long ago is forgotten first, and all is forgotten a
 * few half-lives after it was seen last. Time is the sessions' own, and nothing is held against a
 * session that happened only after it.
 *
 * What teaches, and what can't: an offer, or its absence, does when the whole EHLO reply was seen; a
 * certificate when TLS was established with it; a client's habit of TLS when it was established, a
 * failure when TLS was asked for; a domain when mail for it was accepted. So a scanner that
 * connects, looks and leaves says nothing of itself that outlives the program, and of a server only
 * what that really said. Where the store is full, those make room that came once, not those that
 * come daily.
 */
#ifndef EVIDENCE_HISTORY_H
#define EVIDENCE_HISTORY_H

#include "evidence/evidence.h"
#include "evidence/store.h"

struct history;

/*
 * @store: where it is kept, which lives longer; several programs may share it. NULL: it lasts as
 * long as the program.
 */
struct history *history_new(struct store *store);

/* Writes what was not written yet. */
void history_free(struct history *history);

/* After so many seconds without a session a memory weighs half. The default is 30 days. */
void history_set_half_life(struct history *history, int64_t seconds);

/*
 * Write what was learnt since the last time, in one transaction; to be called every minute or so,
 * and called by itself when much has come. Whoever is killed loses what was learnt since. False:
 * logged, and kept for the next time.
 */
bool history_flush(struct history *history);

/*
 * What is known before @record; @mx is the server's MX name, "" if not known. @trusted: its chain
 * leads to a trust anchor and covers @mx.
 */
void history_ask(struct history *history, const struct record *record, const char *mx, bool trusted,
	struct history_facts *facts);

/* Remember @record, of which the same is known. */
void history_learn(struct history *history, const struct record *record, const char *mx,
	bool trusted);

/*
 * An attempt at TLS has failed, and its session is not over yet: so that a retry which ends before
 * it is known for one. Only flow, id, smtp.helo_name and failure_time of @record are looked at.
 */
void history_note_failure(struct history *history, const struct record *record);

/*
 * Mail for @domain went under TLS at @time (ns), as far as can be told from outside. Domains of mail
 * in clear are learnt from the session.
 */
void history_learn_domain(struct history *history, const char *domain, int64_t time);

/* What is remembered of a recipient domain; times in ns since 1970. */
struct history_domain {
	const char *domain;
	uint32_t sessions, clear, tls;
	int64_t first, last;
};

/*
 * Domains by traffic, recent traffic counting more, most first; until @max were told or @told says
 * false. Nothing without a store.
 */
void history_domains(struct history *history, size_t max,
	bool (*told)(void *context, const struct history_domain *domain), void *context);

/* The same for a domain; false: nothing is remembered. @out->domain is @domain. */
bool history_domain(struct history *history, const char *domain, struct history_domain *out);

/* What is remembered of a server under one of its names. Strings are borrowed. */
struct history_server {
	const char *address;
	uint16_t port;
	const char *name;      /* of its greeting; "": none */
	uint32_t sessions, offered, missed;
	int64_t first, last, offered_last;
	uint16_t tls_min, tls_max; /* 0: none seen */
	uint8_t ttl;           /* 0: not known */
	uint8_t family;        /* enum smtp_family */
	const char *leaf_issuer; /* "": no certificate was seen */
	int64_t leaf_not_after;  /* s */
};

/* Servers that greeted as @name (NULL: all), latest first; as history_domains(). */
void history_servers(struct history *history, const char *name, size_t max,
	bool (*told)(void *context, const struct history_server *server), void *context);

#endif
