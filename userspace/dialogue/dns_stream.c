// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/dns_stream.h"

#include <stdlib.h>

#include "base/mem.h"

/* Two bytes of length, the upper one first. True: it is known. */
static bool take_length(struct dns_stream *stream, struct bytes *data)
{
	uint8_t byte;

	while (stream->length_n < 2 && bytes_u8(data, &byte)) {
		stream->length = (uint16_t)(stream->length << 8 | byte);
		stream->length_n++;
	}
	return stream->length_n == 2;
}

/* The next byte is that of a length. */
static void start_over(struct dns_stream *stream)
{
	stream->length = 0;
	stream->length_n = 0;
	stream->taken = 0;
}

static void keep(struct dns_stream *stream, struct bytes part)
{
	if (stream->length > DNS_STREAM_MESSAGE_MAX)
		return;
	/* Only as much as has come: a length is soon claimed. */
	stream->kept = mem_realloc(stream->kept, stream->taken + part.n);
	memcpy(stream->kept + stream->taken, part.p, part.n);
}

bool dns_stream_next(struct dns_stream *stream, struct bytes *data, struct bytes *message)
{
	while (take_length(stream, data)) {
		size_t left = stream->length - stream->taken;
		struct bytes part = bytes_of(data->p, left < data->n ? left : data->n);
		bool whole = part.n == left, at_once = !stream->taken;
		bool too_long = stream->length > DNS_STREAM_MESSAGE_MAX;

		bytes_skip(data, part.n);
		if (part.n && !(whole && at_once))
			keep(stream, part);
		stream->taken += part.n;
		if (!whole)
			return false;
		*message = at_once ? part : bytes_of(stream->kept, stream->taken);
		start_over(stream);
		if (!too_long)
			return true;
	}
	return false;
}

void dns_stream_fini(struct dns_stream *stream)
{
	free(stream->kept);
	*stream = (struct dns_stream){ 0 };
}
