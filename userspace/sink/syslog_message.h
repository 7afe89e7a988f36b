/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One document as one RFC 5424 message:
 *
 *   <PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID - BOM {"@timestamp":…}
 *
 * TIMESTAMP is the document's own time in UTC, to the microsecond. MSGID is the dataset's word. PRI's
 * severity, by what RFC 5424 6.2.1 says of each: critical alerts 2 (critical conditions), high 3
 * (error), medium 4 (warning), low 5 (normal but significant), info 6 and all that is no alert 6
 * (informational).
 */
#ifndef SINK_SYSLOG_MESSAGE_H
#define SINK_SYSLOG_MESSAGE_H

#include "sink/document.h"

/* What a collector takes unless it was told otherwise (rsyslog's maxMessageSize; RFC 5425 4.3.1). */
#define SYSLOG_MESSAGE_MAX 8192

/* The most that UDP over IPv4 carries (RFC 5426 3.2). */
#define SYSLOG_DATAGRAM_MAX 65507

/* Strings are made fit for a header's fields here; NULL or "" is the nil value. */
struct syslog_origin {
	const char *host, *app;
	unsigned int facility; /* 0 to 23 */
	long pid;
	bool no_bom;
	bool legacy; /* "<PRI>Nov 24 06:00:00 APP-NAME[PROCID]: {…}": local time, no host, no mark */
};

/*
 * The message for @document in at most @max bytes appended to @out, without framing. False: it
 * can't be made so short; then @out is as it was.
 */
bool syslog_message(struct text *out, const struct syslog_origin *from,
	const struct document *document, size_t max);

/* "mail", "local0" or a number below 24. */
bool syslog_facility_parse(struct bytes word, unsigned int *out);

#endif
