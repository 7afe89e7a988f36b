/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where syslog messages go: a socket to the local daemon, or a datagram socket to a server, that is
 * opened when it is wanted and again when the other side was restarted. Never waits for a server;
 * for the local daemon a tenth of a second, and not twice while it is stuck.
 */
#ifndef SINK_SYSLOG_WAY_H
#define SINK_SYSLOG_WAY_H

#include <stdbool.h>
#include "base/text.h"

struct syslog_way;

/* The forms of struct outlet_syslog_params.address. NULL: it has none of them; logged. */
struct syslog_way *syslog_way_new(const char *address);
void syslog_way_free(struct syslog_way *way);

/* True: "local", a path, or "udp:HOST:PORT". */
bool syslog_way_parse(const char *address);

/*
 * One message, framed as the socket wants it, at @now (trouble_clock()). False: it was lost, and
 * *@why says why; *@why may be set too where it went out: then one before it was lost.
 */
bool syslog_way_send(
	struct syslog_way *way, int64_t now, const struct text *message, const char **why);

/* Open the socket anew, and look the server up anew, by the next message. */
void syslog_way_renew(struct syslog_way *way);

#endif
