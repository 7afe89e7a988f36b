/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Something outside that does not take what it should, told once: when it begins, and when it has
 * held again for a while, with how much was lost. A disk that is almost full takes the one line and
 * refuses the next: that is one trouble. All zero: none.
 */
#ifndef SINK_TROUBLE_H
#define SINK_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

struct trouble {
	bool told;
	int64_t last;  /* ns: when something was lost last */
	uint64_t lost; /* since it began */
};

/* Without a loss for so long, it is over: ns. */
#define TROUBLE_GRACE (10 * INT64_C(1000000000))

/* Nanoseconds of a clock that nobody sets, for @now below. */
int64_t trouble_clock(void);

/* Something for @where was lost at @now, because of @why. True: it was logged. */
bool trouble_lost(struct trouble *trouble, int64_t now, const char *where, const char *why);

/* Something went through at @now. True: that the trouble is over was logged. */
bool trouble_passed(struct trouble *trouble, int64_t now, const char *where);

#endif
