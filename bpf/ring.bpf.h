/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one ring of all programs. Userspace makes it, as large as it was told, and gives it to each
 * object before loading.
 */
#ifndef BPF_RING_BPF_H
#define BPF_RING_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "kern_user.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 24);
} ring SEC(".maps");

/*
 * A wake-up costs ten times what the record costs, so no record wakes the reader, who looks every
 * few ms; but the ring must not run full between two looks.
 */
static __always_inline __u64 ring_flags(void)
{
	const __u64 much = 1 << 20;

	return bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > much ? BPF_RB_FORCE_WAKEUP
								  : BPF_RB_NO_WAKEUP;
}

#endif
