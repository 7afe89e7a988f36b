/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of lookup.c that is about one MX host: its addresses of both kinds, then its TLSA records
 * where RFC 7672 2.2.2 has them. Private to it.
 */
#ifndef EVIDENCE_HOST_LOOK_H
#define EVIDENCE_HOST_LOOK_H

#include "evidence/resolver.h"

struct host_look_params {
	struct resolver *resolver;
	bool believes_ad;
	/* Each answer, borrowed until return. */
	void (*told)(void *context, enum dns_status status, const struct dns_answer *answer,
		bool believed);
	/* Once, last, never from inside host_look_start(). */
	void (*done)(void *context);
	void *context;
};

/* @params and @host (normalised) are copied. Ends when the resolver has answered, or is freed. */
void host_look_start(const struct host_look_params *params, const char *host);

#endif
