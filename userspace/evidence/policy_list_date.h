/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A point of time as lists write it. Private to policy_list*.c.
 */
#ifndef EVIDENCE_POLICY_LIST_DATE_H
#define EVIDENCE_POLICY_LIST_DATE_H

#include "base/bytes.h"

/*
 * RFC 3339 (an offset or "Z"; a blank for the T, and a fraction, which is dropped, may be there), a
 * date alone (the end of that day, UTC), or seconds since 1970; to seconds since 1970. False for
 * anything else, and for days that no month has; *@out is unchanged then.
 */
bool policy_list_date(struct bytes text, int64_t *out);

#endif
