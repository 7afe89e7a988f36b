// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/line.h"

#include <stdlib.h>

#include "base/mem.h"
#include "dialogue/smtp.h"

/* First room for an incomplete line; most command and reply lines fit. */
#define LINE_ROOM 64

_Static_assert(SMTP_LINE_MAX < UINT16_MAX, "a line's length fits");

static void hold(struct line_reader *reader, struct bytes b)
{
	size_t left = SMTP_LINE_MAX - reader->n;
	size_t n = b.n < left ? b.n : left;
	size_t want = reader->n + n, room = reader->room ? reader->room : LINE_ROOM;

	if (!n)
		return;
	while (room < want)
		room *= 2;
	if (room > reader->room)
		reader->held = mem_realloc(reader->held, room);
	memcpy(reader->held + reader->n, b.p, n);
	reader->room = (uint16_t)room;
	reader->n = (uint16_t)want;
}

/* @text ends in LF unless it was cut before it. */
static void finish(struct line *line, struct bytes text)
{
	size_t n = text.n;

	if (n && text.p[n - 1] == '\n')
		n--;
	line->crlf = n && text.p[n - 1] == '\r';
	while (n && text.p[n - 1] == '\r')
		n--;
	line->text = bytes_of(text.p, n);
}

bool line_next(struct line_reader *reader, struct bytes *data, struct line *line)
{
	const uint8_t *end = data->n ? memchr(data->p, '\n', data->n) : NULL;
	struct bytes part;

	bytes_take(data, end ? (size_t)(end - data->p) + 1 : data->n, &part);
	if (!end || reader->length)
		hold(reader, part);
	reader->length += part.n;
	if (!end)
		return false;
	line->length = reader->length;
	line->cut = line->length > SMTP_LINE_MAX;
	if (reader->n)
		part = line_peek(reader);
	else if (part.n > SMTP_LINE_MAX)
		part.n = SMTP_LINE_MAX;
	finish(line, part);
	reader->length = 0;
	return true;
}

void line_done(struct line_reader *reader)
{
	free(reader->held);
	*reader = (struct line_reader){ 0 };
}

uint64_t line_drop(struct line_reader *reader)
{
	uint64_t length = reader->length;

	line_done(reader);
	return length;
}
