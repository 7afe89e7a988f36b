// SPDX-License-Identifier: BSD-2-Clause
/*
 * The first byte says in what pieces the rest comes: the messages are the same as from one piece, and
 * together with their lengths never more than came.
 */
#include <stdlib.h>

#include "dialogue/dns_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
	uint64_t hash;
	size_t bytes;
};

static struct sum read_in_pieces(struct bytes whole, size_t size)
{
	struct dns_stream stream = { 0 };
	struct sum sum = { 0, 0 };
	struct bytes message;

	while (whole.n) {
		struct bytes piece = bytes_of(whole.p, size < whole.n ? size : whole.n);

		bytes_skip(&whole, piece.n);
		while (dns_stream_next(&stream, &piece, &message)) {
			if (message.n > DNS_STREAM_MESSAGE_MAX)
				abort();
			for (size_t i = 0; i < message.n; i++)
				sum.hash = sum.hash * 31 + message.p[i];
			sum.hash = sum.hash * 31 + message.n;
			sum.bytes += 2 + message.n;
		}
		if (piece.n)
			abort();
	}
	dns_stream_fini(&stream);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sum pieces, whole;

	if (size < 2)
		return 0;
	pieces = read_in_pieces(bytes_of(data + 1, size - 1), (size_t)data[0] + 1);
	whole = read_in_pieces(bytes_of(data + 1, size - 1), size);
	if (pieces.hash != whole.hash || pieces.bytes != whole.bytes || whole.bytes > size - 1)
		abort();
	return 0;
}
