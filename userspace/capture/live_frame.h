/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame as the kernel handed it up becomes a packet: what was left out is filled, a tag that the
 * kernel had taken off is put back. No I/O.
 */
#ifndef CAPTURE_LIVE_FRAME_H
#define CAPTURE_LIVE_FRAME_H

#include "bpf/kern_user.h"
#include "capture/capture.h"

/* Where a frame is rebuilt if it has to be: its longest form, with a tag. */
#define LIVE_FRAME_ROOM (SW_FRAME_LARGEST + 4)
struct live_frame_room {
	uint8_t bytes[LIVE_FRAME_ROOM];
};

/*
 * @record of kind SW_FRAME; @clock turns its time into the wall clock's. All of *@out but its source and
 * interface; the frame is in @record or in @room. *@ifindex: of the interface; 0: none. False: the
 * record contradicts itself, and *@out is as it was.
 */
bool live_frame(struct bytes record, int64_t clock, struct live_frame_room *room,
	struct packet *out, uint32_t *ifindex);

#endif
