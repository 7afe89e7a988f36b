/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the decoder: one function a kind of header. A cursor stands in front of a header; the
 * header's function takes it off and says what comes next, or stops with the reason in
 * cursor.result. Nothing but decode.c and the files of these functions includes this.
 */
#ifndef WIRE_LAYER_H
#define WIRE_LAYER_H

#include "wire/decode.h"
#include "wire/field.h"
#include "wire/fragment.h"

enum layer {
	LAYER_STOP, /* cursor.result says why */
	LAYER_ETHERNET,
	LAYER_VLAN,
	LAYER_LLC,
	LAYER_MPLS,
	LAYER_PPPOE,
	LAYER_PPP,
	LAYER_IP, /* IPv4 or IPv6: the version nibble tells */
	LAYER_IPV4,
	LAYER_IPV6,
	LAYER_GRE,
	LAYER_ETHERIP,
	LAYER_UDP,
	LAYER_TCP,
	LAYER_DNS, /* behind its UDP header, which is in cursor.udp */
};

struct cursor {
	struct bytes rest; /* captured bytes, from the current header on */
	size_t wire;       /* bytes there were on the wire from there on; at least rest.n */
	struct bytes ip;   /* innermost IP datagram, from its header on */
	struct bytes udp;  /* at LAYER_DNS: the UDP header */
	struct fragments *fragments;
	int64_t time;              /* of the packet, ns */
	enum decode_result result; /* valid at LAYER_STOP */
	uint16_t vlan;             /* outermost id; 0: none yet */
	bool altered;              /* as of struct packet, or of a fragment of the datagram */
	bool wire_unknown;         /* the source doesn't tell how long a cut packet was */
};

static inline enum layer layer_stop(struct cursor *cursor, enum decode_result result)
{
	cursor->result = result;
	return LAYER_STOP;
}

/* Stop because @n bytes are not there: were they cut off by the capture, or never on the wire? */
static inline enum layer layer_short(struct cursor *cursor, size_t n)
{
	bool cut = cursor->wire >= n || cursor->wire_unknown;

	return layer_stop(cursor, cut ? DECODE_CUT : DECODE_MALFORMED);
}

/* The next @n bytes, left where they are. */
static inline bool cursor_peek(const struct cursor *cursor, size_t n, struct bytes *out)
{
	struct bytes rest = cursor->rest;

	return bytes_take(&rest, n, out);
}

static inline bool cursor_take(struct cursor *cursor, size_t n, struct bytes *out)
{
	if (!bytes_take(&cursor->rest, n, out))
		return false;
	cursor->wire -= n;
	return true;
}

static inline bool cursor_skip(struct cursor *cursor, size_t n)
{
	struct bytes skipped;

	return cursor_take(cursor, n, &skipped);
}

/* What follows is @n bytes long on the wire: padding goes. False if the frame has no room for it.
 */
static inline bool cursor_trim(struct cursor *cursor, size_t n)
{
	if (n > cursor->wire && !cursor->wire_unknown)
		return false;
	cursor->wire = n;
	if (cursor->rest.n > n)
		cursor->rest.n = n;
	return true;
}

/* link.c: the frame of an interface, and what lies between it and IP. */
enum layer layer_link(struct cursor *cursor, uint16_t link_type);
enum layer layer_ethernet(struct cursor *cursor);
enum layer layer_vlan(struct cursor *cursor);
enum layer layer_llc(struct cursor *cursor);
enum layer layer_mpls(struct cursor *cursor);
enum layer layer_pppoe(struct cursor *cursor);
enum layer layer_ppp(struct cursor *cursor);

/* What an Ethernet type announces, in whichever header it stands. */
enum layer layer_of_ethertype(struct cursor *cursor, uint16_t type);

/* ip.c: RFC 791, RFC 8200. */
enum layer layer_ip(struct cursor *cursor);
enum layer layer_ipv4(struct cursor *cursor);
enum layer layer_ipv6(struct cursor *cursor);

/* tunnel.c: what carries other frames or datagrams over IP. */
enum layer layer_gre(struct cursor *cursor);
enum layer layer_etherip(struct cursor *cursor);
enum layer layer_udp(struct cursor *cursor);

#endif
