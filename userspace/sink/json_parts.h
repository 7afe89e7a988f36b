/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts that alerts share, whether about a session or not. Private to the files of sink/ that write
 * JSON.
 */
#ifndef SINK_JSON_PARTS_H
#define SINK_JSON_PARTS_H

#include "judge/verdict.h"
#include "sink/nest.h"

/* rule.* and threat.* of an alert. */
void json_alert_rule(struct nest *nest, const struct rule *rule);

/* stripwatch.* of an alert, but for the session's own fields. */
void json_alert_finding(
	struct nest *nest, const struct subject *subject, const struct alert *alert);

#endif
