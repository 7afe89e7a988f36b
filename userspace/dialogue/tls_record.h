/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two layers in which TLS travels (RFC 8446 4 and 5): a byte stream becomes records, and the
 * payload of handshake records becomes messages, which know nothing of record boundaries. Both take
 * their input in any split. Nothing here knows what a message means.
 */
#ifndef DIALOGUE_TLS_RECORD_H
#define DIALOGUE_TLS_RECORD_H

#include "base/bytes.h"
#include "base/side.h"

#define TLS_HEADER 5
/* RFC 5246 6.2.3: 2^14 and what compression and encryption may add; TLS 1.3 adds less. */
#define TLS_RECORD_MAX (16384 + 2048)

/* Content types (RFC 8446 5.1), and one of our own for a ClientHello in the manner of SSLv2. */
enum tls_content {
	TLS_CHANGE_CIPHER_SPEC = 20,
	TLS_ALERT = 21,
	TLS_HANDSHAKE = 22,
	TLS_APPLICATION_DATA = 23,
	TLS_HEARTBEAT = 24,
	TLS_SSLV2_HELLO = 0x80,
};

/* One direction's place in its records. All zero: at the start of a record. */
struct tls_reader {
	uint32_t left;            /* payload of the current record that is still to come */
	uint8_t head[TLS_HEADER]; /* header of the current record, or the part of the next that came
				   */
	uint8_t have;             /* bytes of the next header in head; 0 inside a record */
	uint8_t type;             /* enum tls_content of the current record */
};

enum tls_header {
	TLS_HEADER_MORE,   /* all bytes were taken, it takes more to tell */
	TLS_HEADER_RECORD, /* taken: type and left are set */
	TLS_HEADER_TEXT,   /* SMTP text of this side: nothing was taken */
	TLS_HEADER_JUNK,   /* neither: nothing was taken */
};

/*
 * Read a record header off @data, with reader->left == 0. @first: this may be the first record of
 * the stream, so that a client may speak as SSLv2 did (RFC 5246 E.2); then head[2] to head[4] are
 * already payload, which left doesn't count.
 */
enum tls_header tls_reader_header(
	struct tls_reader *reader, enum side from, bool first, struct bytes *data);

/* True if @data can be the start of a record of @from; needs up to TLS_HEADER bytes to be sure. */
bool tls_reader_recognise(enum side from, bool first, struct bytes data);

static inline bool tls_header_plausible(const uint8_t head[TLS_HEADER])
{
	return head[0] >= TLS_CHANGE_CIPHER_SPEC && head[0] <= TLS_HEARTBEAT && head[1] == 3 &&
	       head[2] <= 4 && (head[3] << 8 | head[4]) <= TLS_RECORD_MAX;
}

/*
 * Go from header to header without looking at what lies between, as long as headers are whole.
 * False: *@data is at a header that needs tls_reader_header().
 */
static inline bool tls_reader_hop(struct tls_reader *reader, struct bytes *data)
{
	struct bytes header;

	for (;;) {
		if (data->n <= reader->left) {
			reader->left -= (uint32_t)data->n;
			bytes_skip(data, data->n);
			return true;
		}
		bytes_skip(data, reader->left);
		reader->left = 0;
		if (reader->have || data->n < TLS_HEADER || !tls_header_plausible(data->p))
			return false;
		bytes_take(data, TLS_HEADER, &header);
		reader->left = (uint32_t)(header.p[3] << 8 | header.p[4]);
	}
}

/* A handshake message longer than this is no message: chains of honest servers are below 32 KiB. */
#define TLS_MESSAGE_MAX    (256 * 1024)
#define TLS_MESSAGE_HEADER 4

/* One direction's handshake messages. All zero: at the start of a message. */
struct tls_messages {
	uint8_t *buffer; /* body so far of a wanted message that came in pieces; else NULL */
	size_t room;     /* of buffer */
	uint32_t length; /* of the body */
	uint32_t got;    /* of the body, whether kept, skipped or lost */
	uint8_t head[TLS_MESSAGE_HEADER];
	uint8_t have; /* bytes of the header */
	bool damaged; /* bytes of this body are missing */
	bool told;    /* this message was returned: start afresh */
	bool lost;    /* message boundaries are not known any more */
};

struct tls_message {
	uint8_t type; /* RFC 8446 4: HandshakeType */
	bool whole;   /* body is there; else the message was not wanted, or bytes are missing */
	struct bytes body; /* valid until the next call */
};

enum tls_message_status {
	TLS_MESSAGE_MORE, /* the payload is used up */
	TLS_MESSAGE_READY,
	TLS_MESSAGE_TOO_LONG, /* told once; nothing more can be read from this side */
};

/*
 * Take the next message off @payload. @wanted has a bit for each type whose body is of use; others
 * are skipped without being kept. Call until it says TLS_MESSAGE_MORE.
 */
enum tls_message_status tls_messages_next(struct tls_messages *messages, struct bytes *payload,
	uint32_t wanted, struct tls_message *out);

/* The next @length bytes of payload are an SSLv2 ClientHello, told as a message of @type. */
void tls_messages_expect(struct tls_messages *messages, uint8_t type, uint32_t length);

/*
 * @length bytes of payload are missing. False: message boundaries are lost with them; what follows
 * is swallowed.
 */
bool tls_messages_gap(struct tls_messages *messages, uint64_t length);

void tls_messages_fini(struct tls_messages *messages);

#endif
