/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way through the house: packets in, documents out. The only file beside command/ that knows all
 * rooms; ownership changes hands here.
 */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "sink/sink.h"

#define SINKS_MAX 8

struct pipeline_params {
	const struct ports *ports;        /* connections to look at */
	const struct ports *mail_ports;   /* those that leave a record whatever they speak */
	struct cert_cache *certs;
	const struct tls_keylog *keylog;  /* may be NULL */
	struct evidence_store *evidence;
	const struct ruleset *rules;
	struct sink *sinks[SINKS_MAX];
	size_t sink_count;
	struct observer observer;
	const struct scope *scope;        /* NULL: every session may raise alerts */
	size_t witness_bytes;             /* a session; 0: no evidence is kept */
	int64_t idle_timeout;             /* ns; 0: the default */
	size_t max_flows;                 /* 0: the default */
	/* See session_params.quiet; may be NULL. */
	void (*quiet)(void *context, const struct flow_facts *flow);
	void *quiet_context;
	/*
	 * Names are being looked up (evidence_params.want): a session that showed one is judged, in its
	 * order, when all look-ups up to its number were answered. NULL: at once, with what is known.
	 */
	uint64_t (*answered)(void *context);
	/*
	 * Returns when that number has grown. Called where no more sessions can wait, and at the end;
	 * NULL: then the first is judged with what is known.
	 */
	void (*await)(void *context);
	void *look_up_context;
};

struct pipeline;

/* All that @params point to stays the caller's and lives longer. */
struct pipeline *pipeline_new(const struct pipeline_params *params);

void pipeline_feed(struct pipeline *pipeline, const struct packet *packet);

/*
 * Look at what @capture will give next, so that the memory which those packets need is there when
 * they come. To be called between capture_next() and pipeline_feed(), or never.
 */
void pipeline_look_ahead(struct pipeline *pipeline, struct capture *capture);

/* Live: a local process was shown this. To be told before packets that came after it. */
void pipeline_note_certificate(struct pipeline *pipeline, const struct process_cert *cert);

/* Live: it is @now (ns since 1970), and all packets before that have been fed. */
void pipeline_tick(struct pipeline *pipeline, int64_t now);

/* Look-ups were answered: judge the sessions that have waited for them. */
void pipeline_answered(struct pipeline *pipeline);

/* Sessions that wait for look-ups. */
size_t pipeline_waiting(const struct pipeline *pipeline);

/* From now on judge by @rules, which live longer; repeats are counted anew. */
void pipeline_set_rules(struct pipeline *pipeline, const struct ruleset *rules);

/* The totals so far. stats->capture is the caller's to know. */
void pipeline_get_stats(const struct pipeline *pipeline, struct run_stats *stats);

/* End all sessions and tell the sinks; @capture is the input's account. */
void pipeline_finish(struct pipeline *pipeline, const struct capture_stats *capture);

/* The severest alert so far; 0: none. */
int pipeline_worst(const struct pipeline *pipeline);

void pipeline_free(struct pipeline *pipeline);

#endif
