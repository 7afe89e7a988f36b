// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The probe at tc: the same programs for tcx and for clsact. They only look: whatever they find,
 * the next program is asked too.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>

#define SOURCE struct __sk_buff

/* Where headers are looked for: beyond, nobody's are. */
#define NEAR 4096

/* Headers mostly lie in the part of the skb that can be read without asking. */
static __always_inline bool load_near(SOURCE *from, __u32 at, void *to, __u32 size)
{
	const __u8 *data = (const __u8 *)(long)from->data;
	const __u8 *end = (const __u8 *)(long)from->data_end;

	if (at < NEAR && data + at + size <= end) {
		__builtin_memcpy(to, data + at, size);
		return true;
	}
	return bpf_skb_load_bytes(from, at, to, size) == 0;
}

/*
 * @size, which is not constant, is at least 1 and at most @most. One plain comparison, from 0 up,
 * of one register, on which the barrier makes the compiler do just that: so much the verifiers
 * of 6.1 and 6.18 both understand.
 */
static __always_inline bool source_load_some(
	SOURCE *from, __u32 at, void *to, __u64 size, __u32 most)
{
	size--;
	asm volatile("" : "+r"(size));
	if (size >= most)
		return false;
	asm volatile("" : "+r"(size));
	return bpf_skb_load_bytes(from, at, to, size + 1) == 0;
}

#define source_load(from, at, to, size)     load_near(from, at, to, size)
#define source_load_far(from, at, to, size) (bpf_skb_load_bytes(from, at, to, size) == 0)

/* Programs of tc don't interrupt each other on one processor. */
static __always_inline void source_add(__u64 *counter, __u64 n)
{
	*counter += n;
}

#include "probe.bpf.h"

#define LINKTYPE_ETHERNET 1
#define LINKTYPE_RAW      101

static __always_inline int look(struct __sk_buff *skb, enum sw_hook hook, __u16 link)
{
	struct packet packet = {
		.ifindex = skb->ifindex,
		.wire_length = skb->len,
		.link = link,
		.hook = hook,
	};
	__u16 ethertype = bpf_ntohs(skb->protocol);

	if (skb->vlan_present) {
		packet.vlan = skb->vlan_tci;
		packet.marks = bpf_ntohs(skb->vlan_proto) == ETH_P_8021AD ? SW_QINQ : SW_VLAN;
	}
	if (link == LINKTYPE_ETHERNET) {
		__be16 type;

		packet.network = ETH_HLEN;
		if (!source_load(skb, ETH_HLEN - sizeof(type), &type, sizeof(type)))
			return TC_ACT_UNSPEC;
		ethertype = bpf_ntohs(type);
	}
	probe(skb, &packet, ethertype);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int ethernet_in(struct __sk_buff *skb)
{
	return look(skb, SW_INGRESS, LINKTYPE_ETHERNET);
}

SEC("tc")
int ethernet_out(struct __sk_buff *skb)
{
	return look(skb, SW_EGRESS, LINKTYPE_ETHERNET);
}

SEC("tc")
int raw_in(struct __sk_buff *skb)
{
	return look(skb, SW_INGRESS, LINKTYPE_RAW);
}

SEC("tc")
int raw_out(struct __sk_buff *skb)
{
	return look(skb, SW_EGRESS, LINKTYPE_RAW);
}

/*
 * A filter of clsact outlives who made it. So there only these doors are put: each leads to the
 * program of its place in @programs, and that map is emptied by the kernel when the last process
 * that holds it ends. Then a door leads nowhere, and the maps are gone.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} programs SEC(".maps");

#define DOOR(name, place)                                                                          \
	SEC("tc") int name(struct __sk_buff *skb)                                                  \
	{                                                                                          \
		bpf_tail_call_static(skb, &programs, place);                                       \
		return TC_ACT_UNSPEC;                                                              \
	}

DOOR(sw_door_0, 0)
DOOR(sw_door_1, 1)
DOOR(sw_door_2, 2)
DOOR(sw_door_3, 3)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
