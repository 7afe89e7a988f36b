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

/* What is known before @record; @mx is the server's MX name, "" if not known. */
void history_ask(struct history *history, const struct record *record, const char *mx,
	struct history_facts *facts);

/* Remember @record; @trusted: its chain leads to a trust anchor and covers @mx. */
void history_learn(struct history *history, const struct record *record, const char *mx,
	bool trusted);

#endif
