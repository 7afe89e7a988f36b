// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include "session/community_id.h"

static struct endpoint endpoint_of(const char *ip, uint16_t port)
{
	struct endpoint endpoint = { .port = port };

	assert_true(addr_parse(bytes_str(ip), &endpoint.addr));
	return endpoint;
}

/* The second and third flow are of the specification's own baseline. */
static void vectors(void **state)
{
	static const struct {
		const char *a;
		uint16_t a_port;
		const char *b;
		uint16_t b_port;
		const char *seed0, *seed1; /* NULL: not known */
	} rows[] = {
		{ "1.2.3.4", 1122, "5.6.7.8", 3344,
			"1:wCb3OG7yAFWelaUydu0D+125CLM=", "1:HhA1B+6CoLbiKPEs5nhNYN4XWfk=" },
		{ "128.232.110.120", 34855, "66.35.250.204", 80,
			"1:LQU9qZlK+B5F3KDmev6m5PMibrg=", "1:3V71V58M3Ksw/yuFALMcW0LAHvc=" },
		{ "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943, "2607:f8b0:400c:c03::1a", 25,
			"1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=", "1:eJYTW6AOzFLlSUoESovMjnu7rMw=" },
		{ "192.0.2.10", 49152, "198.51.100.25", 25,
			"1:RzDnnE7xf3zea0xSdR9S8QLoGxY=", "1:oS1z/KEPTxDXp/1qYxJQS8u5978=" },
		{ "2001:db8::10", 49152, "2001:db8::25", 25,
			"1:T5cbaiCKkgAujiArouiWlxSYOm8=", "1:nhFm4PZAVmMcEhZ4HUsPV1yf9us=" },
		{ "10.0.0.1", 25, "10.0.0.1", 1025, "1:hZ1j4XZCDXeumlKnC2AluIeOpIc=", NULL },
	};

	struct community_ids *ids = community_ids_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct endpoint a = endpoint_of(rows[i].a, rows[i].a_port);
		struct endpoint b = endpoint_of(rows[i].b, rows[i].b_port);
		char out[COMMUNITY_ID_TEXT];

		assert_row(rows[i].a, community_id(ids, &a, &b, 0, out));
		assert_row_string(rows[i].a, out, rows[i].seed0);
		assert_row(rows[i].a, community_id(ids, &b, &a, 0, out));
		assert_row_string(rows[i].a, out, rows[i].seed0);
		if (!rows[i].seed1)
			continue;
		assert_row(rows[i].a, community_id(ids, &a, &b, 1, out));
		assert_row_string(rows[i].a, out, rows[i].seed1);
	}
	community_ids_free(ids);
}

static void no_address(void **state)
{
	struct endpoint a = endpoint_of("192.0.2.1", 25), b = endpoint_of("2001:db8::1", 25);
	struct endpoint none = { .port = 25 };
	struct community_ids *ids = community_ids_new();
	char out[COMMUNITY_ID_TEXT] = "old";

	(void)state;
	assert_false(community_id(ids, &a, &b, 0, out));
	assert_string_equal(out, "");
	assert_false(community_id(ids, &none, &a, 0, out));
	assert_false(community_id(ids, &none, &none, 0, out));
	community_ids_free(ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(no_address),
	};

	return cmocka_run_group_tests_name("community_id", tests, NULL, NULL);
}
