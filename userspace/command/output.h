/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a command writes: standard output, or a file that gets its name only when it is whole, so
 * that a result that is not never takes the place of an older one.
 */
#ifndef COMMAND_OUTPUT_H
#define COMMAND_OUTPUT_H

#include <stdio.h>

#include "base/text.h"

struct output {
	FILE *file;
	const char *command, *path; /* path NULL: standard output */
	struct text part; /* the name it has meanwhile; empty: its own (a pipe, a device) */
};

/* @path: NULL or "-" for standard output; stays the caller's. False: told, as "@command: …". */
bool output_open(struct output *output, const char *command, const char *path);

/* Once; again it does nothing. False: not all could be written (told). Without @whole what was written is thrown away. */
bool output_close(struct output *output, bool whole);

#endif
