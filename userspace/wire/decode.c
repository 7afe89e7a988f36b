// SPDX-License-Identifier: BSD-2-Clause
#include "wire/decode.h"

#include <stdlib.h>

#include "base/mem.h"
#include "wire/layer.h"

/*
 * Headers of one frame, extension headers and MPLS labels apart. The deepest that is met in
 * practice (a mirrored frame in a tunnel of a data centre with tags at both levels) has about a
 * dozen.
 */
#define LAYERS_MAX 20

#define FRAGMENT_BYTES_DEFAULT (4u << 20)

enum { TCP_HEADER = 20 };

struct decoder {
	const struct ports *ports;
	struct fragments *fragments;
};

struct decoder *decoder_new(const struct decode_params *params)
{
	struct decoder *decoder = mem_alloc(sizeof(*decoder));
	size_t bytes = params->max_fragment_bytes;

	decoder->ports = params->ports;
	decoder->fragments = fragments_new(bytes ? bytes : FRAGMENT_BYTES_DEFAULT);
	return decoder;
}

void decoder_free(struct decoder *decoder)
{
	if (!decoder)
		return;
	fragments_free(decoder->fragments);
	free(decoder);
}

uint64_t decoder_lost_datagrams(const struct decoder *decoder)
{
	return fragments_lost(decoder->fragments);
}

const char *decode_result_name(enum decode_result result)
{
	static const char *const names[DECODE_RESULTS] = {
#define X(name, text, comment) [name] = text,
		DECODE_RESULT_LIST(X)
#undef X
	};

	return names[result];
}

enum {
	ETHERNET_HEADER = 14,
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	PORTS = 4,
};

/*
 * Most frames on most taps are TCP over IP over Ethernet without options or tags: these are told by
 * three fields. Returns where their TCP header starts, of which the ports are there; 0: another
 * frame.
 */
static size_t common_tcp(struct bytes frame)
{
	const size_t ip = ETHERNET_HEADER;

	if (frame.n < ip + IPV4_HEADER + PORTS)
		return 0;
	if (field_u16(frame, 12) == 0x0800) {
		bool plain = field_u8(frame, ip) == 0x45 && field_u8(frame, ip + 9) == 6 &&
			     (field_u16(frame, ip + 6) & 0x3fff) == 0;

		return plain ? ip + IPV4_HEADER : 0;
	}
	if (field_u16(frame, 12) != 0x86dd || field_u8(frame, ip + 6) != 6 ||
		field_u8(frame, ip) >> 4 != 6 || frame.n < ip + IPV6_HEADER + PORTS)
		return 0;
	return ip + IPV6_HEADER;
}

/* One of the ports at @tcp. */
static inline bool is_wanted(const struct ports *ports, struct bytes frame, size_t tcp)
{
	return ports_has(ports, field_u16(frame, tcp)) ||
	       ports_has(ports, field_u16(frame, tcp + 2));
}

/* The first eight bytes of an address that has but four: the others are zero. */
static uint64_t four_bytes(const uint8_t *ip)
{
	uint32_t four;

	memcpy(&four, ip, sizeof(four));
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? four : (uint64_t)four << 32;
}

/*
 * Written in words, as those who look the end point up read it: a load of what several smaller
 * stores have just put together has to wait for them.
 */
static void fill_endpoint(
	struct endpoint *end, const uint8_t *ip, uint8_t length, const uint8_t *port)
{
	uint64_t word[2] = { 0 };
	uint16_t number;

	if (length == 4)
		word[0] = four_bytes(ip);
	else
		memcpy(word, ip, sizeof(word));
	memcpy(&number, port, sizeof(number));
	memset(end, 0, sizeof(*end)); /* also the padding, so that end points may be keys */
	memcpy(end->addr.ip, word, sizeof(word));
	end->addr.length = length;
	end->port = be16toh(number);
}

static inline void fill_ends(
	struct endpoint *from, struct endpoint *to, struct bytes ip, const uint8_t *ports)
{
	if (field_u8(ip, 0) >> 4 == 4) {
		assert(ip.n >= IPV4_HEADER);
		fill_endpoint(from, ip.p + 12, 4, ports);
		fill_endpoint(to, ip.p + 16, 4, ports + 2);
	} else {
		assert(ip.n >= IPV6_HEADER);
		fill_endpoint(from, ip.p + 8, 16, ports);
		fill_endpoint(to, ip.p + 24, 16, ports + 2);
	}
}

static void fill_from_ip(struct segment *segment, struct bytes ip, const uint8_t *ports)
{
	fill_ends(&segment->from, &segment->to, ip, ports);
	if (field_u8(ip, 0) >> 4 == 4) {
		segment->ttl = field_u8(ip, 8);
		segment->ip_id = field_u16(ip, 4);
	} else {
		segment->ttl = field_u8(ip, 7);
		segment->ip_id = 0;
	}
}

/*
 * The segment whose TCP header (RFC 9293 3.1), all of it without options, is at @tcp of the
 * datagram
 * @ip; @wire: bytes there were on the wire from there on.
 */
static enum decode_result fill_segment(struct segment *segment, const struct packet *packet,
	struct bytes ip, size_t tcp, size_t wire)
{
	struct bytes header, payload = bytes_of(ip.p + tcp, ip.n - tcp);
	size_t length;

	assert(tcp + TCP_HEADER <= ip.n);
	header = bytes_of(payload.p, TCP_HEADER);
	length = (field_u8(header, 12) >> 4) * 4u;
	if (length < TCP_HEADER || length > wire)
		return DECODE_MALFORMED;
	/* The capture may end inside the options: then the payload is known by its length alone. */
	if (!bytes_skip(&payload, length))
		payload = bytes_of(payload.p + payload.n, 0);
	fill_from_ip(segment, ip, header.p);
	segment->time = packet->time;
	segment->packet = packet;
	segment->altered = packet->altered;
	segment->seq = field_u32(header, 4);
	segment->ack = field_u32(header, 8);
	segment->flags = field_u8(header, 13);
	segment->window = field_u16(header, 14);
	segment->vlan = 0;
	segment->payload = payload;
	segment->payload_length = (uint32_t)(wire - length);
	segment->ip = ip;
	segment->ip_header = (uint32_t)tcp;
	return DECODE_SEGMENT;
}

/*
 * The segment of a common frame with its TCP header at @tcp. False: something is odd or cut, so
 * that header after header has to be looked at.
 */
static bool take_common(const struct packet *packet, size_t tcp, struct segment *segment,
	enum decode_result *result)
{
	const size_t ip = ETHERNET_HEADER;
	struct bytes frame = packet->frame;
	size_t end;

	if (tcp == ip + IPV4_HEADER)
		end = ip + field_u16(frame, ip + 2);
	else
		end = tcp + field_u16(frame, ip + 4);
	if (end < tcp + TCP_HEADER || frame.n < tcp + TCP_HEADER ||
		(end > frame.n && end > packet->wire_length))
		return false;
	if (frame.n > end)
		frame.n = end;
	*result = fill_segment(
		segment, packet, bytes_of(frame.p + ip, frame.n - ip), tcp - ip, end - tcp);
	return true;
}

/* The cursor stands at a TCP header. */
static enum decode_result take_tcp(const struct decoder *decoder, struct cursor *cursor,
	const struct packet *packet, struct segment *segment)
{
	size_t tcp = (size_t)(cursor->rest.p - cursor->ip.p);
	enum decode_result result;

	if (cursor->rest.n < PORTS) {
		layer_short(cursor, PORTS);
		return cursor->result;
	}
	if (!is_wanted(decoder->ports, cursor->rest, 0))
		return DECODE_OTHER_PORT;
	if (cursor->rest.n < TCP_HEADER) {
		layer_short(cursor, TCP_HEADER);
		return cursor->result;
	}
	result = fill_segment(segment, packet, cursor->ip, tcp, cursor->wire);
	segment->vlan = cursor->vlan;
	segment->altered = cursor->altered;
	return result;
}

static enum layer take_layer(struct cursor *cursor, enum layer layer)
{
	switch (layer) {
	case LAYER_ETHERNET:
		return layer_ethernet(cursor);
	case LAYER_VLAN:
		return layer_vlan(cursor);
	case LAYER_LLC:
		return layer_llc(cursor);
	case LAYER_MPLS:
		return layer_mpls(cursor);
	case LAYER_PPPOE:
		return layer_pppoe(cursor);
	case LAYER_PPP:
		return layer_ppp(cursor);
	case LAYER_IP:
		return layer_ip(cursor);
	case LAYER_IPV4:
		return layer_ipv4(cursor);
	case LAYER_IPV6:
		return layer_ipv6(cursor);
	case LAYER_GRE:
		return layer_gre(cursor);
	case LAYER_ETHERIP:
		return layer_etherip(cursor);
	case LAYER_UDP:
		return layer_udp(cursor);
	case LAYER_STOP:
	case LAYER_TCP:
	case LAYER_DNS:
		break;
	}
	return layer;
}

/* The cursor stands behind the UDP header of a DNS answer. */
static enum decode_result take_dns(
	const struct cursor *cursor, const struct packet *packet, struct segment *segment)
{
	*segment = (struct segment){
		.time = packet->time,
		.vlan = cursor->vlan,
		.payload = cursor->rest,
		.payload_length = (uint32_t)cursor->wire,
		.ip = cursor->ip,
		.packet = packet,
	};
	fill_from_ip(segment, cursor->ip, cursor->udp.p);
	return DECODE_DNS;
}

/* Header after header, to one that is no cover of others; at LAYER_STOP cursor.result says why. */
static enum layer walk(struct cursor *cursor, uint16_t link_type)
{
	enum layer layer = layer_link(cursor, link_type);

	for (int n = 0; layer != LAYER_TCP && layer != LAYER_DNS && layer != LAYER_STOP; n++) {
		if (n == LAYERS_MAX)
			layer = layer_stop(cursor, DECODE_DEPTH);
		else
			layer = take_layer(cursor, layer);
	}
	return layer;
}

enum decode_result decode(
	struct decoder *decoder, const struct packet *packet, struct segment *segment)
{
	size_t tcp = packet->link_type == LINK_ETHERNET ? common_tcp(packet->frame) : 0;
	enum decode_result result;
	struct cursor cursor;

	if (tcp && !is_wanted(decoder->ports, packet->frame, tcp))
		return DECODE_OTHER_PORT;
	if (tcp && take_common(packet, tcp, segment, &result))
		return result;
	cursor = (struct cursor){
		.rest = packet->frame,
		.wire = packet->wire_length,
		.fragments = decoder->fragments,
		.time = packet->time,
		.altered = packet->altered,
	};
	if (cursor.wire < cursor.rest.n)
		cursor.wire = cursor.rest.n;
	switch (walk(&cursor, packet->link_type)) {
	case LAYER_TCP:
		return take_tcp(decoder, &cursor, packet, segment);
	case LAYER_DNS:
		return take_dns(&cursor, packet, segment);
	default:
		return cursor.result;
	}
}

bool decode_ahead(const struct decoder *decoder, struct bytes frame, uint16_t link_type,
	struct endpoint *from, struct endpoint *to)
{
	size_t tcp = link_type == LINK_ETHERNET ? common_tcp(frame) : 0;

	if (!tcp || !is_wanted(decoder->ports, frame, tcp))
		return false;
	fill_ends(from, to, bytes_of(frame.p + ETHERNET_HEADER, frame.n - ETHERNET_HEADER),
		frame.p + tcp);
	return true;
}
