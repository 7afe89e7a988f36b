// SPDX-License-Identifier: BSD-2-Clause
/*
 * Several frames an input, so that fragments meet. Each frame: link type (an index), what the
 * capture cut off (two bytes), milliseconds since the frame before (one byte, times 256), length
 * (two bytes), frame.
 */
#include <stdlib.h>

#include "wire/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t link_types[] = {
	LINK_ETHERNET,
	LINK_NULL,
	LINK_PPP,
	LINK_PPP_HDLC,
	LINK_PPP_ETHER,
	LINK_RAW_BSD,
	LINK_RAW_OPENBSD,
	LINK_RAW,
	LINK_LOOP,
	LINK_LINUX_SLL,
	LINK_IPV4,
	LINK_IPV6,
	LINK_NFLOG,
	LINK_LINUX_SLL2,
	147,
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* What is said of a segment fits together, and its views lie inside of what they are views of. */
static void check(const struct segment *segment, const struct ports *ports)
{
	struct bytes ip = segment->ip, payload = segment->payload;
	size_t length = segment->from.addr.length;

	require(length == 4 || length == 16);
	require(segment->to.addr.length == length);
	for (size_t i = length; i < 16; i++)
		require(segment->from.addr.ip[i] == 0 && segment->to.addr.ip[i] == 0);
	require(ports_has(ports, segment->from.port) || ports_has(ports, segment->to.port));
	require(segment->ip_header >= (length == 4 ? 20 : 40));
	require(ip.n >= segment->ip_header + 20);
	require(payload.n <= segment->payload_length);
	require(payload.p >= ip.p + segment->ip_header + 20);
	require(payload.p + payload.n == ip.p + ip.n);
	require(segment->vlan < 4096);
	/* Touch every byte, for the sanitizer. */
	(void)segment_checksum(segment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ports ports;
	const struct decode_params params = { .ports = &ports, .max_fragment_bytes = 64 * 1024 };
	struct decoder *decoder = decoder_new(&params);
	struct packet packet = { 0 };
	struct bytes rest = bytes_of(data, size), frame;
	struct segment segment;
	uint8_t link_type, pause;
	uint16_t cut;

	for (unsigned int port = 0; port < 65536; port += 5)
		ports_add(&ports, (uint16_t)port);
	while (bytes_u8(&rest, &link_type) && bytes_u16(&rest, &cut) && bytes_u8(&rest, &pause) &&
		bytes_prefixed(&rest, 2, &frame)) {
		/* A block of exactly this size, so that one byte too far is seen. */
		uint8_t *copy = malloc(frame.n ? frame.n : 1);
		enum decode_result result;

		if (frame.n)
			memcpy(copy, frame.p, frame.n);
		packet.link_type =
			link_types[link_type % (sizeof(link_types) / sizeof(*link_types))];
		packet.frame = bytes_of(copy, frame.n);
		packet.wire_length = (uint32_t)frame.n + cut;
		packet.time += pause * INT64_C(256000000);
		result = decode(decoder, &packet, &segment);
		require(result < DECODE_RESULTS && decode_result_name(result));
		if (result == DECODE_SEGMENT)
			check(&segment, &ports);
		if (result == DECODE_DNS)
			require(segment.from.port == 53 &&
				segment.payload.n <= segment.payload_length);
		free(copy);
	}
	decoder_free(decoder);
	return 0;
}
