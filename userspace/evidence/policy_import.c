// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/policy_import.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/domain.h"
#include "base/mem.h"
#include "evidence/policy_importer.h"

#define SUFFIX ".txt"

/* Twice what the cache holds: JSON writes a line's end as two characters. */
#define DOCUMENT_BYTES_MAX (2 * (size_t)POLICIES_BYTES_MAX)

#define SQLITE_MAGIC "SQLite format 3"

/* Of a domain that is shown in an error. */
#define SHOWN_MAX 80

void importer_refuse(
	struct importer *importer, const char *where, const char *domain, const char *what)
{
	struct text *errors = importer->errors;

	text_puts(errors, importer->path);
	if (where)
		text_printf(errors, ": %s", where);
	if (domain) {
		text_puts(errors, " (");
		text_printable(errors, bytes_str(domain), SHOWN_MAX);
		text_putc(errors, ')');
	}
	text_printf(errors, ": %s\n", what);
	importer->imported->bad++;
}

/* RFC 8461 3.1; who hands on another one did not know it. */
static bool is_id(const char *id)
{
	size_t n = strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return n && n <= STS_ID_MAX && !id[n];
}

static bool take_as(struct importer *importer, const struct found_policy *found, const char *domain)
{
	/* A clock that was ahead must not make a policy live longer; before 1970 is nonsense. */
	int64_t least = found->fetched > 0 ? found->fetched : 0;
	int64_t fetched = least < importer->now ? least : importer->now;
	const struct cached_policy *ours = policy_cache_get(importer->cache, domain);
	const char *id = found->id && is_id(found->id) ? found->id : NULL;
	struct text why = { 0 };
	bool good = true;

	if (ours && ours->fetched > fetched) {
		importer->imported->older++;
	} else if (policy_cache_import(importer->cache, domain, id, found->text, found->source,
			   fetched, importer->now, &why)) {
		importer->imported->taken++;
	} else if (why.n && found->where) {
		importer_refuse(importer, found->where, found->domain, why.s);
	} else if (why.n) {
		/* A file of its own: what is wrong has a line. */
		text_printf(importer->errors, "%s:%s\n", importer->path, why.s);
		importer->imported->bad++;
	} else {
		good = false;
	}
	text_free(&why);
	return good;
}

bool importer_take(struct importer *importer, const struct found_policy *found)
{
	char domain[DOMAIN_TEXT];

	if (domain_normalise(bytes_str(found->domain), domain))
		return take_as(importer, found, domain);
	importer_refuse(importer, found->where, found->where ? found->domain : NULL,
		found->where ? "is no domain" : "is not named after a domain");
	return true;
}

/* The whole file, at most @max bytes of it and one more. False: errno says why. */
static bool read_file(const char *path, size_t max, struct text *out, int64_t *written)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	size_t n = 1;
	bool good;

	if (!file)
		return false;
	good = fstat(fileno(file), &status) == 0;
	while (good && n && out->n <= max) {
		n = max + 1 - out->n < BUFSIZ ? max + 1 - out->n : BUFSIZ;
		n = fread(text_room(out, n), 1, n, file);
		out->n += n;
	}
	good = good && !ferror(file);
	*written = good ? status.st_mtim.tv_sec : 0;
	fclose(file);
	return good;
}

static bool import_file(struct importer *importer, const char *name)
{
	struct text path = { 0 }, text = { 0 }, source = { 0 };
	char *domain = mem_string(bytes_of(name, strlen(name) - strlen(SUFFIX)));
	struct found_policy found = { .where = NULL, .domain = domain };
	struct importer one = *importer;
	bool good = true;

	text_printf(&path, "%s/%s", importer->path, name);
	text_printf(&source, "file:%s", name);
	one.path = path.s;
	if (read_file(path.s, STS_POLICY_BYTES_MAX, &text, &found.fetched)) {
		found.text = bytes_of(text.s, text.n);
		found.source = source.s;
		good = importer_take(&one, &found);
	} else {
		importer_refuse(&one, NULL, NULL, strerror(errno));
	}
	text_free(&path);
	text_free(&text);
	text_free(&source);
	free(domain);
	return good;
}

static int is_policy_file(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return entry->d_name[0] != '.' && n > strlen(SUFFIX) &&
	       strcmp(entry->d_name + n - strlen(SUFFIX), SUFFIX) == 0;
}

static bool import_folder(struct importer *importer)
{
	struct dirent **names;
	int n = scandir(importer->path, &names, is_policy_file, alphasort);
	bool good = n >= 0;

	if (n < 0) {
		text_printf(importer->errors, "%s: %s\n", importer->path, strerror(errno));
		return false;
	}
	for (int i = 0; i < n; i++) {
		good = good && import_file(importer, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return good;
}

static bool import_document(struct importer *importer)
{
	struct text document = { 0 };
	int64_t written;
	bool good = false;

	if (!read_file(importer->path, DOCUMENT_BYTES_MAX, &document, &written))
		text_printf(importer->errors, "%s: %s\n", importer->path, strerror(errno));
	else if (document.n > DOCUMENT_BYTES_MAX)
		text_printf(importer->errors, "%s: is too large\n", importer->path);
	else
		good = import_json(importer, bytes_of(document.s, document.n));
	text_free(&document);
	return good;
}

static bool is_database(const char *path)
{
	char start[sizeof(SQLITE_MAGIC)] = { 0 };
	FILE *file = fopen(path, "rb");
	bool is = file && fread(start, 1, sizeof(start), file) == sizeof(start) &&
		  memcmp(start, SQLITE_MAGIC, sizeof(start)) == 0;

	if (file)
		fclose(file);
	return is;
}

static bool import_any(struct importer *importer)
{
	struct stat status;

	if (stat(importer->path, &status) == 0 && S_ISDIR(status.st_mode))
		return import_folder(importer);
	if (is_database(importer->path))
		return import_resolver_cache(importer);
	return import_document(importer);
}

bool policy_import(struct policy_cache *cache, struct store *store, const char *path, int64_t now,
	struct policy_imported *imported, struct text *errors)
{
	struct importer importer = {
		.cache = cache,
		.path = path,
		.now = now,
		.imported = imported,
		.errors = errors,
	};

	*imported = (struct policy_imported){ 0 };
	if (!store_begin(store))
		return false;
	if (import_any(&importer) && store_commit(store))
		return true;
	if (store_in_transaction(store))
		store_rollback(store);
	policy_cache_reload(cache);
	return false;
}
