// SPDX-License-Identifier: BSD-2-Clause
/*
 * IPv4 (RFC 791) and IPv6 with its chain of extension headers (RFC 8200 4).
 */
#include "wire/layer.h"

enum {
	IPV4_HEADER = 20, /* without options */
	IPV6_HEADER = 40,
	FRAGMENT_HEADER = 8,
};

enum protocol {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_IPV4 = 4,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_IPV6 = 41,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_GRE = 47,
	PROTOCOL_AUTHENTICATION = 51,
	PROTOCOL_DESTINATION = 60,
	PROTOCOL_ETHERIP = 97,
	PROTOCOL_MOBILITY = 135,
	PROTOCOL_MPLS = 137,
	PROTOCOL_HOST_IDENTITY = 139,
	PROTOCOL_SHIM6 = 140,
};

/* Extension headers of one datagram; each kind stands once (RFC 8200 4.1), but for destination. */
#define EXTENSIONS_MAX 12

static bool is_extension(uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_HOP_BY_HOP:
	case PROTOCOL_ROUTING:
	case PROTOCOL_FRAGMENT:
	case PROTOCOL_AUTHENTICATION:
	case PROTOCOL_DESTINATION:
	case PROTOCOL_MOBILITY:
	case PROTOCOL_HOST_IDENTITY:
	case PROTOCOL_SHIM6:
		return true;
	default:
		return false;
	}
}

static enum layer layer_of_protocol(struct cursor *cursor, uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_TCP:
		return LAYER_TCP;
	case PROTOCOL_UDP:
		return LAYER_UDP;
	case PROTOCOL_IPV4:
		return LAYER_IPV4;
	case PROTOCOL_IPV6:
		return LAYER_IPV6;
	case PROTOCOL_GRE:
		return LAYER_GRE;
	case PROTOCOL_MPLS:
		return LAYER_MPLS;
	case PROTOCOL_ETHERIP:
		return LAYER_ETHERIP;
	default:
		return layer_stop(cursor, DECODE_NOT_TCP);
	}
}

/* True if a segment can come of it, so that its fragments are worth keeping. */
static bool is_wanted(uint8_t protocol)
{
	struct cursor nobody = { 0 };

	return is_extension(protocol) || layer_of_protocol(&nobody, protocol) != LAYER_STOP;
}

/*
 * Hand a fragment over. True: its datagram is whole, described by *@datagram, and the cursor stands
 * in it behind the headers that precede what was fragmented. False: cursor.result says why.
 */
static bool reassemble(
	struct cursor *cursor, const struct fragment *fragment, struct datagram *datagram)
{
	if (!is_wanted(fragment->protocol)) {
		layer_stop(cursor, DECODE_NOT_TCP);
		return false;
	}
	if (cursor->wire > cursor->rest.n) {
		layer_stop(cursor, DECODE_CUT);
		return false;
	}
	switch (fragments_add(cursor->fragments, fragment, datagram)) {
	case FRAGMENT_WAITS:
		layer_stop(cursor, DECODE_FRAGMENT);
		return false;
	case FRAGMENT_BAD:
		layer_stop(cursor, DECODE_BAD_FRAGMENT);
		return false;
	case FRAGMENT_WHOLE:
		break;
	}
	cursor->ip = cursor->rest = datagram->whole;
	cursor->wire = datagram->whole.n;
	cursor->wire_unknown = false;
	cursor->altered = datagram->altered;
	return cursor_skip(cursor, datagram->header);
}

/* RFC 4302 2.2: its length counts words of four bytes, less two. False: cursor.result says why. */
static bool take_authentication(struct cursor *cursor, uint8_t *protocol)
{
	struct bytes head;
	size_t length = 2;

	if (cursor_peek(cursor, length, &head)) {
		length = (field_u8(head, 1) + 2u) * 4u;
		if (cursor_skip(cursor, length)) {
			*protocol = field_u8(head, 0);
			return true;
		}
	}
	layer_short(cursor, length);
	return false;
}

static bool ipv4_fragment(struct cursor *cursor, struct bytes header, uint8_t *protocol)
{
	uint16_t position = field_u16(header, 6);
	struct datagram datagram;
	struct fragment fragment = {
		.header = header,
		.protocol_at = 9,
		.protocol = *protocol,
		.id = field_u16(header, 4),
		.offset = (position & 0x1fffu) * 8u,
		.more = position & 0x2000,
		.data = cursor->rest,
		.time = cursor->time,
		.altered = cursor->altered,
	};

	if (!reassemble(cursor, &fragment, &datagram))
		return false;
	*protocol = datagram.protocol;
	return true;
}

enum layer layer_ipv4(struct cursor *cursor)
{
	struct bytes fixed, header;
	size_t length, total;
	uint8_t protocol;

	if (!cursor_peek(cursor, IPV4_HEADER, &fixed))
		return layer_short(cursor, IPV4_HEADER);
	length = (field_u8(fixed, 0) & 0x0fu) * 4u;
	total = field_u16(fixed, 2);
	/* Segmentation off-loading shows datagrams whose length is filled in later, or has no room.
	 */
	if (total == 0)
		total = cursor->wire;
	if (field_u8(fixed, 0) >> 4 != 4 || length < IPV4_HEADER || total < length ||
		!cursor_trim(cursor, total))
		return layer_stop(cursor, DECODE_MALFORMED);
	cursor->ip = cursor->rest;
	if (!cursor_take(cursor, length, &header))
		return layer_short(cursor, length);
	protocol = field_u8(fixed, 9);
	/* More fragments follow, or this one does not start at 0. */
	if ((field_u16(fixed, 6) & 0x3fff) && !ipv4_fragment(cursor, header, &protocol))
		return LAYER_STOP;
	if (protocol == PROTOCOL_AUTHENTICATION && !take_authentication(cursor, &protocol))
		return LAYER_STOP;
	return layer_of_protocol(cursor, protocol);
}

/*
 * What the walk along the extension headers knows: the protocol of what is next, and at which place
 * of cursor.ip that is said.
 */
struct chain {
	uint8_t protocol;
	size_t protocol_at;
};

/* RFC 8200 4.5. A fragment that is all of its datagram is none (RFC 6946). */
static bool take_fragment(struct cursor *cursor, struct chain *chain)
{
	size_t at = (size_t)(cursor->rest.p - cursor->ip.p);
	struct fragment fragment = {
		.header = bytes_of(cursor->ip.p, at),
		.protocol_at = chain->protocol_at,
		.time = cursor->time,
		.altered = cursor->altered,
	};
	struct datagram datagram;
	struct bytes header;
	uint16_t position;

	if (!cursor_take(cursor, FRAGMENT_HEADER, &header)) {
		layer_short(cursor, FRAGMENT_HEADER);
		return false;
	}
	fragment.protocol = field_u8(header, 0);
	position = field_u16(header, 2);
	fragment.offset = position & 0xfff8u;
	fragment.more = position & 1;
	fragment.id = field_u32(header, 4);
	fragment.data = cursor->rest;
	if (fragment.offset == 0 && !fragment.more) {
		*chain = (struct chain){ fragment.protocol, at };
		return true;
	}
	if (!reassemble(cursor, &fragment, &datagram))
		return false;
	*chain = (struct chain){ datagram.protocol, datagram.protocol_at };
	return true;
}

/* The extension header in front, of chain.protocol. False: cursor.result says why. */
static bool take_extension(struct cursor *cursor, struct chain *chain)
{
	size_t length = 2;
	struct bytes head;

	if (chain->protocol == PROTOCOL_FRAGMENT)
		return take_fragment(cursor, chain);
	chain->protocol_at = (size_t)(cursor->rest.p - cursor->ip.p);
	if (chain->protocol == PROTOCOL_AUTHENTICATION)
		return take_authentication(cursor, &chain->protocol);
	if (cursor_peek(cursor, length, &head)) {
		length = (field_u8(head, 1) + 1u) * 8u;
		if (cursor_skip(cursor, length)) {
			chain->protocol = field_u8(head, 0);
			return true;
		}
	}
	layer_short(cursor, length);
	return false;
}

enum layer layer_ipv6(struct cursor *cursor)
{
	struct bytes header;
	struct chain chain;
	size_t payload;

	if (!cursor_peek(cursor, IPV6_HEADER, &header))
		return layer_short(cursor, IPV6_HEADER);
	payload = field_u16(header, 4);
	/* 0: a jumbogram (RFC 2675), or off-loading as with IPv4. */
	if (payload == 0)
		payload = cursor->wire - IPV6_HEADER;
	if (field_u8(header, 0) >> 4 != 6 || !cursor_trim(cursor, IPV6_HEADER + payload))
		return layer_stop(cursor, DECODE_MALFORMED);
	cursor->ip = cursor->rest;
	cursor_skip(cursor, IPV6_HEADER);
	chain = (struct chain){ .protocol = field_u8(header, 6), .protocol_at = 6 };
	for (int n = 0; is_extension(chain.protocol); n++) {
		if (n == EXTENSIONS_MAX)
			return layer_stop(cursor, DECODE_DEPTH);
		if (!take_extension(cursor, &chain))
			return LAYER_STOP;
	}
	return layer_of_protocol(cursor, chain.protocol);
}

enum layer layer_ip(struct cursor *cursor)
{
	struct bytes first;

	if (!cursor_peek(cursor, 1, &first))
		return layer_short(cursor, 1);
	switch (field_u8(first, 0) >> 4) {
	case 4:
		return layer_ipv4(cursor);
	case 6:
		return layer_ipv6(cursor);
	default:
		return layer_stop(cursor, DECODE_NOT_IP);
	}
}
