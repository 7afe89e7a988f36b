/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys of the configuration, one row each. Private to config*.c and the test that compares them
 * with the sample file.
 */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include "config.h"
#include "config_value.h"

struct config_key {
	const char *section; /* NULL: the key stands at the top */
	const char *name;
	void (*set)(struct reader *reader, const struct yml *node, const struct config_key *key);
	size_t offset;       /* of the member of struct config that it sets; 0: set() knows */
	uint64_t min, max;   /* of numbers, sizes (bytes), lengths of time (s) */
};

/* In the order of the sample file; ends with a row without name. */
extern const struct config_key config_keys[];

/* Keys of an item of "outputs"; ends with NULL. */
extern const char *const config_output_keys[];

/* The list "outputs". */
void config_set_outputs(
	struct reader *reader, const struct yml *node, const struct config_key *key);

#endif
