// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/tls_record.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

/* As many bytes as tell SMTP text from a record: a reply code and what follows it; a verb. */
#define TEXT_HEAD 4

/* Shortest SSLv2 hello: type, version, three lengths, one cipher, a challenge of 16 (RFC 5246 E.2).
 */
#define SSLV2_HELLO_MIN    28
#define SSLV2_CLIENT_HELLO 1

static bool is_reply(const uint8_t head[TEXT_HEAD])
{
	return head[0] >= '2' && head[0] <= '5' && head[1] >= '0' && head[1] <= '9' &&
	       head[2] >= '0' && head[2] <= '9' &&
	       (head[3] == ' ' || head[3] == '-' || head[3] == '\r' || head[3] == '\n');
}

static bool is_verb(const uint8_t head[TEXT_HEAD])
{
	static const char *const verbs[] = { "EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA", "BDAT",
		"RSET", "NOOP", "QUIT", "STAR", "AUTH", "VRFY", "EXPN", "HELP", "ETRN", "XCLI",
		"XFOR" };

	/* No header of a record begins with a letter. */
	if (head[0] < 'A')
		return false;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (text_is(bytes_of(head, TEXT_HEAD), verbs[i]))
			return true;
	}
	return false;
}

/* RFC 5246 E.2: a length of 15 bits, a ClientHello, version 3.x or 2.0. */
static bool is_sslv2_hello(const uint8_t head[TLS_HEADER])
{
	int length = (head[0] & 0x7f) << 8 | head[1];

	return (head[0] & 0x80) && length >= SSLV2_HELLO_MIN && head[2] == SSLV2_CLIENT_HELLO &&
	       (head[3] == 3 || (head[3] == 0 && head[4] == 2));
}

/* Put a record's header into effect, which is whole in reader->head. */
static void begin_record(struct tls_reader *reader)
{
	const uint8_t *head = reader->head;

	reader->have = 0;
	if (head[0] & 0x80) {
		reader->type = TLS_SSLV2_HELLO;
		reader->left = (uint32_t)((head[0] & 0x7f) << 8 | head[1]) - (TLS_HEADER - 2);
	} else {
		reader->type = head[0];
		reader->left = (uint32_t)(head[3] << 8 | head[4]);
	}
}

enum tls_header tls_reader_header(
	struct tls_reader *reader, enum side from, bool first, struct bytes *data)
{
	uint8_t head[TLS_HEADER];
	size_t have = reader->have;
	size_t n = TLS_HEADER - have < data->n ? TLS_HEADER - have : data->n;

	memcpy(head, reader->head, have);
	if (n)
		memcpy(head + have, data->p, n);
	have += n;
	if (have >= TEXT_HEAD && (from == SERVER ? is_reply(head) : is_verb(head)))
		return TLS_HEADER_TEXT;
	if (have == TLS_HEADER && !tls_header_plausible(head) &&
		!(first && from == CLIENT && is_sslv2_hello(head)))
		return TLS_HEADER_JUNK;
	memcpy(reader->head, head, have);
	reader->have = (uint8_t)have;
	bytes_skip(data, n);
	if (have < TLS_HEADER)
		return TLS_HEADER_MORE;
	begin_record(reader);
	return TLS_HEADER_RECORD;
}

bool tls_reader_recognise(enum side from, bool first, struct bytes data)
{
	/* Where bytes are still missing, let them be what they should be. */
	uint8_t record[TLS_HEADER] = { TLS_HANDSHAKE, 3, 1, 0, 0 };
	uint8_t sslv2[TLS_HEADER] = { 0x80, SSLV2_HELLO_MIN, SSLV2_CLIENT_HELLO, 3, 1 };
	size_t n = data.n < TLS_HEADER ? data.n : TLS_HEADER;

	if (n) {
		memcpy(record, data.p, n);
		memcpy(sslv2, data.p, n);
	}
	return tls_header_plausible(record) || (first && from == CLIENT && is_sslv2_hello(sslv2));
}

static void start_afresh(struct tls_messages *messages)
{
	free(messages->buffer);
	*messages = (struct tls_messages){ .lost = messages->lost };
}

void tls_messages_fini(struct tls_messages *messages)
{
	start_afresh(messages);
}

void tls_messages_expect(struct tls_messages *messages, uint8_t type, uint32_t length)
{
	start_afresh(messages);
	messages->head[0] = type;
	messages->have = TLS_MESSAGE_HEADER;
	messages->length = length;
}

/* The header of a message; false while it is not whole. */
static bool take_header(struct tls_messages *messages, struct bytes *payload)
{
	size_t n = TLS_MESSAGE_HEADER - (size_t)messages->have;
	struct bytes piece;

	bytes_take(payload, n < payload->n ? n : payload->n, &piece);
	if (piece.n)
		memcpy(messages->head + messages->have, piece.p, piece.n);
	messages->have = (uint8_t)(messages->have + piece.n);
	if (messages->have < TLS_MESSAGE_HEADER)
		return false;
	messages->length = (uint32_t)messages->head[1] << 16 | (uint32_t)messages->head[2] << 8 |
			   messages->head[3];
	return true;
}

/* Memory grows with what came, never with what a length promises. */
static void keep(struct tls_messages *messages, struct bytes piece)
{
	size_t need = messages->got + piece.n;

	if (need > messages->room) {
		size_t room = need > 2 * messages->room ? need : 2 * messages->room;

		messages->room = room < messages->length ? room : messages->length;
		messages->buffer = mem_realloc(messages->buffer, messages->room);
	}
	if (piece.n)
		memcpy(messages->buffer + messages->got, piece.p, piece.n);
}

enum tls_message_status tls_messages_next(struct tls_messages *messages, struct bytes *payload,
	uint32_t wanted, struct tls_message *out)
{
	struct bytes piece;
	size_t n;

	if (messages->told)
		start_afresh(messages);
	if (messages->lost) {
		bytes_skip(payload, payload->n);
		return TLS_MESSAGE_MORE;
	}
	if (messages->have < TLS_MESSAGE_HEADER) {
		if (!take_header(messages, payload))
			return TLS_MESSAGE_MORE;
		if (messages->length > TLS_MESSAGE_MAX) {
			messages->lost = true;
			return TLS_MESSAGE_TOO_LONG;
		}
	}
	n = messages->length - messages->got;
	bytes_take(payload, n < payload->n ? n : payload->n, &piece);
	out->type = messages->head[0];
	out->whole = !messages->damaged && out->type < 32 && (wanted >> out->type & 1);
	out->body = piece;
	if (out->whole && piece.n < messages->length && piece.n) {
		keep(messages, piece);
		out->body = bytes_of(messages->buffer, messages->length);
	}
	messages->got += (uint32_t)piece.n;
	if (messages->got < messages->length)
		return TLS_MESSAGE_MORE;
	if (!out->whole)
		out->body = bytes_of(NULL, 0);
	messages->told = true;
	return TLS_MESSAGE_READY;
}

bool tls_messages_gap(struct tls_messages *messages, uint64_t length)
{
	if (messages->told)
		start_afresh(messages);
	if (messages->have == TLS_MESSAGE_HEADER && length <= messages->length - messages->got) {
		messages->got += (uint32_t)length;
		messages->damaged = true;
		free(messages->buffer);
		messages->buffer = NULL;
		messages->room = 0;
	} else {
		start_afresh(messages);
		messages->lost = true;
	}
	return !messages->lost;
}
