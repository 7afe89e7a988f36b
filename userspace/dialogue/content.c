// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/content.h"

#include "base/text.h"

enum content_at {
	AT_TEXT,    /* anywhere else */
	AT_DOT,     /* behind a dot that stands at the start of a line */
	AT_DOT_CR,  /* behind CR after it */
	AT_DOT_CRS, /* behind several */
	AT_SKIPPED, /* behind what was left out */
};

void content_begin(struct content *content, bool bare)
{
	*content = (struct content){ .header = true, .bare = bare };
}

/*
 * Is a lone dot the end? @before_crlf: of the line before; @end: bytes that end its own line, 1 for
 * LF, 2 for CR LF.
 */
static bool dot_ends(struct content *content, bool before_crlf, uint64_t end)
{
	if (before_crlf ? end == 2 : end == 1 && content->bare)
		return true;
	content->loose_end = true;
	return false;
}

static void header_line(struct content *content, struct bytes text)
{
	bool folded = text.n && (text.p[0] == ' ' || text.p[0] == '\t');

	if (!folded)
		content->report_type = text_starts(text, "Content-Type:") &&
				       text_contains(text, "multipart/report");
	if (content->report_type && text_contains(text, "report-type") &&
		text_contains(text, "tlsrpt"))
		content->tls_report = true;
	/* RFC 8689 5: the only value is "No". */
	if (text_starts(text, "TLS-Required:")) {
		bytes_skip(&text, strlen("TLS-Required:"));
		while (text.n && (text.p[0] == ' ' || text.p[0] == '\t'))
			bytes_skip(&text, 1);
		if (text_starts(text, "No"))
			content->tls_report = true;
	}
}

bool content_line(struct content *content, const struct line *line)
{
	/* The line before: the command's own, or a header line, which tail[] remembers. */
	bool before_crlf = content->tail[1] ? content->tail[0] == '\r' : !content->bare;

	content->loose_end = false;
	if (line->text.n == 1 && line->text.p[0] == '.' &&
		dot_ends(content, before_crlf, line->length - 1))
		return true;
	content->tail[0] = line->crlf ? '\r' : 0;
	content->tail[1] = '\n';
	if (line->crlf)
		content->bare = false;
	if (line->text.n == 0)
		content->header = false;
	else
		header_line(content, line->text);
	return false;
}

/* The byte @n (1 or 2) before the one at @i of @data, which may be one that came earlier. */
static uint8_t back(const struct content *content, struct bytes data, size_t i, size_t n)
{
	return i >= n ? data.p[i - n] : content->tail[2 - (n - i)];
}

static void remember_tail(struct content *content, struct bytes data)
{
	uint8_t before = back(content, data, data.n, 2), last = back(content, data, data.n, 1);

	content->tail[0] = before;
	content->tail[1] = last;
}

/* Take bytes up to and including a dot at the start of a line, or all. */
static void find_dot(struct content *content, struct bytes *data)
{
	size_t from = 0;

	for (;;) {
		const uint8_t *dot = memchr(data->p + from, '.', data->n - from);
		size_t i = dot ? (size_t)(dot - data->p) : data->n;

		if (!dot || back(content, *data, i, 1) == '\n') {
			remember_tail(content, bytes_of(data->p, i));
			bytes_skip(data, i);
			if (dot) {
				bytes_skip(data, 1);
				content->at = AT_DOT;
			}
			return;
		}
		from = i + 1;
	}
}

/* One byte behind a dot at the start of a line. True: the end. tail[] is from before the dot. */
static bool behind_dot(struct content *content, uint8_t c)
{
	uint8_t crs = content->at == AT_DOT ? 0 : content->at == AT_DOT_CR ? 1 : 2;

	if (c == '\r') {
		content->at = crs ? AT_DOT_CRS : AT_DOT_CR;
		return false;
	}
	content->at = AT_TEXT;
	if (c == '\n' && dot_ends(content, content->tail[0] == '\r', crs + 1u))
		return true;
	content->tail[0] = crs ? '\r' : '.';
	content->tail[1] = c;
	return false;
}

/* The longest rest of an end that @data begins with. True: there is one. */
static bool behind_skip(struct content *content, struct bytes *data)
{
	static const char end[] = "\r\n.\r\n";

	content->at = AT_TEXT;
	for (size_t i = 0; i < strlen(end); i++) {
		if (bytes_starts(*data, end + i)) {
			bytes_skip(data, strlen(end + i));
			return true;
		}
	}
	return false;
}

static bool body_feed(struct content *content, struct bytes *data)
{
	while (data->n) {
		uint8_t c;

		content->loose_end = false;
		if (content->at == AT_SKIPPED && behind_skip(content, data))
			return true;
		if (content->at == AT_TEXT)
			find_dot(content, data);
		else if (bytes_u8(data, &c) && behind_dot(content, c))
			return true;
	}
	return false;
}

bool content_feed(struct content *content, struct line_reader *reader, struct bytes *data)
{
	struct line line;

	while (content->header && data->n) {
		bool over;

		content->loose_end = false;
		if (!line_next(reader, data, &line))
			return false;
		over = content_line(content, &line);
		line_done(reader);
		if (over)
			return true;
	}
	return body_feed(content, data);
}

void content_chunk(struct content *content, struct line_reader *reader, struct bytes chunk)
{
	struct line line;

	while (content->header && chunk.n && line_next(reader, &chunk, &line)) {
		content_line(content, &line);
		line_done(reader);
	}
}

void content_gap(struct content *content)
{
	content->header = false;
	content->loose_end = false;
	content->at = AT_TEXT;
	content->tail[0] = content->tail[1] = 0;
}

void content_skip(struct content *content)
{
	content_gap(content);
	content->at = AT_SKIPPED;
}
