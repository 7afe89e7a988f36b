/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A health document for people.
 */
#ifndef COMMAND_STATUS_TEXT_H
#define COMMAND_STATUS_TEXT_H

#include <stdbool.h>
#include <stdio.h>

/* @json: one document of sink/health.h. False: it is none, and nothing was written. */
bool status_text(const char *json, FILE *out);

#endif
