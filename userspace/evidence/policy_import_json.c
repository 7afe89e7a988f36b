// SPDX-License-Identifier: BSD-2-Clause
/* Our own JSON document of policies, read. policy_export.c writes it. */
#include <jansson.h>
#include <stdio.h>

#include "evidence/policy_importer.h"

static const char *string_of(const json_t *policy, const char *key)
{
	return json_string_value(json_object_get(policy, key));
}

static bool import_policy(struct importer *importer, const json_t *policy, size_t i)
{
	const json_t *text = json_object_get(policy, "text");
	const json_t *fetched = json_object_get(policy, "fetched");
	const char *source = string_of(policy, "source");
	struct found_policy found = {
		.domain = string_of(policy, "domain"),
		.id = string_of(policy, "id"),
	};
	char where[32];

	snprintf(where, sizeof(where), "policies[%zu]", i);
	if (!found.domain || !json_is_string(text) || !json_is_integer(fetched)) {
		importer_refuse(importer, where, found.domain,
			"must have domain and text (strings) and fetched (seconds)");
		return true;
	}
	found.where = where;
	found.text = bytes_of(json_string_value(text), json_string_length(text));
	found.fetched = json_integer_value(fetched);
	/* Where it came from in the first place says more than the file it came in. */
	found.source = source ? source : "import";
	return importer_take(importer, &found);
}

static bool import_list(struct importer *importer, const json_t *list)
{
	size_t i;
	json_t *policy;

	json_array_foreach(list, i, policy) if (!import_policy(importer, policy, i)) return false;
	return true;
}

bool import_json(struct importer *importer, struct bytes document)
{
	json_error_t error;
	json_t *root =
		json_loadb((const char *)document.p, document.n, JSON_REJECT_DUPLICATES, &error);
	const json_t *list = json_object_get(root, "policies");
	bool good = false;

	if (!root)
		text_printf(importer->errors, "%s:%d:%d: %s\n", importer->path, error.line,
			error.column, error.text);
	else if (json_integer_value(json_object_get(root, "version")) != 1 || !json_is_array(list))
		text_printf(importer->errors,
			"%s: is no export of policies: must have \"version\": 1 and \"policies\"\n",
			importer->path);
	else
		good = import_list(importer, list);
	json_decref(root);
	return good;
}
