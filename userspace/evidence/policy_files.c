// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/policy_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/domain.h"
#include "base/mem.h"
#include "base/table.h"
#include "evidence/pattern_index.h"

#define SUFFIX ".txt"

struct policy_files {
	struct policy_file *files; /* by domain */
	size_t count, room;
	struct table *by_domain; /* domain → size_t index */
	struct pattern_index *by_pattern;
};

static int is_policy_file(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return entry->d_name[0] != '.' && n > strlen(SUFFIX) &&
	       strcmp(entry->d_name + n - strlen(SUFFIX), SUFFIX) == 0;
}

/* The bytes of a file, one more than a policy may have at most. NULL: errno says why. */
static uint8_t *read_file(const char *path, size_t *n)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	int error;

	if (!file)
		return NULL;
	data = mem_alloc(STS_POLICY_BYTES_MAX + 1);
	*n = fread(data, 1, STS_POLICY_BYTES_MAX + 1, file);
	error = ferror(file) ? errno : 0;
	fclose(file);
	if (error) {
		free(data);
		errno = error;
		return NULL;
	}
	return data;
}

static bool load_policy(const char *path, struct sts_policy *policy, struct text *errors)
{
	struct text why = { 0 };
	size_t n;
	uint8_t *data = read_file(path, &n);
	bool good;

	if (!data) {
		text_printf(errors, "%s: %s\n", path, strerror(errno));
		return false;
	}
	good = sts_policy_parse(bytes_of(data, n), policy, &why);
	if (!good)
		text_printf(errors, "%s:%s\n", path, why.s);
	text_free(&why);
	free(data);
	return good;
}

static bool load(
	struct policy_files *files, const char *folder, const char *name, struct text *errors)
{
	struct policy_file file = { 0 };
	struct text path = { 0 };
	char domain[DOMAIN_TEXT];
	bool good = false;

	text_printf(&path, "%s/%s", folder, name);
	if (!domain_normalise(bytes_of(name, strlen(name) - strlen(SUFFIX)), domain))
		text_printf(errors, "%s: is not named after a domain\n", path.s);
	else
		good = load_policy(path.s, &file.policy, errors);
	if (good) {
		file.domain = mem_strdup(domain);
		file.name = mem_strdup(name);
		files->files =
			mem_grow(files->files, files->count, &files->room, sizeof(*files->files));
		files->files[files->count++] = file;
	}
	text_free(&path);
	return good;
}

static bool load_all(struct policy_files *files, const char *folder, struct text *errors)
{
	struct dirent **names;
	int n = scandir(folder, &names, is_policy_file, alphasort);
	bool good = n >= 0;

	if (n < 0)
		text_printf(errors, "%s: %s\n", folder, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (!load(files, folder, names[i]->d_name, errors))
			good = false;
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return good;
}

static int compare_domains(const void *a, const void *b)
{
	const struct policy_file *first = a, *second = b;

	return strcmp(first->domain, second->domain);
}

static bool index_domains(struct policy_files *files, const char *folder, struct text *errors)
{
	bool good = true, made;

	files->by_domain = table_new(files->count, sizeof(size_t), NULL);
	for (size_t i = 0; i < files->count; i++) {
		const struct policy_file *file = &files->files[i];
		size_t *at = table_put(files->by_domain, bytes_str(file->domain), &made);

		if (!made) {
			text_printf(errors, "%s/%s: is for the same domain as %s\n", folder,
				file->name, files->files[*at].name);
			good = false;
		}
		*at = i;
	}
	return good;
}

static void index_patterns(struct policy_files *files)
{
	files->by_pattern = pattern_index_new(compare_domains);
	for (size_t i = 0; i < files->count; i++) {
		const struct policy_file *file = &files->files[i];

		for (size_t j = 0; j < file->policy.mx_count; j++)
			pattern_index_add(files->by_pattern, file->policy.mx[j], file);
	}
}

struct policy_files *policy_files_open(const char *folder, struct text *errors)
{
	struct policy_files *files = mem_alloc(sizeof(*files));
	bool good = load_all(files, folder, errors);

	if (files->count)
		qsort(files->files, files->count, sizeof(*files->files), compare_domains);
	if (!index_domains(files, folder, errors))
		good = false;
	index_patterns(files);
	if (good)
		return files;
	policy_files_close(files);
	return NULL;
}

void policy_files_close(struct policy_files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < files->count; i++) {
		free(files->files[i].domain);
		free(files->files[i].name);
		sts_policy_fini(&files->files[i].policy);
	}
	free(files->files);
	table_free(files->by_domain);
	pattern_index_free(files->by_pattern);
	free(files);
}

size_t policy_files_count(const struct policy_files *files)
{
	return files->count;
}

const struct policy_file *policy_files_get(struct policy_files *files, const char *domain)
{
	const size_t *at = table_get(files->by_domain, bytes_str(domain));

	return at ? &files->files[*at] : NULL;
}

size_t policy_files_matching(
	struct policy_files *files, const char *mx, const struct policy_file **out, size_t max)
{
	struct pattern_walk walk = pattern_index_walk(files->by_pattern, mx);
	const struct policy_file *file;

	for (size_t n = 0; n < max && (file = pattern_walk_next(&walk)); n++)
		out[n] = file;
	return pattern_index_count(files->by_pattern, mx);
}
