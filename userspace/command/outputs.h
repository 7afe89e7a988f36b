/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All ways out of a running sensor: those of the configuration, and standard output. Belongs to the
 * service thread.
 */
#ifndef COMMAND_OUTPUTS_H
#define COMMAND_OUTPUTS_H

#include "command/watch_options.h"
#include "sink/health.h"

struct outputs;

/* NULL: one can't be opened; logged. */
struct outputs *outputs_open(
	const struct config *config, enum watch_format format, const char *host);
void outputs_close(struct outputs *outputs);

void outputs_deliver(struct outputs *outputs, const struct document *document);

/* What is buffered goes out; called after each batch of documents. */
void outputs_flush(struct outputs *outputs);

/* Files that were rotated are opened anew. */
void outputs_reopen(struct outputs *outputs);

/* The ways of another configuration instead. False: one can't be opened, and all stays as it is. */
bool outputs_change(struct outputs *outputs, const struct config *config);

/* Documents shall carry text for people; with colours. */
bool outputs_want_text(const struct outputs *outputs);
bool outputs_want_colour(const struct outputs *outputs);

/* On a terminal, the line of rates below what came last. */
void outputs_show(struct outputs *outputs, const struct health *health);

/* Adds what each way has delivered. */
void outputs_examine(const struct outputs *outputs, struct health *health);

#endif
