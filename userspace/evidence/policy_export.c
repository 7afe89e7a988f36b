// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evidence/policy_import.h"

/* What is not known is left out rather than null. */
static json_t *document_of(const struct cached_policy *policy)
{
	json_t *object = json_object();

	json_object_set_new(object, "domain", json_string(policy->domain));
	if (policy->id)
		json_object_set_new(object, "id", json_string(policy->id));
	json_object_set_new(object, "text", json_string(policy->text));
	json_object_set_new(object, "fetched", json_integer(policy->fetched));
	json_object_set_new(object, "source", json_string(policy->source));
	return object;
}

static int append(const char *buffer, size_t size, void *context)
{
	text_add(context, bytes_of(buffer, size));
	return 0;
}

/* Policy by policy, a line each: a cache of any size costs the memory of one. */
void policy_export_json(struct policy_cache *cache, struct text *out)
{
	const struct cached_policy *policy = NULL;
	const char *between = "";

	text_puts(out, "{\"version\": 1, \"policies\": [");
	while ((policy = policy_cache_next(cache, policy))) {
		json_t *document = document_of(policy);

		text_printf(out, "%s\n", between);
		json_dump_callback(document, append, out, 0);
		json_decref(document);
		between = ",";
	}
	text_puts(out, "\n]}\n");
}

/* The file's time is that of the policy, so that an import finds it as old as it is. */
static bool write_all(int fd, const struct cached_policy *policy)
{
	const struct timespec times[2] = { { .tv_sec = policy->fetched },
		{ .tv_sec = policy->fetched } };
	struct bytes rest = bytes_str(policy->text);

	while (rest.n) {
		ssize_t n = write(fd, rest.p, rest.n);

		if (n <= 0)
			return false;
		bytes_skip(&rest, (size_t)n);
	}
	return futimens(fd, times) == 0;
}

/* Under another name first: whoever reads the folder meanwhile sees the old text or the new one. */
static bool write_policy(
	const struct cached_policy *policy, const char *folder, struct text *errors)
{
	struct text path = { 0 }, draft = { 0 };
	int fd;
	bool good;

	text_printf(&path, "%s/%s.txt", folder, policy->domain);
	text_printf(&draft, "%s/.%s.new", folder, policy->domain);
	fd = open(draft.s, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	good = fd >= 0 && write_all(fd, policy);
	if (fd >= 0)
		good = close(fd) == 0 && good;
	good = good && rename(draft.s, path.s) == 0;
	if (!good) {
		text_printf(errors, "%s: %s\n", path.s, strerror(errno));
		unlink(draft.s);
	}
	text_free(&path);
	text_free(&draft);
	return good;
}

bool policy_export_folder(struct policy_cache *cache, const char *folder, struct text *errors)
{
	const struct cached_policy *policy = NULL;
	bool good = true;

	if (mkdir(folder, 0777) < 0 && errno != EEXIST) {
		text_printf(errors, "%s: %s\n", folder, strerror(errno));
		return false;
	}
	while ((policy = policy_cache_next(cache, policy)))
		good = write_policy(policy, folder, errors) && good;
	return good;
}
