/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A frame goes into the ring: reserved in the ring itself, in one of a few sizes, and filled there.
 * So it is copied once, and no buffer is shared by programs that may interrupt each other, as those
 * of netfilter do. Between a half and nothing of a record is wasted.
 */
#ifndef BPF_EMIT_BPF_H
#define BPF_EMIT_BPF_H

#include "ring.bpf.h"
#include "scan.bpf.h"

/* Set before loading. */
const volatile __u32 snap = SW_FRAME_MAX;

/*
 * Pieces of a frame with ranges left out are copied in blocks. A client may say 8 KiB of commands
 * before a server must answer; the rest of a frame beyond that is cut.
 */
#define EMIT_BLOCK  256
#define EMIT_BLOCKS 44
#define EMIT_LARGE  (40 * EMIT_BLOCK)
#define EMIT_SMALL  (3 * EMIT_BLOCK)
#define EMIT_PIECES 8 /* more than SW_MASKS + 1, a power of two */

struct record {
	struct sw_frame frame;
	__u8 bytes[];
};

static __always_inline void emit_head(
	struct sw_frame *frame, const struct packet *p, __u32 captured)
{
	__builtin_memset(frame, 0, sizeof(*frame));
	frame->header.kind = SW_FRAME;
	frame->header.hook = p->hook;
	frame->header.link = p->link;
	frame->header.ifindex = p->ifindex;
	frame->header.time = bpf_ktime_get_ns();
	frame->wire_length = p->wire_length;
	frame->captured = captured;
	frame->skipped = p->skipped;
	frame->skipped_back = p->skipped_back;
	frame->vlan = p->vlan;
	frame->flags = p->marks;
}

/* Copy the first @end bytes of a frame into a record of @room bytes. */
static __always_inline int emit_whole(
	SOURCE *from, const struct packet *p, __u32 end, const __u32 room)
{
	struct record *record;

	record = bpf_ringbuf_reserve(&ring, sizeof(*record) + room, 0);
	if (!record)
		return SW_LOST_RING;
	emit_head(&record->frame, p, end);
	if (!source_load_some(from, 0, record->bytes, end, room)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return SW_LOST_COPY;
	}
	bpf_ringbuf_submit(record, ring_flags());
	return SW_UP;
}

/*
 * Zero, which the verifier can't know. That of Linux 6.1 looks at the first step of bpf_loop()
 * only, and drops all code that what it knows then does not lead to: numbers that the steps hand on
 * to each other must be unknown when the loop begins.
 */
static volatile __u32 unknown_zero;

/* What is copied of a frame with ranges left out: @piece stands between them. */
struct pieces {
	SOURCE *from;
	__u8 *bytes; /* of the record: @room and a block */
	__u32 to, at, left, next, failed;
	struct sw_range piece[EMIT_PIECES];
};

/* One block, or on to the next piece. 1: all is done. */
static __always_inline long piece_step(struct pieces *pieces, const __u32 room)
{
	__u64 n = pieces->left < EMIT_BLOCK ? pieces->left : EMIT_BLOCK, to = pieces->to;
	__u32 next = pieces->next;

	if (!n) {
		if (next >= EMIT_PIECES)
			return 1;
		pieces->at = pieces->piece[next].at;
		pieces->left = pieces->piece[next].length;
		pieces->next = next + 1;
		return 0;
	}
	asm volatile("" : "+r"(to));
	if (to >= room)
		return 1;
	if (!source_load_some(pieces->from, pieces->at, pieces->bytes + to, n, EMIT_BLOCK)) {
		pieces->failed = 1;
		return 1;
	}
	pieces->to += n;
	pieces->at += n;
	pieces->left -= n;
	return 0;
}

static long piece_small(__u32 index, void *context)
{
	(void)index;
	return piece_step(context, EMIT_SMALL);
}

static long piece_large(__u32 index, void *context)
{
	(void)index;
	return piece_step(context, EMIT_LARGE);
}

static __always_inline int emit_pieces(
	const struct scan *scan, const struct packet *p, struct pieces *pieces, const __u32 room)
{
	struct record *record;
	struct sw_frame *frame;

	record = bpf_ringbuf_reserve(&ring, sizeof(*record) + room + EMIT_BLOCK, 0);
	if (!record)
		return SW_LOST_RING;
	frame = &record->frame;
	pieces->bytes = record->bytes;
	if (room == EMIT_SMALL)
		bpf_loop(EMIT_BLOCKS, piece_small, pieces, 0);
	else
		bpf_loop(EMIT_BLOCKS, piece_large, pieces, 0);
	if (pieces->failed) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return SW_LOST_COPY;
	}
	emit_head(frame, p, pieces->to);
	frame->masks = scan->masks;
	for (int i = 0; i < SW_MASKS; i++) {
		frame->mask[i].at = scan->payload + scan->mask[i].at;
		frame->mask[i].length = scan->mask[i].length;
	}
	bpf_ringbuf_submit(record, ring_flags());
	return SW_UP;
}

static __noinline int emit_all(SOURCE *from, const struct packet *p, __u32 end)
{
	if (end <= 192)
		return emit_whole(from, p, end, 192);
	if (end <= 640)
		return emit_whole(from, p, end, 640);
	if (end <= 1536)
		return emit_whole(from, p, end, 1536);
	if (end <= 8192)
		return emit_whole(from, p, end, 8192);
	if (end <= 24576)
		return emit_whole(from, p, end, 24576);
	if (end <= 65664)
		return emit_whole(from, p, end, 65664);
	return emit_whole(from, p, end, SW_FRAME_MAX);
}

/*
 * The frame of @p is handed up as far as @end, without the ranges of @scan. Global functions like
 * this one are verified once and by themselves, and its room on the stack is not the scanner's.
 */
__noinline int emit(SOURCE *from, const struct scan *scan, const struct packet *p, __u32 end)
{
	const __u32 zero = unknown_zero;
	struct pieces pieces = { from, .to = zero, .left = zero, .next = zero, .failed = zero };
	__u32 at = 0, kept = 0;

	if (!scan || !p)
		return SW_LOST_COPY;
	if (!scan->masks) {
		if (end > snap)
			end = snap;
		return emit_all(from, p, end < SW_FRAME_MAX ? end : SW_FRAME_MAX);
	}
	/* What is copied of it is little, wherever it stands. */
	if (end > SW_FRAME_LARGEST)
		end = SW_FRAME_LARGEST;
#pragma unroll
	for (__u32 i = 0; i < SW_MASKS; i++) {
		__u32 start = scan->payload + scan->mask[i].at;

		if (i >= scan->masks || start >= end)
			break;
		pieces.piece[i].at = at;
		pieces.piece[i].length = start - at;
		kept += start - at;
		at = start + scan->mask[i].length;
		pieces.piece[i + 1].at = at;
		pieces.piece[i + 1].length = at < end ? end - at : 0;
	}
	if (at < end)
		kept += end - at;
	return kept <= EMIT_SMALL ? emit_pieces(scan, p, &pieces, EMIT_SMALL)
				  : emit_pieces(scan, p, &pieces, EMIT_LARGE);
}

#endif
