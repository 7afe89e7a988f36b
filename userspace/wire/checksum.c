// SPDX-License-Identifier: BSD-2-Clause
/*
 * The Internet checksum (RFC 1071) of a TCP segment with its pseudo-header (RFC 9293 3.1, RFC 8200
 * 8.1). One's complement sums are the same in either byte order, up to a swap at the end.
 */
#include "wire/decode.h"
#include "wire/field.h"

enum {
	PROTOCOL_TCP = 6,
	CHECKSUM_AT = 16, /* in the TCP header */
	TCP_HEADER = 20,
	IPV6_HEADER = 40,
};

/* Where byte @at of a word stands in its value. */
static unsigned int shift(size_t at)
{
	return (unsigned int)(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? at : 7 - at) * 8;
}

/* Add @b, as numbers of this machine, to @sum. An odd last byte is padded with zero. */
static uint64_t add(uint64_t sum, struct bytes b)
{
	uint64_t wide = 0, word;

	/* 2^31 steps until this could overflow, more than any datagram has. */
	for (; b.n >= sizeof(word); bytes_skip(&b, sizeof(word))) {
		memcpy(&word, b.p, sizeof(word));
		wide += (word & 0xffffffff) + (word >> 32);
	}
	word = 0;
	for (size_t i = 0; i < b.n; i++)
		word |= (uint64_t)b.p[i] << shift(i);
	wide += (word & 0xffffffff) + (word >> 32);
	return sum + (wide & 0xffffffff) + (wide >> 32);
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The pseudo-header of a segment of @length bytes. */
static uint64_t pseudo_header(const struct segment *segment, size_t length)
{
	const struct addr *from = &segment->from.addr, *to = &segment->to.addr;
	uint8_t tail[8] = {
		(uint8_t)(length >> 24),
		(uint8_t)(length >> 16),
		(uint8_t)(length >> 8),
		(uint8_t)length,
		0,
		0,
		0,
		PROTOCOL_TCP,
	};
	uint64_t sum = add(0, bytes_of(from->ip, from->length));

	sum = add(sum, bytes_of(to->ip, to->length));
	return add(sum, bytes_of(tail, sizeof(tail)));
}

/* True if destination options hold a home address (RFC 6275 6.3). */
static bool has_home_address(struct bytes options)
{
	const uint8_t padding = 0, home_address = 0xc9;
	struct bytes value;
	uint8_t type;

	while (bytes_u8(&options, &type)) {
		if (type == home_address)
			return true;
		if (type != padding && !bytes_prefixed(&options, 1, &value))
			return false;
	}
	return false;
}

/*
 * True if extension headers name another sender or receiver than the IPv6 header does: the sum is
 * over those (RFC 8200 8.1).
 */
static bool is_rerouted(const struct segment *segment)
{
	struct bytes rest = bytes_of(segment->ip.p, segment->ip_header), header, extension;
	uint8_t protocol, next;

	if (segment->from.addr.length != 16 || !bytes_take(&rest, IPV6_HEADER, &header))
		return false;
	for (protocol = field_u8(header, 6); rest.n >= 4; protocol = next) {
		size_t length = (rest.p[1] + 1u) * 8u;

		next = rest.p[0];
		if (protocol == 51) /* authentication */
			length = (rest.p[1] + 2u) * 4u;
		if (protocol == 44) /* fragment, alone */
			length = 8;
		if (!bytes_take(&rest, length, &extension))
			return false;
		if (protocol == 43 && field_u8(extension, 3) > 0) /* routing: segments left */
			return true;
		if (protocol == 60 && bytes_skip(&extension, 2) && has_home_address(extension))
			return true;
	}
	return false;
}

enum checksum segment_checksum(const struct segment *segment)
{
	struct bytes tcp = segment->ip;
	uint16_t stored;
	size_t length;
	uint64_t pseudo;

	if (!bytes_skip(&tcp, segment->ip_header) || tcp.n < TCP_HEADER)
		return CHECKSUM_UNKNOWN;
	length = (field_u8(tcp, 12) >> 4) * 4u + segment->payload_length;
	if (tcp.n != length || is_rerouted(segment))
		return CHECKSUM_UNKNOWN;
	pseudo = pseudo_header(segment, length);
	if (fold(add(pseudo, tcp)) == 0xffff)
		return CHECKSUM_GOOD;
	/* Linux leaves the sum of the pseudo-header, some drivers that of one without the length.
	 */
	memcpy(&stored, tcp.p + CHECKSUM_AT, sizeof(stored));
	if (stored == 0 || stored == fold(pseudo) || stored == fold(pseudo_header(segment, 0)))
		return CHECKSUM_UNFILLED;
	return CHECKSUM_BAD;
}
