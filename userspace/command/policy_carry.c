// SPDX-License-Identifier: BSD-2-Clause
/* stripwatch policy import, export, remove. */
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "command/command.h"
#include "command/output.h"
#include "command/policy.h"
#include "evidence/policy_import.h"

int policy_verb_import(struct policy_run *run)
{
	struct policy_imported imported = { 0 };
	struct text errors = { 0 };
	bool good = policy_import(
		run->cache, run->store, run->options.path, time(NULL), &imported, &errors);

	if (errors.n)
		fputs(errors.s, stderr);
	if (good)
		text_printf(&run->out, "%zu taken, %zu older than ours, %zu left out\n",
			imported.taken, imported.older, imported.bad);
	text_free(&errors);
	return good && !imported.bad ? EXIT_DONE : EXIT_INPUT;
}

/* A folder is one that is there, or a name that ends like one. */
static bool is_folder(const char *path)
{
	size_t n = strlen(path);
	struct stat st;

	return (n && path[n - 1] == '/') || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

static bool export_file(struct policy_run *run, const char *path)
{
	struct text document = { 0 };
	struct output output;
	bool good = output_open(&output, "policy", path);

	policy_export_json(run->cache, &document);
	if (good)
		fwrite(document.s, 1, document.n, output.file);
	good = output_close(&output, good) && good;
	text_free(&document);
	return good;
}

int policy_verb_export(struct policy_run *run)
{
	const char *path = run->options.path;
	struct text errors = { 0 };
	bool good;

	if (is_folder(path))
		good = policy_export_folder(run->cache, path, &errors);
	else
		good = export_file(run, path);
	if (errors.n)
		fputs(errors.s, stderr);
	text_free(&errors);
	return good ? EXIT_DONE : EXIT_INPUT;
}

int policy_verb_remove(struct policy_run *run)
{
	const struct domains *domains = &run->options.domains;
	int status = EXIT_DONE;

	for (size_t i = 0; i < domains->n; i++) {
		if (policy_cache_remove(run->cache, domains->list[i]))
			continue;
		log_err("policy: no policy of %s in %s", domains->list[i], store_path(run->store));
		status = EXIT_INPUT;
	}
	return status;
}
