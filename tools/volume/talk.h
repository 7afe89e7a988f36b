/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said in the connections of a volume.
 */
#ifndef TOOLS_VOLUME_TALK_H
#define TOOLS_VOLUME_TALK_H

#include "handshake.h"
#include "random.h"
#include "script.h"

enum talk_starttls { TALK_OFFERED, TALK_MANGLED, TALK_ABSENT };

/* STARTTLS, the handshake in clear, then one mail of @mail bytes as TLS records. */
void talk_starttls(struct script *script, const struct handshake *handshake, size_t mail,
	struct random *random);

/* One mail of @mail bytes in clear, since the server's STARTTLS is mangled or absent. */
void talk_clear(
	struct script *script, enum talk_starttls starttls, size_t mail, struct random *random);

/* A page of @size bytes: HTTP, or (@port 443) what looks like TLS from afar. */
void talk_web(struct script *script, uint16_t port, size_t size, struct random *random);

#endif
