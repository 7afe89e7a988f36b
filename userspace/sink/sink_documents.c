// SPDX-License-Identifier: BSD-2-Clause
/* The documents of a run, one by one, for the thread that carries them out. */
#include <stdlib.h>

#include "base/mem.h"
#include "sink/json.h"
#include "sink/json_fields.h"
#include "sink/json_tlsrpt.h"
#include "sink/session_text.h"

struct sink_documents {
	struct sink sink;
	struct sink_documents_params params;
	struct json_form *form;
	struct session_text style;
};

static void give(struct sink_documents *documents, struct document *document)
{
	documents->params.take(documents->params.context, document);
}

static void give_session(struct sink_documents *documents, const struct subject *subject,
	const struct alerts *alerts)
{
	struct text json = { 0 }, text = { 0 };
	struct document *document;

	json_fill(documents->form, subject, &json);
	document = document_new(DATASET_SESSION, SEVERITY_INFO, subject->record->flow.last, &json);
	if (documents->params.text)
		session_text_add(&documents->style, &text, subject, alerts);
	document->text = text.s;
	give(documents, document);
}

static void give_tlsrpt(struct sink_documents *documents, const struct subject *subject)
{
	struct tlsrpt_event events[TLSRPT_EVENTS_MAX];
	size_t n = tlsrpt_judge(subject, events);

	for (size_t i = 0; i < n; i++) {
		struct text json = { 0 };

		json_tlsrpt(&json, subject, &events[i]);
		give(documents, document_new(DATASET_TLSRPT, SEVERITY_INFO,
					subject->record->flow.last, &json));
	}
}

static void session(struct sink *sink, const struct subject *subject, const struct alerts *alerts)
{
	struct sink_documents *documents = (struct sink_documents *)sink;

	for (size_t i = 0; i < alerts->n; i++) {
		const struct alert *alert = &alerts->list[i];
		struct text json = { 0 };

		json_alert(&json, subject, alert);
		give(documents, document_new(DATASET_ALERT, alert->severity, alert->time, &json));
	}
	give_session(documents, subject, alerts);
	give_tlsrpt(documents, subject);
}

struct document *sensor_document(
	const struct run_stats *stats, const struct observer *by, int64_t now)
{
	struct run_stats copy = *stats;
	struct text json = { 0 };

	copy.last = now;
	json_sensor(&json, &copy, by->host, by->name);
	return document_new(DATASET_SENSOR, SEVERITY_INFO, now, &json);
}

static void finish(struct sink *sink, const struct run_stats *stats, const struct observer *by)
{
	give((struct sink_documents *)sink, sensor_document(stats, by, stats->last));
}

static void sink_documents_free(struct sink *sink)
{
	struct sink_documents *documents = (struct sink_documents *)sink;

	json_form_free(documents->form);
	free(documents);
}

struct sink *sink_documents_new(const struct sink_documents_params *params)
{
	static const struct sink_class class = { "documents", session, finish,
		sink_documents_free };
	struct sink_documents *documents = mem_alloc(sizeof(*documents));

	documents->sink.class = &class;
	documents->params = *params;
	documents->style.colour = params->colour;
	documents->form = json_form_new();
	return &documents->sink;
}
