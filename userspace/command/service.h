/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread of `watch` that waits: for documents to write, look-ups to make, signals, whoever asks
 * for the status. It starts the thread that judges, and ends after it.
 */
#ifndef COMMAND_SERVICE_H
#define COMMAND_SERVICE_H

#include "command/watch_options.h"
#include "config.h"

/* No interface is left that could give anything: a new start may find them again. */
#define SERVICE_LOST 64

/*
 * Run until SIGTERM or SIGINT, or until there is nothing left to watch. @live is open already; what
 * needs privileges is done. Returns the program's exit status, or SERVICE_LOST.
 */
int service_run(const struct watch_options *options, struct config *config, struct live *live);

#endif
