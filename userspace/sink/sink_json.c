// SPDX-License-Identifier: BSD-2-Clause
/*
 * JSON Lines: for each session its alerts, severest first, then the session, and what a TLS report would
 * say of it; the sensor's own account at the end.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "sink/json.h"
#include "sink/json_fields.h"
#include "sink/json_tlsrpt.h"

/* Documents are gathered up to this size, so that a write is worth its system call. */
#define BATCH (64 * 1024)

struct sink_json {
	struct sink sink;
	FILE *out;
	struct text batch;
	struct json_form *form;
};

static void write_out(struct sink_json *json)
{
	if (json->batch.n && fwrite(json->batch.s, 1, json->batch.n, json->out) != json->batch.n &&
		!json->sink.failed) {
		log_err("sink: output: %s", strerror(errno));
		json->sink.failed = true;
	}
	text_reset(&json->batch);
}

static void session(struct sink *sink, const struct subject *subject, const struct alerts *alerts)
{
	struct sink_json *json = (struct sink_json *)sink;
	struct tlsrpt_event events[TLSRPT_EVENTS_MAX];
	size_t n = tlsrpt_judge(subject, events);

	for (size_t i = 0; i < alerts->n; i++)
		json_alert(&json->batch, subject, &alerts->list[i]);
	json_fill(json->form, subject, &json->batch);
	for (size_t i = 0; i < n; i++)
		json_tlsrpt(&json->batch, subject, &events[i]);
	if (json->batch.n >= BATCH)
		write_out(json);
}

static void finish(struct sink *sink, const struct run_stats *stats,
	const struct observer *by)
{
	struct sink_json *json = (struct sink_json *)sink;

	json_sensor(&json->batch, stats, by->host, by->name);
	write_out(json);
	if (fflush(json->out) != 0 && !json->sink.failed) {
		log_err("sink: output: %s", strerror(errno));
		json->sink.failed = true;
	}
}

static void sink_json_free(struct sink *sink)
{
	struct sink_json *json = (struct sink_json *)sink;

	text_free(&json->batch);
	json_form_free(json->form);
	free(json);
}

struct sink *sink_json_new(FILE *out)
{
	static const struct sink_class class = { "json", session, finish, sink_json_free };
	struct sink_json *json = mem_alloc(sizeof(*json));

	json->sink.class = &class;
	json->out = out;
	json->form = json_form_new();
	return &json->sink;
}
