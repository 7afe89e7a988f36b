/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the thread that judges is doing, for the other one to tell: a copy of its totals, put up about
 * once a second.
 */
#ifndef COMMAND_BOARD_H
#define COMMAND_BOARD_H

#include "capture/live.h"
#include "sink/health.h"

struct board_totals {
	struct run_stats run;
	struct live_interface interfaces[LIVE_INTERFACES_MAX];
	size_t interface_count;
	uint64_t lost;       /* frames that the kernel, or the ring, had to drop */
	struct health_policies policies;
	uint64_t refused;    /* documents that found the queue full */
	int64_t put_up;      /* ns since 1970; 0: nothing yet */
};

struct board;

struct board *board_new(void);
void board_free(struct board *board);

void board_put(struct board *board, const struct board_totals *totals);
void board_get(struct board *board, struct board_totals *totals);

#endif
