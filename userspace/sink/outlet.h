/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways out for documents: each is a table of functions, one file and one row. They may wait for
 * disks and sockets, so they belong to the service thread, never to the one that judges.
 */
#ifndef SINK_OUTLET_H
#define SINK_OUTLET_H

#include "sink/document.h"

struct outlet;

struct outlet_class {
	const char *name;
	/* False: it was not taken; logged (not for each), counted by outlet_deliver(). */
	bool (*deliver)(struct outlet *outlet, const struct document *document);
	void (*reopen)(struct outlet *outlet); /* SIGHUP: a file that was rotated; may be NULL */
	void (*flush)(struct outlet *outlet);  /* what is buffered must be out soon; may be NULL */
	void (*free)(struct outlet *outlet);
};

/* First member of each outlet's own struct. */
struct outlet {
	const struct outlet_class *class;
	unsigned int datasets;      /* bits 1 << enum dataset that it takes */
	enum severity min_severity; /* of alerts */
	uint64_t delivered, failed;
};

struct outlet_params {
	unsigned int datasets;
	enum severity min_severity;
};

/* To @outlet, if it takes such documents. */
void outlet_deliver(struct outlet *outlet, const struct document *document);
void outlet_free(struct outlet *outlet);

/* JSON Lines appended to @path, made with mode 0640; reopened on reopen(). NULL: logged. */
struct outlet *outlet_file_new(const char *path, const struct outlet_params *params);

/* JSON Lines to a descriptor that stays the caller's. */
struct outlet *outlet_fd_new(int fd, const struct outlet_params *params);

/*
 * RFC 5424 messages, the JSON document as MSG: to the local daemon (@address "local": /dev/log, or a
 * path), or by UDP (RFC 5426) to "udp:HOST:PORT" (port 514 if not named). @facility: RFC 5424 number
 * (2: mail); severity from the alert's. NULL: logged.
 */
struct outlet_syslog_params {
	const char *address, *host, *app;
	unsigned int facility;
};
struct outlet *outlet_syslog_new(
	const struct outlet_syslog_params *where, const struct outlet_params *params);

#endif
