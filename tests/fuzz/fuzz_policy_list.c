// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any text is a list or a told mistake, never both; entries of a list are whole, and found by their
 * domain and by their MX names.
 */
#include <stdlib.h>

#include "base/domain.h"
#include "evidence/policy_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct policy_list *list, const struct list_entry *entry)
{
	const struct list_entry *found[4];

	if (entry->mode != POLICY_TESTING && entry->mode != POLICY_ENFORCE)
		abort();
	if (!entry->mx_count || entry->mx_count > LIST_PATTERNS_MAX)
		abort();
	for (size_t i = 0; i < entry->mx_count; i++) {
		const char *mx = entry->mx[i];

		if (mx[0] == '*')
			continue;
		if (!policy_list_matches(list, entry, mx) ||
			!policy_list_matching(list, mx, found, 4))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const domains[] = { "example.com", "example.net", "a.example" };
	struct text errors = { 0 };
	struct policy_list *list = policy_list_parse(bytes_of(data, size), "fuzz", &errors);

	if ((list != NULL) == (errors.n != 0))
		abort();
	for (size_t i = 0; list && i < sizeof(domains) / sizeof(*domains); i++) {
		const struct list_entry *entry = policy_list_get(list, domains[i]);

		if (entry && strcmp(entry->domain, domains[i]) != 0)
			abort();
		if (entry)
			check(list, entry);
	}
	policy_list_free(list);
	text_free(&errors);
	return 0;
}
