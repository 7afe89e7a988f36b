/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers of the DNS over TCP: what is heard on connections to port 53. No session comes of them. A
 * connection whose beginning was missed, or that has a hole, is listened to no more; so is one that
 * says far more than answers to look-ups are (zone transfers).
 */
#ifndef SESSION_DNS_FLOW_H
#define SESSION_DNS_FLOW_H

#include "wire/flow.h"

#define DNS_PORT 53

/* What a flow table for them is made with: they are short and few beside those over UDP. */
#define DNS_FLOWS_MAX         4096
#define DNS_FLOW_WAITING      ((size_t)4 << 20)
#define DNS_FLOW_WAITING_EACH 65536
#define DNS_FLOW_RECENT       65536
#define DNS_FLOW_IDLE         (120 * INT64_C(1000000000))

/* The context of dns_flow_events. */
struct dns_flow_params {
	/* A message, without its length, that came to @asker at @time; borrowed until return. */
	void (*message)(void *context, struct bytes message, const struct addr *asker, int64_t time);
	void *context;
};

extern const struct flow_events dns_flow_events;

#endif
