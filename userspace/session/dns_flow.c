// SPDX-License-Identifier: BSD-2-Clause
#include "session/dns_flow.h"

#include <stdlib.h>

#include "base/mem.h"
#include "dialogue/dns_stream.h"

/* Bytes of one connection: thousands of answers, or a zone that is of no interest. */
#define BYTES_MAX ((uint64_t)1 << 20)

struct dns_flow {
	const struct dns_flow_params *params;
	struct flow *flow;
	const struct flow_facts *facts;
	struct dns_stream stream;
};

static void give_up(struct dns_flow *dns)
{
	flow_set_interest(dns->flow, SERVER, FLOW_IGNORE);
	dns_stream_fini(&dns->stream);
}

static void *on_open(void *context, struct flow *flow, const struct flow_facts *facts)
{
	struct dns_flow *dns = mem_alloc(sizeof(*dns));

	dns->params = context;
	dns->flow = flow;
	dns->facts = facts;
	flow_set_interest(flow, CLIENT, FLOW_IGNORE);
	if (facts->midstream)
		give_up(dns);
	return dns;
}

static void on_data(void *user, enum side from, struct bytes data, const struct delivery *how)
{
	struct dns_flow *dns = user;
	struct bytes message;

	if (from != SERVER)
		return;
	if (how->offset > BYTES_MAX) {
		give_up(dns);
		return;
	}
	while (dns_stream_next(&dns->stream, &data, &message))
		dns->params->message(dns->params->context, message,
			&dns->facts->endpoint[CLIENT].addr, how->time);
}

static void on_gap(void *user, enum side from, uint64_t length, enum gap_reason why, int64_t time)
{
	(void)length;
	(void)why;
	(void)time;
	if (from == SERVER)
		give_up(user);
}

static void on_close(void *user, const struct flow_facts *facts, enum flow_end why)
{
	struct dns_flow *dns = user;

	(void)facts;
	(void)why;
	dns_stream_fini(&dns->stream);
	free(dns);
}

const struct flow_events dns_flow_events = {
	.open = on_open,
	.data = on_data,
	.gap = on_gap,
	.close = on_close,
};
