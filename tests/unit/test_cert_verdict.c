// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include "dialogue/cert_verdict.h"

static void words(void **state)
{
	static const struct {
		bool gnutls;
		int64_t result;
		const char *want;
	} rows[] = {
		{ false, 0, "good" },
		{ true, 0, "good" },
		{ false, 10, "certificate has expired" },
		{ false, 18, "self-signed certificate" },
		{ false, 20, "unable to get local issuer certificate" },
		{ false, 62, "hostname mismatch" },
		{ false, 99999, "unknown certificate verification error" },
		{ false, -1, "code -1" },
		{ false, INT64_MIN, "code -9223372036854775808" },
		{ true, 1 << 1 | 1 << 6, "issuer not known" },
		{ true, 1 << 1 | 1 << 10 | 1 << 6, "issuer not known, expired" },
		{ true, 1 << 1, "code 2" },
		{ true, INT64_C(1) << 40, "code 1099511627776" },
		{ true, -1,
			"revoked, wrong signature, issuer not known, issuer is no CA, "
			"issuer's constraints violated" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char out[CERT_VERDICT_TEXT];

		assert_row_string(rows[i].want,
			cert_verdict(rows[i].gnutls, rows[i].result, out), rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests_name("cert_verdict", tests, NULL, NULL);
}
