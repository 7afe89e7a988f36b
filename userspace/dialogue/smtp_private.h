/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the SMTP parser share: smtp.c (bytes in, states), smtp_client.c (commands),
 * smtp_server.c (replies), smtp_facts.c (strings and lists). Nobody else includes this.
 */
#ifndef DIALOGUE_SMTP_PRIVATE_H
#define DIALOGUE_SMTP_PRIVATE_H

#include "dialogue/content.h"
#include "dialogue/ehlo.h"
#include "dialogue/pending.h"
#include "dialogue/smtp.h"
#include "dialogue/smtp_state.h"

/* Is a mail transaction open (MAIL sent, not refused, not reset)? Content counts as mail then. */
enum transaction { TRANSACTION_NONE, TRANSACTION_OPEN, TRANSACTION_UNKNOWN };

/* What became of the last EHLO. */
enum ehlo_fate { EHLO_NEVER, EHLO_WAITING, EHLO_REFUSED, EHLO_ACCEPTED };

/* The reply that is being read. */
struct reply {
	uint16_t code;
	uint16_t lines; /* so far */
	uint8_t to;     /* what it answers: enum command_verb or enum pending_kind */
	bool open;      /* its last line has not come */
	bool fragment;  /* lines before may be missing */
	bool ehlo;      /* its lines are a capability list */
};

/* What it takes to read text. While both sides are in TLS there is none. */
struct smtp_talk {
	int64_t now;
	struct line_reader line[2];
	struct pending pending;
	struct smtp_strings candidates; /* domains of the RCPTs that wait */
	struct ehlo ehlo;
	struct reply reply;
	struct content content;
	uint64_t left; /* octets of a chunk or PROXY header to come; announced by XEXCH50 */
};

/* What it takes to tell private ranges. */
struct smtp_privacy {
	void (*tell)(void *context, enum side from, uint64_t start, uint64_t end);
	void *context;
	uint64_t end[2];    /* where the last private range ended */
	uint64_t offset[2]; /* bytes fed and missed */
};

struct smtp {
	struct smtp_facts facts;
	struct smtp_talk *talk;
	struct smtp_privacy *privacy; /* NULL: nobody asks */
	struct observations *observations;
	uint16_t recipients;  /* RCPTs accepted in this transaction */
	uint16_t replies_due; /* LMTP: still to come to the lone dot */
	uint8_t state[2];
	uint8_t transaction;     /* enum transaction */
	uint8_t ehlo_fate;       /* enum ehlo_fate */
	uint8_t decisive_family; /* of the reply that refused EHLO or STARTTLS */
	uint8_t prelude;         /* bytes of the PROXY v2 header matched */
	uint8_t unexpected;      /* replies without a command */
	bool midstream;          /* the beginning was not seen */
	bool seen[2];            /* any byte of the side */
	bool client_hole;        /* the client may have said what we did not see */
	bool server_hole;        /* the same of the server, until both are in step again */
	bool server_spoke;       /* since the client's last byte */
	bool flight;             /* the client's next line is its first since the server spoke */
	bool first_line;         /* no line of the client was read */
	bool greeting_is_smtp;   /* it says so: FTP greets with 220, too */
	bool ordinary_family;    /* an ordinary reply has the greeting's wording */
	bool challenged;         /* the last reply was 334 */
	bool data_bare;          /* DATA's line ended in a bare LF */
	bool content_is_mail;    /* of the content or chunk that passes */
	bool confirmed;          /* 354 was seen */
	bool passed;             /* content passed before the 354 */
	bool content_hole;       /* bytes are missing, and none of the content came behind them */
	bool doubt;              /* GAP: a line was no command, so what follows may be content */
	bool chunked;            /* a BDAT of this message came before */
	bool chunk_begun;        /* an octet of this chunk was seen */
	bool chunk_accepted;     /* it was answered before its octets came */
	bool ehlo_torn;          /* the rest of the EHLO reply may come behind a gap */
	bool guessed_220;        /* the 220 may have answered STARTTLS; the command was not seen */
	bool client_since_220;
};

/* smtp.c */
void smtp_enter(struct smtp *smtp, enum side side, unsigned int state);

/* Bytes of the line of @side that was just read, as offsets into its text, are private. */
void smtp_private(
	struct smtp *smtp, enum side side, const struct line *line, size_t from, size_t to);

/* The same for all of the line. */
void smtp_private_line(struct smtp *smtp, enum side side, const struct line *line);

/* Nothing more is read; with @foreign because it is another protocol. */
void smtp_give_up(struct smtp *smtp, bool foreign);

/* Something that only SMTP says was said; what was another protocol before stays it. */
static inline void smtp_is_recognised(struct smtp *smtp)
{
	smtp->facts.is_smtp = !smtp->facts.not_smtp;
}

/* The last @n bytes of @side are private. */
void smtp_tell_private(struct smtp *smtp, enum side side, uint64_t n);

/* @n bytes of @side were taken, or are missing: they are counted before they are looked at. */
void smtp_count(struct smtp *smtp, enum side side, uint64_t n);

/* The same for @data, which had @before bytes. */
static inline void smtp_count_taken(
	struct smtp *smtp, enum side side, size_t before, const struct bytes *data)
{
	smtp_count(smtp, side, before - data->n);
}

/* A command waits for its reply. */
void smtp_expect(struct smtp *smtp, unsigned int kind, uint8_t domain);

/* Drop @n commands from the front, none of them to be answered any more. */
void smtp_settle(struct smtp *smtp, size_t n);

/* Who is answered from here on is not known. */
void smtp_lose_step(struct smtp *smtp);

/* The dialogue went on: does that say that there was no successful EHLO? */
void smtp_went_on(struct smtp *smtp);

/* smtp_bulk.c: each takes what is its own off the front of @data. */
void smtp_feed_start(struct smtp *smtp, struct bytes *data);
void smtp_feed_proxy(struct smtp *smtp, struct bytes *data);
void smtp_feed_content(struct smtp *smtp, struct bytes *data);
void smtp_feed_chunk(struct smtp *smtp, struct bytes *data);

/* The first octet of a chunk was seen, or passed in a gap; the last one. */
void smtp_chunk_begins(struct smtp *smtp);
void smtp_chunk_ends(struct smtp *smtp);
bool smtp_skip_chunk(struct smtp *smtp, uint64_t length);

/* The last @n bytes that the client sent are content. */
void smtp_content_passes(struct smtp *smtp, uint64_t n);

/* The dot, or what stands for it, was reached. */
void smtp_content_ends(struct smtp *smtp);

/* smtp_client.c */
void smtp_client_line(struct smtp *smtp, const struct line *line);

/* smtp_server.c */
void smtp_server_line(struct smtp *smtp, const struct line *line);

/* smtp_reply.c */

/* One line of a reply. */
struct smtp_reply_line {
	unsigned int code;
	struct bytes text; /* behind code and separator */
	bool last;         /* no '-' behind the code */
};

/* The last line of a reply that answers what is at the front of the queue, @kind. */
void smtp_answer(struct smtp *smtp, unsigned int kind, const struct smtp_reply_line *reply,
	const struct line *line);

/* The same of one whose command was not seen. */
void smtp_unasked(struct smtp *smtp, const struct smtp_reply_line *reply, const struct line *line);

/* A capability list begins; one line of it; a line that may be of one; it ends by its last line or
 * not. */
void smtp_ehlo_begins(struct smtp *smtp);
void smtp_keyword(struct smtp *smtp, struct bytes text);
void smtp_perhaps_keyword(struct smtp *smtp, struct bytes text);
void smtp_ehlo_ends(struct smtp *smtp, bool ended);

/* The rest of the reply that is being read will not come. */
void smtp_reply_abandon(struct smtp *smtp);

/* The bytes that follow are TLS although the server's answer was guessed: now it is certain. */
void smtp_tls_began(struct smtp *smtp);

static inline bool smtp_is_positive(unsigned int code)
{
	return code >= 200 && code < 300;
}

static inline bool smtp_is_refusal(unsigned int code)
{
	return code >= 400 && code < 600;
}

/* Of what waits in the queue. */
static inline bool smtp_is_ehlo(unsigned int kind)
{
	return kind == VERB_EHLO || kind == VERB_LHLO;
}

static inline bool smtp_is_starttls(unsigned int kind)
{
	return kind == VERB_STARTTLS || kind == VERB_ANONYMOUSTLS;
}

/* smtp_facts.c */

/* False, and counted, if there are @max already. @text is made printable and cut. */
bool smtp_strings_add(
	struct smtp_strings *strings, struct bytes text, uint16_t max, size_t max_text);

/* Add @text if it is not there; its index or @max. */
uint16_t smtp_strings_once(struct smtp_strings *strings, const char *text, uint16_t max);
const char *smtp_strings_get(const struct smtp_strings *strings, uint16_t index);

/* No more will come: give back what room is left. */
void smtp_strings_trim(struct smtp_strings *strings);
void smtp_strings_free(struct smtp_strings *strings);

/* A line that a person may see, without local parts; replaces *@to. */
void smtp_set_text(char **to, struct bytes text, size_t max);

/* smtp_recognise.c */

/* True if the first bytes of @from's first line belong to another protocol. */
bool smtp_is_foreign(enum side from, struct bytes first);

/* A byte with which no line of text begins. */
static inline bool smtp_is_binary(uint8_t c)
{
	return (c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c >= 0x7f;
}

/* The content types of TLS records, RFC 8446 5.1. */
static inline bool smtp_is_record(uint8_t c)
{
	return c >= 20 && c <= 23;
}

#endif
