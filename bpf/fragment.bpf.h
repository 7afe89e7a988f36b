/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fragments are handed up whole, first ones and later ones, so that nobody hides behind them; but
 * for those that carry message content. A first fragment decides for the later ones. A later one
 * whose first was not seen yet is handed up unless its sender is known to have sent content lately.
 */
#ifndef BPF_FRAGMENT_BPF_H
#define BPF_FRAGMENT_BPF_H

#include "parse.bpf.h"

#define FRAGMENTS_MAX 1024
#define SENDERS_MAX   4096

/* From whom to whom, as in the packet. */
struct pair {
	__u8 from[16], to[16];
};

struct datagram {
	struct pair pair;
	__u32 id, protocol;
};

enum { DATAGRAM_UP = 1, DATAGRAM_KEPT = 2 };

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FRAGMENTS_MAX);
	__type(key, struct datagram);
	__type(value, __u8);
} datagrams SEC(".maps");

/* Who has sent content in clear to whom. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SENDERS_MAX);
	__type(key, struct pair);
	__type(value, __u8);
} senders SEC(".maps");

static __always_inline bool datagram_key(SOURCE *from, const struct packet *p, struct datagram *key)
{
	key->id = p->fragment_id;
	key->protocol = p->protocol;
	return parse_addresses(from, p, key->pair.from, key->pair.to);
}

static __noinline void datagram_decide(SOURCE *from, const struct packet *p, bool up)
{
	struct datagram key = {};
	__u8 value = up ? DATAGRAM_UP : DATAGRAM_KEPT;

	if (datagram_key(from, p, &key))
		bpf_map_update_elem(&datagrams, &key, &value, BPF_ANY);
}

/* What becomes of a later fragment. */
__noinline int datagram_later(SOURCE *from, const struct packet *p)
{
	struct datagram key = {};
	const __u8 *value;

	if (!p || !datagram_key(from, p, &key))
		return SW_MALFORMED;
	value = bpf_map_lookup_elem(&datagrams, &key);
	if (value)
		return *value == DATAGRAM_UP ? SW_UP : SW_SKIPPED_CONTENT;
	return bpf_map_lookup_elem(&senders, &key.pair) ? SW_SKIPPED_CONTENT : SW_UP;
}

static __noinline void sender_is_known(const struct sw_flow_key *flow)
{
	struct pair key;
	__u8 value = 1;

	__builtin_memcpy(key.from, flow->client, 16);
	__builtin_memcpy(key.to, flow->server, 16);
	bpf_map_update_elem(&senders, &key, &value, BPF_ANY);
}

#endif
