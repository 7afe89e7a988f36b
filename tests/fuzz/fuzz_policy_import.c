// SPDX-License-Identifier: BSD-2-Clause
/* An export of policies, whatever it says: what comes into the cache is valid, and goes out as it
 * is. */
#include <stdlib.h>

#include "evidence/policy_importer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define NOW 1780272000

static void check(const struct cached_policy *policy)
{
	struct sts_policy parsed;

	if (!sts_policy_parse(bytes_str(policy->text), &parsed, NULL))
		abort();
	if (policy->fetched > NOW || policy->expires != policy->fetched + parsed.max_age)
		abort();
	if (policy->refresh_at < NOW || policy->refresh_at > NOW + 86400)
		abort();
	sts_policy_fini(&parsed);
}

static void import(struct policy_cache *cache, struct bytes document, size_t want)
{
	struct policy_imported imported = { 0 };
	struct text errors = { 0 };
	struct importer importer = {
		.cache = cache,
		.path = "fuzz",
		.now = NOW,
		.imported = &imported,
		.errors = &errors,
	};

	if (!import_json(&importer, document) && (want || !errors.n))
		abort();
	/* Whatever was left out was spoken of. */
	if (imported.bad && !errors.n)
		abort();
	if (want && (imported.taken != want || imported.bad))
		abort();
	text_free(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct store *store = store_open(":memory:");
	struct policy_cache *cache = policy_cache_open(store);
	const struct cached_policy *policy = NULL;
	struct text out = { 0 };

	import(cache, bytes_of(data, n), 0);
	while ((policy = policy_cache_next(cache, policy)))
		check(policy);
	policy_export_json(cache, &out);
	import(cache, bytes_of(out.s, out.n), policy_cache_count(cache));
	text_free(&out);
	policy_cache_close(cache);
	store_close(store);
	return 0;
}
