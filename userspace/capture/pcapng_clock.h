/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock of a pcapng interface: ticks of any decimal or binary fraction of a second, counted
 * from an offset, become nanoseconds.
 */
#ifndef CAPTURE_PCAPNG_CLOCK_H
#define CAPTURE_PCAPNG_CLOCK_H

#include <stdint.h>

/* ns = (ticks * multiply >> shift) / divide + offset */
struct pcapng_clock {
	uint64_t multiply; /* at most 10^9 */
	uint64_t divide;
	uint8_t shift;
	int64_t offset; /* seconds */
};

/* The value of the if_tsresol option when there is none: microseconds. */
#define PCAPNG_CLOCK_DEFAULT 6

/* @resolution: if_tsresol. @offset: if_tsoffset, in seconds. */
void pcapng_clock_init(struct pcapng_clock *clock, uint8_t resolution, int64_t offset);

/* @ticks as ns since 1970, within PACKET_TIME_MAX of it. */
int64_t pcapng_clock_time(const struct pcapng_clock *clock, uint64_t ticks);

#endif
