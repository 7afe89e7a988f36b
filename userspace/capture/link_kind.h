/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel says of an interface: what its frames begin with, and whether it is up.
 */
#ifndef CAPTURE_LINK_KIND_H
#define CAPTURE_LINK_KIND_H

#include <stdbool.h>

enum link_kind {
	LINK_KIND_OTHER, /* gone, or of a kind that nobody here can read */
	LINK_KIND_ETHERNET,
	LINK_KIND_LOOPBACK, /* Ethernet, too */
	LINK_KIND_RAW,      /* IP from the first byte on */
};

/* @fd: any socket. */
enum link_kind link_kind_of(int fd, const char *name);
bool link_kind_is_up(int fd, const char *name);

#endif
