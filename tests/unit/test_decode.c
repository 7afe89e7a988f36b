// SPDX-License-Identifier: BSD-2-Clause
/*
 * Frames are built from a list of layers, outermost first, around one TCP segment with a line of
 * SMTP in it; decoding has to find that segment again, whatever is wrapped around it.
 */
#include "harness.h"

#include <stdlib.h>

#include "frames.h"
#include "wire/decode.h"
#include "wire/fragment.h"

/* Of a TCP header, behind the ports. */
#define TCP_HEADER_REST 16

struct row {
	const char *name;
	uint16_t link_type;
	enum piece layers[24];
	uint16_t vlan;
};

static const struct row rows[] = {
	{ "ethernet", LINK_ETHERNET, { ETH, IP4, TCP }, 0 },
	{ "ethernet, IPv6", LINK_ETHERNET, { ETH, IP6, TCP }, 0 },
	{ "padding behind the datagram", LINK_ETHERNET, { PADDED, ETH, IP4, TCP }, 0 },
	{ "padding, IPv6", LINK_ETHERNET, { PADDED, ETH, IP6, TCP }, 0 },
	{ "802.3 with LLC and SNAP", LINK_ETHERNET, { PADDED, ETH_LENGTH, SNAP, IP4, TCP }, 0 },
	{ "802.3, bridged type", LINK_ETHERNET, { ETH_LENGTH, SNAP_8021H, IP6, TCP }, 0 },
	{ "802.3, IP's own access point", LINK_ETHERNET, { ETH_LENGTH, LLC_IP, IP4, TCP }, 0 },
	{ "802.3 under a tag", LINK_ETHERNET, { ETH, VLAN_LENGTH, SNAP, IP4, TCP }, 9 },
	{ "raw, old number", LINK_RAW_BSD, { IP4, TCP }, 0 },
	{ "raw, OpenBSD", LINK_RAW_OPENBSD, { IP6, TCP }, 0 },
	{ "raw", LINK_RAW, { IP4, TCP }, 0 },
	{ "raw, IPv6", LINK_RAW, { IP6, TCP }, 0 },
	{ "IPv4", LINK_IPV4, { IP4, TCP }, 0 },
	{ "IPv6", LINK_IPV6, { IP6, TCP }, 0 },
	{ "null, little-endian", LINK_NULL, { NULL_LITTLE, IP4, TCP }, 0 },
	{ "null, big-endian", LINK_NULL, { NULL_BIG, IP4, TCP }, 0 },
	{ "null, IPv6", LINK_NULL, { NULL_LITTLE, IP6, TCP }, 0 },
	{ "loop", LINK_LOOP, { NULL_BIG, IP6, TCP }, 0 },
	{ "cooked", LINK_LINUX_SLL, { SLL, IP4, TCP }, 0 },
	{ "cooked, tagged", LINK_LINUX_SLL, { SLL, VLAN, IP6, TCP }, 7 },
	{ "cooked, 802.2", LINK_LINUX_SLL, { SLL_LLC, SNAP, IP4, TCP }, 0 },
	{ "cooked 2", LINK_LINUX_SLL2, { SLL2, IP4, TCP }, 0 },
	{ "cooked 2, IPv6", LINK_LINUX_SLL2, { SLL2, IP6, TCP }, 0 },
	{ "PPP", LINK_PPP, { PPP, IP4, TCP }, 0 },
	{ "PPP, framed", LINK_PPP, { PPP_FRAMED, IP6, TCP }, 0 },
	{ "PPP, short protocol", LINK_PPP, { PPP_SHORT, IP4, TCP }, 0 },
	{ "PPP in HDLC", LINK_PPP_HDLC, { PPP_FRAMED, IP4, TCP }, 0 },
	{ "Cisco HDLC", LINK_PPP_HDLC, { HDLC_CISCO, IP6, TCP }, 0 },
	{ "PPPoE link", LINK_PPP_ETHER, { PPPOE, PPP, IP4, TCP }, 0 },
	{ "nflog, little-endian", LINK_NFLOG, { NFLOG_LITTLE, IP4, TCP }, 0 },
	{ "nflog, big-endian", LINK_NFLOG, { NFLOG_BIG, IP6, TCP }, 0 },
	{ "802.1Q", LINK_ETHERNET, { ETH, VLAN, IP4, TCP }, 7 },
	{ "802.1ad over 802.1Q", LINK_ETHERNET, { ETH, VLAN_AD, VLAN, IP6, TCP }, 8 },
	{ "QinQ of old", LINK_ETHERNET, { ETH, VLAN_9100, VLAN, IP4, TCP }, 10 },
	{ "priority tag has no id", LINK_ETHERNET, { ETH, VLAN_ZERO, VLAN, IP4, TCP }, 7 },
	{ "MPLS", LINK_ETHERNET, { ETH, MPLS, IP4, TCP }, 0 },
	{ "MPLS, three labels", LINK_ETHERNET, { ETH, MPLS, MPLS, MPLS, IP6, TCP }, 0 },
	{ "MPLS over PPP", LINK_PPP, { PPP, MPLS, IP4, TCP }, 0 },
	{ "pseudo-wire", LINK_ETHERNET, { ETH, MPLS, CONTROL_WORD, ETH, VLAN, IP4, TCP }, 7 },
	{ "pseudo-wire, no control word", LINK_ETHERNET, { ETH, MPLS, ETH, IP4, TCP }, 0 },
	{ "PPPoE", LINK_ETHERNET, { PADDED, ETH, PPPOE, PPP, IP4, TCP }, 0 },
	{ "PPPoE, IPv6, tagged", LINK_ETHERNET, { ETH, VLAN, PPPOE, PPP, IP6, TCP }, 7 },
	{ "GRE", LINK_ETHERNET, { ETH, IP4, GRE, IP4, TCP }, 0 },
	{ "GRE, all fields, IPv6", LINK_ETHERNET, { ETH, IP6, GRE_FIELDS, IP6, TCP }, 0 },
	{ "GRE bridge", LINK_ETHERNET, { ETH, IP4, GRE, ETH, VLAN, IP4, TCP }, 7 },
	{ "GRE, MPLS", LINK_ETHERNET, { ETH, IP4, GRE, MPLS, IP4, TCP }, 0 },
	{ "PPTP", LINK_ETHERNET, { ETH, IP4, GRE_PPTP, PPP_FRAMED, IP4, TCP }, 0 },
	{ "ERSPAN I", LINK_ETHERNET, { ETH, IP4, ERSPAN_1, ETH, IP4, TCP }, 0 },
	{ "ERSPAN II", LINK_ETHERNET, { ETH, IP4, ERSPAN_2, ETH, VLAN, IP4, TCP }, 7 },
	{ "ERSPAN III", LINK_ETHERNET, { ETH, IP4, ERSPAN_3, ETH, IP6, TCP }, 0 },
	{ "ERSPAN III, platform", LINK_ETHERNET, { ETH, IP4, ERSPAN_3_MORE, ETH, IP4, TCP }, 0 },
	{ "IP in IP", LINK_ETHERNET, { ETH, IP4, IP4, TCP }, 0 },
	{ "6in4", LINK_ETHERNET, { ETH, IP4, IP6, TCP }, 0 },
	{ "4in6", LINK_ETHERNET, { ETH, IP6, IP4, TCP }, 0 },
	{ "6in6", LINK_ETHERNET, { ETH, IP6, IP6, TCP }, 0 },
	{ "EtherIP", LINK_ETHERNET, { ETH, IP4, ETHERIP, ETH, IP4, TCP }, 0 },
	{ "MPLS in IP", LINK_ETHERNET, { ETH, IP4, MPLS, IP4, TCP }, 0 },
	{ "VXLAN", LINK_ETHERNET, { ETH, IP4, VXLAN, ETH, IP4, TCP }, 0 },
	{ "VXLAN, Linux port", LINK_ETHERNET, { ETH, IP6, VXLAN_LINUX, ETH, VLAN, IP6, TCP }, 7 },
	{ "GENEVE", LINK_ETHERNET, { ETH, IP4, GENEVE, ETH, IP4, TCP }, 0 },
	{ "GENEVE, options, no frame", LINK_ETHERNET, { ETH, IP4, GENEVE_OPTIONS, IP6, TCP }, 0 },
	{ "GTP-U", LINK_ETHERNET, { ETH, IP4, GTP, IP4, TCP }, 0 },
	{ "GTP-U, extensions", LINK_ETHERNET, { ETH, IP4, GTP_EXTENDED, IP6, TCP }, 0 },
	{ "Teredo", LINK_ETHERNET, { ETH, IP4, TEREDO, IP6, TCP }, 0 },
	{ "Teredo, both headers", LINK_ETHERNET, { ETH, IP4, TEREDO_FULL, IP6, TCP }, 0 },
	{ "IPv4 options", LINK_ETHERNET, { ETH, IP4_OPTIONS, TCP }, 0 },
	{ "IPv4, no length", LINK_ETHERNET, { ETH, IP4_NO_LENGTH, TCP }, 0 },
	{ "IPv6, no length", LINK_ETHERNET, { ETH, IP6_NO_LENGTH, TCP }, 0 },
	{ "extension headers", LINK_ETHERNET, { ETH, IP6, HOP_BY_HOP, ROUTING, DESTINATION, TCP },
		0 },
	{ "mobility header", LINK_ETHERNET, { ETH, IP6, MOBILITY, TCP }, 0 },
	{ "atomic fragment", LINK_ETHERNET, { ETH, IP6, HOP_BY_HOP, ATOMIC, DESTINATION, TCP }, 0 },
	{ "AH", LINK_ETHERNET, { ETH, IP4, AH, TCP }, 0 },
	{ "AH, IPv6", LINK_ETHERNET, { ETH, IP6, DESTINATION, AH, TCP }, 0 },
	{ "AH tunnel", LINK_ETHERNET, { ETH, IP4, AH, IP4, TCP }, 0 },
	{ "TCP options", LINK_ETHERNET, { ETH, IP4, TCP_OPTIONS }, 0 },
	{ "a mirrored data centre", LINK_ETHERNET,
		{ ETH, VLAN, IP4, ERSPAN_2, ETH, VLAN_AD, IP4, VXLAN, ETH, VLAN, IP6, TCP }, 7 },
};

#define ROWS (sizeof(rows) / sizeof(*rows))

static struct ports smtp_port;

static struct decoder *decoder_make(void)
{
	const struct decode_params params = { .ports = &smtp_port };

	ports_add(&smtp_port, 25);
	return decoder_new(&params);
}

static struct packet packet_of(const struct row *row, struct bytes frame, size_t wire_length)
{
	return (struct packet){
		.time = 1700000000000000000,
		.frame = frame,
		.wire_length = (uint32_t)wire_length,
		.link_type = row->link_type,
	};
}

static size_t layer_count(const enum piece *layers)
{
	size_t n = 0;

	while (layers[n] != NONE)
		n++;
	return n;
}

/* The innermost kind of IP header. */
static bool is_inner_ipv6(const enum piece *layers)
{
	bool ipv6 = false;

	for (; *layers != NONE; layers++) {
		if (*layers == IP6 || *layers == IP6_NO_LENGTH)
			ipv6 = true;
		if (*layers == IP4 || *layers == IP4_OPTIONS || *layers == IP4_NO_LENGTH)
			ipv6 = false;
	}
	return ipv6;
}

static void check_segment(const struct row *row, const struct segment *segment)
{
	bool ipv6 = is_inner_ipv6(row->layers);
	char from[ENDPOINT_TEXT], to[ENDPOINT_TEXT];

	assert_row_string(row->name, endpoint_format(&segment->from, from),
		ipv6 ? "[2001:db8::a]:40000" : "10.0.0.1:40000");
	assert_row_string(row->name, endpoint_format(&segment->to, to),
		ipv6 ? "[2001:db8::b]:25" : "192.0.2.25:25");
	assert_row_int(row->name, segment->seq, FRAME_SEQ);
	assert_row_int(row->name, segment->ack, FRAME_ACK);
	assert_row_int(row->name, segment->flags, TCP_PSH | TCP_ACK);
	assert_row_int(row->name, segment->window, 0x7210);
	assert_row_int(row->name, segment->ttl, 57);
	assert_row_int(row->name, segment->ip_id, ipv6 ? 0 : 0x1234);
	assert_row_int(row->name, segment->vlan, row->vlan);
	assert_row_int(row->name, segment->payload_length, strlen(FRAME_LINE));
	assert_row_int(row->name, segment->time, 1700000000000000000);
	assert_row_int(row->name, segment->ip.p[0] >> 4, ipv6 ? 6 : 4);
	/* The TCP header stands where it is said to stand. */
	assert_row_int(row->name,
		segment->ip.p[segment->ip_header] << 8 | segment->ip.p[segment->ip_header + 1],
		40000);
}

static void finds_the_segment(void **state)
{
	struct decoder *decoder = decoder_make();

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct bytes frame = frame_build(rows[i].layers);
		struct bytes guard = guarded(frame);
		struct packet packet = packet_of(&rows[i], guard, guard.n);
		struct segment segment;

		assert_row_string(rows[i].name,
			decode_result_name(decode(decoder, &packet, &segment)), "segment");
		check_segment(&rows[i], &segment);
		assert_row(rows[i].name, bytes_equal(segment.payload, bytes_str(FRAME_LINE)));
		assert_row(rows[i].name, segment.packet == &packet);
		/* No padding, no tunnel: the datagram ends where the payload does. */
		assert_row(rows[i].name,
			segment.ip.p + segment.ip.n == segment.payload.p + segment.payload.n);
		assert_row_int(rows[i].name, segment_checksum(&segment), CHECKSUM_GOOD);
		guarded_free(guard);
		frame_free(frame);
	}
	decoder_free(decoder);
}

/* Cut by the capture at every byte: the headers are CUT, the payload gets shorter, nothing else. */
static void cut_everywhere(void **state)
{
	struct decoder *decoder = decoder_make();

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct bytes frame = frame_build(rows[i].layers);
		size_t segments = 0;

		for (size_t n = 0; n < frame.n; n++) {
			struct bytes guard = guarded(bytes_of(frame.p, n));
			struct packet packet = packet_of(&rows[i], guard, frame.n);
			struct segment segment;
			enum decode_result result = decode(decoder, &packet, &segment);

			if (result == DECODE_SEGMENT) {
				segments++;
				check_segment(&rows[i], &segment);
				assert_row(rows[i].name, segment.payload.n <= strlen(FRAME_LINE));
				assert_row(rows[i].name,
					bytes_equal(segment.payload,
						bytes_of(FRAME_LINE, segment.payload.n)));
				if (segment.payload.n < strlen(FRAME_LINE))
					assert_row_int(rows[i].name, segment_checksum(&segment),
						CHECKSUM_UNKNOWN);
			} else {
				assert_row_string(rows[i].name, decode_result_name(result), "cut");
			}
			guarded_free(guard);
		}
		/* At least each cut inside the payload. */
		assert_row(rows[i].name, segments >= strlen(FRAME_LINE));
		frame_free(frame);
	}
	decoder_free(decoder);
}

/* The same frames, but it is the wire that ended: no host takes that for a segment. */
static void short_everywhere(void **state)
{
	struct decoder *decoder = decoder_make();

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		enum piece inner = rows[i].layers[layer_count(rows[i].layers) - 2];
		struct bytes frame = frame_build(rows[i].layers);

		/* Netfilter doesn't tell the length; without a length in IP, the frame's counts. */
		if (rows[i].link_type == LINK_NFLOG || rows[i].layers[0] == PADDED ||
			inner == IP4_NO_LENGTH || inner == IP6_NO_LENGTH) {
			frame_free(frame);
			continue;
		}
		for (size_t n = 0; n < frame.n; n++) {
			struct bytes guard = guarded(bytes_of(frame.p, n));
			struct packet packet = packet_of(&rows[i], guard, n);
			struct segment segment;

			assert_row_string(rows[i].name,
				decode_result_name(decode(decoder, &packet, &segment)),
				"malformed");
			guarded_free(guard);
		}
		frame_free(frame);
	}
	decoder_free(decoder);
}

static void cut_inside_tcp_options(void **state)
{
	static const struct row row = { "options", LINK_ETHERNET, { ETH, IP4, TCP_OPTIONS }, 0 };
	struct decoder *decoder = decoder_make();
	struct bytes frame = frame_build(row.layers);
	struct packet packet = packet_of(&row, bytes_of(frame.p, 14 + 20 + 20 + 3), frame.n);
	struct segment segment;

	(void)state;
	assert_int_equal(decode(decoder, &packet, &segment), DECODE_SEGMENT);
	assert_int_equal(segment.payload.n, 0);
	assert_int_equal(segment.payload_length, strlen(FRAME_LINE));
	assert_int_equal(segment_checksum(&segment), CHECKSUM_UNKNOWN);
	frame_free(frame);
	decoder_free(decoder);
}

static void set_u16(struct bytes frame, size_t at, uint16_t value)
{
	uint8_t *p = (uint8_t *)(uintptr_t)frame.p + at;

	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* One field of a good frame is changed. */
static void refuses(void **state)
{
	static const struct {
		struct row row;
		size_t at;
		uint16_t value;
		const char *want;
	} changes[] = {
		{ { "other ports", LINK_ETHERNET, { ETH, IP4, TCP }, 0 }, 36, 443, "other-port" },
		{ { "other ports, IPv6", LINK_ETHERNET, { ETH, IP6, TCP }, 0 }, 56, 80,
			"other-port" },
		{ { "other ports, tagged", LINK_ETHERNET, { ETH, VLAN, IP4, TCP }, 0 }, 40, 80,
			"other-port" },
		{ { "port from", LINK_ETHERNET, { ETH, IP4, TCP }, 0 }, 34, 25, "segment" },
		{ { "ARP", LINK_ETHERNET, { ETH, IP4, TCP }, 0 }, 12, 0x0806, "not-ip" },
		{ { "undefined type", LINK_ETHERNET, { ETH, IP4, TCP }, 0 }, 12, 1501, "not-ip" },
		{ { "802.3 too long", LINK_ETHERNET, { ETH_LENGTH, SNAP, IP4, TCP }, 0 }, 12, 1400,
			"malformed" },
		{ { "spanning tree", LINK_ETHERNET, { ETH_LENGTH, SNAP, IP4, TCP }, 0 }, 14, 0x4242,
			"not-ip" },
		{ { "SNAP of Cisco", LINK_ETHERNET, { ETH_LENGTH, SNAP, IP4, TCP }, 0 }, 18, 0x000c,
			"not-ip" },
		{ { "version 5", LINK_ETHERNET, { ETH, IP4, TCP }, 0 }, 14, 0x5500, "malformed" },
		{ { "header of 16 bytes", LINK_ETHERNET, { ETH, IP4, TCP }, 0 }, 14, 0x4400,
			"malformed" },
		{ { "header beyond the end", LINK_ETHERNET, { ETH, IP4, TCP }, 0 }, 16, 39,
			"malformed" },
		{ { "longer than the frame", LINK_ETHERNET, { ETH, IP4, TCP }, 0 }, 16, 1500,
			"malformed" },
		{ { "total below header", LINK_ETHERNET, { ETH, IP4_OPTIONS, TCP }, 0 }, 16, 20,
			"malformed" },
		{ { "IPv6, longer than the frame", LINK_ETHERNET, { ETH, IP6, TCP }, 0 }, 18, 900,
			"malformed" },
		{ { "ICMP", LINK_ETHERNET, { ETH, IP4, TCP }, 0 }, 22, 0x3901, "not-tcp" },
		{ { "ICMP fragment", LINK_ETHERNET, { ETH, IP4_MORE, TCP }, 0 }, 22, 0x3901,
			"not-tcp" },
		/* Its data is no multiple of eight. */
		{ { "fragment", LINK_ETHERNET, { ETH, IP4_MORE, TCP }, 0 }, 36, 443,
			"bad-fragment" },
		{ { "no next header", LINK_ETHERNET, { ETH, IP6, TCP }, 0 }, 20, 59 << 8,
			"not-tcp" },
		{ { "ESP", LINK_ETHERNET, { ETH, IP6, TCP }, 0 }, 20, 50 << 8, "not-tcp" },
		{ { "extension beyond", LINK_ETHERNET, { ETH, IP6, HOP_BY_HOP, TCP }, 0 }, 54,
			0x06ff, "malformed" },
		{ { "data offset 16", LINK_ETHERNET, { ETH, IP4, TCP }, 0 }, 46, 0x4018,
			"malformed" },
		{ { "data offset 60", LINK_ETHERNET, { ETH, IP4, TCP_BARE }, 0 }, 46, 0xf018,
			"malformed" },
		{ { "UDP", LINK_ETHERNET, { ETH, IP4, VXLAN, ETH, IP4, TCP }, 0 }, 36, 53,
			"not-tcp" },
		{ { "UDP length 7", LINK_ETHERNET, { ETH, IP4, VXLAN, ETH, IP4, TCP }, 0 }, 38, 7,
			"malformed" },
		{ { "VXLAN without id", LINK_ETHERNET, { ETH, IP4, VXLAN, ETH, IP4, TCP }, 0 }, 42,
			0, "not-tcp" },
		{ { "GENEVE control", LINK_ETHERNET, { ETH, IP4, GENEVE, ETH, IP4, TCP }, 0 }, 42,
			0x0080, "not-tcp" },
		{ { "GTP echo", LINK_ETHERNET, { ETH, IP4, GTP, IP4, TCP }, 0 }, 42, 0x3001,
			"not-tcp" },
		{ { "GTP extension of no length", LINK_ETHERNET,
			  { ETH, IP4, GTP_EXTENDED, IP4, TCP }, 0 },
			54, 0x0000, "malformed" },
		{ { "not Teredo", LINK_ETHERNET, { ETH, IP4, TEREDO, IP6, TCP }, 0 }, 42, 0x4500,
			"not-tcp" },
		{ { "GRE source route", LINK_ETHERNET, { ETH, IP4, GRE, IP4, TCP }, 0 }, 34, 0x4000,
			"not-tcp" },
		{ { "GRE version 2", LINK_ETHERNET, { ETH, IP4, GRE, IP4, TCP }, 0 }, 34, 2,
			"not-tcp" },
		{ { "PPPoE version", LINK_ETHERNET, { ETH, PPPOE, PPP, IP4, TCP }, 0 }, 14, 0x2100,
			"malformed" },
		{ { "PPPoE discovery", LINK_ETHERNET, { ETH, PPPOE, PPP, IP4, TCP }, 0 }, 14,
			0x1109, "not-ip" },
		{ { "PPP LCP", LINK_PPP, { PPP, IP4, TCP }, 0 }, 0, 0xc021, "not-ip" },
		{ { "MPLS channel", LINK_ETHERNET, { ETH, MPLS, IP4, TCP }, 0 }, 18, 0x1000,
			"not-ip" },
		{ { "null, other family", LINK_NULL, { NULL_BIG, IP4, TCP }, 0 }, 2, 7, "not-ip" },
		{ { "raw, neither", LINK_RAW, { IP4, TCP }, 0 }, 0, 0x1500, "not-ip" },
		{ { "nflog version", LINK_NFLOG, { NFLOG_BIG, IP4, TCP }, 0 }, 0, 0x0201,
			"malformed" },
		{ { "nflog attribute of 3 bytes", LINK_NFLOG, { NFLOG_BIG, IP4, TCP }, 0 }, 4, 3,
			"malformed" },
		{ { "nflog without payload", LINK_NFLOG, { NFLOG_BIG, IP4, TCP }, 0 }, 14, 8,
			"not-ip" },
		{ { "link type", 147, { ETH, IP4, TCP }, 0 }, 12, 0x0800, "unknown-link" },
	};
	struct decoder *decoder = decoder_make();

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		struct bytes frame = frame_build(changes[i].row.layers), guard;
		struct packet packet;
		struct segment segment;

		set_u16(frame, changes[i].at, changes[i].value);
		guard = guarded(frame);
		packet = packet_of(&changes[i].row, guard, guard.n);
		assert_row_string(changes[i].row.name,
			decode_result_name(decode(decoder, &packet, &segment)), changes[i].want);
		guarded_free(guard);
		frame_free(frame);
	}
	decoder_free(decoder);
}

/*
 * A datagram from port 53 is a DNS answer, whatever is in it. The frame is that of a tunnel over UDP
 * whose ports are others.
 */
static void dns_answers(void **state)
{
	static const struct {
		const char *name;
		struct row row;
		size_t ports, header; /* where the ports are, and the end of the UDP header */
	} table[] = {
		{ "IPv4", { "", LINK_ETHERNET, { ETH, IP4, VXLAN, ETH, IP4, TCP }, 0 }, 34, 42 },
		{ "IPv6", { "", LINK_ETHERNET, { ETH, IP6, VXLAN, ETH, IP4, TCP }, 0 }, 54, 62 },
		{ "tagged", { "", LINK_ETHERNET, { ETH, VLAN, IP4, VXLAN, ETH, IP4, TCP }, 7 }, 38,
			46 },
		{ "padded", { "", LINK_ETHERNET, { PADDED, ETH, IP4, VXLAN, ETH, IP4, TCP }, 0 },
			34, 42 },
	};
	struct decoder *decoder = decoder_make();

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct bytes frame = frame_build(table[i].row.layers);
		uint8_t *ports = (uint8_t *)(uintptr_t)frame.p + table[i].ports;
		size_t length = (size_t)(ports[4] << 8 | ports[5]) - 8;

		memcpy(ports, "\0\65\x9c\x40", 4);
		for (size_t n = 0; n <= frame.n; n++) {
			struct bytes guard = guarded(bytes_of(frame.p, n));
			struct packet packet = packet_of(&table[i].row, guard, frame.n);
			struct segment segment;
			enum decode_result result = decode(decoder, &packet, &segment);
			size_t behind = n < table[i].header ? 0 : n - table[i].header;

			assert_row_string(table[i].name, decode_result_name(result),
				n < table[i].header ? "cut" : "dns");
			if (result == DECODE_DNS) {
				assert_row_int(table[i].name, segment.from.port, 53);
				assert_row_int(table[i].name, segment.to.port, 40000);
				assert_row_int(table[i].name, segment.from.addr.length,
					table[i].ports == 54 ? 16 : 4);
				assert_row_int(table[i].name, segment.payload_length, length);
				assert_row_int(table[i].name, segment.payload.n,
					behind < length ? behind : length);
				assert_row_int(table[i].name, segment.vlan, table[i].row.vlan);
				assert_row_int(table[i].name, segment.flags, 0);
			}
			guarded_free(guard);
		}
		/* Questions are of no use. */
		memcpy(ports, "\x9c\x40\0\65", 4);
		{
			struct packet packet = packet_of(&table[i].row, frame, frame.n);
			struct segment segment;

			assert_row_string(table[i].name,
				decode_result_name(decode(decoder, &packet, &segment)), "not-tcp");
		}
		frame_free(frame);
	}
	decoder_free(decoder);
}

static const char *decode_nested(enum piece each, size_t n, enum piece last)
{
	struct decoder *decoder = decoder_make();
	struct row row = { .name = "nested", .link_type = LINK_RAW, .layers = { IP6 } };
	struct bytes frame;
	struct packet packet;
	struct segment segment;
	enum decode_result result;

	if (each == MPLS) {
		row.link_type = LINK_ETHERNET;
		row.layers[0] = ETH;
	}
	for (size_t i = 1; i <= n; i++)
		row.layers[i] = each;
	row.layers[n + 1] = last;
	if (last != TCP)
		row.layers[n + 2] = TCP;
	frame = frame_build(row.layers);
	packet = packet_of(&row, frame, frame.n);
	result = decode(decoder, &packet, &segment);
	frame_free(frame);
	decoder_free(decoder);
	return decode_result_name(result);
}

static void depth_is_bounded(void **state)
{
	(void)state;
	assert_string_equal(decode_nested(IP4, 19, TCP), "segment");
	assert_string_equal(decode_nested(IP4, 20, TCP), "too-deep");
	assert_string_equal(decode_nested(DESTINATION, 12, TCP), "segment");
	assert_string_equal(decode_nested(DESTINATION, 13, TCP), "too-deep");
	assert_string_equal(decode_nested(MPLS, 16, IP4), "segment");
	assert_string_equal(decode_nested(MPLS, 17, IP4), "too-deep");
}

/* A datagram of more than 64 KiB, as segmentation off-loading shows it. */
static void longer_than_ip_can_say(void **state)
{
	static const struct row row = { "tso", LINK_ETHERNET, { ETH, IP4_NO_LENGTH, TCP }, 0 };
	struct decoder *decoder = decoder_make();
	struct bytes frame = frame_build(row.layers);
	struct packet packet = packet_of(&row, frame, 14 + 20 + 20 + 100000);
	struct segment segment;

	(void)state;
	assert_int_equal(decode(decoder, &packet, &segment), DECODE_SEGMENT);
	assert_int_equal(segment.payload_length, 100000);
	assert_int_equal(segment.payload.n, strlen(FRAME_LINE));
	frame_free(frame);
	decoder_free(decoder);
}

/* Netfilter copied less than the datagram and the frame does not say so. */
static void nflog_copy_range(void **state)
{
	static const struct row row = { "nflog", LINK_NFLOG, { NFLOG_LITTLE, IP4, TCP }, 0 };
	struct decoder *decoder = decoder_make();
	struct bytes frame = frame_build(row.layers), payload = frame;
	struct packet packet;
	struct segment segment;

	(void)state;
	/* In this frame the payload's attribute is the last; make it ten bytes shorter. */
	payload.n = frame.n - 10;
	((uint8_t *)(uintptr_t)frame.p)[12] = (uint8_t)(frame.p[12] - 10);
	packet = packet_of(&row, payload, payload.n);
	assert_int_equal(decode(decoder, &packet, &segment), DECODE_SEGMENT);
	assert_int_equal(segment.payload_length, strlen(FRAME_LINE));
	assert_int_equal(segment.payload.n, strlen(FRAME_LINE) - 10);
	frame_free(frame);
	decoder_free(decoder);
}

static void checksums(void **state)
{
	static const struct {
		const char *name;
		enum piece ip;
		int stored; /* -1: as it is; -2: pseudo-header; -3: without length; else added */
		enum checksum want;
	} sums[] = {
		{ "good", IP4, -1, CHECKSUM_GOOD },
		{ "good, IPv6", IP6, -1, CHECKSUM_GOOD },
		{ "off by one", IP4, 1, CHECKSUM_BAD },
		{ "off by one, IPv6", IP6, 1, CHECKSUM_BAD },
		{ "high byte", IP4, 0x4000, CHECKSUM_BAD },
		{ "zero", IP4, 0, CHECKSUM_UNFILLED },
		{ "zero, IPv6", IP6, 0, CHECKSUM_UNFILLED },
		{ "pseudo-header", IP4, -2, CHECKSUM_UNFILLED },
		{ "pseudo-header, IPv6", IP6, -2, CHECKSUM_UNFILLED },
		{ "pseudo-header without length", IP4, -3, CHECKSUM_UNFILLED },
	};
	struct decoder *decoder = decoder_make();

	(void)state;
	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++) {
		const struct row row = { sums[i].name, LINK_RAW, { sums[i].ip, TCP }, 0 };
		struct bytes frame = frame_build(row.layers);
		struct packet packet = packet_of(&row, frame, frame.n);
		size_t at = (sums[i].ip == IP4 ? 20u : 40u) + 16;
		uint16_t old = (uint16_t)(frame.p[at] << 8 | frame.p[at + 1]);
		bool ipv6 = sums[i].ip == IP6;
		uint16_t length = (uint16_t)(20 + strlen(FRAME_LINE));
		struct segment segment;

		if (sums[i].stored == -2)
			set_u16(frame, at, frame_pseudo_header(ipv6, length));
		else if (sums[i].stored == -3)
			set_u16(frame, at, frame_pseudo_header(ipv6, 0));
		else if (sums[i].stored == 0)
			set_u16(frame, at, 0);
		else if (sums[i].stored > 0)
			set_u16(frame, at, (uint16_t)(old + sums[i].stored));
		assert_int_equal(decode(decoder, &packet, &segment), DECODE_SEGMENT);
		assert_row_int(sums[i].name, segment_checksum(&segment), sums[i].want);
		frame_free(frame);
	}
	decoder_free(decoder);
}

/* Each byte of a segment counts, at odd and even places, for odd and even lengths. */
static void checksum_sees_every_byte(void **state)
{
	static const struct row row = { "bytes", LINK_RAW, { IP4, TCP }, 0 };
	struct decoder *decoder = decoder_make();
	struct bytes frame = frame_build(row.layers);
	struct packet packet = packet_of(&row, frame, frame.n);
	struct segment segment;

	(void)state;
	assert_int_equal(strlen(FRAME_LINE) % 2, 1);
	for (size_t at = 12; at < frame.n; at++) {
		uint8_t *p = (uint8_t *)(uintptr_t)frame.p + at;

		if (at == 32) /* the data offset */
			continue;
		*p ^= 0x40;
		if (at >= 12 && at < 20) { /* addresses */
			assert_int_equal(decode(decoder, &packet, &segment), DECODE_SEGMENT);
			assert_int_equal(segment_checksum(&segment), CHECKSUM_BAD);
		} else if (decode(decoder, &packet, &segment) == DECODE_SEGMENT) {
			assert_int_equal(segment_checksum(&segment), CHECKSUM_BAD);
		}
		*p ^= 0x40;
	}
	frame_free(frame);
	decoder_free(decoder);
}

static void checksum_of_rerouted(void **state)
{
	static const struct row rerouted[] = {
		{ "segments left", LINK_RAW, { IP6, ROUTING_LEFT, TCP }, 0 },
		{ "home address", LINK_RAW, { IP6, HOP_BY_HOP, HOME_ADDRESS, TCP }, 0 },
	};
	struct decoder *decoder = decoder_make();

	(void)state;
	for (size_t i = 0; i < sizeof(rerouted) / sizeof(*rerouted); i++) {
		struct bytes frame = frame_build(rerouted[i].layers);
		struct packet packet = packet_of(&rerouted[i], frame, frame.n);
		struct segment segment;

		assert_int_equal(decode(decoder, &packet, &segment), DECODE_SEGMENT);
		assert_row_int(rerouted[i].name, segment_checksum(&segment), CHECKSUM_UNKNOWN);
		frame_free(frame);
	}
	decoder_free(decoder);
}

/* What is told of a frame beforehand is what decode() says of it; of odd ones nothing is told. */
static void ahead(void **state)
{
	static const struct {
		const char *name;
		struct row frame;
		bool told;
	} tests[] = {
		{ "IPv4", { NULL, LINK_ETHERNET, { ETH, IP4, TCP }, 0 }, true },
		{ "IPv6", { NULL, LINK_ETHERNET, { ETH, IP6, TCP }, 0 }, true },
		{ "padding", { NULL, LINK_ETHERNET, { PADDED, ETH, IP4, TCP }, 0 }, true },
		{ "TCP options", { NULL, LINK_ETHERNET, { ETH, IP4, TCP_OPTIONS }, 0 }, true },
		{ "IPv4 options", { NULL, LINK_ETHERNET, { ETH, IP4_OPTIONS, TCP }, 0 }, false },
		{ "tag", { NULL, LINK_ETHERNET, { ETH, VLAN, IP4, TCP }, 0 }, false },
		{ "tunnel", { NULL, LINK_ETHERNET, { ETH, IP4, IP6, TCP }, 0 }, false },
		{ "fragment", { NULL, LINK_ETHERNET, { ETH, IP4_MORE, TCP }, 0 }, false },
		{ "raw", { NULL, LINK_RAW, { IP4, TCP }, 0 }, false },
		{ "called raw", { NULL, LINK_RAW, { ETH, IP4, TCP }, 0 }, false },
	};
	struct decoder *decoder = decoder_make();
	struct endpoint from, to;

	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		const enum piece *layers = tests[i].frame.layers;
		struct bytes frame = frame_build(layers);
		/* The ports are the last that has to be there. */
		size_t least = is_inner_ipv6(layers) ? 14 + 40 + 4 : 14 + 20 + 4;

		for (size_t n = 0; n <= frame.n; n++) {
			struct bytes guard = guarded(bytes_of(frame.p, n));
			struct packet packet = packet_of(&tests[i].frame, guard, frame.n);
			bool told = decode_ahead(decoder, guard, packet.link_type, &from, &to);
			struct segment segment;

			assert_row_int(tests[i].name, told, tests[i].told && n >= least);
			if (told && decode(decoder, &packet, &segment) == DECODE_SEGMENT) {
				assert_row(tests[i].name, endpoint_equal(&from, &segment.from));
				assert_row(tests[i].name, endpoint_equal(&to, &segment.to));
			} else if (told) {
				assert_row(tests[i].name, n < least + TCP_HEADER_REST);
			}
			guarded_free(guard);
		}
		frame_free(frame);
	}
	decoder_free(decoder);
}

/* Nobody waits for what is not wanted. */
static void ahead_of_other_ports(void **state)
{
	struct ports wanted = { 0 };
	const struct decode_params params = { .ports = &wanted };
	struct decoder *decoder = decoder_new(&params);
	struct bytes frame = frame_build((const enum piece[]){ ETH, IP4, TCP, NONE });
	struct endpoint from, to;

	(void)state;
	assert_false(decode_ahead(decoder, frame, LINK_ETHERNET, &from, &to));
	ports_add(&wanted, 40000);
	assert_true(decode_ahead(decoder, frame, LINK_ETHERNET, &from, &to));
	assert_int_equal(from.port, 40000);
	assert_int_equal(to.port, 25);
	frame_free(frame);
	decoder_free(decoder);
}

static void names(void **state)
{
	(void)state;
	for (int i = 0; i < DECODE_RESULTS; i++)
		assert_non_null(decode_result_name((enum decode_result)i));
	assert_string_equal(decode_result_name(DECODE_DEPTH), "too-deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_segment),
		cmocka_unit_test(cut_everywhere),
		cmocka_unit_test(short_everywhere),
		cmocka_unit_test(cut_inside_tcp_options),
		cmocka_unit_test(refuses),
		cmocka_unit_test(dns_answers),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(longer_than_ip_can_say),
		cmocka_unit_test(nflog_copy_range),
		cmocka_unit_test(checksums),
		cmocka_unit_test(checksum_sees_every_byte),
		cmocka_unit_test(checksum_of_rerouted),
		cmocka_unit_test(ahead),
		cmocka_unit_test(ahead_of_other_ports),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
