/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What SIGHUP asks for: all that can change while the sensor runs, read and checked before any of it
 * counts.
 */
#ifndef COMMAND_RELOAD_H
#define COMMAND_RELOAD_H

#include "command/order.h"
#include "command/policy_judge.h"
#include "command/watch_options.h"

struct reload {
	struct config *config;
	struct ruleset *rules;
	struct evidence_files *files;
	struct policy_judge *policy_judge;
};

/* Read everything. False: something has a mistake; told. reload_fini() in any case. */
bool reload_read(struct reload *reload, const struct watch_options *options, const char *host);
void reload_fini(struct reload *reload);

/* The part that judges, as an order, which owns it then. */
struct order *reload_order(struct reload *reload);

/* Say that it is done, and which sections would have to change with a restart. */
void reload_tell(const struct config *old, const struct config *new);

#endif
