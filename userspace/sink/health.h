/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The health document (event contract, section 4) of a sensor that runs: what the kernel saw and
 * dropped, flows, sessions, alerts, queues, policies, memory. The same for outputs, `status` and its
 * table for people.
 */
#ifndef SINK_HEALTH_H
#define SINK_HEALTH_H

#include "capture/live.h"
#include "sink/sink.h"

struct health_queue {
	const char *name;
	uint64_t length, max, peak, refused;
};

struct health_outlet {
	const char *name; /* where it leads */
	uint64_t delivered, failed;
};

#define HEALTH_QUEUES_MAX  4
#define HEALTH_OUTLETS_MAX 16

/* Cached policies, by mode; those past their max_age; those whose renewal fails. */
struct health_policies {
	uint64_t enforce, testing, none, expired, failing;
};

struct health {
	int64_t now, started; /* ns since 1970 */
	struct run_stats run;
	uint64_t lost;        /* frames that the kernel, or the ring, had to drop */
	struct live_interface interfaces[LIVE_INTERFACES_MAX];
	size_t interface_count;
	struct health_queue queues[HEALTH_QUEUES_MAX];
	size_t queue_count;
	struct health_outlet outlets[HEALTH_OUTLETS_MAX];
	size_t outlet_count;
	struct health_policies policies;
	uint64_t memory;      /* resident, bytes */
	const char *host, *name;
};

/* One line of JSON appended to @out. */
void health_json(struct text *out, const struct health *health);

#endif
