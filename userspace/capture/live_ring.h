/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's ring: made here, given to each object of kernel programs before it is loaded, read
 * here. Records of all programs come in the order in which they were made; each kind goes to its
 * own taker.
 */
#ifndef CAPTURE_LIVE_RING_H
#define CAPTURE_LIVE_RING_H

#include "base/bytes.h"
#include "bpf/kern_user.h"

struct live_ring;

/* One record, from its struct sw_header on, which is there whole; borrowed until return. */
typedef void live_ring_take(void *context, struct bytes record);

/* @bytes: a power of two and of pages. NULL with errno: the kernel has no ring, or no permission.
 */
struct live_ring *live_ring_new(size_t bytes);
void live_ring_free(struct live_ring *ring);

/* For bpf_map__reuse_fd() of the map "ring" (bpf/ring.bpf.h). */
int live_ring_map(const struct live_ring *ring);

/* Who takes records of this kind: enum sw_kind. What nobody takes is dropped. */
void live_ring_set(struct live_ring *ring, unsigned int kind, live_ring_take *take, void *context);

/*
 * Hand over what is there, without waiting, until @enough records were taken. Returns how many.
 */
size_t live_ring_run(struct live_ring *ring, size_t enough);

/* Readable when the ring is filling fast; a record as such wakes nobody. */
int live_ring_fd(const struct live_ring *ring);

/*
 * CLOCK_REALTIME minus CLOCK_MONOTONIC now, in ns. The wall clock may be set at any time: ask anew
 * for each batch, with what it was @before (0: not known). Between clocks that nobody sets it stays
 * what it was, or the packets of two batches would change places.
 */
int64_t live_ring_clock(int64_t before);

#endif
