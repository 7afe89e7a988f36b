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
static bool is_wanted(const struct ports *ports, struct bytes frame, size_t tcp)
{
	return ports_has(ports, field_u16(frame, tcp)) ||
	       ports_has(ports, field_u16(frame, tcp + 2));
}

/* To the TCP header of a common frame. False: its lengths are odd, so walk. */
static bool skip_common(struct cursor *cursor, size_t tcp)
{
	const size_t ip = ETHERNET_HEADER;
	size_t header = tcp - ip, frame = cursor->rest.n, end;

	if (header == IPV4_HEADER)
		end = field_u16(cursor->rest, ip + 2);
	else
		end = header + field_u16(cursor->rest, ip + 4);
	if (end <= header || ip + end > cursor->wire)
		return false;
	end += ip;
	cursor->wire = end - tcp;
	if (frame > end)
		frame = end;
	cursor->ip = bytes_of(cursor->rest.p + ip, frame - ip);
	cursor->rest = bytes_of(cursor->rest.p + tcp, frame - tcp);
	return true;
}

static void fill_endpoints(struct segment *segment, struct bytes ip, uint16_t from, uint16_t to)
{
	bool ipv4 = field_u8(ip, 0) >> 4 == 4;

	/* Also the padding, so that end points may be keys. */
	memset(&segment->from, 0, sizeof(segment->from));
	memset(&segment->to, 0, sizeof(segment->to));
	segment->from.port = from;
	segment->to.port = to;
	if (ipv4) {
		memcpy(segment->from.addr.ip, ip.p + 12, 4);
		memcpy(segment->to.addr.ip, ip.p + 16, 4);
		segment->from.addr.length = segment->to.addr.length = 4;
		segment->ttl = field_u8(ip, 8);
		segment->ip_id = field_u16(ip, 4);
	} else {
		memcpy(segment->from.addr.ip, ip.p + 8, 16);
		memcpy(segment->to.addr.ip, ip.p + 24, 16);
		segment->from.addr.length = segment->to.addr.length = 16;
		segment->ttl = field_u8(ip, 7);
		segment->ip_id = 0;
	}
}

/* The cursor stands at a TCP header (RFC 9293 3.1). */
static enum decode_result take_tcp(const struct decoder *decoder, struct cursor *cursor,
	const struct packet *packet, struct segment *segment)
{
	size_t wire = cursor->wire, length;
	struct bytes header, payload = cursor->rest;
	uint16_t from, to;

	if (!cursor_peek(cursor, 4, &header)) {
		layer_short(cursor, 4);
		return cursor->result;
	}
	from = field_u16(header, 0);
	to = field_u16(header, 2);
	if (!is_wanted(decoder->ports, cursor->rest, 0))
		return DECODE_OTHER_PORT;
	if (!cursor_peek(cursor, TCP_HEADER, &header)) {
		layer_short(cursor, TCP_HEADER);
		return cursor->result;
	}
	length = (field_u8(header, 12) >> 4) * 4u;
	if (length < TCP_HEADER || length > wire)
		return DECODE_MALFORMED;
	/* The capture may end inside the options: then the payload is known by its length alone. */
	if (!bytes_skip(&payload, length))
		payload = bytes_of(payload.p + payload.n, 0);
	fill_endpoints(segment, cursor->ip, from, to);
	segment->time = packet->time;
	segment->packet = packet;
	segment->seq = field_u32(header, 4);
	segment->ack = field_u32(header, 8);
	segment->flags = field_u8(header, 13);
	segment->window = field_u16(header, 14);
	segment->vlan = cursor->vlan;
	segment->payload = payload;
	segment->payload_length = (uint32_t)(wire - length);
	segment->ip = cursor->ip;
	segment->ip_header = (uint32_t)(cursor->rest.p - cursor->ip.p);
	return DECODE_SEGMENT;
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
		break;
	}
	return layer;
}

/* Header after header to the TCP header. False: cursor.result says why there is none. */
static bool walk(struct cursor *cursor, uint16_t link_type)
{
	enum layer layer = layer_link(cursor, link_type);

	for (int n = 0; layer != LAYER_TCP && layer != LAYER_STOP; n++) {
		if (n == LAYERS_MAX)
			layer = layer_stop(cursor, DECODE_DEPTH);
		else
			layer = take_layer(cursor, layer);
	}
	return layer == LAYER_TCP;
}

enum decode_result decode(
	struct decoder *decoder, const struct packet *packet, struct segment *segment)
{
	size_t tcp = packet->link_type == LINK_ETHERNET ? common_tcp(packet->frame) : 0;
	struct cursor cursor;

	if (tcp && !is_wanted(decoder->ports, packet->frame, tcp))
		return DECODE_OTHER_PORT;
	cursor = (struct cursor){
		.rest = packet->frame,
		.wire = packet->wire_length,
		.fragments = decoder->fragments,
		.time = packet->time,
	};
	if (cursor.wire < cursor.rest.n)
		cursor.wire = cursor.rest.n;
	if (!(tcp && skip_common(&cursor, tcp)) && !walk(&cursor, packet->link_type))
		return cursor.result;
	return take_tcp(decoder, &cursor, packet, segment);
}
