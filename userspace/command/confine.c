// SPDX-License-Identifier: BSD-2-Clause
#include "command/confine.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/sandbox.h"
#include "command/command.h"

/* Of all single files that a configuration can name. */
#define FOLDERS_MAX (CONFIG_OUTPUTS_MAX + CONFIG_RULES_MAX + EVIDENCE_LISTS_MAX + 16)

struct paths {
	const char **list; /* ends with NULL */
	size_t n, room;
	struct text folders[FOLDERS_MAX];
	size_t folder_count;
};

static void add(struct paths *paths, const char *path)
{
	if (!path)
		return;
	paths->list = mem_grow(paths->list, paths->n + 1, &paths->room, sizeof(*paths->list));
	paths->list[paths->n++] = path;
	paths->list[paths->n] = NULL;
}

/* The folder of a file that is made, replaced or renamed there. */
static void add_folder(struct paths *paths, const char *file)
{
	const char *slash = file ? strrchr(file, '/') : NULL;
	struct text *folder = &paths->folders[paths->folder_count];

	if (!file)
		return;
	assert(paths->folder_count < FOLDERS_MAX);
	if (slash)
		text_add(folder, bytes_of(file, slash == file ? 1 : (size_t)(slash - file)));
	else
		text_puts(folder, ".");
	paths->folder_count++;
	add(paths, folder->s);
}

static void paths_fini(struct paths *paths)
{
	for (size_t i = 0; i < paths->folder_count; i++)
		text_free(&paths->folders[i]);
	free(paths->list);
}

/*
 * Of a file its folder: who edits a file mostly puts a new one in its place, which is another one to
 * Landlock.
 */
static void add_source(struct paths *paths, const char *path)
{
	struct stat status;

	if (path && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		add(paths, path);
	else
		add_folder(paths, path);
}

/* What a reload reads again. */
static void add_read(struct paths *paths, const struct watch_options *options,
	const struct config *config, const char *rules)
{
	const struct evidence_params *evidence = &config->evidence;

	for (const char *const *file = sandbox_system_files(); *file; file++)
		add(paths, *file);
	add_source(paths, options->config ? options->config : CONFIG_PATH);
	for (size_t i = 0; i < config->rule_count; i++)
		add_source(paths, config->rules[i]);
	add_source(paths, rules);
	add_source(paths, evidence->policies);
	add_source(paths, evidence->mx_map);
	add_source(paths, evidence->tlsa);
	for (size_t i = 0; i < evidence->list_count; i++)
		add_source(paths, evidence->lists[i]);
	add_source(paths, config->cert.trust);
	add_source(paths, config->cert.crls);
	add_source(paths, config->policies.ca);
}

static void add_written(struct paths *paths, const struct config *config)
{
	add_folder(paths, config->evidence.db);
	add_folder(paths, config->sensor.socket);
	add(paths, config->proof.dir);
	for (size_t i = 0; i < config->output_count; i++)
		if (config->outputs[i].kind == OUTPUT_FILE)
			add_folder(paths, config->outputs[i].where);
}

bool confine(const struct watch_options *options, const struct config *config)
{
	char room[RULES_PATH_ROOM];
	struct paths read = { 0 }, written = { 0 };
	bool good;

	add_read(&read, options, config, rules_default_path(room));
	add_written(&written, config);
	good = sandbox_landlock(read.list, written.list) && sandbox_seccomp();
	paths_fini(&read);
	paths_fini(&written);
	return good;
}
