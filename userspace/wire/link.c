// SPDX-License-Identifier: BSD-2-Clause
/*
 * From the frame of an interface to IP: the link types of capture files, and what providers and
 * switches put between.
 */
#include "wire/layer.h"

enum {
	ETHERNET_HEADER = 14,
	ETHERNET_ADDRESSES = 12,
	LLC_HEADER = 3,
	SNAP_HEADER = 5,
	VLAN_TAG = 4,
	MPLS_LABEL = 4,
	MPLS_CONTROL_WORD = 4,
	PPPOE_HEADER = 6,
	NULL_HEADER = 4,
	SLL_HEADER = 16,
	SLL2_HEADER = 20,
	NFLOG_HEADER = 4,
	TLV_HEADER = 4,
};

/* Type fields up to this are a length (IEEE 802.3 3.2.6). */
#define ETHERNET_LENGTH_MAX 1500

/* Labels of one stack: providers use up to about five (with segment routing, ten). */
#define MPLS_LABELS_MAX 16

enum layer layer_of_ethertype(struct cursor *cursor, uint16_t type)
{
	switch (type) {
	case 0x0800:
		return LAYER_IPV4;
	case 0x86dd:
		return LAYER_IPV6;
	case 0x8100: /* 802.1Q */
	case 0x88a8: /* 802.1ad */
	case 0x9100: /* QinQ before 802.1ad */
	case 0x9200:
		return LAYER_VLAN;
	case 0x8847: /* unicast, RFC 3032 */
	case 0x8848: /* multicast, RFC 5332 */
		return LAYER_MPLS;
	case 0x8864: /* session stage, RFC 2516 */
		return LAYER_PPPOE;
	case 0x880b:
		return LAYER_PPP;
	case 0x6558: /* transparent Ethernet bridging, RFC 1701 */
		return LAYER_ETHERNET;
	default:
		return layer_stop(cursor, DECODE_NOT_IP);
	}
}

/* The field behind the addresses of a frame, or behind a tag: a type, or the length of an 802.3
 * frame. */
static enum layer type_or_length(struct cursor *cursor, uint16_t value)
{
	if (value > ETHERNET_LENGTH_MAX)
		return layer_of_ethertype(cursor, value);
	if (!cursor_trim(cursor, value))
		return layer_stop(cursor, DECODE_MALFORMED);
	return LAYER_LLC;
}

enum layer layer_ethernet(struct cursor *cursor)
{
	struct bytes header;

	if (!cursor_take(cursor, ETHERNET_HEADER, &header))
		return layer_short(cursor, ETHERNET_HEADER);
	return type_or_length(cursor, field_u16(header, ETHERNET_ADDRESSES));
}

enum layer layer_vlan(struct cursor *cursor)
{
	struct bytes tag;

	if (!cursor_take(cursor, VLAN_TAG, &tag))
		return layer_short(cursor, VLAN_TAG);
	if (!cursor->vlan)
		cursor->vlan = field_u16(tag, 0) & 0x0fff;
	return type_or_length(cursor, field_u16(tag, 2));
}

/* IEEE 802.2, with the sub-network access protocol of RFC 1042 or IP's own access point. */
enum layer layer_llc(struct cursor *cursor)
{
	struct bytes llc, snap;
	uint32_t owner;

	if (!cursor_take(cursor, LLC_HEADER, &llc))
		return layer_short(cursor, LLC_HEADER);
	if (field_u16(llc, 0) == 0x0606)
		return LAYER_IPV4;
	if (field_u16(llc, 0) != 0xaaaa)
		return layer_stop(cursor, DECODE_NOT_IP);
	if (!cursor_take(cursor, SNAP_HEADER, &snap))
		return layer_short(cursor, SNAP_HEADER);
	owner = field_u32(snap, 0) >> 8;
	/* 00-00-F8 marks types that a bridge translated (802.1H). */
	if (owner != 0 && owner != 0x0000f8)
		return layer_stop(cursor, DECODE_NOT_IP);
	return layer_of_ethertype(cursor, field_u16(snap, 3));
}

/*
 * Labels do not say what they carry. RFC 4928: IP shows by its version nibble, a pseudo-wire by a
 * control word that starts with a nibble of 0. A frame without control word may start with any
 * nibble; two bytes of zero are not the start of an address that is in use.
 */
enum layer layer_mpls(struct cursor *cursor)
{
	struct bytes label, word;
	int labels = 0;

	do {
		if (!cursor_take(cursor, MPLS_LABEL, &label))
			return layer_short(cursor, MPLS_LABEL);
		if (++labels > MPLS_LABELS_MAX)
			return layer_stop(cursor, DECODE_DEPTH);
	} while (!(field_u8(label, 2) & 1)); /* bottom of stack */
	if (!cursor_peek(cursor, MPLS_CONTROL_WORD, &word))
		return layer_short(cursor, MPLS_CONTROL_WORD);
	switch (field_u8(word, 0) >> 4) {
	case 4:
		return LAYER_IPV4;
	case 6:
		return LAYER_IPV6;
	case 0:
		if (field_u16(word, 0) == 0)
			cursor_skip(cursor, MPLS_CONTROL_WORD);
		return LAYER_ETHERNET;
	case 1: /* associated channel, RFC 4385 5 */
		return layer_stop(cursor, DECODE_NOT_IP);
	default:
		return LAYER_ETHERNET;
	}
}

enum layer layer_pppoe(struct cursor *cursor)
{
	struct bytes header;

	if (!cursor_take(cursor, PPPOE_HEADER, &header))
		return layer_short(cursor, PPPOE_HEADER);
	if (field_u8(header, 0) != 0x11) /* version 1, type 1 */
		return layer_stop(cursor, DECODE_MALFORMED);
	if (field_u8(header, 1) != 0) /* discovery */
		return layer_stop(cursor, DECODE_NOT_IP);
	if (!cursor_trim(cursor, field_u16(header, 4)))
		return layer_stop(cursor, DECODE_MALFORMED);
	return LAYER_PPP;
}

/* RFC 1661 2, with or without the address and control bytes of RFC 1662 3.1. */
enum layer layer_ppp(struct cursor *cursor)
{
	struct bytes head;
	size_t width;
	uint32_t protocol;

	if (!cursor_peek(cursor, 2, &head))
		return layer_short(cursor, 2);
	if (field_u16(head, 0) == 0xff03) {
		cursor_skip(cursor, 2);
		if (!cursor_peek(cursor, 1, &head))
			return layer_short(cursor, 1);
	}
	/* An odd first byte is a protocol field that was compressed to its low byte (RFC 1661 6.5).
	 */
	width = field_u8(head, 0) & 1 ? 1 : 2;
	if (!cursor_take(cursor, width, &head))
		return layer_short(cursor, width);
	bytes_uint(&head, width, &protocol);
	switch (protocol) {
	case 0x0021:
		return LAYER_IPV4;
	case 0x0057:
		return LAYER_IPV6;
	case 0x0281:
	case 0x0283:
		return LAYER_MPLS;
	default:
		return layer_stop(cursor, DECODE_NOT_IP);
	}
}

/* PPP in HDLC framing (RFC 1662) or Cisco's framing, whose address byte is 0x0f or 0x8f. */
static enum layer ppp_hdlc(struct cursor *cursor)
{
	struct bytes header;

	if (!cursor_peek(cursor, 4, &header))
		return layer_short(cursor, 4);
	if (field_u8(header, 0) != 0x0f && field_u8(header, 0) != 0x8f)
		return layer_ppp(cursor);
	cursor_skip(cursor, 4);
	return layer_of_ethertype(cursor, field_u16(header, 2));
}

/* An address family of the capturing system, in that machine's byte order (LOOP: network order). */
static enum layer null_or_loop(struct cursor *cursor)
{
	struct bytes header;
	uint32_t family;

	if (!cursor_take(cursor, NULL_HEADER, &header))
		return layer_short(cursor, NULL_HEADER);
	family = field_u32(header, 0);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:
		return LAYER_IPV4;
	case 10: /* AF_INET6: Linux, */
	case 23: /* Windows, */
	case 24: /* NetBSD and OpenBSD, */
	case 28: /* FreeBSD, */
	case 30: /* macOS */
		return LAYER_IPV6;
	default:
		return layer_stop(cursor, DECODE_NOT_IP);
	}
}

/* Linux "cooked": the protocol is an Ethernet type, or 4 for an 802.2 header. */
static enum layer cooked(struct cursor *cursor, size_t length, size_t protocol_at)
{
	struct bytes header;
	uint16_t protocol;

	if (!cursor_take(cursor, length, &header))
		return layer_short(cursor, length);
	protocol = field_u16(header, protocol_at);
	return protocol == 4 ? LAYER_LLC : layer_of_ethertype(cursor, protocol);
}

/*
 * Netfilter's log: attributes, padded to four bytes, with length and type in the byte order of the
 * capturing machine. Types are below 256, so the zero byte in one tells the order. Netfilter copies
 * as much of the datagram as it was told to and does not say how long it was.
 */
static enum layer nflog(struct cursor *cursor)
{
	const uint16_t payload_type = 9;
	struct bytes header;

	if (!cursor_take(cursor, NFLOG_HEADER, &header))
		return layer_short(cursor, NFLOG_HEADER);
	if (field_u8(header, 1) != 0) /* version */
		return layer_stop(cursor, DECODE_MALFORMED);
	while (cursor_take(cursor, TLV_HEADER, &header)) {
		bool big = field_u8(header, 2) == 0;
		uint16_t length = field_u16(header, 0), type = field_u16(header, 2);

		if (!big) {
			length = __builtin_bswap16(length);
			type = __builtin_bswap16(type);
		}
		if (length < TLV_HEADER)
			return layer_stop(cursor, DECODE_MALFORMED);
		length = (uint16_t)(length - TLV_HEADER);
		if (type == payload_type) {
			if (!cursor_trim(cursor, length))
				return layer_stop(cursor, DECODE_MALFORMED);
			cursor->wire_unknown = true;
			return LAYER_IP;
		}
		if (!cursor_skip(cursor, (length + 3u) & ~3u))
			break;
	}
	return layer_stop(cursor, cursor->wire > cursor->rest.n ? DECODE_CUT : DECODE_NOT_IP);
}

enum layer layer_link(struct cursor *cursor, uint16_t link_type)
{
	switch (link_type) {
	case LINK_ETHERNET:
		return LAYER_ETHERNET;
	case LINK_RAW:
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
		return LAYER_IP;
	case LINK_IPV4:
		return LAYER_IPV4;
	case LINK_IPV6:
		return LAYER_IPV6;
	case LINK_NULL:
	case LINK_LOOP:
		return null_or_loop(cursor);
	case LINK_LINUX_SLL:
		return cooked(cursor, SLL_HEADER, 14);
	case LINK_LINUX_SLL2:
		return cooked(cursor, SLL2_HEADER, 0);
	case LINK_PPP:
		return LAYER_PPP;
	case LINK_PPP_HDLC:
		return ppp_hdlc(cursor);
	case LINK_PPP_ETHER:
		return LAYER_PPPOE;
	case LINK_NFLOG:
		return nflog(cursor);
	default:
		return layer_stop(cursor, DECODE_LINK);
	}
}
