/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A YAML document as a tree in which every node knows its line and column, so that a mistake can be
 * pointed at. Bounded in size, depth and nodes; no anchors, aliases or tags: they are errors.
 */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include "base/text.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
	enum yaml_kind kind;
	unsigned int line, column; /* from 1 */
	char *key;                 /* of a map's member; NULL elsewhere */
	unsigned int key_line, key_column;
	char *scalar;              /* YAML_SCALAR: its text, without quotes */
	bool quoted;               /* it had them */
	struct yaml *child;        /* first item or member */
	struct yaml *next;         /* next item or member */
};

/*
 * Parse @text, called @name in errors. NULL on a mistake, with "NAME:LINE:COLUMN: …" appended to
 * @errors. Duplicate keys in a map are a mistake.
 */
struct yaml *yaml_parse(struct bytes text, const char *name, struct text *errors);

/* The same for a file, at most 1 MiB. */
struct yaml *yaml_load(const char *path, struct text *errors);

void yaml_free(struct yaml *yaml);

/* A map's member, or NULL. */
const struct yaml *yaml_get(const struct yaml *map, const char *key);

/* "NAME:LINE:COLUMN: " and a message and a newline, appended to @errors; @at may be a key's place. */
void yaml_error(struct text *errors, const char *name, const struct yaml *at, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
