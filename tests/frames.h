/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames for tests: layers around one TCP segment with a line of SMTP in it.
 */
#ifndef TESTS_FRAMES_H
#define TESTS_FRAMES_H

#include "base/bytes.h"

/* One layer each; what it says about the next one follows from that. */
enum piece {
	NONE,   /* the end of a list */
	PADDED, /* not a header: bytes behind the frame's content */
	ETH,
	ETH_LENGTH,
	SNAP,
	SNAP_8021H,
	LLC_IP,
	VLAN,
	VLAN_LENGTH,
	VLAN_AD,
	VLAN_9100,
	VLAN_ZERO,
	MPLS,
	CONTROL_WORD,
	PPPOE,
	NULL_LITTLE,
	NULL_BIG,
	SLL,
	SLL_LLC,
	SLL2,
	NFLOG_LITTLE,
	NFLOG_BIG,
	PPP,
	PPP_FRAMED,
	PPP_SHORT,
	HDLC_CISCO,
	GRE,
	GRE_FIELDS,
	GRE_PPTP,
	ERSPAN_1,
	ERSPAN_2,
	ERSPAN_3,
	ERSPAN_3_MORE,
	ETHERIP,
	VXLAN,
	VXLAN_LINUX,
	GENEVE,
	GENEVE_OPTIONS,
	GTP,
	GTP_EXTENDED,
	TEREDO,
	TEREDO_FULL,
	IP4,
	IP4_OPTIONS,
	IP4_NO_LENGTH,
	IP4_MORE,
	IP6,
	IP6_NO_LENGTH,
	HOP_BY_HOP,
	ROUTING,
	ROUTING_LEFT,
	DESTINATION,
	HOME_ADDRESS,
	MOBILITY,
	ATOMIC,
	AH,
	TCP,
	TCP_OPTIONS,
	TCP_BARE,
};

/* What the segment says: 10.0.0.1 or 2001:db8::a port 40000 to 192.0.2.25 or 2001:db8::b port 25.
 */
#define FRAME_LINE "EHLO client.example.net\r\n"
#define FRAME_SEQ  0xfedcba98u
#define FRAME_ACK  0x01234567u

/* The frame of @layers, outermost first, up to NONE. frame_free() releases it. */
struct bytes frame_build(const enum piece *layers);

/* The same around @payload instead of FRAME_LINE. */
struct bytes frame_build_around(const enum piece *layers, struct bytes payload);

void frame_free(struct bytes frame);

/* The folded sum, not inverted, over the pseudo-header of a segment of @length bytes. */
uint16_t frame_pseudo_header(bool ipv6, uint16_t length);

#endif
