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

/* Unsigned sums of 64-bit words: the carries collect in the upper half. */
typedef unsigned __int128 wide;

static wide add_words(wide sum, const uint8_t *from, size_t words)
{
	uint64_t word;

	for (size_t i = 0; i < words; i++) {
		memcpy(&word, from + i * sizeof(word), sizeof(word));
		sum += word;
	}
	return sum;
}

/* Back to what fits 64 bits, carries added in. 2^32 = 1 in these sums, so halves may be added. */
static uint64_t narrow(wide sum)
{
	uint64_t low = (uint64_t)sum, high = (uint64_t)(sum >> 64);

	return (low & 0xffffffff) + (low >> 32) + (high & 0xffffffff) + (high >> 32);
}

/* Add @b, as numbers of this machine, to @sum. An odd last byte is padded with zero. */
static uint64_t add(uint64_t sum, struct bytes b)
{
	enum { BLOCK = 4 }; /* words in one step, so that the loop itself costs little */
	const size_t size = sizeof(uint64_t);
	uint64_t last = 0;
	wide total = sum;

	for (; b.n >= BLOCK * size; bytes_skip(&b, BLOCK * size))
		total = add_words(total, b.p, BLOCK);
	for (; b.n >= size; bytes_skip(&b, size))
		total = add_words(total, b.p, 1);
	if (b.n)
		memcpy(&last, b.p, b.n);
	return narrow(total + last);
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/*
 * The pseudo-header of a segment of @length bytes. The bytes behind an IPv4 address are zero, so
 * both families are added alike.
 */
static uint64_t pseudo_header(const struct segment *segment, size_t length)
{
	const size_t words = sizeof(segment->from.addr.ip) / sizeof(uint64_t);
	wide sum = (wide)htobe32((uint32_t)length) + htobe32(PROTOCOL_TCP);

	sum = add_words(sum, segment->from.addr.ip, words);
	sum = add_words(sum, segment->to.addr.ip, words);
	return narrow(sum);
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

	if (segment->altered)
		return CHECKSUM_UNKNOWN;
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
