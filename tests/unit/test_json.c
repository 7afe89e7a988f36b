// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdlib.h>

#include <jansson.h>

#include "sink/json.h"
#include "sink/json_fields.h"
#include "sink/json_text.h"
#include "subject.h"

static void strings(void **state)
{
	static const struct {
		const char *name;
		struct bytes in;
		const char *want;
	} rows[] = {
		{ "empty", { (const uint8_t *)"", 0 }, "\"\"" },
		{ "longer than a word", { (const uint8_t *)"0123456789abcdefXYZ", 19 },
			"\"0123456789abcdefXYZ\"" },
		{ "quote in the first word", { (const uint8_t *)"a\"bcdefgh", 9 }, "\"a\\\"bcdefgh\"" },
		{ "backslash behind it", { (const uint8_t *)"01234567\\", 9 }, "\"01234567\\\\\"" },
		{ "control bytes", { (const uint8_t *)"\x00\x1f\n\r\t\x7f", 6 },
			"\"\\u0000\\u001f\\n\\r\\t\\u007f\"" },
		{ "UTF-8 stays", { (const uint8_t *)"\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7", 9 },
			"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7\"" },
		{ "cut in a sequence", { (const uint8_t *)"ab\xe2\x82", 4 },
			"\"ab\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "over-long, surrogate, beyond",
			{ (const uint8_t *)"\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80", 9 },
			"\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
			"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes in = guarded(rows[i].in);
		struct text out = { 0 };

		json_text(&out, in);
		assert_row_string(rows[i].name, out.s, rows[i].want);
		text_free(&out);
		guarded_free(in);
	}
}

/* Every byte, at every place in a word: what comes out reads back as what went in. */
static void every_byte_everywhere(void **state)
{
	(void)state;
	for (int byte = 0; byte < 0x80; byte++) {
		for (size_t at = 0; at < 17; at++) {
			char in[17];
			struct text out = { 0 };
			json_t *read;

			memset(in, 'x', sizeof(in));
			in[at] = (char)byte;
			text_putc(&out, '[');
			json_text(&out, bytes_of(in, sizeof(in)));
			text_putc(&out, ']');
			read = json_loads(out.s, JSON_ALLOW_NUL, NULL);
			assert_non_null(read);
			assert_int_equal(json_string_length(json_array_get(read, 0)), sizeof(in));
			assert_memory_equal(json_string_value(json_array_get(read, 0)), in, sizeof(in));
			json_decref(read);
			text_free(&out);
		}
	}
}

/* The form gives what the names, put together one by one, give. */
static void form_and_nest_agree(void **state)
{
	struct json_form *form = json_form_new();
	struct text fast = { 0 }, slow = { 0 };
	struct fixture f;
	struct nest nest;

	(void)state;
	fixture_init(&f);
	for (int bare = 0; bare < 2; bare++) {
		if (bare) {
			/* Most objects are not there at all. */
			f.record.smtp = (struct smtp_facts){ 0 };
			f.record.tls = (struct tls_facts){ 0 };
			f.evidence = (struct evidence){ 0 };
			f.findings.n = 0;
		}
		text_reset(&fast);
		text_reset(&slow);
		json_fill(form, &f.subject, &fast);
		nest_begin(&nest, &slow);
		nest_fields(&nest, &f.subject, "");
		nest_end_line(&nest);
		assert_string_equal(fast.s, slow.s);
	}
	text_free(&fast);
	text_free(&slow);
	json_form_free(form);
}

static void documents_are_json(void **state)
{
	struct rule rule = { .id = (char[]){ "r" }, .name = (char[]){ "a \"rule\"" },
		.category = (char[]){ "test" }, .reference = (char[]){ "" }, .ruleset = (char[]){ "t" },
		.technique = (char[]){ "T1557" } };
	struct alert alert = { .rule = &rule, .severity = SEVERITY_HIGH,
		.message = (char[]){ "it's \\ done" }, .suppressed = 3 };
	struct run_stats stats = { 0 };
	struct text out = { 0 };
	struct fixture f;
	json_t *read;

	(void)state;
	fixture_init(&f);
	alert.finding = &f.findings.list[0];
	json_alert(&out, &f.subject, &alert);
	read = json_loads(out.s, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(read);
	assert_string_equal(json_string_value(json_object_get(read, "message")), "it's \\ done");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(read, "event"), "severity")),
		70);
	json_decref(read);
	text_reset(&out);
	json_sensor(&out, &stats, "host", NULL);
	read = json_loads(out.s, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(read);
	json_decref(read);
	text_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings),
		cmocka_unit_test(every_byte_everywhere),
		cmocka_unit_test(form_and_nest_agree),
		cmocka_unit_test(documents_are_json),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
