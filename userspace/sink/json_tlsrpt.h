/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stripwatch.tlsrpt document of one attempt at delivery and one policy domain.
 */
#ifndef SINK_JSON_TLSRPT_H
#define SINK_JSON_TLSRPT_H

#include "base/text.h"
#include "judge/tlsrpt.h"

/* One line appended to @out. */
void json_tlsrpt(struct text *out, const struct subject *subject, const struct tlsrpt_event *event);

#endif
