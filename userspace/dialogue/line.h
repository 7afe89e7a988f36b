/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines out of a byte stream that comes in any split. A line ends at LF; the CRs before it are
 * taken off (CRLF, a bare LF and CR CR LF are all met in the wild, and one side of a hop accepting
 * what the other does not is how sensors are fooled). NULs are kept: a line is a view with a
 * length.
 *
 * A line that lies whole in the input is a view of it; only one that arrives in pieces is copied,
 * and only up to SMTP_LINE_MAX: the rest is skipped, so that what a peer can make us keep is
 * bounded.
 */
#ifndef DIALOGUE_LINE_H
#define DIALOGUE_LINE_H

#include "base/bytes.h"

struct line_reader {
	uint8_t *held;   /* the front of a line whose end has not come; NULL: none */
	uint64_t length; /* bytes of that line on the wire so far */
	uint16_t n, room;
};

struct line {
	struct bytes text; /* without its end, cut; borrowed until line_done() */
	uint64_t length;   /* on the wire, its end included */
	bool crlf;         /* it ended in CR LF, not in a bare LF */
	bool cut;          /* text is not all of it */
};

/*
 * Take bytes off @data up to the end of a line. False: all of @data was taken and the line is still
 * incomplete. Call line_done() when the line was looked at.
 */
bool line_next(struct line_reader *reader, struct bytes *data, struct line *line);

/* Release what holds the line that line_next() gave. */
void line_done(struct line_reader *reader);

/* Forget an incomplete line; its length on the wire so far. */
uint64_t line_drop(struct line_reader *reader);

/* What is known of the incomplete line. */
static inline struct bytes line_peek(const struct line_reader *reader)
{
	return bytes_of(reader->held, reader->n);
}

/* True between two lines. */
static inline bool line_at_start(const struct line_reader *reader)
{
	return reader->length == 0;
}

#endif
