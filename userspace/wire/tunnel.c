// SPDX-License-Identifier: BSD-2-Clause
/*
 * What carries other frames or datagrams over IP: GRE and its uses, EtherIP, and the tunnels over
 * UDP. What stands behind a tunnel's port and does not look like that tunnel is not TCP. Of UDP
 * itself only answers of the DNS are of use.
 */
#include "wire/layer.h"

enum {
	GRE_HEADER = 4,
	GRE_FIELD = 4, /* checksum with reserved bytes, key, sequence, acknowledgement */
	ERSPAN_2_HEADER = 8,
	ERSPAN_3_HEADER = 12,
	ERSPAN_3_PLATFORM = 8,
	ETHERIP_HEADER = 2,
	UDP_HEADER = 8,
	VXLAN_HEADER = 8,
	GENEVE_HEADER = 8,
	GTP_HEADER = 8,
	GTP_OPTIONAL = 4,
	TEREDO_ORIGIN = 8,
	TEREDO_AUTHENTICATION = 4, /* before the fields of variable length */
	TEREDO_NONCE = 9,          /* behind them: nonce and confirmation */
};

enum gre_flag {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACKNOWLEDGEMENT = 0x0080, /* version 1 only */
	GRE_VERSION = 0x0007,
};

enum gre_protocol { GRE_PPP = 0x880b, GRE_ERSPAN_2 = 0x88be, GRE_ERSPAN_3 = 0x22eb };

enum udp_port {
	PORT_DNS = 53,
	PORT_GTP_USER = 2152,
	PORT_TEREDO = 3544,
	PORT_VXLAN = 4789,
	PORT_GENEVE = 6081,
	PORT_VXLAN_LINUX = 8472, /* the default of Linux, from before the assignment */
};

/* Extension headers of one GTP packet: a handful are defined. */
#define GTP_EXTENSIONS_MAX 8

/* Mirrored frames (draft-foschiano-erspan). Type I has no header, and GRE no sequence number. */
static enum layer erspan(struct cursor *cursor, bool sequence)
{
	struct bytes header;
	size_t length = ERSPAN_2_HEADER;

	if (!sequence)
		return LAYER_ETHERNET;
	if (!cursor_peek(cursor, 1, &header))
		return layer_short(cursor, 1);
	if (field_u8(header, 0) >> 4 == 2)
		length = ERSPAN_3_HEADER;
	if (!cursor_take(cursor, length, &header))
		return layer_short(cursor, length);
	/* The last bit of type III: a platform's own header follows. */
	if (length == ERSPAN_3_HEADER && (field_u8(header, length - 1) & 1) &&
		!cursor_skip(cursor, ERSPAN_3_PLATFORM))
		return layer_short(cursor, ERSPAN_3_PLATFORM);
	return LAYER_ETHERNET;
}

/* RFC 2784 and 2890; version 1 is PPTP's (RFC 2637). Source routes (RFC 1701) are refused. */
enum layer layer_gre(struct cursor *cursor)
{
	struct bytes header;
	uint16_t flags, protocol;
	size_t fields = 0;

	if (!cursor_take(cursor, GRE_HEADER, &header))
		return layer_short(cursor, GRE_HEADER);
	flags = field_u16(header, 0);
	protocol = field_u16(header, 2);
	if ((flags & GRE_VERSION) > 1 || (flags & GRE_ROUTING) ||
		((flags & GRE_VERSION) == 1 && protocol != GRE_PPP))
		return layer_stop(cursor, DECODE_NOT_TCP);
	fields += flags & GRE_CHECKSUM ? GRE_FIELD : 0;
	fields += flags & GRE_KEY ? GRE_FIELD : 0;
	fields += flags & GRE_SEQUENCE ? GRE_FIELD : 0;
	fields += (flags & GRE_VERSION) == 1 && (flags & GRE_ACKNOWLEDGEMENT) ? GRE_FIELD : 0;
	if (!cursor_skip(cursor, fields))
		return layer_short(cursor, fields);
	if (protocol == GRE_ERSPAN_2 || protocol == GRE_ERSPAN_3)
		return erspan(cursor, flags & GRE_SEQUENCE);
	return layer_of_ethertype(cursor, protocol);
}

/* RFC 3378. */
enum layer layer_etherip(struct cursor *cursor)
{
	struct bytes header;

	if (!cursor_take(cursor, ETHERIP_HEADER, &header))
		return layer_short(cursor, ETHERIP_HEADER);
	if (field_u8(header, 0) >> 4 != 3)
		return layer_stop(cursor, DECODE_NOT_TCP);
	return LAYER_ETHERNET;
}

/* RFC 7348. */
static enum layer vxlan(struct cursor *cursor)
{
	const uint8_t valid_id = 0x08;
	struct bytes header;

	if (!cursor_take(cursor, VXLAN_HEADER, &header))
		return layer_short(cursor, VXLAN_HEADER);
	if (!(field_u8(header, 0) & valid_id))
		return layer_stop(cursor, DECODE_NOT_TCP);
	return LAYER_ETHERNET;
}

/* RFC 8926 3.4. */
static enum layer geneve(struct cursor *cursor)
{
	const uint8_t control = 0x80;
	struct bytes header;
	size_t options;

	if (!cursor_take(cursor, GENEVE_HEADER, &header))
		return layer_short(cursor, GENEVE_HEADER);
	options = (field_u8(header, 0) & 0x3fu) * 4u;
	if (field_u8(header, 0) >> 6 != 0 || (field_u8(header, 1) & control))
		return layer_stop(cursor, DECODE_NOT_TCP);
	if (!cursor_skip(cursor, options))
		return layer_short(cursor, options);
	return layer_of_ethertype(cursor, field_u16(header, 2));
}

/* The optional part of a GTP header and its extensions, each a multiple of four bytes long. */
static enum layer gtp_extensions(struct cursor *cursor, bool extended)
{
	struct bytes head;
	uint8_t next;

	if (!cursor_take(cursor, GTP_OPTIONAL, &head))
		return layer_short(cursor, GTP_OPTIONAL);
	next = extended ? field_u8(head, GTP_OPTIONAL - 1) : 0;
	for (int n = 0; next != 0; n++) {
		size_t length;

		if (n == GTP_EXTENSIONS_MAX)
			return layer_stop(cursor, DECODE_DEPTH);
		if (!cursor_peek(cursor, 1, &head))
			return layer_short(cursor, 1);
		length = field_u8(head, 0) * 4u;
		if (length == 0)
			return layer_stop(cursor, DECODE_MALFORMED);
		if (!cursor_take(cursor, length, &head))
			return layer_short(cursor, length);
		next = field_u8(head, length - 1);
	}
	return LAYER_IP;
}

/* User data of mobile networks, 3GPP TS 29.281 5.1. */
static enum layer gtp_user(struct cursor *cursor)
{
	const uint8_t user_data = 255, extended = 0x04, optional = 0x07;
	struct bytes header;
	uint8_t flags;

	if (!cursor_take(cursor, GTP_HEADER, &header))
		return layer_short(cursor, GTP_HEADER);
	flags = field_u8(header, 0);
	/* Version 1, protocol type GTP. */
	if ((flags & 0xf0) != 0x30 || field_u8(header, 1) != user_data)
		return layer_stop(cursor, DECODE_NOT_TCP);
	if (!(flags & optional))
		return LAYER_IP;
	return gtp_extensions(cursor, flags & extended);
}

/* RFC 4380 5.1.1: an authentication header, then an origin indication, each may be there or not. */
static enum layer teredo(struct cursor *cursor)
{
	struct bytes head;

	if (!cursor_peek(cursor, TEREDO_AUTHENTICATION, &head))
		return layer_short(cursor, TEREDO_AUTHENTICATION);
	if (field_u16(head, 0) == 1) {
		size_t length = TEREDO_AUTHENTICATION + TEREDO_NONCE;

		length += field_u8(head, 2); /* client identifier */
		length += field_u8(head, 3); /* authentication value */
		if (!cursor_skip(cursor, length))
			return layer_short(cursor, length);
	}
	if (!cursor_peek(cursor, 2, &head))
		return layer_short(cursor, 2);
	if (field_u16(head, 0) == 0) {
		if (!cursor_skip(cursor, TEREDO_ORIGIN))
			return layer_short(cursor, TEREDO_ORIGIN);
		return LAYER_IPV6;
	}
	if (field_u8(head, 0) >> 4 != 6)
		return layer_stop(cursor, DECODE_NOT_TCP);
	return LAYER_IPV6;
}

enum layer layer_udp(struct cursor *cursor)
{
	struct bytes header;
	uint16_t from, to, length;

	if (!cursor_take(cursor, UDP_HEADER, &header))
		return layer_short(cursor, UDP_HEADER);
	from = field_u16(header, 0);
	to = field_u16(header, 2);
	length = field_u16(header, 4);
	/* 0: off-loading, or a jumbogram. */
	if (length != 0 && (length < UDP_HEADER || !cursor_trim(cursor, length - UDP_HEADER)))
		return layer_stop(cursor, DECODE_MALFORMED);
	switch (to) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
		return vxlan(cursor);
	case PORT_GENEVE:
		return geneve(cursor);
	case PORT_GTP_USER:
		return gtp_user(cursor);
	default:
		break;
	}
	if (from == PORT_DNS) {
		cursor->udp = header;
		return LAYER_DNS;
	}
	if (from == PORT_TEREDO || to == PORT_TEREDO)
		return teredo(cursor);
	return layer_stop(cursor, DECODE_NOT_TCP);
}
