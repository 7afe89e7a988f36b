/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TCP segment (or UDP datagram) becomes the frames that a capture shows of it: IP header, fragments, tunnels,
 * link layer. Knows nothing of connections. Everything is a function of its arguments, so that the
 * same dialogue gives the same bytes everywhere.
 */
#ifndef TOOLS_DLG_FRAME_H
#define TOOLS_DLG_FRAME_H

#include "base/addr.h"
#include "base/text.h"

/* The number is the capture file's link type (LINKTYPE_…). */
#define FRAME_LINK_LIST(X)                                                                         \
	X(NULL, "null", 0)                                                                         \
	X(ETHERNET, "ethernet", 1)                                                                 \
	X(PPP, "ppp", 9)                                                                           \
	X(RAW, "raw", 101)                                                                         \
	X(LOOP, "loop", 108)                                                                       \
	X(SLL, "sll", 113)                                                                         \
	X(IPV4, "ipv4", 228)                                                                       \
	X(IPV6, "ipv6", 229)                                                                       \
	X(NFLOG, "nflog", 239)                                                                     \
	X(SLL2, "sll2", 276)

enum frame_link {
#define X(name, word, number) LINK_##name = number,
	FRAME_LINK_LIST(X)
#undef X
};

#define FRAME_LAYER_LIST(X)                                                                        \
	X(VLAN, "vlan", 1)                                                                         \
	X(QINQ, "qinq", 2)                                                                         \
	X(MPLS, "mpls", 1)                                                                         \
	X(PPPOE, "pppoe", 0)                                                                       \
	X(GRE, "gre", 0)                                                                           \
	X(IPIP, "ipip", 0)                                                                         \
	X(SIX_IN_FOUR, "6in4", 0)                                                                  \
	X(IN_SIX, "in6", 0)                                                                        \
	X(VXLAN, "vxlan", 1)                                                                       \
	X(GENEVE, "geneve", 1)

enum frame_layer_kind {
#define X(name, word, numbers) LAYER_##name,
	FRAME_LAYER_LIST(X)
#undef X
};

/* One encapsulation; number[] as the dialogue gives them (VLAN ids, label, network id). */
struct frame_layer {
	enum frame_layer_kind kind;
	uint32_t number[2];
};

#define FRAME_LAYERS_MAX 16

struct frame_style {
	enum frame_link link;
	struct frame_layer layers[FRAME_LAYERS_MAX]; /* outermost first */
	size_t layer_count;
};

enum frame_checksum { CHECKSUM_RIGHT, CHECKSUM_WRONG, CHECKSUM_OFFLOADED };

struct frame_tcp {
	struct endpoint from, to;
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window, urgent;
	uint8_t ttl;
	uint16_t ip_id;
	enum frame_checksum checksum;
	bool from_client;     /* decides MAC addresses and packet direction marks */
	bool extensions;      /* IPv4 options, IPv6 hop-by-hop and destination headers */
	struct bytes options; /* TCP options, a multiple of four bytes */
	struct bytes payload;
	size_t fragment; /* bytes of IP payload a fragment, a multiple of 8; 0: whole */
	bool last_first; /* fragments in reverse order */
};

/* What takes the finished frames. */
typedef void frame_taker(void *context, struct bytes frame);

void frame_build(const struct frame_style *style, const struct frame_tcp *tcp, frame_taker *take,
	void *context);

/* A UDP datagram, whole. */
struct frame_udp {
	struct endpoint from, to;
	uint8_t ttl;
	uint16_t ip_id;
	bool from_client; /* as above */
	struct bytes payload;
};

void frame_build_udp(const struct frame_style *style, const struct frame_udp *udp,
	frame_taker *take, void *context);

/* False: no such word. */
bool frame_link_parse(const char *word, enum frame_link *out);

/* A layer's kind and how many numbers follow it. */
bool frame_layer_parse(const char *word, enum frame_layer_kind *out, unsigned int *numbers);

#endif
