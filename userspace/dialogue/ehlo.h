/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The capability list of an EHLO reply (RFC 5321 4.1.1.1), keyword line by keyword line: is
 * STARTTLS in it, and does it bear the marks of a middlebox that overwrites keywords in place?
 *
 * What such a box leaves is as long as what was there: X up to the last letter, which counts A, B,
 * C (Cisco), or X throughout. STARTTLS has 8 bytes and no parameter; so have CHUNKING, SMTPUTF8 and
 * 8BITMIME, and it is the place in the list that tells them apart.
 */
#ifndef DIALOGUE_EHLO_H
#define DIALOGUE_EHLO_H

#include "base/bytes.h"

#define EHLO_KEYWORD_LIST(X)                                                                       \
	X(EHLO_OTHER, "")                                                                          \
	X(EHLO_STARTTLS, "STARTTLS")                                                               \
	X(EHLO_PIPELINING, "PIPELINING")                                                           \
	X(EHLO_SIZE, "SIZE")                                                                       \
	X(EHLO_VRFY, "VRFY")                                                                       \
	X(EHLO_ETRN, "ETRN")                                                                       \
	X(EHLO_AUTH, "AUTH")                                                                       \
	X(EHLO_ENHANCED, "ENHANCEDSTATUSCODES")                                                    \
	X(EHLO_8BITMIME, "8BITMIME")                                                               \
	X(EHLO_DSN, "DSN")                                                                         \
	X(EHLO_SMTPUTF8, "SMTPUTF8")                                                               \
	X(EHLO_CHUNKING, "CHUNKING")                                                               \
	X(EHLO_BINARYMIME, "BINARYMIME")                                                           \
	X(EHLO_HELP, "HELP")                                                                       \
	X(EHLO_EXPN, "EXPN")                                                                       \
	X(EHLO_DELIVERBY, "DELIVERBY")                                                             \
	X(EHLO_ANONYMOUSTLS, "X-ANONYMOUSTLS")                                                     \
	X(EHLO_EXPS, "X-EXPS")                                                                     \
	X(EHLO_XEXCH50, "XEXCH50")                                                                 \
	X(EHLO_PRDR, "PRDR")

enum ehlo_keyword {
#define X(name, text) name,
	EHLO_KEYWORD_LIST(X)
#undef X
	EHLO_KEYWORDS
};

/* Lines of a reply are numbered from 0; this is none of them. */
#define EHLO_NO_LINE UINT16_MAX

struct ehlo {
	uint32_t seen;         /* bit 1 << keyword */
	uint16_t lines;        /* keyword lines so far */
	uint16_t candidate[2]; /* lines of 8 bytes, masked, that may have been STARTTLS */
	uint16_t other;        /* first line that was masked and can't have been */
	uint8_t last;          /* keyword of the last line */
	bool behind_enhanced;  /* the last line came behind ENHANCEDSTATUSCODES */
	bool postfix_tail;     /* DSN stood where Postfix puts it: only newer keywords follow */
	bool not_first;        /* candidate[0] turned out to be 8BITMIME */
};

void ehlo_begin(struct ehlo *ehlo);

/* A keyword line without code and separator: not the first line, which is the server's name. */
void ehlo_line(struct ehlo *ehlo, struct bytes line);

/* The lines seen so far hold one that only EHLO is answered with. */
bool ehlo_is_recognised(const struct ehlo *ehlo);

static inline bool ehlo_has(const struct ehlo *ehlo, enum ehlo_keyword keyword)
{
	return ehlo->seen & 1u << keyword;
}

/* The line where STARTTLS was overwritten, judged by all lines so far; EHLO_NO_LINE: none. */
uint16_t ehlo_mangled(const struct ehlo *ehlo);

/* A line that was overwritten and is not STARTTLS; EHLO_NO_LINE: none. */
uint16_t ehlo_masked_other(const struct ehlo *ehlo);

#endif
