/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Real TLS 1.2 handshakes, made by OpenSSL with itself, as the bytes that either side sent. The
 * same for the same seed.
 */
#ifndef TOOLS_VOLUME_HANDSHAKE_H
#define TOOLS_VOLUME_HANDSHAKE_H

#include <stdint.h>
#include "base/text.h"

/* Client hello; server hello to server hello done; the client's last flight; the server's. */
enum { FLIGHTS = 4 };

struct handshake {
	struct text flight[FLIGHTS];
	size_t certificate_end; /* bytes of the second flight up to the end of the certificate */
};

struct handshake_maker;

/* Keys and an intermediate CA. Makes OpenSSL's random numbers those of @seed, for good. */
struct handshake_maker *handshake_maker_new(uint64_t seed);
void handshake_maker_free(struct handshake_maker *maker);

/* With a certificate of its own for mx@number.example.net, and the intermediate's behind it. */
void handshake_make(struct handshake_maker *maker, unsigned int number, struct handshake *out);
void handshake_free(struct handshake *handshake);

#endif
