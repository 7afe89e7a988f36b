// SPDX-License-Identifier: BSD-2-Clause
#include "command/board.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

struct board {
	pthread_mutex_t lock;
	struct board_totals totals;
};

struct board *board_new(void)
{
	struct board *board = mem_alloc(sizeof(*board));

	pthread_mutex_init(&board->lock, NULL);
	return board;
}

void board_free(struct board *board)
{
	if (!board)
		return;
	pthread_mutex_destroy(&board->lock);
	free(board);
}

void board_put(struct board *board, const struct board_totals *totals)
{
	pthread_mutex_lock(&board->lock);
	board->totals = *totals;
	pthread_mutex_unlock(&board->lock);
}

void board_get(struct board *board, struct board_totals *totals)
{
	pthread_mutex_lock(&board->lock);
	*totals = board->totals;
	pthread_mutex_unlock(&board->lock);
}
