/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the process that judges may still do once all is open: read what its configuration names,
 * write where it says, and make the system calls of a daemon at work.
 */
#ifndef COMMAND_CONFINE_H
#define COMMAND_CONFINE_H

#include "command/watch_options.h"

/* False: logged, and the caller must end. Before any other thread runs. */
bool confine(const struct watch_options *options, const struct config *config);

#endif
