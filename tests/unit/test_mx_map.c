// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdlib.h>

#include "evidence/mx_map.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const char good[] = "# what is whose\n"
			   "192.0.2.25:\n"
			   "  MX1.example.com: [example.com, Example.NET.]\n"
			   "  mx2.example.com: [example.com]\n"
			   "192.0.2.0/24:\n"
			   "  pool.example.com: [example.com, example.org]\n"
			   "192.0.2.77/16:\n"
			   "  wide.example.com: []\n"
			   "2001:db8::25:\n"
			   "  mx1.example.com:\n"
			   "    - example.com\n"
			   "2001:db8:1::/48:\n"
			   "  b\303\274cher.example: [b\303\274cher.example]\n";

static struct addr address(const char *text)
{
	struct addr addr;

	assert_true(addr_parse(bytes_str(text), &addr));
	return addr;
}

static struct mx_map *parsed(const char *text)
{
	struct text errors = { 0 };
	struct mx_map *map = mx_map_parse(bytes_str(text), "map", &errors);

	if (!map)
		fail_msg("%s", errors.s);
	assert_int_equal(errors.n, 0);
	return map;
}

static void by_address(void **state)
{
	static const struct {
		const char *addr, *want;
	} rows[] = {
		{ "192.0.2.25",
			"mx1.example.com(example.com,example.net) mx2.example.com(example.com)" },
		{ "192.0.2.26", "pool.example.com(example.com,example.org)" },
		{ "192.0.3.1", "wide.example.com()" },
		{ "192.1.0.1", "" },
		{ "2001:db8::25", "mx1.example.com(example.com)" },
		{ "2001:db8::26", "" },
		{ "2001:db8:1::1", "xn--bcher-kva.example(xn--bcher-kva.example)" },
		{ "2001:db8:2::1", "" },
		/* The first four bytes are those of 192.0.2.25. */
		{ "c000:219::", "" },
	};
	struct mx_map *map = parsed(good);
	const struct mx_entry *found[4];
	struct text text = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct addr addr = address(rows[i].addr);
		size_t n = mx_map_find(map, &addr, found, COUNT(found));

		text_reset(&text);
		text_puts(&text, "");
		for (size_t j = 0; j < n; j++) {
			text_printf(&text, "%s%s(", j ? " " : "", found[j]->mx);
			for (size_t k = 0; k < found[j]->domain_count; k++)
				text_printf(&text, "%s%s", k ? "," : "", found[j]->domains[k]);
			text_putc(&text, ')');
		}
		assert_row_string(rows[i].addr, text.s, rows[i].want);
	}
	found[1] = NULL;
	assert_int_equal(mx_map_find(map, &(struct addr){ { 192, 0, 2, 25 }, 4 }, found, 1), 2);
	assert_null(found[1]);
	assert_int_equal(mx_map_find(map, &(struct addr){ 0 }, found, 1), 0);
	mx_map_free(map);
	text_free(&text);
}

static void by_domain(void **state)
{
	static const struct {
		const char *domain, *addr;
		enum answer want;
	} rows[] = {
		{ "example.com", "192.0.2.25", ANSWER_YES },
		{ "example.com", "192.0.2.26", ANSWER_YES },
		{ "example.com", "192.0.3.1", ANSWER_NO },
		{ "example.com", "2001:db8::25", ANSWER_YES },
		{ "example.com", "2001:db8::26", ANSWER_NO },
		{ "example.org", "192.0.2.25", ANSWER_YES },
		{ "example.net", "192.0.2.26", ANSWER_NO },
		{ "mail.example.com", "192.0.2.25", ANSWER_UNKNOWN },
		{ "xn--bcher-kva.example", "2001:db8:1:2::3", ANSWER_YES },
		{ "", "192.0.2.25", ANSWER_UNKNOWN },
	};
	struct mx_map *map = parsed(good);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct addr addr = address(rows[i].addr);

		assert_row_int(
			rows[i].domain, mx_map_serves(map, rows[i].domain, &addr), rows[i].want);
	}
	mx_map_free(map);
}

static void everything(void **state)
{
	struct mx_map *map = parsed("0.0.0.0/0: { a.example: [b.example] }\n\"::/0\": {}\n");
	const struct mx_entry *found[1];
	struct addr four = address("203.0.113.1"), six = address("::1");

	(void)state;
	assert_int_equal(mx_map_find(map, &four, found, 1), 1);
	assert_int_equal(mx_map_find(map, &six, found, 1), 0);
	mx_map_free(map);
}

static void mistakes(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{ "no map", "[a, b]\n", "map:1:1: must be a map of addresses\n" },
		{ "no address", "mx.example.com:\n  a.example: [b.example]\n",
			"map:1:1: not an address or network\n" },
		{ "prefix too long", "192.0.2.0/33:\n  a.example: []\n",
			"map:1:1: not an address or network\n" },
		{ "no hosts", "192.0.2.1: a.example\n",
			"map:1:12: must be a map of MX host names\n" },
		{ "no host name", "192.0.2.1:\n  a b: [a.example]\n",
			"map:2:3: not a host name\n" },
		{ "no list", "192.0.2.1:\n  a.example: b.example\n",
			"map:2:14: domains must be a list: [a, b]\n" },
		{ "no domain", "192.0.2.1:\n  a.example: [b.example, \"*.c\", [d.e]]\n",
			"map:2:26: not a domain name\nmap:2:33: not a domain name\n" },
		{ "the same address twice", "2001:db8::1: {}\n\"2001:db8:0::1\": {}\n",
			"map:2:1: the same address or network stands above\n" },
		{ "the same network twice", "192.0.2.0/24: {}\n192.0.2.1/24: {}\n",
			"map:2:1: the same address or network stands above\n" },
		{ "the same host twice", "192.0.2.1:\n  a.example: []\n  A.example.: []\n",
			"map:3:3: stands here a second time\n" },
		{ "two mistakes", "a:\n  b: []\n192.0.2.1:\n  c: d\n",
			"map:1:1: not an address or network\n"
			"map:4:6: domains must be a list: [a, b]\n" },
	};
	struct text errors = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		text_reset(&errors);
		assert_row(rows[i].name, !mx_map_parse(bytes_str(rows[i].in), "map", &errors));
		assert_row_string(rows[i].name, errors.s, rows[i].want);
	}
	text_reset(&errors);
	assert_null(mx_map_load("/nonexistent/map.yml", &errors));
	assert_non_null(strstr(errors.s, "/nonexistent/map.yml"));
	text_free(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_address),
		cmocka_unit_test(by_domain),
		cmocka_unit_test(everything),
		cmocka_unit_test(mistakes),
	};

	return cmocka_run_group_tests_name("mx_map", tests, NULL, NULL);
}
