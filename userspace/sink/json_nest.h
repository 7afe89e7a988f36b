/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dotted names as nested JSON objects, for documents that are put together name by name: neighbours
 * that share a prefix share the object. The names of one object come one after the other.
 */
#ifndef SINK_JSON_NEST_H
#define SINK_JSON_NEST_H

#include "base/text.h"

struct json_nest {
	struct text *out;
	const char *last; /* the name that was written last; NULL: none */
	size_t depth;     /* objects that are open */
	bool comma;
};

/* Begin and end one document: a line. */
void json_begin(struct json_nest *nest, struct text *out);
void json_end(struct json_nest *nest);

/*
 * Close and open objects until @name's last part can be written, and write it as a key: the value
 * follows. "a.b[].c" goes to the array "b" of "a". @name lives until the document ends.
 */
void json_key(struct json_nest *nest, const char *name);

/* A key and its value. Strings that are NULL or empty are left out. */
void json_put_string(struct json_nest *nest, const char *name, const char *value);
void json_put_uint(struct json_nest *nest, const char *name, uint64_t value);
void json_put_time(struct json_nest *nest, const char *name, int64_t ns);

/* An array of two words that need no escapes. */
void json_put_words(struct json_nest *nest, const char *name, const char *a, const char *b);

/* A JSON string of @s, quotes included; bytes that are no UTF-8 become U+FFFD. */
void json_text(struct text *out, struct bytes s);

#endif
