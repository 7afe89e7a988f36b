/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Within this room: probes on the TLS libraries of this host (bpf/cert_probe.bpf.c). Which
 * libraries there are, library_scan.h finds; new ones are attached to as they come. What can't be
 * had is said once, and does no harm. Shared by two processes like struct live: maintain() is for
 * the one that kept its privileges.
 */
#ifndef CAPTURE_LIVE_CERTS_H
#define CAPTURE_LIVE_CERTS_H

#include "base/text.h"
#include "capture/live_ring.h"
#include "capture/live.h"

struct live_certs;

/*
 * Probes for @params->ports, on libraries that are found and on @params->libraries. Records go
 * into @ring. NULL: it can't be had, and @why says what is missing.
 */
struct live_certs *live_certs_open(
	const struct live_params *params, struct live_ring *ring, struct text *why);

/* Nothing stays attached. Takes NULL, as the others do. Before the ring goes. */
void live_certs_close(struct live_certs *certs);

/*
 * From the next live_ring_run() on certificates go to @events->certificate, with @clock
 * (live_ring_clock()) added to the kernel's time. What the calling process parses itself is not
 * among them.
 */
void live_certs_aim(
	struct live_certs *certs, const struct live_events *events, void *context, int64_t clock);

/* Libraries that new processes brought. */
void live_certs_maintain(struct live_certs *certs);

/* "certificates from 3 files of OpenSSL, 1 of GnuTLS". */
void live_certs_describe(const struct live_certs *certs, struct text *text);

#endif
