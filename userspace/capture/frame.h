/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two file formats have in common: the answer of a reader, the bounds of a frame, the
 * range of time.
 */
#ifndef CAPTURE_FRAME_H
#define CAPTURE_FRAME_H

#include "capture/capture.h"

/*
 * A larger frame is no frame but a damaged length. GSO frames reach 512 KiB at most (BIG TCP), USB
 * captures, which may stand in the same file, some MiB.
 */
#define FRAME_MAX ((uint32_t)16 * 1024 * 1024)

/* @ns within what struct packet promises of its time. */
static inline int64_t frame_time(__int128 ns)
{
	if (ns > PACKET_TIME_MAX)
		return PACKET_TIME_MAX;
	if (ns < -PACKET_TIME_MAX)
		return -PACKET_TIME_MAX;
	return (int64_t)ns;
}

/* The bytes of a frame, and its length on the wire, which some writers give as less. */
static inline void frame_set(struct packet *packet, struct bytes frame, uint32_t wire_length)
{
	packet->frame = frame;
	packet->wire_length = wire_length < frame.n ? (uint32_t)frame.n : wire_length;
}

#endif
