/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network's part in `stripwatch read --online`: look-ups go on while packets are read, and sessions
 * wait for what they need to know.
 */
#ifndef COMMAND_READ_ONLINE_H
#define COMMAND_READ_ONLINE_H

#include "command/online.h"
#include "command/output.h"
#include "command/policy_judge.h"
#include "evidence/evidence.h"
#include "evidence/lookup.h"

/* All zero: nothing is open, and nothing is asked. */
struct read_online {
	struct online online;
	struct lookup *lookup;
	struct evidence_store *stores; /* which are told */
	struct policy_judge *judge;    /* of what becomes of policies */
	const struct output *output;   /* where that is told */
	bool json, alerted;
	bool progress;                 /* on a terminal */
};

struct read_online_params {
	const struct online_options *options;
	struct evidence_store *stores; /* with a database; lives longer */
	/* A look at a policy that is an alert by these rules is told there, when it is opened. */
	const char *const *rules;
	size_t rule_count;
	const struct output *output;
	bool json;
	const char *host;
};

/* False: told. read_online_close() in any case. */
bool read_online_open(struct read_online *online, const struct read_online_params *params);
void read_online_close(struct read_online *online);

/* For evidence_params.want and pipeline_params; the context is the struct. */
uint64_t read_online_want(void *context, enum wanted kind, const char *name);
uint64_t read_online_answered(void *context);
void read_online_await(void *context);

/* Between packets: answers come in. True if any did. */
bool read_online_turn(struct read_online *online);

#endif
