/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message content as it passes (RFC 5321 4.1.1.4, 2.3.8): where does it end, and is it mail that
 * must not be judged by its TLS (F20 of the threat list)? Nothing of it is kept. The header section
 * is read line by line; behind it each byte is touched once, by memchr().
 *
 * The end is CR LF . CR LF. Where the two ends of a hop disagree about bare LFs they disagree about
 * what is a command ("SMTP smuggling"), so anything less strict is no end on its own: except where
 * the message has bare LFs throughout, it needs the server's word (content_is_answered).
 */
#ifndef DIALOGUE_CONTENT_H
#define DIALOGUE_CONTENT_H

#include "dialogue/line.h"

struct content {
	uint8_t tail[2];  /* the last two bytes */
	uint8_t at;       /* enum content_at */
	bool header;      /* still in the header section */
	bool bare;        /* every line so far ended in a bare LF */
	bool loose_end;   /* just behind a lone dot whose line ends are no CR LF */
	bool report_type; /* in the lines of a multipart/report Content-Type */
	bool tls_report;  /* a TLS-RPT report, or "TLS-Required: No" */
};

/* @bare: the command line before it ended in a bare LF. */
void content_begin(struct content *content, bool bare);

/* Take bytes off @data up to the end. True: the end was reached. */
bool content_feed(struct content *content, struct line_reader *reader, struct bytes *data);

/* One line at the top that was read already. True: it was the end. */
bool content_line(struct content *content, const struct line *line);

/* Bytes of a counted chunk (BDAT): only the header section is looked at. */
void content_chunk(struct content *content, struct line_reader *reader, struct bytes chunk);

/* Bytes are missing. */
void content_gap(struct content *content);

/*
 * Bytes were left out by somebody who looks for the end himself: what comes next is more of the content
 * with its end, or the rest of an end that began in what was left out.
 */
void content_skip(struct content *content);

#endif
