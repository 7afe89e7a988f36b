/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Documents of the event contract as JSON, each one line, appended to a buffer.
 */
#ifndef SINK_JSON_H
#define SINK_JSON_H

#include "base/text.h"
#include "sink/sink.h"

/* A JSON string of @s, quotes included; bytes that are no UTF-8 become U+FFFD. */
void json_text(struct text *out, struct bytes s);

void json_session(struct text *out, const struct subject *subject);
void json_alert(struct text *out, const struct subject *subject, const struct alert *alert);
void json_sensor(struct text *out, const struct run_stats *stats, const char *host,
	const char *name);

#endif
