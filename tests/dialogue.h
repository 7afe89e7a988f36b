/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SMTP dialogues as readable text, and what the parser makes of them as one line. Each line of a
 * dialogue is one step:
 *
 *	C: EHLO mx.example.com     a line of the client's, ended by CR LF
 *	S: 250 Ok                  the same of the server's
 *	C> QUIT\n                  bytes as they stand; \r \n \t \\ and \xHH as in C
 *	C? 100                     that many bytes of this side are missing
 *	C- 100                     that many bytes of content are left out
 *	C.                         this side ends
 *	C+                         TLS gave this direction back
 *
 * Bytes of one side that follow each other are one run, fed in pieces of any size: what comes out
 * must not depend on it. Bytes behind SMTP_TLS_DUE are dropped, as if TLS had taken them.
 */
#ifndef TESTS_DIALOGUE_H
#define TESTS_DIALOGUE_H

#include "dialogue/smtp.h"

struct run {
	struct smtp *smtp;
	struct observations observations;
	struct smtp_facts facts; /* valid after dialogue_finish() */
	bool tls[2];
	struct text private[2]; /* the bytes that were called private, "|" between ranges */
	struct text stream[2];  /* all bytes; what is missing as NULs */
	uint64_t told[2];       /* where the last private range ended */
};

/* Which lines of a dialogue are told, and how. */
struct telling {
	size_t piece; /* bytes fed at once; 0: whole runs */
	bool midstream;
	bool without[2]; /* nothing of this side is fed */
	int gap_at;      /* this step is told as missing bytes; -1: none */
};

/* Run @dialogue; end with dialogue_free(). */
void dialogue_run(struct run *run, const char *dialogue, const struct telling *telling);

/* How many steps it has. */
int dialogue_steps(const char *dialogue);

/* What came out, as one line. Words that say nothing are left out. */
void dialogue_print(const struct run *run, struct text *out);

void dialogue_free(struct run *run);

#endif
