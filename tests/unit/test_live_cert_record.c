// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "capture/live_cert_record.h"

#define CLOCK INT64_C(1795500000000000000)

static struct sw_certificate record_of(const char *local, const char *remote)
{
	struct sw_certificate record = { .header = { .kind = SW_CERTIFICATE, .time = 5 },
		.tuple = { .local_port = htons(49152), .remote_port = htons(25), .length = 4 },
		.pid = 77,
		.comm = "smtp",
		.length = 3,
		.captured = 3,
		.index = 2,
		.library = SW_OPENSSL };

	if (strchr(local, ':')) {
		record.tuple.length = 16;
		inet_pton(AF_INET6, local, record.tuple.local);
		inet_pton(AF_INET6, remote, record.tuple.remote);
	} else {
		inet_pton(AF_INET, local, record.tuple.local);
		inet_pton(AF_INET, remote, record.tuple.remote);
	}
	return record;
}

/* Behind the record stand the DER and what is left of its room. */
static bool read_record(const struct sw_certificate *record, const char *der, size_t room,
	struct sw_certificate *copy, struct live_certificate *out)
{
	uint8_t *block = calloc(1, sizeof(*record) + room);
	struct bytes whole;
	bool good;

	memcpy(block, record, sizeof(*record));
	memcpy(block + sizeof(*record), der, strlen(der));
	whole = guarded(bytes_of(block, sizeof(*record) + room));
	good = live_cert_record(whole, CLOCK, copy, out);
	if (good)
		assert_true(bytes_equal(out->der, bytes_of(der, out->der.n)));
	guarded_free(whole);
	free(block);
	return good;
}

static void addresses(void **state)
{
	static const struct {
		const char *local, *remote, *want_local, *want_remote;
	} rows[] = {
		{ "192.0.2.10", "198.51.100.25", "192.0.2.10:49152", "198.51.100.25:25" },
		{ "2001:db8::10", "2001:db8::25", "[2001:db8::10]:49152", "[2001:db8::25]:25" },
		{ "::ffff:192.0.2.10", "::ffff:198.51.100.25", "192.0.2.10:49152",
			"198.51.100.25:25" },
		{ "::1", "::1", "[::1]:49152", "[::1]:25" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sw_certificate record = record_of(rows[i].local, rows[i].remote), copy;
		struct live_certificate out;
		char text[ENDPOINT_TEXT];

		assert_row(rows[i].local, read_record(&record, "DER", 1024, &copy, &out));
		assert_row_string(
			rows[i].local, endpoint_format(&out.local, text), rows[i].want_local);
		assert_row_string(
			rows[i].local, endpoint_format(&out.remote, text), rows[i].want_remote);
	}
}

static void members(void **state)
{
	struct sw_certificate record = record_of("192.0.2.10", "198.51.100.25"), copy;
	struct live_certificate out;

	(void)state;
	assert_true(read_record(&record, "DER", 3, &copy, &out));
	assert_int_equal(out.time, CLOCK + 5);
	assert_int_equal(out.pid, 77);
	assert_string_equal(out.name, "smtp");
	assert_int_equal(out.der.n, 3);
	assert_int_equal(out.index, 2);
	assert_false(out.alone || out.gnutls || out.verdict);

	record.header.kind = SW_VERDICT;
	record.library = SW_GNUTLS;
	record.captured = 0;
	record.result = -5;
	record.alone = 1;
	memset(record.comm, 'x', sizeof(record.comm));
	assert_true(read_record(&record, "", 0, &copy, &out));
	assert_true(out.alone && out.gnutls && out.verdict);
	assert_int_equal(out.der.n, 0);
	assert_int_equal(out.result, -5);
	assert_int_equal(strlen(out.name), SW_COMM - 1);
}

static void truncated(struct bytes prefix, void *context)
{
	struct sw_certificate copy;
	struct live_certificate out;

	(void)context;
	assert_false(live_cert_record(prefix, CLOCK, &copy, &out));
}

static void contradictions(void **state)
{
	struct sw_certificate record = record_of("192.0.2.10", "198.51.100.25"), copy;
	struct live_certificate out;
	uint8_t block[sizeof(record) + 3];

	(void)state;
	memcpy(block, &record, sizeof(record));
	memcpy(block + sizeof(record), "DER", 3);
	every_truncation(bytes_of(block, sizeof(block)), truncated, NULL);
	record.captured = 4;
	assert_false(read_record(&record, "DER", 3, &copy, &out));
	record.captured = UINT32_MAX;
	assert_false(read_record(&record, "DER", 3, &copy, &out));
	record.captured = 3;
	record.tuple.length = 0;
	assert_false(read_record(&record, "DER", 3, &copy, &out));
	record.tuple.length = 17;
	assert_false(read_record(&record, "DER", 3, &copy, &out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(members),
		cmocka_unit_test(contradictions),
	};

	return cmocka_run_group_tests_name("live_cert_record", tests, NULL, NULL);
}
