/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A name server on the tests' own loop, UDP and TCP on one port of 127.0.0.1: for answers that no real
 * one gives when it is asked to.
 */
#ifndef TESTS_NAMESERVER_H
#define TESTS_NAMESERVER_H

#include "base/bytes.h"
#include "evidence/loop.h"

enum zone_manner {
	ZONE_ANSWER,   /* with this record */
	ZONE_RCODE,    /* with .rcode, without records */
	ZONE_SILENT,   /* not at all */
	ZONE_GARBAGE,  /* with bytes that are no records */
	ZONE_REFERRAL, /* ask somebody else */
	ZONE_BY_TCP,   /* with this record, but by UDP only that it is too long */
	ZONE_NO_EDNS,  /* with this record, but FORMERR to a question with OPT */
	ZONE_SECOND,   /* with this record, but only to the second time it is asked */
};

/* Several rows of one name and type are several records. A name without rows does not exist. */
struct zone_row {
	const char *name;
	uint16_t type;
	enum zone_manner manner;
	struct bytes data; /* RDATA */
	uint32_t ttl;
	uint8_t rcode;
	bool authentic;
};

struct nameserver;

/* The last row of @zone has no name. */
struct nameserver *nameserver_new(struct loop *loop, const struct zone_row *zone);
void nameserver_free(struct nameserver *server);

/* "127.0.0.1:PORT" */
const char *nameserver_address(const struct nameserver *server);

/* How many questions came; how many by TCP, with the AD bit, with an OPT record of 1232 bytes. */
struct nameserver_count {
	unsigned int all, tcp, ad, edns;
};
struct nameserver_count nameserver_count(const struct nameserver *server);

#endif
