/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS that ends at the middlebox, under a certificate of its own. Both return when the connection
 * is over; what failed is said on standard error.
 */
#ifndef MIDDLEBOX_TERMINATE_H
#define MIDDLEBOX_TERMINATE_H

#include "lab/middlebox/relay.h"

/* The client has its 220, and so has the middlebox: TLS towards either side. */
void terminate(struct relay *relay);

/* The client has its 220, of which the server knows nothing: TLS towards the client alone. */
void terminate_client(struct relay *relay);

#endif
