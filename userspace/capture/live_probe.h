/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Within this room: what the kernel's probe needs beside the table of live_source.h.
 */
#ifndef CAPTURE_LIVE_PROBE_H
#define CAPTURE_LIVE_PROBE_H

#include "capture/live_source.h"

/*
 * From the next live_ring_run() on frames go to @events->packet, with @clock (live_ring_clock()) added
 * to the kernel's time. @source: of live_probe_type.
 */
void live_probe_aim(
	void *source, const struct live_events *events, void *context, int64_t clock);

#endif
