/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a command needs that asks the network: a loop, a resolver, a fetcher, and an ear for SIGINT,
 * SIGTERM and SIGHUP, which end it in good order.
 */
#ifndef COMMAND_ONLINE_H
#define COMMAND_ONLINE_H

#include "command/online_options.h"
#include "evidence/fetch.h"
#include "evidence/resolver.h"

/* All zero: nothing is open. */
struct online {
	struct loop *loop;
	struct resolver *resolver;
	struct fetcher *fetcher;
	bool believes_ad; /* the AD bit of the resolver counts */
	bool interrupted; /* a signal came: loop_run() has returned early */
	int signal;       /* that signal */
	struct loop_watch *signals;
	int signal_fd;
};

struct online_limits {
	unsigned int fetch_timeout; /* ms, of one policy; 0: 60000 */
	size_t fetches, queries;    /* at once; 0: the defaults */
	bool deaf;                  /* to signals: they end the program as they always do */
};

/* False: told. online_close() in any case. */
bool online_open(struct online *online, const struct online_options *options,
	const struct online_limits *limits);

/*
 * Look-ups under way end first, and call back: so whoever started them lives until online_hang_up()
 * has returned.
 */
void online_hang_up(struct online *online);
void online_close(struct online *online);

#endif
