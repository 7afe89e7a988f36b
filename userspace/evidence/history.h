/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sensor's own memory: what each server offered and showed, what each client used to do. Taught
 * only by what was seen whole, bounded by the number of servers and clients, oldest forgotten first.
 * Time is the sessions' own.
 */
#ifndef EVIDENCE_HISTORY_H
#define EVIDENCE_HISTORY_H

#include "evidence/evidence.h"

struct history;

struct history *history_new(void);
void history_free(struct history *history);

/*
 * What is known before @record; @mx is the server's MX name, "" if not known. @trusted: its chain leads
 * to a trust anchor and covers @mx.
 */
void history_ask(struct history *history, const struct record *record, const char *mx, bool trusted,
	struct history_facts *facts);

/* Remember @record, of which the same is known. */
void history_learn(struct history *history, const struct record *record, const char *mx,
	bool trusted);

/*
 * An attempt at TLS has failed, and its session is not over yet: so that a retry which ends before it
 * is known for one. Only flow, id, smtp.helo_name and failure_time of @record are looked at.
 */
void history_note_failure(struct history *history, const struct record *record);

#endif
