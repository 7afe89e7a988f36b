// SPDX-License-Identifier: BSD-2-Clause
#include "capture/pcapng_clock.h"

#include "capture/frame.h"

/* if_tsresol: the exponent, negated, and in the top bit its base: 10 or 2. */
#define BINARY   0x80
#define EXPONENT 0x7f

#define NS_PER_SECOND 1000000000u
#define NS_DIGITS     9

/* 10^20 does not fit 64 bits. Ticks that fine are counted in vain: 2^64 of them are no second. */
#define MAX_DIGITS 19

static uint64_t power_of_ten(unsigned int exponent)
{
	uint64_t power = 1;

	while (exponent--)
		power *= 10;
	return power;
}

void pcapng_clock_init(struct pcapng_clock *clock, uint8_t resolution, int64_t offset)
{
	uint8_t exponent = resolution & EXPONENT;

	*clock = (struct pcapng_clock){ .multiply = 1, .divide = 1, .offset = offset };
	if (resolution & BINARY) {
		clock->multiply = NS_PER_SECOND;
		clock->shift = exponent;
	} else if (exponent <= NS_DIGITS) {
		clock->multiply = power_of_ten(NS_DIGITS - exponent);
	} else if (exponent - NS_DIGITS <= MAX_DIGITS) {
		clock->divide = power_of_ten(exponent - NS_DIGITS);
	} else {
		clock->multiply = 0;
	}
}

int64_t pcapng_clock_time(const struct pcapng_clock *clock, uint64_t ticks)
{
	/* 64 and 30 bits: no product overflows 128. */
	unsigned __int128 ns = (unsigned __int128)ticks * clock->multiply;

	if (clock->shift)
		ns >>= clock->shift;
	if (clock->divide != 1)
		ns /= clock->divide;
	return frame_time((__int128)ns + (__int128)clock->offset * NS_PER_SECOND);
}
