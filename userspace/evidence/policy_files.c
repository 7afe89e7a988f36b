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

/* Broken files that are remembered by their domain; all are told. */
#define BROKEN_MAX 10000

struct policy_files {
	struct policy_file *files; /* by domain */
	size_t count, room;
	struct table *by_domain; /* domain → size_t index */
	struct table *broken;    /* domain → char * what is wrong with its file */
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

/* What is wrong is appended to @why, without the file's name. */
static bool load_policy(const char *path, struct sts_policy *policy, struct text *why)
{
	size_t n;
	uint8_t *data = read_file(path, &n);
	bool good;

	if (!data) {
		text_printf(why, " %s", strerror(errno));
		return false;
	}
	good = sts_policy_parse(bytes_of(data, n), policy, why);
	free(data);
	return good;
}

static void add(struct policy_files *files, const struct policy_file *file)
{
	files->files = mem_grow(files->files, files->count, &files->room, sizeof(*files->files));
	files->files[files->count++] = *file;
}

static void remember_broken(
	struct policy_files *files, const char *domain, const char *name, const char *why)
{
	char **slot = table_put(files->broken, bytes_str(domain), NULL);
	struct text text = { 0 };

	text_printf(&text, "%s:%s", name, why);
	free(*slot);
	*slot = text.s;
}

static void load(
	struct policy_files *files, const char *folder, const char *name, struct text *errors)
{
	struct policy_file file = { 0 };
	struct text path = { 0 }, why = { 0 };
	char domain[DOMAIN_TEXT];

	text_printf(&path, "%s/%s", folder, name);
	if (!domain_normalise(bytes_of(name, strlen(name) - strlen(SUFFIX)), domain)) {
		text_printf(errors, "%s: is not named after a domain\n", path.s);
	} else if (load_policy(path.s, &file.policy, &why)) {
		file.domain = mem_strdup(domain);
		file.name = mem_strdup(name);
		add(files, &file);
	} else {
		text_printf(errors, "%s:%s\n", path.s, why.s);
		remember_broken(files, domain, name, why.s);
	}
	text_free(&path);
	text_free(&why);
}

static bool load_all(struct policy_files *files, const char *folder, struct text *errors)
{
	struct dirent **names;
	int n = scandir(folder, &names, is_policy_file, alphasort);

	if (n < 0) {
		text_printf(errors, "%s: %s\n", folder, strerror(errno));
		return false;
	}
	for (int i = 0; i < n; i++) {
		load(files, folder, names[i]->d_name, errors);
		free(names[i]);
	}
	free(names);
	return true;
}

/* By domain; several files for one domain, until but one of them is left, by their names. */
static int compare_files(const void *a, const void *b)
{
	const struct policy_file *first = a, *second = b;
	int order = strcmp(first->domain, second->domain);

	return order ? order : strcmp(first->name, second->name);
}

static void policy_file_fini(struct policy_file *file)
{
	free(file->domain);
	free(file->name);
	sts_policy_fini(&file->policy);
}

/* Sorted, and of several files for one domain the first. */
static void index_domains(struct policy_files *files, const char *folder, struct text *errors)
{
	size_t kept = 0;

	files->by_domain = table_new(files->count, sizeof(size_t), NULL);
	for (size_t i = 0; i < files->count; i++) {
		struct policy_file *file = &files->files[i];
		bool made;
		size_t *at = table_put(files->by_domain, bytes_str(file->domain), &made);

		if (made) {
			*at = kept;
			files->files[kept++] = *file;
			continue;
		}
		text_printf(errors, "%s/%s: is for the same domain as %s\n", folder, file->name,
			files->files[*at].name);
		policy_file_fini(file);
	}
	files->count = kept;
}

static void index_patterns(struct policy_files *files)
{
	files->by_pattern = pattern_index_new(compare_files);
	for (size_t i = 0; i < files->count; i++) {
		const struct policy_file *file = &files->files[i];

		for (size_t j = 0; j < file->policy.mx_count; j++)
			pattern_index_add(files->by_pattern, file->policy.mx[j], file);
	}
}

static void free_string(void *value)
{
	free(*(char **)value);
}

struct policy_files *policy_files_open(const char *folder, struct text *errors)
{
	struct policy_files *files = mem_alloc(sizeof(*files));

	files->broken = table_new(BROKEN_MAX, sizeof(char *), free_string);
	if (!load_all(files, folder, errors)) {
		policy_files_close(files);
		return NULL;
	}
	if (files->count)
		qsort(files->files, files->count, sizeof(*files->files), compare_files);
	index_domains(files, folder, errors);
	index_patterns(files);
	return files;
}

void policy_files_close(struct policy_files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < files->count; i++)
		policy_file_fini(&files->files[i]);
	free(files->files);
	table_free(files->by_domain);
	table_free(files->broken);
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

const char *policy_files_broken(struct policy_files *files, const char *domain)
{
	char **why = table_get(files->broken, bytes_str(domain));

	return why ? *why : NULL;
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
