// SPDX-License-Identifier: BSD-2-Clause
/* Documents, put together again, are what the other sinks write. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sink/json.h"
#include "sink/sink.h"
#include "subject.h"

/* What was taken, in its order. */
struct taken {
	struct text json, text, order;
	int64_t last;
};

static void take(void *context, struct document *document)
{
	struct taken *taken = context;

	text_add(&taken->json, bytes_of(document->json, document->length));
	text_printf(&taken->order, "%s/%s ", dataset_word(document->dataset),
		severity_name(document->severity));
	if (document->text)
		text_puts(&taken->text, document->text);
	taken->last = document->time;
	document_free(document);
}

static void taken_fini(struct taken *taken)
{
	text_free(&taken->json);
	text_free(&taken->text);
	text_free(&taken->order);
}

/* Four sessions, the second with two alerts, the last one for a TLS report; and the end. */
static void run(struct sink *sink)
{
	const struct rule high = { .id = (char[]){ "h" },
		.name = (char[]){ "n" },
		.category = (char[]){ "c" },
		.reference = (char[]){ "" },
		.ruleset = (char[]){ "s" } };
	static char look[] = "look";
	const struct alerts none = { .n = 0 };
	const struct observer by = { "sensor1", "gate" };
	struct run_stats stats = { .sessions = 4, .last = 1795500009000000000 };
	struct alerts two = { .n = 2 };
	struct fixture f;

	fixture_init(&f);
	for (size_t i = 0; i < 2; i++)
		two.list[i] = (struct alert){
			.rule = &high,
			.finding = &f.findings.list[i],
			.severity = i ? SEVERITY_LOW : SEVERITY_HIGH,
			.message = look,
			.time = 1795500001000000000,
		};
	sink->class->session(sink, &f.subject, &none);
	sink->class->session(sink, &f.subject, &two);
	sink->class->session(sink, &f.subject, &none);
	fixture_clear(&f);
	f.evidence.policies[0].recipient_seen = true;
	sink->class->session(sink, &f.subject, &none);
	sink->class->finish(sink, &stats, &by);
	sink->class->free(sink);
}

static void same_json(void **state)
{
	struct taken taken = { 0 };
	const struct sink_documents_params params = { .take = take, .context = &taken };
	char *want = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&want, &n);

	(void)state;
	run(sink_documents_new(&params));
	run(sink_json_new(out));
	fclose(out);
	assert_string_equal(taken.json.s, want);
	assert_string_equal(taken.order.s,
		"session/info alert/high alert/low session/info session/info "
		"session/info tlsrpt/info sensor/info ");
	assert_int_equal(taken.last, 1795500009000000000);
	assert_null(taken.text.s);
	taken_fini(&taken);
	free(want);
}

/* All but the summary, which is no document's. */
static void same_text(void **state)
{
	(void)state;
	for (int colour = 0; colour < 2; colour++) {
		struct taken taken = { 0 };
		const struct sink_documents_params params = {
			.take = take, .context = &taken, .text = true, .colour = colour == 1
		};
		char *want = NULL;
		size_t n = 0;
		FILE *out = open_memstream(&want, &n);

		run(sink_documents_new(&params));
		run(sink_text_new(out, colour == 1));
		fclose(out);
		assert_true(taken.text.n > 500 && taken.text.n < n);
		assert_memory_equal(taken.text.s, want, taken.text.n);
		assert_memory_equal(want + taken.text.n, "\n4 sessions", 11);
		taken_fini(&taken);
		free(want);
	}
}

static void sensor_now(void **state)
{
	const struct run_stats stats = { .last = 1000000000 };
	const struct observer by = { "sensor1", NULL };
	struct document *document = sensor_document(&stats, &by, 1795500000000000000);

	(void)state;
	assert_int_equal(document->dataset, DATASET_SENSOR);
	assert_int_equal(document->time, 1795500000000000000);
	assert_non_null(
		strstr(document->json, "{\"@timestamp\":\"2026-11-24T06:00:00.000000000Z\""));
	assert_int_equal(document->length, strlen(document->json));
	assert_int_equal(document->json[document->length - 1], '\n');
	document_free(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_json),
		cmocka_unit_test(same_text),
		cmocka_unit_test(sensor_now),
	};

	return cmocka_run_group_tests_name("sink_documents", tests, NULL, NULL);
}
