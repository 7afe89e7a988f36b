// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The probe in netfilter (kernels from 6.4): what a host, or a network namespace, receives, sends
 * and forwards, over whatever interface, each packet once. It sees packets from their IP header on.
 */
#include <linux/bpf.h>
#include <linux/netfilter.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* Of the kernel's structs only what is read here; libbpf finds where that is in the running kernel.
 */
struct sk_buff {
	unsigned int len;
} __attribute__((preserve_access_index));

struct net_device {
	int ifindex;
} __attribute__((preserve_access_index));

struct nf_hook_state {
	__u8 hook;
	struct net_device *in;
} __attribute__((preserve_access_index));

struct bpf_nf_ctx {
	const struct nf_hook_state *state;
	struct sk_buff *skb;
};

extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags, struct bpf_dynptr *ptr) __ksym;

#define SOURCE struct bpf_nf_ctx

/* A function, for the place of a dynptr on the stack is never free again. */
static __noinline bool load_from(SOURCE *from, __u32 at, void *to, __u32 size)
{
	struct bpf_dynptr ptr;

	return bpf_dynptr_from_skb((struct __sk_buff *)from->skb, 0, &ptr) == 0 &&
	       bpf_dynptr_read(to, size, &ptr, at, 0) == 0;
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
	return load_from(from, at, to, size + 1);
}

#define source_load(from, at, to, size)     load_from(from, at, to, size)
#define source_load_far(from, at, to, size) load_from(from, at, to, size)

/* A process that sends may be interrupted by a packet that comes in. */
static __always_inline void source_add(__u64 *counter, __u64 n)
{
	__sync_fetch_and_add(counter, n);
}

#include "probe.bpf.h"

#define LINKTYPE_RAW     101
#define LOOPBACK_IFINDEX 1
#define ACCEPT           1

static __always_inline int look(struct bpf_nf_ctx *ctx, __u16 ethertype)
{
	const struct nf_hook_state *state = ctx->state;
	struct packet packet = {
		.wire_length = ctx->skb->len,
		.link = LINKTYPE_RAW,
		.hook = state->hook == NF_INET_LOCAL_OUT ? SW_NETFILTER_OUT : SW_NETFILTER_IN,
	};

	/* What goes over loopback was seen when it was sent. */
	if (state->hook == NF_INET_LOCAL_IN && state->in && state->in->ifindex == LOOPBACK_IFINDEX)
		return ACCEPT;
	probe(ctx, &packet, ethertype);
	return ACCEPT;
}

SEC("?netfilter")
int look_ipv4(struct bpf_nf_ctx *ctx)
{
	return look(ctx, ETH_P_IP);
}

SEC("?netfilter")
int look_ipv6(struct bpf_nf_ctx *ctx)
{
	return look(ctx, ETH_P_IPV6);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
