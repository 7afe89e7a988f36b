/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One session in words, for people: a block if it raised alerts, else a line.
 */
#ifndef SINK_SESSION_TEXT_H
#define SINK_SESSION_TEXT_H

#include "judge/verdict.h"

/* How it is written, and what came last: a blank line stands between a block and a line. */
struct session_text {
	bool colour; /* with ANSI colours */
	bool after_block;
};

/* The session appended to @out. */
void session_text_add(struct session_text *style, struct text *out, const struct subject *subject,
	const struct alerts *alerts);

/* A time in ns as "2026-01-02 03:04:05", UTC. */
void session_text_when(struct text *out, int64_t ns);

#endif
