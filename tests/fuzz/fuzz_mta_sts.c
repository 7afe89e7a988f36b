// SPDX-License-Identifier: BSD-2-Clause
/*
 * The input as a policy file, and as two TXT records, divided at the first NUL.
 */
#include <stdlib.h>

#include "base/domain.h"
#include "evidence/mta_sts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void policy_file(struct bytes input)
{
	struct sts_policy policy;
	struct text why = { 0 };
	bool good = sts_policy_parse(input, &policy, &why);

	must(good == (why.n == 0));
	must(good || (!policy.mx && !policy.mx_count));
	must(!good || policy.mx_count || policy.mode == POLICY_NONE);
	must(policy.max_age <= STS_MAX_AGE_MAX);
	for (size_t i = 0; i < why.n; i++)
		must(why.s[i] >= ' ' && why.s[i] <= '~');
	for (size_t i = 0; i < policy.mx_count; i++) {
		const char *name = policy.mx[i];
		char normal[DOMAIN_TEXT];

		/* Already normalised, and a wildcard allows exactly one label more. */
		name += name[0] == '*' ? 2 : 0;
		must(domain_normalise(bytes_str(name), normal) && !strcmp(name, normal));
		must(domain_matches(name, policy.mx[i]) == (name == policy.mx[i]));
	}
	sts_policy_fini(&policy);
	text_free(&why);
}

static void txt_records(struct bytes input)
{
	const uint8_t *nul = input.n ? memchr(input.p, '\0', input.n) : NULL;
	struct bytes records[2] = { input };
	struct sts_record record = { 0 };
	size_t n = 1;

	if (nul) {
		records[0].n = (size_t)(nul - input.p);
		records[1] = bytes_of(nul + 1, input.n - records[0].n - 1);
		n = 2;
	}
	must((sts_record_choose(records, n, &record) == STS_RECORD_OK) == (record.id[0] != '\0'));
	must(strlen(record.id) <= STS_ID_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	policy_file(bytes_of(data, size));
	txt_records(bytes_of(data, size));
	return 0;
}
