/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A YAML document as a tree in which every node knows its line and column, so that a mistake can be
 * pointed at. Bounded in size, depth and nodes; no anchors, aliases or tags: they are errors.
 *
 * The prefix is yml_, for yaml_ belongs to the library: a yaml_free() of ours would take its place.
 */
#ifndef BASE_YML_H
#define BASE_YML_H

#include "base/text.h"

enum yml_kind { YML_SCALAR, YML_LIST, YML_MAP };

struct yml {
	enum yml_kind kind;
	unsigned int line, column; /* from 1 */
	char *key;                 /* of a map's member; NULL elsewhere */
	unsigned int key_line, key_column;
	char *scalar;              /* YML_SCALAR: its text, without quotes */
	bool quoted;               /* it had them */
	struct yml *child;        /* first item or member */
	struct yml *next;         /* next item or member */
};

/* Bounds, each far above what a file written by people has. */
#define YML_BYTES_MAX 1048576 /* of a file */
#define YML_DEPTH_MAX 32      /* of lists and maps in each other: what is built of them recurses */
#define YML_NODES_MAX 100000

/*
 * Parse @text, called @name in errors. NULL on a mistake, with "NAME:LINE:COLUMN: …" appended to
 * @errors. Duplicate keys in a map are a mistake, and so is a text without a document, or with two.
 */
struct yml *yml_parse(struct bytes text, const char *name, struct text *errors);

/* The text of a file appended to @out, a little more than YML_BYTES_MAX at most. False: told. */
bool yml_slurp(const char *path, struct text *out, struct text *errors);

/* The same as yml_parse() for a file of at most YML_BYTES_MAX. */
struct yml *yml_load(const char *path, struct text *errors);

void yml_free(struct yml *yaml);

/* A map's member, or NULL. */
const struct yml *yml_get(const struct yml *map, const char *key);

/* "NAME:LINE:COLUMN: " with the place of @at, a message and a newline, appended to @errors. */
void yml_error(struct text *errors, const char *name, const struct yml *at, const char *format,
	...) __attribute__((format(printf, 4, 5)));

/* The same with the place of the key of @at, a map's member. */
void yml_key_error(struct text *errors, const char *name, const struct yml *at,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
