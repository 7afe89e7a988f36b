/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One frame becomes one TCP segment (or one DNS answer): link layer, encapsulations, IP headers, fragments. The decoder
 * holds nothing but the fragments that wait for each other, under a bound. It knows nothing of
 * connections. Every header is hostile: what does not parse is counted by reason and dropped.
 */
#ifndef WIRE_DECODE_H
#define WIRE_DECODE_H

#include "base/addr.h"
#include "capture/capture.h"

enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
};

/*
 * A TCP segment, borrowed until the next decode(). Numbers in host order. The payload may be shorter
 * than payload_length where the capture cut it.
 */
struct segment {
	int64_t time;           /* ns since 1970 */
	struct endpoint from, to;
	uint32_t seq, ack;
	uint8_t flags;          /* enum tcp_flag */
	uint8_t ttl;            /* TTL or hop limit */
	uint16_t window;        /* as on the wire, not scaled */
	uint16_t vlan;          /* outermost VLAN id; 0: none */
	uint16_t ip_id;         /* IPv4 identification; 0 for IPv6 */
	struct bytes payload;
	uint32_t payload_length;
	struct bytes ip;        /* innermost IP datagram from its header on, as far as captured */
	uint32_t ip_header;     /* bytes of ip before the TCP header, extension headers included */
	const struct packet *packet;
	bool altered;           /* its bytes, or some of them, are not those on the wire */
};

#define DECODE_RESULT_LIST(X)                                                          \
	X(DECODE_SEGMENT, "segment", "a TCP segment on a wanted port")                 \
	X(DECODE_DNS, "dns", "a DNS answer over UDP; in counts, a segment of one over TCP, too") \
	X(DECODE_OTHER_PORT, "other-port", "TCP, but none of the wanted ports")        \
	X(DECODE_NOT_TCP, "not-tcp", "another protocol over IP")                       \
	X(DECODE_NOT_IP, "not-ip", "ARP, LLDP and so on")                              \
	X(DECODE_FRAGMENT, "fragment", "kept: its datagram is not complete yet")       \
	X(DECODE_BAD_FRAGMENT, "bad-fragment", "fragment dropped: overlap or bound")   \
	X(DECODE_MALFORMED, "malformed", "a header contradicts itself")                \
	X(DECODE_CUT, "cut", "captured bytes end inside the headers")                  \
	X(DECODE_LINK, "unknown-link", "a link type that is not decoded")              \
	X(DECODE_DEPTH, "too-deep", "encapsulations nested beyond the bound")

enum decode_result {
#define X(name, text, comment) name,
	DECODE_RESULT_LIST(X)
#undef X
	DECODE_RESULTS
};

/* The word of a result, as it stands in outputs. */
const char *decode_result_name(enum decode_result result);

/* A set of TCP ports. Ask with ports_has(); all ports: ports_add_all(). */
struct ports {
	uint8_t bits[65536 / 8];
};

static inline bool ports_has(const struct ports *ports, uint16_t port)
{
	return ports->bits[port >> 3] >> (port & 7) & 1;
}

static inline void ports_add(struct ports *ports, uint16_t port)
{
	ports->bits[port >> 3] |= (uint8_t)(1 << (port & 7));
}

static inline void ports_add_all(struct ports *ports)
{
	memset(ports->bits, 0xff, sizeof(ports->bits));
}

struct decoder;

struct decode_params {
	const struct ports *ports; /* segments from or to one of these; lives as long as the decoder */
	size_t max_fragment_bytes; /* held for reassembly, in all; 0: 4 MiB */
};

struct decoder *decoder_new(const struct decode_params *params);
void decoder_free(struct decoder *decoder);

/*
 * Fragmented datagrams that were given up before they were whole: time-out, bound, or copies that
 * differ.
 */
uint64_t decoder_lost_datagrams(const struct decoder *decoder);

/*
 * @packet as a segment (for DECODE_SEGMENT, in *@segment) or the reason why there is none. For
 * DECODE_DNS *@segment holds time, end points, and the message as payload; what is TCP's is zero.
 */
enum decode_result decode(struct decoder *decoder, const struct packet *packet,
	struct segment *segment);

/*
 * The end points of a frame whose turn will come, if that takes but a look: TCP on a wanted port, in
 * IP in Ethernet without options, tags and fragments. What decode() will make of it is another
 * matter.
 */
bool decode_ahead(const struct decoder *decoder, struct bytes frame, uint16_t link_type,
	struct endpoint *from, struct endpoint *to);

#define CHECKSUM_LIST(X)                                                        \
	X(CHECKSUM_GOOD, "fits")                                                \
	X(CHECKSUM_BAD, "does not fit")                                         \
	X(CHECKSUM_UNFILLED, "zero, or the pseudo-header's alone: off-loaded")  \
	X(CHECKSUM_UNKNOWN, "the capture cut or altered it, or it is re-addressed on its way")

enum checksum {
#define X(name, comment) name,
	CHECKSUM_LIST(X)
#undef X
};

/* The TCP checksum of @segment (RFC 9293 3.1). Reads the whole payload: ask only where it matters. */
enum checksum segment_checksum(const struct segment *segment);

#endif
