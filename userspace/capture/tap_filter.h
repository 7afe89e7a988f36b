/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel shall let through to a tap, in the language of pcap-filter(7).
 */
#ifndef CAPTURE_TAP_FILTER_H
#define CAPTURE_TAP_FILTER_H

#include "base/text.h"

struct tap_filter {
	const uint16_t *ports; /* of TCP, either side */
	size_t port_count;     /* at least one */
	bool dns;              /* answers over UDP too */
	/*
	 * Frames behind up to this many VLAN tags too. More than 0 is an error of compilation where
	 * the link type knows no tags.
	 */
	unsigned int tags;
};

/* A tag of the customer in one of the provider (IEEE 802.1ad): more is not standardised. */
#define TAP_FILTER_TAGS_MAX 2

/*
 * Append the filter to @text. Where the ports can't be told from one frame alone it lets more
 * through than was asked for: IPv4 fragments behind the first, and IPv6 behind extension headers,
 * whose chain the language can't follow without loops, which the kernel does not run.
 */
void tap_filter_write(const struct tap_filter *filter, struct text *text);

#endif
