/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fragments, so that nobody hides behind them. A later one is read as the part of its segment that
 * it is, if the first one came before it. If it did not, it is handed up when its sender is a
 * server: what a client says may be content.
 */
#ifndef BPF_FRAGMENT_BPF_H
#define BPF_FRAGMENT_BPF_H

#include "parse.bpf.h"

#define DATAGRAMS_MAX 1024
#define PAIRS_MAX     16384

/* From whom to whom. */
struct pair {
	__u8 from[16], to[16];
};

struct datagram_key {
	struct pair pair; /* as in the packet */
	__u32 id, protocol;
};

struct datagram {
	struct sw_flow_key flow;
	__u32 seq;  /* that the first byte of what was fragmented would have */
	__u32 side; /* who sent it */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, DATAGRAMS_MAX);
	__type(key, struct datagram_key);
	__type(value, struct datagram);
} datagrams SEC(".maps");

/* Mail servers (from) and their clients. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PAIRS_MAX);
	__type(key, struct pair);
	__type(value, __u8);
} pairs SEC(".maps");

static __always_inline bool datagram_key(
	SOURCE *from, const struct packet *p, struct datagram_key *key)
{
	key->id = p->fragment_id;
	/* RFC 791 3.2 against RFC 8200 4.5. */
	key->protocol = p->address == 4 ? p->protocol : 0;
	return parse_addresses(from, p, key->pair.from, key->pair.to);
}

/* A first fragment: remember where its others belong. */
static __noinline void datagram_begins(
	SOURCE *from, const struct packet *p, const struct sw_flow_key *flow)
{
	struct datagram_key key = {};
	struct datagram datagram = {
		.seq = p->seq - (p->payload - p->fragmented),
		.side = p->side,
	};

	__builtin_memcpy(&datagram.flow, flow, sizeof(*flow));
	if (datagram_key(from, p, &key))
		bpf_map_update_elem(&datagrams, &key, &datagram, BPF_ANY);
}

/*
 * A later one. SW_UP: it is to be read as a part of the flow whose key is put into *@flow, or
 * handed up as it is if there is none; else it is not.
 */
static __noinline int datagram_goes_on(SOURCE *from, struct packet *p, struct sw_flow_key *flow)
{
	struct datagram_key key = {};
	const struct datagram *datagram;
	struct pair reverse;

	if (!datagram_key(from, p, &key))
		return SW_MALFORMED;
	datagram = bpf_map_lookup_elem(&datagrams, &key);
	if (datagram) {
		__builtin_memcpy(flow, &datagram->flow, sizeof(*flow));
		p->seq = datagram->seq + p->offset;
		p->side = datagram->side;
		return SW_UP;
	}
	if (p->protocol != IPPROTO_TCP || bpf_map_lookup_elem(&pairs, &key.pair))
		return SW_UP;
	__builtin_memcpy(reverse.from, key.pair.to, 16);
	__builtin_memcpy(reverse.to, key.pair.from, 16);
	return bpf_map_lookup_elem(&pairs, &reverse) ? SW_SKIPPED_CONTENT : SW_OTHER;
}

/* @swapped: as of struct sw_flow. */
static __always_inline void pair_is_known(const struct sw_flow_key *flow, bool swapped)
{
	struct pair key;
	__u8 value = 1;

	__builtin_memcpy(key.from, swapped ? flow->client : flow->server, 16);
	__builtin_memcpy(key.to, swapped ? flow->server : flow->client, 16);
	bpf_map_update_elem(&pairs, &key, &value, BPF_ANY);
}

#endif
