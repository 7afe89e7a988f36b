/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A document of the event contract, made once and carried to every way out: JSON Lines files, syslog,
 * a terminal. Made by the thread that judges, owned by whoever holds it, given on with its ownership.
 */
#ifndef SINK_DOCUMENT_H
#define SINK_DOCUMENT_H

#include "base/text.h"
#include "judge/finding.h"

#define DATASET_LIST(X)                                     \
	X(DATASET_SESSION, "session", "stripwatch.session") \
	X(DATASET_ALERT, "alert", "stripwatch.alert")       \
	X(DATASET_TLSRPT, "tlsrpt", "stripwatch.tlsrpt")    \
	X(DATASET_SENSOR, "sensor", "stripwatch.sensor")    \
	X(DATASET_POLICY, "policy", "stripwatch.policy")

enum dataset {
#define X(name, word, dataset) name,
	DATASET_LIST(X)
#undef X
	DATASETS
};

/* Sets of datasets are bits 1 << enum dataset; this is all of them. */
#define DATASETS_ALL ((1u << DATASETS) - 1)

const char *dataset_word(enum dataset dataset); /* "session": as configured */
const char *dataset_name(enum dataset dataset); /* "stripwatch.session" */
bool dataset_parse(struct bytes word, enum dataset *out);

struct document {
	enum dataset dataset;
	enum severity severity; /* DATASET_ALERT; else SEVERITY_INFO */
	int64_t time;           /* ns since 1970 */
	char *json;             /* one line, with its newline */
	size_t length;
	char *text;             /* for people, lines; NULL: none was asked for */
};

/* Takes the memory of @json, which is empty afterwards. @text: NULL. */
struct document *document_new(
	enum dataset dataset, enum severity severity, int64_t time, struct text *json);
void document_free(struct document *document);

#endif
