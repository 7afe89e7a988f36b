/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SMTP dialogue in clear, both directions or one: RFC 5321, 3207 (STARTTLS), 2920 (pipelining),
 * 3030 (BDAT), 4954 (AUTH), 2033 (LMTP), XCLIENT. Bytes go in as they come, in any split; facts come
 * out. A hole in the bytes is told with smtp_gap() and nothing is concluded from what it hid.
 *
 * The parser never keeps message content, local parts or AUTH data: it reads over them. It owns its
 * facts until smtp_fini(); strings in them are printable.
 */
#ifndef DIALOGUE_SMTP_H
#define DIALOGUE_SMTP_H

#include "dialogue/observation.h"

#define SMTP_OFFER_LIST(X)                                                                  \
	X(OFFER_UNKNOWN, "unknown", "bytes are missing, or it ended before the reply")      \
	X(OFFER_OFFERED, "offered", "STARTTLS stands in the EHLO reply")                    \
	X(OFFER_ABSENT, "absent", "the whole EHLO reply was seen, without it")              \
	X(OFFER_MANGLED, "mangled", "the same, and its line was overwritten")               \
	X(OFFER_NO_EHLO, "no-ehlo", "the dialogue went on without a successful EHLO")

enum smtp_offer {
#define X(name, text, comment) name,
	SMTP_OFFER_LIST(X)
#undef X
};

enum smtp_helo_verb { HELO_NONE, HELO_EHLO, HELO_HELO, HELO_LHLO };

/* Bounds on what a session may make us keep; each far above what honest servers send. */
#define SMTP_EXTENSIONS_MAX 64   /* lines of an EHLO reply; the rest is counted */
#define SMTP_EXTENSION_TEXT 128  /* bytes of one */
#define SMTP_DOMAINS_MAX 64      /* distinct domains a side; the rest is counted */
#define SMTP_HOST_TEXT 255       /* a greeting's or HELO's name */
#define SMTP_REPLY_TEXT 160      /* of the reply to STARTTLS, to EHLO when it was refused */
#define SMTP_LINE_MAX 16384      /* a line is cut here, its rest skipped */

/* A list of short strings in one block: "a\0b\0c\0". */
struct smtp_strings {
	char *block;
	uint16_t bytes, room; /* of the block: used, and there */
	uint16_t n;
	uint16_t refused; /* beyond the bound */
};

/* The first string, or the one behind @previous; NULL at the end. */
const char *smtp_strings_next(const struct smtp_strings *strings, const char *previous);

struct smtp_facts {
	char *greeting_host;               /* first word of the greeting; NULL: none seen */
	char *helo_name;                   /* argument of the last HELO/EHLO/LHLO in clear, cut; NULL: none */
	char *starttls_reply;              /* first line of the answer to STARTTLS, printable */
	char *ehlo_refusal;                /* first line of the answer that refused EHLO */
	struct smtp_strings extensions;    /* keyword lines of the last clear EHLO reply, verbatim */
	struct smtp_strings sender_domains;
	struct smtp_strings recipient_domains; /* accepted or never answered */
	uint64_t bytes_in_clear;           /* message bytes, dots and gaps inside a counted chunk included */
	uint32_t transactions;             /* MAIL accepted */
	uint32_t commands, replies;        /* seen in clear */
	uint16_t greeting_code;            /* 0: none */
	uint16_t starttls_reply_code;      /* 0: none */
	uint8_t helo_verb;                 /* enum smtp_helo_verb */
	uint8_t offer;                     /* enum smtp_offer */
	uint8_t greeting_family;           /* enum smtp_family */
	bool ehlo_seen;                    /* an EHLO was sent */
	bool ehlo_refused;                 /* one was answered 4xx or 5xx */
	bool ehlo_complete;                /* a whole positive EHLO reply was seen */
	bool starttls_requested;
	bool starttls_accepted;            /* answered 220 */
	bool cleartext_mail;               /* content was handed over in clear */
	bool mail_attempted;               /* MAIL was sent in clear */
	bool auth_in_clear;
	bool quit;
	bool tls_report_mail;              /* the message says "TLS-Required: No" or is a TLS-RPT report */
	bool is_smtp;                      /* a greeting or a command of SMTP was recognised */
	bool not_smtp;                     /* what came can't be SMTP */
};

/* Whose wording a reply has (C22 of the threat list). FAMILY_UNKNOWN says nothing. */
#define SMTP_FAMILY_LIST(X)                                                                     \
	X(FAMILY_UNKNOWN, "unknown") X(FAMILY_POSTFIX, "Postfix") X(FAMILY_EXIM, "Exim")        \
	X(FAMILY_SENDMAIL, "Sendmail") X(FAMILY_EXCHANGE, "Exchange") X(FAMILY_GOOGLE, "Google") \
	X(FAMILY_OPENSMTPD, "OpenSMTPD") X(FAMILY_QMAIL, "qmail") X(FAMILY_CISCO, "Cisco ASA")  \
	X(FAMILY_HARAKA, "Haraka")

enum smtp_family {
#define X(name, text) name,
	SMTP_FAMILY_LIST(X)
#undef X
};

const char *smtp_offer_name(enum smtp_offer offer);
const char *smtp_family_name(enum smtp_family family);

/*
 * What smtp_feed() is up to in each direction. SMTP_TLS_DUE: the 220 to STARTTLS (or X-ANONYMOUSTLS)
 * was seen or may have been lost, and what comes next from this side looks like TLS: the caller takes
 * the rest of the bytes elsewhere. The state machine is in smtp.c, drawn by tools/states.
 */
enum smtp_status { SMTP_MORE, SMTP_TLS_DUE };

struct smtp;

struct smtp_params {
	bool midstream;          /* the beginning was not seen */
	/*
	 * Told for stream ranges that must not leave the parser (content, local parts, AUTH data),
	 * in order and without overlaps for each side; offsets as counted by bytes fed and gaps
	 * told. What a line holds is told when it ends: see smtp_classified(). May be NULL.
	 */
	void (*private_range)(void *context, enum side from, uint64_t start, uint64_t end);
	void *context;
};

struct smtp *smtp_new(const struct smtp_params *params, struct observations *observations);
void smtp_free(struct smtp *smtp);

/*
 * Take in-order bytes of one side off *@data, up to all of them. SMTP_TLS_DUE: the bytes left in
 * *@data belong to TLS. While one direction is in TLS, the other may still be fed here. A direction
 * that went to TLS comes back (smtp_resume) when text appears where a record was due.
 */
enum smtp_status smtp_feed(struct smtp *smtp, enum side from, struct bytes *data, int64_t time);

/* @length bytes of one side are missing. */
void smtp_gap(struct smtp *smtp, enum side from, uint64_t length);

/*
 * @length bytes of one side were left out on purpose, by somebody who follows where content ends. True:
 * all of it is content, and counted as such. False: it is none, and nothing changed.
 */
bool smtp_skip(struct smtp *smtp, enum side from, uint64_t length);

/* The side will send no more. */
void smtp_end(struct smtp *smtp, enum side from);

/* The TLS parser met text in this direction: go on in clear from here. */
void smtp_resume(struct smtp *smtp, enum side from);

/* True while this side's bytes are message content, so that nobody need keep them. */
bool smtp_in_content(const struct smtp *smtp, enum side from);

/*
 * Stream offset up to which every byte of this side is classified: a private range or none. It stops
 * at the start of a line that is not complete yet. Only where private ranges are told; else 0.
 */
uint64_t smtp_classified(const struct smtp *smtp, enum side from);

/*
 * The facts so far. Owned by the parser; smtp_take_facts() hands them to the caller, who releases
 * them with smtp_facts_free().
 */
const struct smtp_facts *smtp_get_facts(const struct smtp *smtp);
void smtp_take_facts(struct smtp *smtp, struct smtp_facts *out);
void smtp_facts_free(struct smtp_facts *facts);

/* For a flow on any port: does the first line of this side look like SMTP? */
enum smtp_likeness { SMTP_NO, SMTP_MAYBE, SMTP_YES };
enum smtp_likeness smtp_recognise(enum side from, struct bytes first);

#endif
