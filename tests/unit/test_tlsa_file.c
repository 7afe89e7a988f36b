// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdlib.h>
#include <unistd.h>

#include "evidence/tlsa_file.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define A32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define B32 "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void hosts(void **state)
{
	static const char good[] = "MX1.Example.com.:\n"
				   "  - 3 1 1 " A32 "\n"
				   "  - '3  1 1\t000102030405060708090A0B0C0D0E0F 10111213 "
				   "1415161718191a1b1c1d1e1f '\n"
				   "mx2.example.com:\n"
				   "  records: [2 0 1 " B32 ", 1 1 1 " A32 "]\n"
				   "mx3.example.com:\n"
				   "  secure: false\n"
				   "  records: [3 1 1 " A32 "]\n"
				   "mx4.example.com:\n"
				   "  secure: true\n"
				   "  records: []\n";
	struct text errors = { 0 };
	struct tlsa_file *file = tlsa_file_parse(BYTES(good), "tlsa", &errors);
	const struct tlsa_host *host;

	(void)state;
	assert_non_null(file);
	assert_int_equal(errors.n, 0);
	assert_int_equal(tlsa_file_count(file), 4);

	host = tlsa_file_get(file, "mx1.example.com");
	assert_string_equal(host->host, "mx1.example.com");
	assert_true(host->secure);
	assert_int_equal(host->records.n, 2);
	assert_int_equal(host->text_count, 2);
	assert_string_equal(host->texts[0], "3 1 1 " A32);
	assert_string_equal(host->texts[1], "3 1 1 " A32);
	assert_int_equal(host->records.list[1].length, 32);
	assert_int_equal(host->records.list[1].data[31], 0x1f);

	host = tlsa_file_get(file, "mx2.example.com");
	assert_true(host->secure);
	assert_int_equal(host->records.n, 1);
	assert_int_equal(host->records.list[0].usage, 2);
	assert_int_equal(host->records.list[0].selector, 0);
	assert_int_equal(host->records.unusable, 1);
	assert_int_equal(host->text_count, 2);

	assert_false(tlsa_file_get(file, "mx3.example.com")->secure);
	assert_int_equal(tlsa_file_get(file, "mx4.example.com")->records.n, 0);
	assert_null(tlsa_file_get(file, "example.com"));
	assert_null(tlsa_file_get(file, ""));
	tlsa_file_free(file);
	text_free(&errors);
}

static void mistakes(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "- a\n", "tlsa:1:1: must be a map of MX host names\n" },
		{ "mx.example:\n  x\n", "tlsa:2:3: expected a list of TLSA records\n" },
		{ "mx.example: [3 1 1]\n", "tlsa:1:14: the data of a TLSA record are pairs" },
		{ "mx.example: [3 1 1 abc]\n", "tlsa:1:14: the data of a TLSA record are pairs" },
		{ "mx.example: [3 1 1 xy]\n", "tlsa:1:14: the data of a TLSA record are pairs" },
		{ "mx.example:\n - 3 1 1 ab\n - 256 1 1 ab\n",
			"tlsa:3:4: expected a TLSA record: " },
		{ "mx.example: [3 1 ab]\n", "tlsa:1:14: expected a TLSA record: " },
		{ "mx.example: ['']\n", "tlsa:1:14: expected a TLSA record: " },
		{ "mx.example: [-1 1 1 ab]\n", "tlsa:1:14: expected a TLSA record: " },
		{ "mx.example: [[3 1 1 ab]]\n", "tlsa:1:14: expected a TLSA record\n" },
		{ "a b:\n  [3 1 1 ab]\n", "tlsa:1:1: not a host name\n" },
		{ "mx.example: []\nMX.example.: []\n", "tlsa:2:1: the same host stands above\n" },
		{ "mx.example: {secure: true}\n", "tlsa:1:13: there are no \"records\"\n" },
		{ "mx.example: {secure: yes, records: []}\n",
			"tlsa:1:22: expected true or false\n" },
		{ "mx.example: {secure: [], records: []}\n",
			"tlsa:1:22: expected true or false\n" },
		{ "mx.example: {safe: true, records: []}\n",
			"tlsa:1:14: expected \"records\" or \"secure\"\n" },
		{ "mx.example: [\n", "tlsa:2:1: " },
		{ "", "tlsa:1:1: no document in it\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text errors = { 0 };

		assert_row(
			rows[i].text, !tlsa_file_parse(bytes_str(rows[i].text), "tlsa", &errors));
		if (!bytes_starts(bytes_of(errors.s, errors.n), rows[i].want))
			fail_msg("row \"%s\": %s", rows[i].text, errors.s);
		text_free(&errors);
	}
}

/* Every mistake is told, not only the first. */
static void several_mistakes(void **state)
{
	struct text errors = { 0 };

	(void)state;
	assert_null(tlsa_file_parse(
		bytes_str("a.example: [1]\nb.example: [3 1 1 ab, 2]\n"), "t", &errors));
	assert_non_null(strstr(errors.s, "t:1:13: "));
	assert_non_null(strstr(errors.s, "t:2:23: "));
	text_free(&errors);
}

static void bounds(void **state)
{
	struct text text = { 0 }, errors = { 0 };
	struct tlsa_file *file;

	(void)state;
	/* As many records as an answer may hold, and one more. */
	for (size_t n = DNS_RECORDS_MAX; n <= DNS_RECORDS_MAX + 1; n++) {
		text_reset(&text);
		text_puts(&text, "mx.example:\n");
		for (size_t i = 0; i < n; i++)
			text_puts(&text, " - 3 1 1 " A32 "\n");
		file = tlsa_file_parse(bytes_of(text.s, text.n), "t", &errors);
		assert_int_equal(file != NULL, n == DNS_RECORDS_MAX);
		tlsa_file_free(file);
	}
	assert_string_equal(errors.s, "t:66:4: more than 64 records\n");
	/* As many bytes as a record may hold, and one more. */
	for (size_t n = DNS_DATA_MAX; n <= DNS_DATA_MAX + 1; n++) {
		text_reset(&text);
		text_puts(&text, "mx.example: [3 1 0 ");
		for (size_t i = 0; i < n; i++)
			text_puts(&text, "00");
		text_puts(&text, "]\n");
		file = tlsa_file_parse(bytes_of(text.s, text.n), "t", &errors);
		assert_int_equal(file != NULL, n == DNS_DATA_MAX);
		tlsa_file_free(file);
	}
	text_free(&text);
	text_free(&errors);
}

static void from_file(void **state)
{
	char path[] = "/tmp/test_tlsa_file.XXXXXX";
	struct text errors = { 0 };
	struct tlsa_file *file;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "mx.example: [3 1 1 ab]\n", 23), 23);
	close(fd);
	file = tlsa_file_load(path, &errors);
	assert_non_null(file);
	assert_int_equal(tlsa_file_get(file, "mx.example")->records.unusable, 1);
	tlsa_file_free(file);
	unlink(path);
	assert_null(tlsa_file_load(path, &errors));
	assert_true(bytes_starts(bytes_str(errors.s), path));
	text_free(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(several_mistakes),
		cmocka_unit_test(bounds),
		cmocka_unit_test(from_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
