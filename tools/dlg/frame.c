// SPDX-License-Identifier: BSD-2-Clause
#include "frame.h"

#include "put.h"

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_BRIDGED = 0x6558,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_PPPOE = 0x8864,
	ETHERTYPE_QINQ = 0x88a8,
};

enum {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_IPV4 = 4,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_IPV6 = 41,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_GRE = 47,
	PROTOCOL_DESTINATION = 60,
};

/* The routers and machines at the ends of all tunnels; documentation addresses (RFC 5737, 3849). */
static const struct addr tunnel_v4[2] = {
	{ .ip = { 203, 0, 113, 1 }, .length = 4 },
	{ .ip = { 203, 0, 113, 2 }, .length = 4 },
};
static const struct addr tunnel_v6[2] = {
	{ .ip = { 0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, [15] = 1 }, .length = 16 },
	{ .ip = { 0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, [15] = 2 }, .length = 16 },
};

#define TUNNEL_TTL 64

/* A frame while it grows from the inside out: each layer makes a new buffer around the old one. */
struct frame {
	struct text bytes;
	uint16_t type; /* ethertype of what is in it so far */
};

bool frame_link_parse(const char *word, enum frame_link *out)
{
	static const struct {
		const char *word;
		enum frame_link link;
	} links[] = {
#define X(name, text, number) { text, LINK_##name },
		FRAME_LINK_LIST(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		if (strcmp(links[i].word, word) == 0) {
			*out = links[i].link;
			return true;
		}
	}
	return false;
}

bool frame_layer_parse(const char *word, enum frame_layer_kind *out, unsigned int *numbers)
{
	static const struct {
		const char *word;
		enum frame_layer_kind kind;
		unsigned int numbers;
	} layers[] = {
#define X(name, text, count) { text, LAYER_##name, count },
		FRAME_LAYER_LIST(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(layers) / sizeof(*layers); i++) {
		if (strcmp(layers[i].word, word) == 0) {
			*out = layers[i].kind;
			*numbers = layers[i].numbers;
			return true;
		}
	}
	return false;
}

/* The Internet checksum's sum (RFC 1071), folded, not inverted. */
static uint16_t sum16(uint32_t sum, struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		sum += i & 1 ? b.p[i] : (uint32_t)b.p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint16_t pseudo_sum(
	const struct addr *from, const struct addr *to, uint8_t protocol, size_t length)
{
	uint32_t sum = protocol + (uint32_t)length;

	sum = sum16(sum, bytes_of(from->ip, from->length));
	return sum16(sum, bytes_of(to->ip, to->length));
}

static void put_addr(struct text *out, const struct addr *addr)
{
	text_add(out, bytes_of(addr->ip, addr->length));
}

/* Fields of an IP header; fragment: what stands behind "flags, offset" or in the fragment header.
 */
struct ip_header {
	const struct addr *from, *to;
	uint8_t protocol, ttl;
	uint16_t id;
	bool options;
	bool fragmented, more;
	size_t offset;
};

static void put_ipv4(struct text *out, const struct ip_header *ip, struct bytes payload)
{
	static const uint8_t options[4] = { 1, 1, 1, 0 }; /* three NOP, end of list */
	size_t start = out->n, options_size = ip->options ? sizeof(options) : 0;
	size_t header = 20 + options_size;

	put(out, 0x40 | header / 4, 1);
	put(out, 0, 1);
	put(out, header + payload.n, 2);
	put(out, ip->id, 2);
	put(out, ip->fragmented ? (ip->more ? 0x2000u : 0u) | ip->offset / 8 : 0x4000u, 2);
	put(out, ip->ttl, 1);
	put(out, ip->protocol, 1);
	put(out, 0, 2);
	put_addr(out, ip->from);
	put_addr(out, ip->to);
	text_add(out, bytes_of(options, options_size));
	put_u16_at(out, start + 10, (uint16_t)~sum16(0, bytes_of(out->s + start, header)));
	text_add(out, payload);
}

static void put_ipv6(struct text *out, const struct ip_header *ip, struct bytes payload)
{
	/* PadN over the whole header; RFC 8200 4.2. */
	static const uint8_t padding[6] = { 1, 4 };
	size_t hop = ip->options ? 8 : 0, fragment = ip->fragmented ? 8 : 0;
	uint8_t first = ip->protocol;

	if (ip->fragmented)
		first = PROTOCOL_FRAGMENT;
	put(out, 0x60000000, 4);
	put(out, hop + fragment + payload.n, 2);
	put(out, hop ? PROTOCOL_HOP_BY_HOP : first, 1);
	put(out, ip->ttl, 1);
	put_addr(out, ip->from);
	put_addr(out, ip->to);
	if (hop) {
		put(out, first, 1);
		put(out, 0, 1);
		text_add(out, bytes_of(padding, sizeof(padding)));
	}
	if (fragment) {
		put(out, ip->protocol, 1);
		put(out, 0, 1);
		put(out, ip->offset | (ip->more ? 1 : 0), 2);
		put(out, ip->id, 4);
	}
	text_add(out, payload);
}

static void put_ip(struct text *out, const struct ip_header *ip, struct bytes payload)
{
	if (ip->from->length == 4)
		put_ipv4(out, ip, payload);
	else
		put_ipv6(out, ip, payload);
}

/* Replace the frame's bytes by @outer, which holds them. */
static void wrap(struct frame *frame, struct text *outer, uint16_t type)
{
	text_free(&frame->bytes);
	frame->bytes = *outer;
	frame->type = type;
}

static void put_mac(struct text *out, bool client)
{
	/* Locally administered. */
	put(out, 0x020000000000 | (client ? 0x0a : 0x19), 6);
}

static void wrap_ethernet(struct frame *frame, bool from_client)
{
	struct text out = { 0 };

	put_mac(&out, !from_client);
	put_mac(&out, from_client);
	put(&out, frame->type, 2);
	text_add(&out, text_bytes(&frame->bytes));
	wrap(frame, &out, ETHERTYPE_BRIDGED);
}

static void wrap_tag(struct frame *frame, uint32_t id, uint16_t type)
{
	struct text out = { 0 };

	put(&out, id & 0xfff, 2);
	put(&out, frame->type, 2);
	text_add(&out, text_bytes(&frame->bytes));
	wrap(frame, &out, type);
}

static void wrap_mpls(struct frame *frame, uint32_t label)
{
	struct text out = { 0 };
	uint32_t bottom = frame->type == ETHERTYPE_MPLS ? 0 : 0x100;

	put(&out, label << 12 | bottom | TUNNEL_TTL, 4);
	text_add(&out, text_bytes(&frame->bytes));
	wrap(frame, &out, ETHERTYPE_MPLS);
}

static void put_ppp_protocol(struct text *out, uint16_t ethertype)
{
	put(out, ethertype == ETHERTYPE_IPV6 ? 0x0057 : 0x0021, 2);
}

static void wrap_pppoe(struct frame *frame)
{
	struct text out = { 0 };

	put(&out, 0x11, 1);
	put(&out, 0, 1);
	put(&out, 0x2a, 2);
	put(&out, frame->bytes.n + 2, 2);
	put_ppp_protocol(&out, frame->type);
	text_add(&out, text_bytes(&frame->bytes));
	wrap(frame, &out, ETHERTYPE_PPPOE);
}

/* An IP header of the tunnel around what is there. */
static void wrap_ip(
	struct frame *frame, const struct addr ends[2], bool from_client, uint8_t protocol)
{
	struct text out = { 0 };
	const struct ip_header ip = {
		.from = &ends[from_client ? 0 : 1],
		.to = &ends[from_client ? 1 : 0],
		.protocol = protocol,
		.ttl = TUNNEL_TTL,
	};

	put_ip(&out, &ip, text_bytes(&frame->bytes));
	wrap(frame, &out, ends[0].length == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
}

static void wrap_gre(struct frame *frame, bool from_client)
{
	struct text out = { 0 };

	put(&out, 0, 2);
	put(&out, frame->type, 2);
	text_add(&out, text_bytes(&frame->bytes));
	wrap(frame, &out, 0);
	wrap_ip(frame, tunnel_v4, from_client, PROTOCOL_GRE);
}

/* VXLAN (RFC 7348) and Geneve (RFC 8926): an Ethernet frame behind 8 bytes in UDP. */
static void wrap_overlay(struct frame *frame, const struct frame_layer *layer, bool from_client)
{
	struct text out = { 0 };
	bool vxlan = layer->kind == LAYER_VXLAN;

	wrap_ethernet(frame, from_client);
	put(&out, 50000, 2);
	put(&out, vxlan ? 4789 : 6081, 2);
	put(&out, 8 + 8 + frame->bytes.n, 2);
	put(&out, 0, 2); /* no UDP checksum, as tunnels do */
	put(&out, vxlan ? 0x08000000 : ETHERTYPE_BRIDGED, 4);
	put(&out, layer->number[0] << 8, 4);
	text_add(&out, text_bytes(&frame->bytes));
	wrap(frame, &out, 0);
	wrap_ip(frame, tunnel_v4, from_client, PROTOCOL_UDP);
}

static void wrap_layer(struct frame *frame, const struct frame_layer *layer, bool from_client)
{
	uint8_t inner = frame->type == ETHERTYPE_IPV6 ? PROTOCOL_IPV6 : PROTOCOL_IPV4;

	switch (layer->kind) {
	case LAYER_VLAN:
		wrap_tag(frame, layer->number[0], ETHERTYPE_VLAN);
		break;
	case LAYER_QINQ:
		wrap_tag(frame, layer->number[1], ETHERTYPE_VLAN);
		wrap_tag(frame, layer->number[0], ETHERTYPE_QINQ);
		break;
	case LAYER_MPLS:
		wrap_mpls(frame, layer->number[0]);
		break;
	case LAYER_PPPOE:
		wrap_pppoe(frame);
		break;
	case LAYER_GRE:
		wrap_gre(frame, from_client);
		break;
	case LAYER_IPIP:
	case LAYER_SIX_IN_FOUR:
		wrap_ip(frame, tunnel_v4, from_client, inner);
		break;
	case LAYER_IN_SIX:
		wrap_ip(frame, tunnel_v6, from_client, inner);
		break;
	case LAYER_VXLAN:
	case LAYER_GENEVE:
		wrap_overlay(frame, layer, from_client);
		break;
	}
}

static void put_null(struct text *out, uint16_t type, bool big)
{
	/* AF_INET, and Darwin's AF_INET6. */
	put_order(out, type == ETHERTYPE_IPV6 ? 30 : 2, 4, big);
}

static void put_sll(struct text *out, uint16_t type, bool from_client)
{
	put(out, from_client ? 4 : 0, 2); /* sent by us, or to us */
	put(out, 1, 2);                   /* ARPHRD_ETHER */
	put(out, 6, 2);
	put_mac(out, from_client);
	put(out, 0, 2);
	put(out, type, 2);
}

static void put_sll2(struct text *out, uint16_t type, bool from_client)
{
	put(out, type, 2);
	put(out, 0, 2);
	put(out, 2, 4); /* interface index */
	put(out, 1, 2);
	put(out, from_client ? 4 : 0, 1);
	put(out, 6, 1);
	put_mac(out, from_client);
	put(out, 0, 2);
}

/* nfgenmsg, then attributes: packet header, prefix, payload (the host's order; here little-endian).
 */
static void put_nflog(struct text *out, uint16_t type, size_t size)
{
	put(out, type == ETHERTYPE_IPV6 ? 10 : 2, 1);
	put(out, 0, 1);
	put(out, 25, 2); /* group */
	put_order(out, 8, 2, false);
	put_order(out, 1, 2, false); /* NFULA_PACKET_HDR */
	put(out, type, 2);
	put(out, 1, 1); /* hook: LOCAL_IN */
	put(out, 0, 1);
	put_order(out, 4 + 5, 2, false);
	put_order(out, 10, 2, false); /* NFULA_PREFIX, padded to four */
	text_add(out, bytes_of("mail\0\0\0", 8));
	put_order(out, 4 + size, 2, false);
	put_order(out, 9, 2, false); /* NFULA_PAYLOAD */
}

static void wrap_link(struct frame *frame, enum frame_link link, bool from_client)
{
	struct text out = { 0 };

	switch (link) {
	case LINK_ETHERNET:
		wrap_ethernet(frame, from_client);
		return;
	case LINK_RAW:
	case LINK_IPV4:
	case LINK_IPV6:
		return;
	case LINK_NULL:
	case LINK_LOOP:
		put_null(&out, frame->type, link == LINK_LOOP);
		break;
	case LINK_PPP:
		put(&out, 0xff03, 2);
		put_ppp_protocol(&out, frame->type);
		break;
	case LINK_SLL:
		put_sll(&out, frame->type, from_client);
		break;
	case LINK_SLL2:
		put_sll2(&out, frame->type, from_client);
		break;
	case LINK_NFLOG:
		put_nflog(&out, frame->type, frame->bytes.n);
		break;
	}
	text_add(&out, text_bytes(&frame->bytes));
	wrap(frame, &out, 0);
}

static void put_tcp(struct text *out, const struct frame_tcp *tcp)
{
	size_t start = out->n, header = 20 + tcp->options.n;
	uint16_t pseudo, sum;

	put(out, tcp->from.port, 2);
	put(out, tcp->to.port, 2);
	put(out, tcp->seq, 4);
	put(out, tcp->ack, 4);
	put(out, header / 4 << 4, 1);
	put(out, tcp->flags, 1);
	put(out, tcp->window, 2);
	put(out, 0, 2);
	put(out, tcp->urgent, 2);
	text_add(out, tcp->options);
	text_add(out, tcp->payload);
	pseudo = pseudo_sum(&tcp->from.addr, &tcp->to.addr, PROTOCOL_TCP, out->n - start);
	sum = (uint16_t)~sum16(pseudo, bytes_of(out->s + start, out->n - start));
	if (tcp->checksum == CHECKSUM_WRONG)
		sum ^= 0x1234;
	else if (tcp->checksum == CHECKSUM_OFFLOADED)
		sum = pseudo; /* what Linux leaves for the card to complete */
	put_u16_at(out, start + 16, sum);
}

static void finish(const struct frame_style *style, bool from_client, const struct ip_header *ip,
	struct bytes payload, frame_taker *take, void *context)
{
	bool v4 = ip->from->length == 4;
	struct frame frame = { .type = v4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6 };

	put_ip(&frame.bytes, ip, payload);
	for (size_t i = style->layer_count; i > 0; i--)
		wrap_layer(&frame, &style->layers[i - 1], from_client);
	wrap_link(&frame, style->link, from_client);
	take(context, text_bytes(&frame.bytes));
	text_free(&frame.bytes);
}

void frame_build(const struct frame_style *style, const struct frame_tcp *tcp, frame_taker *take,
	void *context)
{
	struct ip_header ip = {
		.from = &tcp->from.addr,
		.to = &tcp->to.addr,
		.protocol = PROTOCOL_TCP,
		.ttl = tcp->ttl,
		.id = tcp->ip_id,
		.options = tcp->extensions,
	};
	struct text whole = { 0 };
	size_t step, pieces;

	if (tcp->extensions && tcp->from.addr.length == 16) {
		/* A destination options header: the part of the chain that is fragmented too. */
		ip.protocol = PROTOCOL_DESTINATION;
		put(&whole, PROTOCOL_TCP, 1);
		text_add(&whole, bytes_of("\0\1\4\0\0\0\0", 7));
	}
	put_tcp(&whole, tcp);
	step = tcp->fragment && tcp->fragment < whole.n ? tcp->fragment : whole.n;
	pieces = (whole.n + step - 1) / step;
	ip.fragmented = pieces > 1;
	for (size_t i = 0; i < pieces; i++) {
		size_t at = (tcp->last_first ? pieces - 1 - i : i) * step;
		size_t size = whole.n - at < step ? whole.n - at : step;

		ip.offset = at;
		ip.more = at + size < whole.n;
		finish(style, tcp->from_client, &ip, bytes_of(whole.s + at, size), take, context);
	}
	text_free(&whole);
}

void frame_build_udp(const struct frame_style *style, const struct frame_udp *udp,
	frame_taker *take, void *context)
{
	const struct ip_header ip = {
		.from = &udp->from.addr,
		.to = &udp->to.addr,
		.protocol = PROTOCOL_UDP,
		.ttl = udp->ttl,
		.id = udp->ip_id,
	};
	struct text whole = { 0 };
	uint16_t sum;

	put(&whole, udp->from.port, 2);
	put(&whole, udp->to.port, 2);
	put(&whole, 8 + udp->payload.n, 2);
	put(&whole, 0, 2);
	text_add(&whole, udp->payload);
	sum = pseudo_sum(ip.from, ip.to, PROTOCOL_UDP, whole.n);
	put_u16_at(&whole, 6, (uint16_t)~sum16(sum, text_bytes(&whole)));
	finish(style, udp->from_client, &ip, text_bytes(&whole), take, context);
	text_free(&whole);
}
