/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that keeps the privileges, so that the one which reads hostile bytes has none: it holds
 * the probes, attaches them where interfaces and libraries come and go, passes signals on, and starts
 * the other anew if it dies. It reads nothing from it.
 */
#ifndef COMMAND_KEEPER_H
#define COMMAND_KEEPER_H

#include <stdbool.h>

#include "capture/live.h"

/*
 * Run @work in processes of its own, one after the other, until one ends with a status that it
 * chose (returned) or a signal asks for the end. @live is looked after meanwhile.
 */
int keeper_run(struct live *live, int (*work)(void *context), void *context);

/* Wait until @is_there says so, asked each second. False: a signal asks for the end. */
bool keeper_await(bool (*is_there)(void *context), void *context);

#endif
