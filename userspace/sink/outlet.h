/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways out for documents: each is a table of functions, one file and one row. They may wait for
 * disks and, a tenth of a second at most, for the local daemon, so they belong to the service
 * thread, never to the one that judges. None waits for a server.
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
	unsigned int datasets;      /* 0: DATASETS_ALL */
	enum severity min_severity; /* 0: SEVERITY_INFO, which is all */
};

/* For the files that make outlets. */
void outlet_init(struct outlet *outlet, const struct outlet_class *class,
	const struct outlet_params *params);

/* To @outlet, if it takes such documents. */
void outlet_deliver(struct outlet *outlet, const struct document *document);
void outlet_reopen(struct outlet *outlet);
void outlet_flush(struct outlet *outlet);
void outlet_free(struct outlet *outlet);

/*
 * JSON Lines appended to @path, made with mode 0640; reopened on reopen(), and kept as it is where
 * that fails. A line stands there whole or not at all: what a full disk took in part is taken back.
 * NULL: logged.
 */
struct outlet *outlet_file_new(const char *path, const struct outlet_params *params);

/* JSON Lines to a descriptor that stays the caller's. */
struct outlet *outlet_fd_new(int fd, const struct outlet_params *params);

/*
 * RFC 5424 messages, the JSON document as MSG: to the local daemon (@address "local": /dev/log, or a
 * path that starts with '/'; a datagram or a stream socket), or by UDP (RFC 5426) to
 * "udp:HOST:PORT" ("udp:HOST": 514; "udp:[2001:db8::1]:514"). HOST is looked up when it is opened,
 * on reopen(), and every ten minutes, and nobody waits for that but outlet_syslog_new(), for five
 * seconds. @facility: RFC 5424 number (2: mail); severity from the alert's. NULL: logged.
 *
 * A document beyond max_message goes without its longest parts, and names them in
 * stripwatch.left_out: sink/json_cut.h.
 */
struct outlet_syslog_params {
	const char *address;
	const char *host;         /* NULL: the machine's own name */
	const char *app;          /* NULL: "stripwatch" */
	unsigned int facility;
	size_t max_message;       /* bytes; 0: SYSLOG_MESSAGE_MAX, which rsyslog takes as it comes */
	bool no_bom;              /* MSG without the byte order mark that RFC 5424 asks for */
	/*
	 * As syslog(3) writes it (RFC 3164 without a host), for local daemons that take nothing else at
	 * their socket: rsyslog, unless imuxsock is told UseSpecialParser="off", and journald.
	 */
	bool legacy;
};
struct outlet *outlet_syslog_new(
	const struct outlet_syslog_params *where, const struct outlet_params *params);

#endif
