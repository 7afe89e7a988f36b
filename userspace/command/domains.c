// SPDX-License-Identifier: BSD-2-Clause
#include "command/domains.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

/* Of what is no domain name, in an error. */
#define SHOWN_MAX 80

bool domains_add(struct domains *domains, struct bytes name, const char *where)
{
	char normal[DOMAIN_TEXT];
	bool made = false;
	size_t *place;

	if (!domain_normalise(name, normal)) {
		char *shown = text_printable_string(name, SHOWN_MAX);

		log_err("%s\"%s\" is no domain name", where, shown);
		free(shown);
		domains->bad++;
		return false;
	}
	if (!domains->known)
		domains->known = table_new(SIZE_MAX, sizeof(size_t), NULL);
	place = table_put(domains->known, bytes_str(normal), &made);
	if (made) {
		*place = domains->n;
		domains->list =
			mem_grow(domains->list, domains->n, &domains->room, sizeof(*domains->list));
		domains->list[domains->n++] = mem_strdup(normal);
	}
	return true;
}

/* @line without what follows "#" and the blanks around. */
static struct bytes bare(struct bytes line)
{
	const uint8_t *hash = line.n ? memchr(line.p, '#', line.n) : NULL;

	if (hash)
		line.n = (size_t)(hash - line.p);
	while (line.n && line.p[0] <= ' ')
		bytes_skip(&line, 1);
	while (line.n && line.p[line.n - 1] <= ' ')
		line.n--;
	return line;
}

static bool add_lines(struct domains *domains, FILE *file, const char *path)
{
	struct text where = { 0 };
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	bool good;

	for (unsigned int number = 1; (n = getline(&line, &room, file)) >= 0; number++) {
		struct bytes name = bare(bytes_of(line, (size_t)n));

		text_reset(&where);
		text_printf(&where, "%s:%u: ", path, number);
		if (name.n)
			domains_add(domains, name, where.s);
	}
	good = !ferror(file);
	if (!good)
		log_err("%s: %s", path, strerror(errno));
	free(line);
	text_free(&where);
	return good;
}

bool domains_add_file(struct domains *domains, const char *path)
{
	FILE *file;
	bool good;

	if (strcmp(path, "-") == 0)
		return add_lines(domains, stdin, "standard input");
	file = fopen(path, "r");
	if (!file) {
		log_err("%s: %s", path, strerror(errno));
		return false;
	}
	good = add_lines(domains, file, path);
	fclose(file);
	return good;
}

size_t domains_place(const struct domains *domains, const char *name)
{
	const size_t *place = table_get(domains->known, bytes_str(name));

	return place ? *place : SIZE_MAX;
}

void domains_fini(struct domains *domains)
{
	for (size_t i = 0; i < domains->n; i++)
		free(domains->list[i]);
	free(domains->list);
	table_free(domains->known);
	*domains = (struct domains){ 0 };
}
