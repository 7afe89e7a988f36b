/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS messages out of a TCP stream, each behind its length (RFC 1035 4.2.2, RFC 7766 8): in any split,
 * any number of them. A message that is longer than answers for mail are is passed over. Where the
 * stream has a hole nothing tells where the next message begins: then the stream is no more.
 */
#ifndef DIALOGUE_DNS_STREAM_H
#define DIALOGUE_DNS_STREAM_H

#include "base/bytes.h"

/* All records that dns_parse() takes in, with names as long as they come. */
#define DNS_STREAM_MESSAGE_MAX 20480

/* All zero: at the beginning of a stream. */
struct dns_stream {
	uint16_t length;  /* of the message, as far as its two bytes are known */
	uint8_t length_n; /* of these two */
	size_t taken;     /* bytes of the message that have come */
	uint8_t *kept;    /* these, where the message came in parts; room of the last such one */
};

/*
 * Take bytes off *@data: true if a message is whole, in *@message, borrowed until the next call;
 * false once there is no more. Call it again after each message.
 */
bool dns_stream_next(struct dns_stream *stream, struct bytes *data, struct bytes *message);

void dns_stream_fini(struct dns_stream *stream);

#endif
