/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What all programs do with a frame: parse, decide, hand up, count.
 */
#ifndef BPF_PROBE_BPF_H
#define BPF_PROBE_BPF_H

#include "flow.bpf.h"
#include "fragment.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SW_SLOTS);
	__type(key, __u32);
	__type(value, struct sw_counts);
} counters SEC(".maps");

static __always_inline void count(__u32 ifindex, __u32 why, __u32 length)
{
	__u32 slot = ifindex % SW_SLOTS;
	struct sw_counts *counts = bpf_map_lookup_elem(&counters, &slot);

	if (!counts || why >= SW_COUNTERS)
		return;
	source_add(&counts->of[why].frames, 1);
	source_add(&counts->of[why].bytes, length);
}

/* The flow of @key, made if @p may begin one; NULL: there is none, and there should be none. */
static __noinline struct sw_flow *find_flow(
	const struct sw_flow_key *key, const struct packet *p, int side)
{
	struct sw_flow *flow = bpf_map_lookup_elem(&flows, key);
	struct sw_flow fresh = {};

	if (flow) {
		if (p->flags & TCP_HAS_SYN)
			flow_syn(flow, p, side);
		return flow;
	}
	if (p->flags & TCP_HAS_SYN)
		flow_begins(&fresh, p, side);
	else if (p->length)
		flow_appears(&fresh, p, side);
	else
		return NULL;
	bpf_map_update_elem(&flows, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&flows, key);
}

/* What is left out may be all there is. */
static __always_inline bool is_all_masked(const struct scan *scan, const struct packet *p)
{
	return scan->masks == 1 && scan->mask[0].at == 0 && scan->mask[0].length == p->length;
}

/* A segment of a watched connection. */
__noinline int take_segment(SOURCE *from, struct packet *p)
{
	struct sw_flow_key key = {};
	struct scan scan = {};
	struct sw_flow *flow;
	int verdict, which, side;
	__u8 before;

	if (!p)
		return SW_LOST_COPY;
	which = parse_key(from, p, &key);
	if (which < 0)
		return SW_MALFORMED;
	scan.payload = p->payload;
	scan.seq = p->seq;
	scan.end = p->length;
	flow = find_flow(&key, p, which);
	if (!flow)
		return emit(from, &scan, p, p->wire_length);
	side = which ^ (flow->swapped & 1);
	before = flow->had_content;
	p->skipped = left_out(&flow->side[side & 1], p->seq);
	p->skipped_back = p->flags & TCP_HAS_ACK ? left_out(&flow->side[!(side & 1)], p->ack) : 0;
	verdict = flow_take(from, flow, &scan, p, side);
	if (p->flags & (TCP_HAS_FIN | TCP_HAS_RST))
		flow->closed = 1;
	if (!before && flow->had_content)
		sender_is_known(&key);
	if (verdict == SW_UP && !(p->flags & TCP_MARKS) && is_all_masked(&scan, p))
		verdict = SW_SKIPPED_CONTENT;
	if (verdict != SW_UP && p->flags & TCP_MARKS) {
		scan.masks = scan.cut = 0;
		scan_mask(&scan, 0, p->length);
		verdict = SW_UP;
	}
	if (p->fragment == FRAGMENT_FIRST) {
		if (scan.masks || (flow->state != SW_WATCH && flow->state != SW_DATA))
			verdict = SW_SKIPPED_CONTENT;
		datagram_decide(from, p, verdict == SW_UP);
	}
	if (verdict != SW_UP)
		return verdict;
	if (p->length)
		flow->side[side & 1].up = p->seq + p->length;
	return emit(from, &scan, p, scan.cut ? p->payload + scan.cut : p->wire_length);
}

/* What is no segment of a connection that is followed goes up whole. */
static __noinline int take_other(SOURCE *from, struct packet *p)
{
	struct scan scan = {};

	return emit(from, &scan, p, p->wire_length);
}

static __always_inline int take(SOURCE *from, struct packet *p)
{
	int verdict;

	if (p->fragment == FRAGMENT_LATER) {
		verdict = datagram_later(from, p);
		return verdict == SW_UP ? take_other(from, p) : verdict;
	}
	if (p->protocol == IPPROTO_TCP && (is_watched(p->from) || is_watched(p->to)))
		return take_segment(from, p);
	return take_other(from, p);
}

/* @p is filled in as far as its hook knows, and all zero else. */
static __always_inline void probe(SOURCE *from, struct packet *p, __u16 ethertype)
{
	int verdict = parse(from, ethertype, p->wire_length, p);

	if (verdict == SW_UP)
		verdict = take(from, p);
	count(p->ifindex, verdict, p->wire_length);
}

#endif
