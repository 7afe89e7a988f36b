/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a JSON object whose members have dotted names: neighbours that share a prefix share the
 * object that it stands for. So the members of one inner object must come one after the other.
 * Names are borrowed until the end; values that have nothing to say are left out, as the event
 * contract asks.
 */
#ifndef SINK_NEST_H
#define SINK_NEST_H

#include "base/text.h"

/* Objects nested deeper than this do not occur in the contract. */
#define NEST_DEPTH_MAX 8

struct nest {
	struct text *out;
	struct bytes open[NEST_DEPTH_MAX]; /* names of the objects that are open */
	size_t depth;
	bool comma;
};

void nest_begin(struct nest *nest, struct text *out);
void nest_end(struct nest *nest);
/* The same with a newline behind it: the end of a document. */
void nest_end_line(struct nest *nest);

/* Open and close objects until @name's last part can be written, and write its key. */
void nest_to(struct nest *nest, struct bytes name);

void nest_string(struct nest *nest, const char *name, const char *value); /* NULL, "": left out */
void nest_uint(struct nest *nest, const char *name, uint64_t value);
void nest_bool(struct nest *nest, const char *name, bool value);
void nest_time(struct nest *nest, const char *name, int64_t ns);
void nest_seconds(struct nest *nest, const char *name, int64_t seconds); /* 0: left out */

/* ["a","b"]; n 0: left out. */
void nest_strings(struct nest *nest, const char *name, const char *const *values, size_t n);

/* The same for two words that need no escaping. */
void nest_words(struct nest *nest, const char *name, const char *a, const char *b);

#endif
