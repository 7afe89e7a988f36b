/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One command line of SMTP or LMTP (RFC 5321 4.1): verb, argument, and the domain of a path.
 * Parsing is as lenient as servers are; whether a line is a command beyond doubt is a question of
 * its own, for places where it may as well be content.
 */
#ifndef DIALOGUE_COMMAND_H
#define DIALOGUE_COMMAND_H

#include "base/bytes.h"

#define COMMAND_LIST(X)                                                                            \
	X(VERB_UNKNOWN, "")                                                                        \
	X(VERB_EHLO, "EHLO")                                                                       \
	X(VERB_HELO, "HELO")                                                                       \
	X(VERB_LHLO, "LHLO")                                                                       \
	X(VERB_STARTTLS, "STARTTLS")                                                               \
	X(VERB_ANONYMOUSTLS, "X-ANONYMOUSTLS")                                                     \
	X(VERB_MAIL, "MAIL")                                                                       \
	X(VERB_RCPT, "RCPT")                                                                       \
	X(VERB_DATA, "DATA")                                                                       \
	X(VERB_BDAT, "BDAT")                                                                       \
	X(VERB_BURL, "BURL")                                                                       \
	X(VERB_RSET, "RSET")                                                                       \
	X(VERB_NOOP, "NOOP")                                                                       \
	X(VERB_QUIT, "QUIT")                                                                       \
	X(VERB_AUTH, "AUTH")                                                                       \
	X(VERB_EXPS, "X-EXPS")                                                                     \
	X(VERB_VRFY, "VRFY")                                                                       \
	X(VERB_EXPN, "EXPN")                                                                       \
	X(VERB_HELP, "HELP")                                                                       \
	X(VERB_ETRN, "ETRN")                                                                       \
	X(VERB_TURN, "TURN")                                                                       \
	X(VERB_ATRN, "ATRN")                                                                       \
	X(VERB_SEND, "SEND")                                                                       \
	X(VERB_SOML, "SOML")                                                                       \
	X(VERB_SAML, "SAML")                                                                       \
	X(VERB_XCLIENT, "XCLIENT")                                                                 \
	X(VERB_XFORWARD, "XFORWARD")                                                               \
	X(VERB_XEXCH50, "XEXCH50")                                                                 \
	X(VERB_PROXY, "PROXY")

enum command_verb {
#define X(name, text) name,
	COMMAND_LIST(X)
#undef X
	COMMAND_VERBS
};

struct command {
	enum command_verb verb;
	struct bytes name;     /* the verb as it was written */
	struct bytes argument; /* behind it, blanks at both ends taken off */
};

/* "EHLO"; "" for VERB_UNKNOWN. */
const char *command_name(enum command_verb verb);

/* The verb that @name is, in any case; VERB_UNKNOWN if it is none. */
enum command_verb command_verb(struct bytes name);

/* @line without its end. False for a line of blanks: no server answers it. */
bool command_parse(struct bytes line, struct command *out);

/* True if @line can hardly be anything but this command: right verb, right form of argument. */
bool command_is_certain(struct bytes line);

/*
 * The argument of MAIL or RCPT. @domain: of the mailbox, verbatim, empty where there is none (<>,
 * <Postmaster>, no '@'). False where it is no path at all.
 */
bool command_path(struct bytes argument, struct bytes *domain);

/* The argument of BDAT (RFC 3030 2): a number and perhaps LAST. */
bool command_bdat(struct bytes argument, uint64_t *octets, bool *last);

/* The first of the two numbers that XEXCH50 has. */
bool command_xexch50(struct bytes argument, uint64_t *octets);

/* Off the front of @b: bytes up to a blank, and the blanks behind them. */
struct bytes command_word(struct bytes *b);

#endif
