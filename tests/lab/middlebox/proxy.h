/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections that the middlebox answers in the server's name and opens anew in the client's:
 * either side sees the other's address and port. A process each.
 */
#ifndef MIDDLEBOX_PROXY_H
#define MIDDLEBOX_PROXY_H

#include "lab/middlebox/technique.h"

/* A socket that takes connections to any address. -1: said on standard error. */
int proxy_open(uint16_t port);

/* Work until @stop can be read. */
void proxy_run(
	int listener, int stop, const struct technique *technique, const struct settings *settings);

#endif
