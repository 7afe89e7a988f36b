/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions and alerts for people as they come. On a terminal a line of rates stands below them, and is
 * renewed each second; piped, there are plain lines and nothing else.
 */
#ifndef COMMAND_VIEW_H
#define COMMAND_VIEW_H

#include <stdio.h>

#include "sink/health.h"

struct view;

/* @out stays the caller's. */
struct view *view_new(FILE *out);
/* The line of rates is wiped away. */
void view_free(struct view *view);

bool view_is_terminal(const struct view *view);

/* @text: whole lines. */
void view_tell(struct view *view, const char *text);
void view_flush(struct view *view);

/* What the sensor did since the last time. */
void view_show(struct view *view, const struct health *health);

#endif
