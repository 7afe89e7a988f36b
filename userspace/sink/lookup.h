/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses of a host, found by a thread of its own: getaddrinfo(3) asks all that the machine is
 * set up to ask and waits as long as it likes, and nobody here may.
 */
#ifndef SINK_LOOKUP_H
#define SINK_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define LOOKUP_ADDRESSES_MAX 8

struct addresses {
	struct sockaddr_storage list[LOOKUP_ADDRESSES_MAX];
	socklen_t length[LOOKUP_ADDRESSES_MAX];
	size_t n;
	const char *error; /* why there are none; a constant */
};

struct lookup;

/* For datagrams to @host (a name or an address) and @port, a number. NULL: no thread could be had. */
struct lookup *lookup_start(const char *host, const char *port);

/* True: it is done, and *@out filled in; waits up to @timeout ms for that. */
bool lookup_get(struct lookup *lookup, int timeout, struct addresses *out);

/* Whether it is done or not; never waits. */
void lookup_free(struct lookup *lookup);

#endif
