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

/* A flow that is not known yet. NULL: @p is nothing that a flow is made for. */
static __noinline struct sw_flow *new_flow(const struct sw_flow_key *key, const struct packet *p)
{
	struct sw_flow fresh = {};

	if (p->flags & TCP_HAS_SYN)
		flow_begins(&fresh, p);
	else if (p->length)
		flow_appears(&fresh, p);
	else
		return NULL;
	pair_is_known(key, fresh.swapped);
	bpf_map_update_elem(&flows, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&flows, key);
}

/* The flow of @key, made if @p may begin one; NULL: there is none, and there should be none. */
static __always_inline struct sw_flow *find_flow(
	const struct sw_flow_key *key, const struct packet *p)
{
	struct sw_flow *flow = bpf_map_lookup_elem(&flows, key);

	if (!flow)
		return new_flow(key, p);
	if (p->flags & TCP_HAS_SYN)
		flow_syn(flow, p);
	return flow;
}

/* The flow that @p belongs to; its side goes into @p. NULL with *@why: there is none. */
static __noinline struct sw_flow *flow_of(SOURCE *from, struct packet *p, int *why)
{
	struct sw_flow_key key = {};
	int side;

	if (p->fragment == FRAGMENT_LATER) {
		*why = datagram_goes_on(from, p, &key);
		return *why == SW_UP && key.length ? bpf_map_lookup_elem(&flows, &key) : NULL;
	}
	side = parse_key(from, p, &key);
	if (side < 0) {
		*why = SW_MALFORMED;
		return NULL;
	}
	p->side = side;
	if (p->fragment == FRAGMENT_FIRST)
		datagram_begins(from, p, &key);
	return find_flow(&key, p);
}

/* What is left out may be all there is. */
static __always_inline bool is_all_masked(const struct scan *scan, const struct packet *p)
{
	return scan->masks == 1 && scan->mask[0].at == 0 && scan->mask[0].length == p->length;
}

/*
 * A segment of a connection, or what a fragment holds of it. The ends of a connection are handed up
 * whatever their payload is; and so are fragments, or the segment would never be whole.
 */
__noinline int take_segment(SOURCE *from, struct packet *p, struct sw_flow *flow)
{
	struct scan scan = {};
	int verdict, side;

	if (!p || !flow)
		return SW_LOST_COPY;
	scan.payload = p->payload;
	/* A SYN counts as a byte, and may carry some (RFC 7413). */
	scan.seq = p->seq + (p->flags & TCP_HAS_SYN ? 1 : 0);
	scan.end = p->length;
	side = (p->side ^ flow->swapped) & 1;
	p->skipped = left_out(&flow->side[side], p->seq);
	p->skipped_back = p->flags & TCP_HAS_ACK ? left_out(&flow->side[!side], p->ack) : 0;
	verdict = flow_take(from, flow, &scan, p, side);
	if (p->flags & (TCP_HAS_FIN | TCP_HAS_RST))
		flow->closed = 1;
	if (p->flags & TCP_MARKS || p->fragment) {
		if (verdict != SW_UP) {
			scan.masks = scan.cut = 0;
			scan_mask(&scan, 0, p->length);
		}
	} else if (verdict != SW_UP) {
		return verdict;
	} else if (is_all_masked(&scan, p)) {
		return SW_SKIPPED_CONTENT;
	}
	if (p->length)
		flow->side[side].up = scan.seq + p->length;
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
	struct sw_flow *flow = NULL;
	int why = SW_UP;

	if (p->protocol == IPPROTO_TCP &&
		(p->fragment == FRAGMENT_LATER || is_watched(p->from) || is_watched(p->to)))
		flow = flow_of(from, p, &why);
	if (flow && flow_is_quiet(flow, p))
		return SW_SKIPPED_QUIET;
	if (flow)
		return take_segment(from, p, flow);
	return why == SW_UP ? take_other(from, p) : why;
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
