/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A bounded walk over the headers of one frame. The including file says how bytes are read:
 *
 *	SOURCE  what a program is given, and may give to its functions
 *	source_load(SOURCE *, __u32 at, void *to, size)      constant size; headers
 *	source_load_far(SOURCE *, __u32 at, void *to, size)  the same for payloads
 *	source_load_some(SOURCE *, __u32 at, void *to, __u64 size, __u32 most)
 *	source_add(__u64 *counter, __u64 n)
 *
 * Ports are looked at before anything that costs: most frames of a host are none of ours.
 */
#ifndef BPF_PARSE_BPF_H
#define BPF_PARSE_BPF_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>

#include "kern_user.h"

#define VLAN_TAGS_MAX      2
#define EXTENSIONS_MAX     8
#define IPV4_OFFSET        0x1fff
#define IPV4_MORE          0x2000
#define IPV6_OFFSET        0xfff8
#define IPV6_MORE          1
#define DNS_PORT           53
#define ETHERTYPE_QINQ_OLD 0x9100

/* The numbers of IPv6 extension headers that stand before TCP (RFC 8200, 4302). */
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, DESTINATION = 60 };

/* Set before loading. */
const volatile __u64 ports[SW_PORT_WORDS] = {};
const volatile __u8 dns = 0;

enum fragment { FRAGMENT_NONE, FRAGMENT_FIRST, FRAGMENT_LATER };

/* A frame: what the hook says of it, and what parse() finds. Host order. */
struct packet {
	__u32 ifindex;
	__u32 wire_length;
	__u16 vlan;  /* as in struct sw_frame */
	__u16 marks; /* its flags */
	__u16 link;  /* LINKTYPE_ */
	__u8 hook;   /* enum sw_hook */
	__u8 flags;  /* of TCP */
	__u32 skipped, skipped_back;
	__u32 network; /* offsets in the frame: IP, TCP, payload */
	__u32 transport;
	__u32 payload;
	__u32 length; /* of the payload */
	__u32 seq, ack;
	__u32 fragment_id;
	__u32 offset;     /* of a later fragment: where it lies in what was fragmented */
	__u32 fragmented; /* where that, or this part of it, begins in the frame */
	__u16 from, to;   /* ports */
	__u8 protocol;
	__u8 fragment; /* enum fragment */
	__u8 address;  /* length of one: 4 or 16 */
	__u8 side;     /* of the flow's key: whose it is */
};

static __always_inline bool is_watched(__u16 port)
{
	return ports[port >> 6] >> (port & 63) & 1;
}

/* TCP's part. @end: where the IP datagram ends in the frame. */
static __always_inline enum sw_counter parse_tcp(SOURCE *from, struct packet *p, __u32 end)
{
	struct tcphdr tcp;
	__u32 header;

	/* A first fragment may hold less than the header; the ports it must (RFC 1858). */
	__builtin_memset(&tcp, 0, sizeof(tcp));
	if (p->fragment == FRAGMENT_FIRST && end - p->transport < sizeof(tcp)) {
		if (!source_load(from, p->transport, &tcp, 4))
			return SW_MALFORMED;
		tcp.doff = (end - p->transport) / 4;
	} else if (!source_load(from, p->transport, &tcp, sizeof(tcp))) {
		return SW_MALFORMED;
	}
	header = tcp.doff * 4;
	p->from = bpf_ntohs(tcp.source);
	p->to = bpf_ntohs(tcp.dest);
	if (!is_watched(p->from) && !is_watched(p->to) && !(dns && p->from == DNS_PORT))
		return SW_OTHER;
	if (p->transport + header > end || (header < sizeof(tcp) && p->fragment != FRAGMENT_FIRST))
		return SW_MALFORMED;
	p->seq = bpf_ntohl(tcp.seq);
	p->ack = bpf_ntohl(tcp.ack_seq);
	p->flags = tcp.fin | tcp.syn << 1 | tcp.rst << 2 | tcp.ack << 4;
	p->payload = p->transport + header;
	p->length = end - p->payload;
	return SW_UP;
}

static __always_inline enum sw_counter parse_transport(SOURCE *from, struct packet *p, __u32 end)
{
	__be16 port;

	if (p->fragment == FRAGMENT_LATER) {
		p->payload = p->transport;
		p->length = end - p->transport;
		return p->protocol == IPPROTO_TCP || (dns && p->protocol == IPPROTO_UDP) ? SW_UP
											 : SW_OTHER;
	}
	if (p->protocol == IPPROTO_TCP)
		return parse_tcp(from, p, end);
	if (!dns || p->protocol != IPPROTO_UDP)
		return SW_OTHER;
	if (!source_load(from, p->transport, &port, sizeof(port)))
		return SW_MALFORMED;
	return bpf_ntohs(port) == DNS_PORT ? SW_UP : SW_OTHER;
}

/* @length: of the frame. */
static __always_inline enum sw_counter parse_ipv4(SOURCE *from, struct packet *p, __u32 length)
{
	struct iphdr ip;
	__u32 header, total;
	__u16 offset;

	if (!source_load(from, p->network, &ip, sizeof(ip)))
		return SW_MALFORMED;
	if (ip.protocol != IPPROTO_TCP && !(dns && ip.protocol == IPPROTO_UDP))
		return SW_OTHER;
	header = ip.ihl * 4;
	total = bpf_ntohs(ip.tot_len);
	/* A large frame that was never on a wire may say 0. */
	if (!total)
		total = length - p->network;
	if (ip.version != 4 || header < sizeof(ip) || total < header || p->network + total > length)
		return SW_MALFORMED;
	offset = bpf_ntohs(ip.frag_off);
	if (offset & (IPV4_OFFSET | IPV4_MORE))
		p->fragment = offset & IPV4_OFFSET ? FRAGMENT_LATER : FRAGMENT_FIRST;
	p->offset = (offset & IPV4_OFFSET) * 8;
	p->fragmented = p->network + header;
	p->fragment_id = ip.id;
	p->protocol = ip.protocol;
	p->address = sizeof(ip.saddr);
	p->transport = p->network + header;
	return parse_transport(from, p, p->network + total);
}

/* Of an IPv6 header what stands before the addresses: the stack is small. */
struct ipv6_start {
	__u8 version; /* in the upper half */
	__u8 rest[3];
	__be16 length;
	__u8 next, limit;
};

/* The start of every extension header; of a fragment's the whole. */
struct extension {
	__u8 next;
	__u8 length;
	__be16 offset;
	__be32 id;
};

/* A walk through the headers between IPv6 and what it carries. */
struct chain {
	SOURCE *from;
	struct packet *p;
	__u32 at; /* of the next one, from IPv6 on */
	__u32 next;
	__u32 verdict;
};

static long extension_step(__u32 index, void *context)
{
	struct chain *chain = context;
	struct packet *p = chain->p;
	struct extension extension;
	__u16 offset;

	(void)index;
	if (chain->next == IPPROTO_TCP || chain->next == IPPROTO_UDP)
		return 1;
	if (chain->next != HOP_BY_HOP && chain->next != ROUTING && chain->next != FRAGMENT &&
		chain->next != AUTHENTICATION && chain->next != DESTINATION) {
		chain->verdict = SW_OTHER;
		return 1;
	}
	if (!source_load(chain->from, p->network + chain->at, &extension, sizeof(extension))) {
		chain->verdict = SW_MALFORMED;
		return 1;
	}
	if (chain->next == FRAGMENT) {
		offset = bpf_ntohs(extension.offset);
		chain->at += sizeof(extension);
		/* Neither: an atomic fragment (RFC 6946). */
		if (offset & (IPV6_OFFSET | IPV6_MORE)) {
			p->fragment = offset & IPV6_OFFSET ? FRAGMENT_LATER : FRAGMENT_FIRST;
			p->offset = offset & IPV6_OFFSET;
			p->fragment_id = extension.id;
			p->fragmented = p->network + chain->at;
		}
	} else if (chain->next == AUTHENTICATION) {
		chain->at += (extension.length + 2) * 4;
	} else {
		chain->at += (extension.length + 1) * 8;
	}
	chain->next = extension.next;
	return p->fragment == FRAGMENT_LATER;
}

static __always_inline enum sw_counter parse_ipv6(SOURCE *from, struct packet *p, __u32 length)
{
	struct chain chain = {
		.from = from, .p = p, .at = sizeof(struct ipv6hdr), .verdict = SW_UP
	};
	struct ipv6_start ip;
	__u32 total;

	if (!source_load(from, p->network, &ip, sizeof(ip)))
		return SW_MALFORMED;
	total = sizeof(struct ipv6hdr) + bpf_ntohs(ip.length);
	if (!ip.length)
		total = length - p->network;
	if (ip.version >> 4 != 6 || p->network + total > length)
		return SW_MALFORMED;
	p->address = sizeof(struct in6_addr);
	chain.next = ip.next;
	if (ip.next != IPPROTO_TCP)
		bpf_loop(EXTENSIONS_MAX, extension_step, &chain, 0);
	if (chain.verdict != SW_UP)
		return chain.verdict;
	if (chain.at > total)
		return SW_MALFORMED;
	/* In the first fragment extension headers may stand before TCP: the others name those. */
	p->protocol = chain.next;
	if (p->fragment == FRAGMENT_LATER && p->protocol != IPPROTO_UDP)
		p->protocol = IPPROTO_TCP;
	p->transport = p->network + chain.at;
	return parse_transport(from, p, p->network + total);
}

/*
 * SW_UP: TCP on a watched port, a DNS answer, or a later fragment that may be either; else why not.
 * @p is all zero but for @network, where the header of IP, of the type @ethertype, or tags begin.
 */
static __always_inline enum sw_counter parse(
	SOURCE *from, __u16 ethertype, __u32 length, struct packet *p)
{
	__be16 tag[2]; /* the tag itself, and the type of what follows */

	for (int i = 0; i < VLAN_TAGS_MAX; i++) {
		if (ethertype != ETH_P_8021Q && ethertype != ETH_P_8021AD &&
			ethertype != ETHERTYPE_QINQ_OLD)
			break;
		if (!source_load(from, p->network, tag, sizeof(tag)))
			return SW_MALFORMED;
		ethertype = bpf_ntohs(tag[1]);
		p->network += sizeof(tag);
	}
	if (ethertype == ETH_P_IP)
		return parse_ipv4(from, p, length);
	if (ethertype == ETH_P_IPV6)
		return parse_ipv6(from, p, length);
	return SW_OTHER;
}

static __always_inline bool is_lower(const __u8 a[16], const __u8 b[16])
{
	for (int i = 0; i < 16; i++) {
		if (a[i] != b[i])
			return a[i] < b[i];
	}
	return false;
}

/* @source and @target are zero before. */
static __always_inline bool parse_addresses(
	SOURCE *from, const struct packet *p, __u8 source[16], __u8 target[16])
{
	const __u32 v4 = __builtin_offsetof(struct iphdr, saddr);
	const __u32 v6 = __builtin_offsetof(struct ipv6hdr, saddr);

	if (p->address == 4)
		return source_load(from, p->network + v4, source, 4) &&
		       source_load(from, p->network + v4 + 4, target, 4);
	return source_load(from, p->network + v6, source, 16) &&
	       source_load(from, p->network + v6 + 16, target, 16);
}

/*
 * The flow's key: the side with the watched port is the server; of two such, the one with the lower
 * port, and of two such again, the one with the lower address. Returns which side sent it; -1 if it
 * can't be read.
 */
static __noinline int parse_key(SOURCE *from, const struct packet *p, struct sw_flow_key *key)
{
	__u8 address[2][16] = {}; /* sender's, receiver's */
	bool server = is_watched(p->from);

	if (!parse_addresses(from, p, address[0], address[1]))
		return -1;
	if (server && is_watched(p->to)) {
		server = p->from < p->to;
		if (p->from == p->to)
			server = is_lower(address[0], address[1]);
	}
	__builtin_memcpy(server ? key->server : key->client, address[0], 16);
	__builtin_memcpy(server ? key->client : key->server, address[1], 16);
	key->server_port = bpf_htons(server ? p->from : p->to);
	key->client_port = bpf_htons(server ? p->to : p->from);
	key->length = p->address;
	return server;
}

#endif
