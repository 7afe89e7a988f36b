// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "kern_user.h"
#include "ring.bpf.h"

SEC("tc")
int probe_ingress(struct __sk_buff *skb)
{
	(void)skb;
	(void)ring_flags();
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
