/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts that several documents share. Private to the files of sink/ that write
 * JSON.
 */
#ifndef SINK_JSON_PARTS_H
#define SINK_JSON_PARTS_H

#include "judge/verdict.h"
#include "sink/nest.h"
#include "sink/sink.h"

/* rule.* and threat.* of an alert. */
void json_alert_rule(struct nest *nest, const struct rule *rule);

/* stripwatch.* of an alert, but for the session's own fields. */
void json_alert_finding(
	struct nest *nest, const struct subject *subject, const struct alert *alert);

/* The sensor's own account but for its time: json_sensor(), to which a running sensor adds. */
void json_sensor_put(struct nest *nest, const struct run_stats *stats, const char *host,
	const char *name);

#endif
