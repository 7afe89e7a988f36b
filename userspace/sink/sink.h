/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where judged sessions go. A sink is a table of functions; a new way out is one file and one row.
 * What is passed is borrowed until return.
 */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include <stdio.h>
#include "judge/verdict.h"
#include "sink/document.h"

/* Totals of a run, for the summary and the health document. */
struct run_stats {
	struct capture_stats capture;
	struct flow_stats flow;
	uint64_t decoded[DECODE_RESULTS];
	uint64_t sessions;
	uint64_t actions[ACTIONS];
	uint64_t alerts;
	uint64_t alerts_by_severity[5]; /* info, low, medium, high, critical */
	uint64_t suppressed;
	uint64_t chains;                /* distinct certificate chains */
	int64_t first, last;            /* packet times, ns; 0: no packets */
};

struct sink;

/* Who reports: the names of the machine and of the sensor; NULL where they are not told. */
struct observer {
	const char *host, *name;
};

struct sink_class {
	const char *name;
	void (*session)(struct sink *sink, const struct subject *subject, const struct alerts *alerts);
	/* The end of the run. */
	void (*finish)(struct sink *sink, const struct run_stats *stats, const struct observer *by);
	void (*free)(struct sink *sink);
};

/* First member of each sink's own struct. */
struct sink {
	const struct sink_class *class;
	bool failed; /* something could not be written; logged once */
};

/* JSON Lines of the event contract to @out, which stays the caller's. */
struct sink *sink_json_new(FILE *out);

/* Text for people to @out; @colour: with ANSI colours. */
struct sink *sink_text_new(FILE *out, bool colour);

/*
 * Documents for others to carry: of each session its alerts, severest first, its own, then those of
 * TLS-RPT; the sensor's at the end. @take owns what it is given.
 */
struct sink_documents_params {
	void (*take)(void *context, struct document *document);
	void *context;
	bool text;   /* with text for people: all of a session's stands in its session document */
	bool colour; /* of that */
};
struct sink *sink_documents_new(const struct sink_documents_params *params);

/* The sensor's account at @now (ns since 1970), while it runs. */
struct document *sensor_document(
	const struct run_stats *stats, const struct observer *by, int64_t now);

/*
 * A capture of each alerted session in directory @path, made if need be; of all that are in it the
 * oldest go when they have more than @max_bytes (0: no bound). NULL: logged.
 */
struct sink *sink_evidence_new(const char *path, uint64_t max_bytes);

#endif
