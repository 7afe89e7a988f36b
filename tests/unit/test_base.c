// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdlib.h>

#include "base/addr.h"
#include "base/table.h"
#include "base/text.h"

static void bytes_take_or_leave(void **state)
{
	struct bytes b = guarded(BYTES("\x00\x05" "abc"));
	struct bytes from = b, field = { 0 };
	uint16_t n = 0;

	(void)state;
	/* The length says five, three are there: nothing is taken. */
	assert_false(bytes_prefixed(&from, 2, &field));
	assert_int_equal(from.n, 5);
	assert_true(bytes_u16(&from, &n));
	assert_int_equal(n, 5);
	assert_false(bytes_take(&from, 4, &field));
	assert_true(bytes_take(&from, 3, &field));
	assert_true(bytes_equal(field, BYTES("abc")));
	assert_int_equal(from.n, 0);
	guarded_free(b);
}

static void printable(void **state)
{
	static const struct {
		const char *name;
		struct bytes in;
		size_t max;
		const char *want;
	} rows[] = {
		{ "plain", { (const uint8_t *)"250 ok", 6 }, 99, "250 ok" },
		{ "line end", { (const uint8_t *)"a\r\n", 3 }, 99, "a\\r\\n" },
		{ "control, high, backslash", { (const uint8_t *)"\x1b[\xff\\", 4 }, 99, "\\x1b[\\xff\\x5c" },
		{ "cut", { (const uint8_t *)"abcdef", 6 }, 3, "abc..." },
		{ "empty", { NULL, 0 }, 3, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *got = text_printable_string(rows[i].in, rows[i].max);

		assert_row_string(rows[i].name, got, rows[i].want);
		free(got);
	}
}

static void times(void **state)
{
	static const struct {
		const char *name;
		int64_t ns;
		const char *want;
	} rows[] = {
		{ "epoch", 0, "1970-01-01T00:00:00.000000000Z" },
		{ "leap day", 951782400000000001, "2000-02-29T00:00:00.000000001Z" },
		{ "before 1970", -1, "1969-12-31T23:59:59.999999999Z" },
		{ "end of a year", 1767225599999999999, "2025-12-31T23:59:59.999999999Z" },
	};
	struct text text = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		text_reset(&text);
		text_time(&text, rows[i].ns);
		assert_row_string(rows[i].name, text.s, rows[i].want);
	}
	text_free(&text);
}

static void numbers(void **state)
{
	uint64_t value = 7;

	(void)state;
	assert_true(text_parse_uint(BYTES("65535"), 65535, &value));
	assert_int_equal(value, 65535);
	assert_false(text_parse_uint(BYTES("65536"), 65535, &value));
	assert_false(text_parse_uint(BYTES(""), 9, &value));
	assert_false(text_parse_uint(BYTES("-1"), 9, &value));
	assert_false(text_parse_uint(BYTES("99999999999999999999999"), UINT64_MAX, &value));
	assert_int_equal(value, 65535);
}

static void networks(void **state)
{
	static const struct {
		const char *network, *addr;
		bool want;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },   { "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.77/25", "192.0.2.1", true },	   { "192.0.2.77/25", "192.0.2.128", false },
		{ "0.0.0.0/0", "203.0.113.9", true },	   { "0.0.0.0/0", "::1", false },
		{ "2001:db8::/32", "2001:db8::1", true },  { "2001:db8::/32", "2001:db9::1", false },
		{ "2001:db8::1", "2001:db8::1", true },	   { "2001:db8::1", "2001:db8::2", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct network network;
		struct addr addr;

		assert_true(network_parse(bytes_str(rows[i].network), &network));
		assert_true(addr_parse(bytes_str(rows[i].addr), &addr));
		assert_row_int(rows[i].network, network_contains(&network, &addr), rows[i].want);
	}
	struct network network;

	assert_false(network_parse(BYTES("192.0.2.0/33"), &network));
	assert_false(network_parse(BYTES("192.0.2.0/"), &network));
	assert_false(network_parse(BYTES("192.0.2"), &network));
}

static int dropped;

static void count_drop(void *value)
{
	dropped += *(int *)value;
}

static void table_keeps_its_bound(void **state)
{
	struct table *table = table_new(100, sizeof(int), count_drop);
	struct bytes key = { 0 };
	bool made;
	int *value;

	(void)state;
	dropped = 0;
	for (int i = 0; i < 150; i++) {
		*(int *)table_put(table, bytes_of(&i, sizeof(i)), &made) = 1;
		assert_true(made);
		/* Key 0 is used all the time, so it stays. */
		int zero = 0;

		assert_non_null(table_get(table, bytes_of(&zero, sizeof(zero))));
	}
	assert_int_equal(table_count(table), 100);
	assert_int_equal(table_evicted(table), 50);
	assert_int_equal(dropped, 50);
	int gone = 1, kept = 149;

	assert_null(table_get(table, bytes_of(&gone, sizeof(gone))));
	assert_true(table_remove(table, bytes_of(&kept, sizeof(kept))));
	assert_false(table_remove(table, bytes_of(&kept, sizeof(kept))));
	value = table_next(table, NULL, &key);
	assert_int_equal(*value, 1);
	assert_int_equal(key.n, sizeof(int));
	table_free(table);
	assert_int_equal(dropped, 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_take_or_leave), cmocka_unit_test(printable),
		cmocka_unit_test(times),	       cmocka_unit_test(numbers),
		cmocka_unit_test(networks),	       cmocka_unit_test(table_keeps_its_bound),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
