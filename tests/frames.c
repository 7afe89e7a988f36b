// SPDX-License-Identifier: BSD-2-Clause
#include "frames.h"

#include <assert.h>
#include <stdlib.h>

/* Longest frame that is built, with room in front for headers and behind for padding. */
#define ROOM    (80 * 1024)
#define HEADERS 4096
#define PADDING 6

/* Built from the inside out: each layer is put in front of what is there. */
struct frame {
	uint8_t *room;
	size_t start, end;
};

static const uint8_t ipv4_from[] = { 10, 0, 0, 1 }, ipv4_to[] = { 192, 0, 2, 25 };
static const uint8_t ipv6_from[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x0a };
static const uint8_t ipv6_to[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x0b };

static size_t length_of(const struct frame *frame)
{
	return frame->end - frame->start;
}

/* Put @n bytes in front, and return where they are. */
static uint8_t *put(struct frame *frame, const void *bytes, size_t n)
{
	assert(frame->start >= n);
	frame->start -= n;
	memcpy(frame->room + frame->start, bytes, n);
	return frame->room + frame->start;
}

#define PUT(frame, ...)                                                                            \
	put(frame, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void set_u16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void set_u32(uint8_t *at, uint32_t value)
{
	set_u16(at, value >> 16);
	set_u16(at + 2, value & 0xffff);
}

static uint32_t sum(uint32_t start, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		start += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	return start;
}

static uint16_t fold(uint32_t value)
{
	value = (value & 0xffff) + (value >> 16);
	return (uint16_t)(value + (value >> 16));
}

uint16_t frame_pseudo_header(bool ipv6, uint16_t length)
{
	uint32_t total = 6u + length;

	total = sum(total, ipv6 ? ipv6_from : ipv4_from, ipv6 ? 16 : 4);
	return fold(sum(total, ipv6 ? ipv6_to : ipv4_to, ipv6 ? 16 : 4));
}

static bool is_ipv4(enum piece piece)
{
	return piece >= IP4 && piece <= IP4_MORE;
}

static bool is_ipv6(enum piece piece)
{
	return piece == IP6 || piece == IP6_NO_LENGTH;
}

/* The version of the IP header that is next around layers[at]. */
static bool within_ipv6(const enum piece *layers, size_t at)
{
	while (at-- > 0) {
		if (is_ipv4(layers[at]) || is_ipv6(layers[at]))
			return is_ipv6(layers[at]);
	}
	return false;
}

static uint16_t ethertype_of(enum piece piece)
{
	if (is_ipv4(piece))
		return 0x0800;
	if (is_ipv6(piece))
		return 0x86dd;
	switch (piece) {
	case VLAN_AD:
		return 0x88a8;
	case VLAN_9100:
		return 0x9100;
	case VLAN:
	case VLAN_ZERO:
	case VLAN_LENGTH:
		return 0x8100;
	case MPLS:
		return 0x8847;
	case PPPOE:
		return 0x8864;
	case ETH:
		return 0x6558;
	default:
		abort(); /* this has no Ethernet type */
	}
}

static uint8_t protocol_of(enum piece piece)
{
	if (is_ipv4(piece))
		return 4;
	if (is_ipv6(piece))
		return 41;
	if (piece >= GRE && piece <= ERSPAN_3_MORE)
		return 47;
	if (piece >= VXLAN && piece <= TEREDO_FULL)
		return 17;
	if (piece >= TCP)
		return 6;
	switch (piece) {
	case HOP_BY_HOP:
		return 0;
	case ROUTING:
	case ROUTING_LEFT:
		return 43;
	case DESTINATION:
	case HOME_ADDRESS:
		return 60;
	case MOBILITY:
		return 135;
	case ATOMIC:
		return 44;
	case AH:
		return 51;
	case MPLS:
		return 137;
	default:
		assert(piece == ETHERIP);
		return 97;
	}
}

static void put_tcp(struct frame *frame, enum piece piece, bool ipv6)
{
	uint8_t *tcp;
	size_t length;

	if (piece == TCP_OPTIONS)
		PUT(frame, 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8);
	tcp = PUT(frame, 0x9c, 0x40, 0, 25, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x18, 0x72, 0x10, 0, 0, 0,
		0);
	if (piece == TCP_OPTIONS)
		tcp[12] = 0x80;
	set_u32(tcp + 4, FRAME_SEQ);
	set_u32(tcp + 8, FRAME_ACK);
	length = length_of(frame);
	set_u16(tcp + 16,
		(uint16_t)~fold(sum(frame_pseudo_header(ipv6, (uint16_t)length), tcp, length)));
}

static void put_ipv4(struct frame *frame, enum piece piece, uint8_t protocol)
{
	size_t header = 20;
	uint8_t *ip;

	if (piece == IP4_OPTIONS) {
		PUT(frame, 1, 1, 1, 1, 148, 4, 0, 0); /* padding, router alert */
		header = 28;
	}
	put(frame, ipv4_to, 4);
	put(frame, ipv4_from, 4);
	ip = PUT(frame, 0x40, 0, 0, 0, 0x12, 0x34, 0x40, 0, 57, protocol, 0, 0);
	ip[0] = (uint8_t)(0x40 | header / 4);
	if (piece == IP4_MORE)
		ip[6] = 0x20;
	if (piece != IP4_NO_LENGTH)
		set_u16(ip + 2, length_of(frame));
	set_u16(ip + 10, (uint16_t)~fold(sum(0, ip, header)));
}

static void put_ipv6(struct frame *frame, enum piece piece, uint8_t next)
{
	size_t length = length_of(frame);
	uint8_t *ip;

	put(frame, ipv6_to, 16);
	put(frame, ipv6_from, 16);
	ip = PUT(frame, 0x60, 0, 0, 0, 0, 0, next, 57);
	if (piece != IP6_NO_LENGTH)
		set_u16(ip + 4, length);
}

static void put_extension(struct frame *frame, enum piece piece, uint8_t next)
{
	switch (piece) {
	case HOP_BY_HOP:
		PUT(frame, next, 0, 5, 2, 0, 0, 1, 0); /* router alert, padding */
		break;
	case ROUTING:
	case ROUTING_LEFT:
		put(frame, ipv6_to, 16);
		PUT(frame, next, 2, 0, piece == ROUTING_LEFT, 0, 0, 0, 0);
		break;
	case DESTINATION:
		PUT(frame, next, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
		break;
	case HOME_ADDRESS:
		put(frame, ipv6_to, 16);
		PUT(frame, next, 2, 0, 1, 0, 0, 0xc9, 16); /* padding of both kinds before it */
		frame->room[frame->start + 3] = 0;
		break;
	case MOBILITY:
		PUT(frame, next, 0, 0, 0, 0, 0, 0, 0);
		break;
	case ATOMIC:
		PUT(frame, next, 0, 0, 0, 1, 2, 3, 4);
		break;
	default:
		assert(piece == AH);
		PUT(frame, next, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
			12);
		break;
	}
}

static void put_udp(struct frame *frame, uint8_t high, uint8_t low)
{
	uint8_t *udp = PUT(frame, 0xc0, 0, high, low, 0, 0, 0, 0);

	set_u16(udp + 4, length_of(frame));
}

static void put_gre(struct frame *frame, enum piece piece, enum piece inner)
{
	size_t length = length_of(frame);
	uint8_t *gre;

	switch (piece) {
	case GRE:
		gre = PUT(frame, 0, 0, 0, 0);
		set_u16(gre + 2, ethertype_of(inner));
		break;
	case GRE_FIELDS:
		gre = PUT(frame, 0xb0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 9);
		set_u16(gre + 2, ethertype_of(inner));
		break;
	case GRE_PPTP:
		gre = PUT(frame, 0x30, 0x81, 0x88, 0x0b, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 8);
		set_u16(gre + 4, length);
		break;
	case ERSPAN_1:
		PUT(frame, 0, 0, 0x88, 0xbe);
		break;
	case ERSPAN_2:
		PUT(frame, 0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 7, 0, 1, 0, 0, 0, 0);
		break;
	case ERSPAN_3_MORE:
		PUT(frame, 0x18, 0, 0, 0, 0, 0, 0, 0);
		PUT(frame, 0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 7, 0, 1, 1, 2, 3, 4, 0, 0, 0, 1);
		break;
	default:
		assert(piece == ERSPAN_3);
		PUT(frame, 0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 7, 0, 1, 1, 2, 3, 4, 0, 0, 0, 0);
		break;
	}
}

static void put_gtp(struct frame *frame, enum piece piece)
{
	size_t length;
	uint8_t *gtp;

	if (piece == GTP_EXTENDED) {
		PUT(frame, 2, 1, 2, 3, 4, 5, 6, 0); /* two words, none behind */
		PUT(frame, 1, 0, 1, 0x85);          /* one word, another behind */
		PUT(frame, 0, 1, 0, 0xc0);          /* sequence number, N-PDU, first extension */
	}
	length = length_of(frame);
	gtp = PUT(frame, 0x30, 255, 0, 0, 0, 0, 0, 7);
	if (piece == GTP_EXTENDED)
		gtp[0] = 0x36;
	set_u16(gtp + 2, length);
	put_udp(frame, 2152 >> 8, 2152 & 0xff);
}

static void put_udp_tunnel(struct frame *frame, enum piece piece, enum piece inner)
{
	uint8_t *geneve;

	switch (piece) {
	case VXLAN:
		PUT(frame, 8, 0, 0, 0, 0, 0, 42, 0);
		put_udp(frame, 4789 >> 8, 4789 & 0xff);
		break;
	case VXLAN_LINUX:
		PUT(frame, 8, 0, 0, 0, 0, 0, 42, 0);
		put_udp(frame, 8472 >> 8, 8472 & 0xff);
		break;
	case GENEVE:
	case GENEVE_OPTIONS:
		if (piece == GENEVE_OPTIONS)
			PUT(frame, 1, 2, 3, 1, 9, 9, 9, 9);
		geneve = PUT(frame, piece == GENEVE ? 0 : 2, 0, 0, 0, 0, 0, 42, 0);
		set_u16(geneve + 2, ethertype_of(inner));
		put_udp(frame, 6081 >> 8, 6081 & 0xff);
		break;
	case TEREDO_FULL:
		PUT(frame, 0, 0, 1, 2, 3, 4, 5, 6);
		PUT(frame, 0, 1, 2, 3, 1, 2, 1, 2, 3, 8, 7, 6, 5, 4, 3, 2, 1, 0);
		put_udp(frame, 3544 >> 8, 3544 & 0xff);
		break;
	case TEREDO:
		put_udp(frame, 3544 >> 8, 3544 & 0xff);
		break;
	default:
		put_gtp(frame, piece);
		break;
	}
}

static void put_ppp(struct frame *frame, enum piece piece, enum piece inner)
{
	uint8_t protocol = inner == MPLS ? 0x81 : is_ipv4(inner) ? 0x21 : 0x57;

	PUT(frame, protocol);
	if (piece != PPP_SHORT)
		PUT(frame, inner == MPLS ? 2 : 0);
	if (piece == PPP_FRAMED)
		PUT(frame, 0xff, 0x03);
}

static void put_type(struct frame *frame, uint16_t type)
{
	uint8_t *at = PUT(frame, 0, 0);

	set_u16(at, type);
}

static void put_ethernet(struct frame *frame, uint16_t type)
{
	put_type(frame, type);
	/* Its first nibble is that of no IP version, and its first two bytes are not zero. */
	PUT(frame, 0x02, 0x1b, 0x21, 0x3c, 0x9d, 0xf8, 0x02, 0x15, 0x17, 0x01, 0x02, 0x03);
}

static void put_vlan(struct frame *frame, uint16_t id, uint16_t type)
{
	put_type(frame, type);
	put_type(frame, 0x6000 | id); /* with a priority */
}

static void put_snap(struct frame *frame, uint8_t owner, enum piece inner)
{
	put_type(frame, ethertype_of(inner));
	PUT(frame, 0xaa, 0xaa, 3, 0, 0, owner);
}

static void put_cooked(struct frame *frame, uint16_t protocol)
{
	put_type(frame, protocol);
	PUT(frame, 0, 0, 0, 1, 0, 6, 2, 0x1b, 0x21, 0x3c, 0x9d, 0xf8, 0, 0);
}

static void put_nflog(struct frame *frame, bool big, enum piece inner)
{
	size_t length = length_of(frame) + 4;

	if (big) {
		put_type(frame, 9);
		put_type(frame, (uint16_t)length);
		PUT(frame, 0, 8, 0, 1, 8, 0, 1, 0); /* packet header */
	} else {
		PUT(frame, (uint8_t)length, (uint8_t)(length >> 8), 9, 0);
		PUT(frame, 7, 0, 10, 0, 'a', 'b', 0, 0); /* prefix, padded */
	}
	PUT(frame, is_ipv4(inner) ? 2 : 10, 0, 0, 5);
}

static void put_link(struct frame *frame, enum piece piece, enum piece inner)
{
	uint8_t family = is_ipv4(inner) ? 2 : 30, *header;

	switch (piece) {
	case NULL_LITTLE:
		PUT(frame, family, 0, 0, 0);
		break;
	case NULL_BIG:
		PUT(frame, 0, 0, 0, family);
		break;
	case SLL:
		put_cooked(frame, ethertype_of(inner));
		break;
	case SLL_LLC:
		put_cooked(frame, 4);
		break;
	case SLL2:
		header = PUT(frame, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0x1b, 0x21, 0x3c, 0x9d,
			0xf8, 0, 0);
		set_u16(header, ethertype_of(inner));
		break;
	case HDLC_CISCO:
		put_type(frame, ethertype_of(inner));
		PUT(frame, 0x0f, 0);
		break;
	case NFLOG_LITTLE:
	case NFLOG_BIG:
		put_nflog(frame, piece == NFLOG_BIG, inner);
		break;
	default:
		put_ppp(frame, piece, inner);
		break;
	}
}

static void put_switched(struct frame *frame, enum piece piece, enum piece inner)
{
	size_t length = length_of(frame);

	switch (piece) {
	case ETH:
		put_ethernet(frame, ethertype_of(inner));
		break;
	case ETH_LENGTH:
		put_ethernet(frame, (uint16_t)length);
		break;
	case SNAP:
		put_snap(frame, 0, inner);
		break;
	case SNAP_8021H:
		put_snap(frame, 0xf8, inner);
		break;
	case LLC_IP:
		PUT(frame, 6, 6, 3);
		break;
	case VLAN_LENGTH:
		put_vlan(frame, 9, (uint16_t)length);
		break;
	case VLAN_AD:
		put_vlan(frame, 8, ethertype_of(inner));
		break;
	case VLAN_9100:
		put_vlan(frame, 10, ethertype_of(inner));
		break;
	case VLAN_ZERO:
		put_vlan(frame, 0, ethertype_of(inner));
		break;
	case VLAN:
		put_vlan(frame, 7, ethertype_of(inner));
		break;
	case MPLS:
		PUT(frame, 0, 1, inner != MPLS, 64);
		break;
	case CONTROL_WORD:
		PUT(frame, 0, 0, 0, 7);
		break;
	default:
		assert(piece == PPPOE);
		PUT(frame, 0x11, 0, 0, 1, (uint8_t)(length >> 8), (uint8_t)length);
		break;
	}
}

static void put_piece(struct frame *frame, const enum piece *layers, size_t at)
{
	enum piece piece = layers[at], inner = layers[at + 1];

	if (piece >= TCP)
		put_tcp(frame, piece, within_ipv6(layers, at));
	else if (piece >= HOP_BY_HOP)
		put_extension(frame, piece, protocol_of(inner));
	else if (is_ipv6(piece))
		put_ipv6(frame, piece, protocol_of(inner));
	else if (is_ipv4(piece))
		put_ipv4(frame, piece, protocol_of(inner));
	else if (piece >= VXLAN)
		put_udp_tunnel(frame, piece, inner);
	else if (piece == ETHERIP)
		PUT(frame, 0x30, 0);
	else if (piece >= GRE)
		put_gre(frame, piece, inner);
	else if (piece >= NULL_LITTLE)
		put_link(frame, piece, inner);
	else if (piece >= ETH)
		put_switched(frame, piece, inner);
}

struct bytes frame_build_around(const enum piece *layers, struct bytes payload)
{
	struct frame frame = { .room = malloc(ROOM), .start = HEADERS, .end = HEADERS };
	size_t n = 0;
	uint8_t *out;

	assert(frame.room && payload.n <= ROOM - HEADERS - PADDING);
	if (payload.n)
		memcpy(frame.room + HEADERS, payload.p, payload.n);
	frame.end += payload.n;
	while (layers[n] != NONE)
		n++;
	for (size_t i = n; i > 0; i--)
		put_piece(&frame, layers, i - 1);
	if (layers[0] == PADDED) {
		memset(frame.room + frame.end, 0xee, PADDING);
		frame.end += PADDING;
	}
	n = length_of(&frame);
	out = malloc(n);
	assert(out);
	memcpy(out, frame.room + frame.start, n);
	free(frame.room);
	return bytes_of(out, n);
}

struct bytes frame_build(const enum piece *layers)
{
	const enum piece *last = layers;

	while (*last != NONE)
		last++;
	return frame_build_around(layers, bytes_str(last[-1] == TCP_BARE ? "" : FRAME_LINE));
}

void frame_free(struct bytes frame)
{
	free((void *)(uintptr_t)frame.p);
}
