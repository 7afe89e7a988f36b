/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLSA records of MX hosts, as our own look-ups told them: those that DNSSEC vouches for. They bind
 * while their TTL lasts, and what becomes of them after that is watched: a proof that they are gone
 * ends them, anything else that keeps them from being seen is what an attacker with the DNS would
 * do, and is counted. Bounded; what was used longest ago is forgotten first.
 *
 * Times are seconds since 1970.
 */
#ifndef EVIDENCE_TLSA_KNOWN_H
#define EVIDENCE_TLSA_KNOWN_H

#include "evidence/dane.h"
#include "evidence/lookup.h"

/* Whoever has looked records up connects a little later: beyond the TTL they count for so long. */
#define TLSA_KNOWN_GRACE 600

/* That records can't be seen any more is of note for so long after their TTL. */
#define TLSA_KNOWN_MISSED (7 * 86400)

struct known_tlsa {
	char *host;                  /* normalised */
	struct dane_records records; /* the usable ones */
	char **texts;                /* all of them: "3 1 1 5fec…", long data cut */
	size_t text_count;
	int64_t since;               /* when these very records were first seen */
	int64_t answered;            /* when they were seen last */
	int64_t until;               /* TTL and grace */
	unsigned int failures;       /* look-ups in a row since that could not see them */
	char *error;                 /* of the last of these; NULL: none */
};

struct tlsa_known;

struct tlsa_known *tlsa_known_new(void);
void tlsa_known_free(struct tlsa_known *known);

/* @answer is to a question for TLSA records. */
void tlsa_known_learn(struct tlsa_known *known, const struct lookup_answer *answer);

/* The records of @host (normalised), in force at @time or missed; NULL: none are known. Borrowed. */
const struct known_tlsa *tlsa_known_get(struct tlsa_known *known, const char *host, int64_t time);

#endif
