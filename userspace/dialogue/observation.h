/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Something out of the ordinary that a parser saw, with the line that proves it. Observations are
 * facts without judgement: the judge's room makes findings of them. A list is bounded and belongs
 * to the session that is parsed; its texts are printable and free of content.
 */
#ifndef DIALOGUE_OBSERVATION_H
#define DIALOGUE_OBSERVATION_H

#include "base/bytes.h"
#include "base/side.h"
#include "base/text.h"

#define OBSERVATION_LIST(X)                                                                        \
	X(OBS_KEYWORD_MASKED, "EHLO keyword of 8 bytes overwritten where STARTTLS stands")         \
	X(OBS_KEYWORD_MASKED_OTHER, "EHLO keyword overwritten that can't be STARTTLS")             \
	X(OBS_BANNER_MASKED, "greeting overwritten with asterisks")                                \
	X(OBS_COMMAND_MASKED, "client line of eight X, where STARTTLS is due or unknown")          \
	X(OBS_EHLO_MASKED, "client line that was EHLO, overwritten")                               \
	X(OBS_COMMAND_ECHO, "server's error quotes another command than the client sent")          \
	X(OBS_STARTTLS_REFUSED, "answer to STARTTLS that is not 220")                              \
	X(OBS_EHLO_REJECTED, "EHLO refused, HELO or MAIL followed")                                \
	X(OBS_PLAINTEXT_AFTER_STARTTLS, "client bytes in clear behind STARTTLS, before its answer")\
	X(OBS_RESPONSE_AFTER_220, "server bytes in clear behind the 220 to STARTTLS")              \
	X(OBS_NO_TLS_AFTER_220, "220 to STARTTLS, then the client goes on in clear")               \
	X(OBS_TLS_REPLACED_BY_TEXT, "SMTP text where the server's first TLS record is due")        \
	X(OBS_TEXT_INSIDE_TLS, "SMTP text in the middle of an established TLS stream")             \
	X(OBS_FAMILY_MISMATCH, "decisive reply in the wording of another MTA than the others")     \
	X(OBS_LAST_LINE_MISSING, "EHLO reply ends in a continuation line")                         \
	X(OBS_REPLY_UNEXPECTED, "reply without a command")                                         \
	X(OBS_AUTH_IN_CLEAR, "credentials were sent in clear")                                     \
	X(OBS_DOWNGRADE_SENTINEL, "ServerHello.random ends in the downgrade mark, RFC 8446 4.1.3") \
	X(OBS_TLS_FALLBACK_SCSV, "client says it retries with a lower version, RFC 7507")          \
	X(OBS_TLS_BROKEN, "bytes that are no TLS record where one is due")                         \
	X(OBS_TTL_SHIFT, "decisive reply came with another hop count than its sender's packets")   \
	X(OBS_RESET_AT_STARTTLS, "RST between STARTTLS and the end of the handshake")              \
	X(OBS_RESET_INJECTED, "RST that does not fit its sender")                                  \
	X(OBS_SEGMENT_CONFLICT, "two copies of one range differ")                                  \
	X(OBS_PROXY_HEADER, "HAProxy PROXY header in front")

enum observation_kind {
#define X(name, comment) name,
	OBSERVATION_LIST(X)
#undef X
	OBSERVATION_KINDS
};

/* The name of a kind, for tests and traces: "OBS_KEYWORD_MASKED". */
const char *observation_name(enum observation_kind kind);

/* Evidence is cut to this many bytes of wire, which covers every line that can prove something. */
#define OBSERVATION_TEXT 200

struct observation {
	enum observation_kind kind;
	enum side from;   /* who sent the bytes */
	int64_t time;     /* of the packet that completed it, ns; 0: not known */
	char *text;       /* printable evidence, owned by the list; never NULL */
};

/*
 * More than this many of a session tell nothing new; further ones are counted. The first of its kind
 * is always taken, so that a peer can't hide one thing behind many others.
 */
#define OBSERVATIONS_MAX 24

struct observations {
	struct observation *list;
	uint32_t n;
	uint32_t refused; /* beyond OBSERVATIONS_MAX */
};

/*
 * Bytes of a dialogue as printable text, at most @max of them, without the local parts of mailboxes
 * ("<*@example.com>"): what may leave the program.
 */
void observation_text(struct text *text, struct bytes wire, size_t max);

/* True if observation_text() changes nothing of @wire, but where it is too long. */
bool observation_is_plain(struct bytes wire);

/* Add one; the same kind from the same side with the same text is kept once. */
void observe(struct observations *all, enum observation_kind kind, enum side from, int64_t time,
	struct bytes wire);

/* The same with a text of our own. */
void observe_text(struct observations *all, enum observation_kind kind, enum side from, int64_t time,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The first of its kind, or NULL. */
const struct observation *observations_find(const struct observations *all,
	enum observation_kind kind);

void observations_free(struct observations *all);

#endif
