/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Within this room: what stands behind a struct live. Packets come from the kernel's probe
 * (live_probe.c) or from libpcap (live_pcap.c), perhaps from both at once (-i eth0 -i nflog:5), and
 * each is one table of functions. live.c chooses, waits for all of them, and speaks for them.
 *
 * Like struct live, a source is shared by two processes after fork(): maintain() is called by the
 * one that kept its privileges, all else by the other. What maintain() changes and the other must
 * know (names, states) lies in memory that both have mapped.
 */
#ifndef CAPTURE_LIVE_SOURCE_H
#define CAPTURE_LIVE_SOURCE_H

#include "base/text.h"
#include "capture/live.h"

struct live_ring;

/* What a source is opened with: the part of the caller's wishes that is its own. */
struct live_source_params {
	const struct live_params *live;              /* ports, snap, dns, hook */
	const char *interfaces[LIVE_INTERFACES_MAX]; /* those for this source, names as given */
	size_t interface_count;
	struct live_ring *ring; /* where the kernel's programs write; NULL for libpcap */
};

struct live_source_type {
	/*
	 * NULL: it can't be had, and @why says what is missing, in words for people without a
	 * newline: "the kernel has no tcx and no clsact (Operation not supported)". Nothing is
	 * logged: the caller may have another way.
	 */
	void *(*open)(const struct live_source_params *params, struct text *why);

	/* Takes NULL. Nothing stays attached. */
	void (*close)(void *source);

	/*
	 * Hand over what is there, at most some thousand packets, without waiting. Returns how
	 * many; -1: nothing will ever come again (logged). NULL: all comes through the ring, whose
	 * frames are handed to frame().
	 */
	int (*run)(void *source, const struct live_events *events, void *context);

	/* One descriptor to poll for reading before run(); -1: none, ask every few ms. May be NULL.
	 */
	int (*fd)(void *source);

	/* live_set_quiet(); NULL: nothing to do. */
	void (*set_quiet)(
		void *source, const struct endpoint *client, const struct endpoint *server);

	/* live_maintain(); NULL: nothing to do. */
	void (*maintain)(void *source);

	/* Its part of live_get_interfaces(), at most @max of them. */
	size_t (*interfaces)(void *source, struct live_interface *out, size_t max);

	/* Adds its part to live_get_totals(). */
	void (*totals)(void *source, struct live_totals *totals);

	/* Its part of live_describe(): "tc (tcx) on eth0, eth1". */
	void (*describe)(void *source, struct text *text);
};

extern const struct live_source_type live_probe_type; /* LIVE_TC, LIVE_NETFILTER */
extern const struct live_source_type live_pcap_type;  /* LIVE_PCAP, and nflog:GROUP always */

#endif
