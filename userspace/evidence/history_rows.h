/* SPDX-License-Identifier: BSD-2-Clause */
/* The history's tables in the store. Private to history*.c. False: logged. */
#ifndef EVIDENCE_HISTORY_ROWS_H
#define EVIDENCE_HISTORY_ROWS_H

#include "evidence/history_memory.h"
#include "evidence/store.h"

/* Fill in what the store has of @memory, whose identity is set. False: nothing, or a fault. */
bool history_rows_load(struct store *store, struct memory *memory);

/* Write it. What need not outlive the program is passed over. */
bool history_rows_save(struct store *store, const struct memory *memory);

/* The names by which @server greeted. */
void history_rows_names(
	struct store *store, const struct endpoint *server, struct address_memory *address);

/* Remove what has faded at @now (seconds), and of the rest what fades first beyond the bounds. */
bool history_rows_prune(struct store *store, int64_t now);

#endif
