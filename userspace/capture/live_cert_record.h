/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A record of the kernel's about a certificate, as live.h tells it. No I/O.
 */
#ifndef CAPTURE_LIVE_CERT_RECORD_H
#define CAPTURE_LIVE_CERT_RECORD_H

#include "bpf/kern_user.h"
#include "capture/live.h"

/*
 * @record of kind SW_CERTIFICATE or SW_VERDICT; @clock turns its time into the wall clock's. What
 * *@out points to is in @record and *@room. False: it contradicts itself.
 */
bool live_cert_record(struct bytes record, int64_t clock, struct sw_certificate *room,
	struct live_certificate *out);

#endif
