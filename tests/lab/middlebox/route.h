/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How packets of watched connections come to the middlebox: by rules of policy routing, for the
 * port of the servers, in the network namespace in which it runs. Nothing else of that host
 * changes, and packets that the host itself makes are not touched. Needs ip(8) and root.
 */
#ifndef MIDDLEBOX_ROUTE_H
#define MIDDLEBOX_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

/* The name of the device of a port, for printf(). */
#define ROUTE_DEVICE "mbox%u"

/*
 * Forwarded packets from and to @port are this host's own, whatever their addresses (for sockets
 * with IP_TRANSPARENT), or with @device go out by the device of that port. What an earlier run left
 * is removed first. False: said on standard error, and nothing is left behind.
 */
bool route_up(uint16_t port, bool device);

/* As if route_up() had never been. */
void route_down(uint16_t port);

#endif
