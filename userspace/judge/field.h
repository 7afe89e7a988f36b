/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The session document of the event contract as one table: a name, a type and a getter a field. The
 * JSON writer walks it, the rules look fields up in it; a field that is not here exists nowhere.
 */
#ifndef JUDGE_FIELD_H
#define JUDGE_FIELD_H

#include "judge/finding.h"
#include "judge/scope.h"

/* What a document speaks of. */
struct subject {
	const struct record *record;
	const struct evidence *evidence;
	const struct findings *findings;
	const char *host;      /* observer.hostname; NULL: left out */
	const char *name;      /* observer.name; NULL: left out */
	const struct scope *scope; /* NULL: none; only the direction and the alerts depend on it */
};

enum field_type {
	FIELD_STRING,
	FIELD_INTEGER,
	FIELD_BOOLEAN,
	FIELD_STRINGS,  /* an array of strings */
	FIELD_ROWS,     /* a member of an array of objects: its name has "[]" behind the array's */
};

/* One value. Strings are borrowed from the subject, or stand in @room. */
struct value {
	enum { VALUE_ABSENT, VALUE_STRING, VALUE_INTEGER, VALUE_BOOLEAN, VALUE_STRINGS } kind;
	const char *string;
	int64_t integer;
	bool boolean;
	char room[96];
};

struct field {
	const char *name;   /* dotted; rows: "stripwatch.tls.alerts[].level" */
	enum field_type type;
	enum field_type item; /* FIELD_ROWS: the type of this member of a row; else the same as type */
	const char *const *words; /* all that a string can be, up to a NULL; NULL: any text */
	/*
	 * Item @i of the field (0 for plain types). False: there is no such item (rows: no such row); a
	 * plain field that has nothing to say is false. A row without this member: true, VALUE_ABSENT.
	 * Rows may also give VALUE_STRINGS: an inner array, string items by calling get_inner. No
	 * getter allocates: it runs for every session.
	 */
	bool (*get)(const struct subject *subject, size_t i, struct value *value);
	bool (*get_inner)(const struct subject *subject, size_t i, size_t j, struct value *value);
	const char *comment; /* what it says, for `rules list` and the manual */
};

/* The table, in the order in which a document is written: members of one object are neighbours. */
extern const struct field field_table[];
extern const size_t field_count;

/* A field by its name; a name without "[]" finds the row member too. NULL: unknown. */
const struct field *field_find(struct bytes name);

/* True for a field whose text is an address: ECS calls all of those "ip". */
bool field_is_address(const struct field *field);

#endif
