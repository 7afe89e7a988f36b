/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers whoever connects to the UNIX socket of the sensor: one document, one line, and the
 * connection ends. Nothing is read from the other side.
 */
#ifndef COMMAND_STATUS_SERVER_H
#define COMMAND_STATUS_SERVER_H

#include "base/text.h"
#include "evidence/loop.h"

struct status_server;

/*
 * Listen at @path (mode 0660; its folder must be there; a socket that nobody listens at any more is
 * replaced). NULL: logged. @tell appends the answer.
 */
struct status_server *status_server_new(struct loop *loop, const char *path,
	void (*tell)(void *context, struct text *out), void *context);
/* The socket is removed. */
void status_server_free(struct status_server *server);

#endif
