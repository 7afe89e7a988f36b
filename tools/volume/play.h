/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections that play scripts, and the capture file that their packets go to.
 */
#ifndef TOOLS_VOLUME_PLAY_H
#define TOOLS_VOLUME_PLAY_H

#include <stdio.h>
#include "random.h"
#include "script.h"

struct connection {
	const struct script *script;
	uint64_t number;
	uint32_t next; /* step */
	uint32_t late; /* a step that was held back, sent when countdown is 0 */
	uint8_t countdown;
	bool has_late;
	bool lost_early; /* something was lost before its certificate was complete */
};

struct player {
	FILE *out;
	uint64_t seed;
	int64_t time; /* µs since 1970, of the next packet */
	uint64_t packets;
	uint64_t bytes; /* written */
};

/* Which of the servers connection @number goes to: always the same. */
unsigned int connection_server(uint64_t number);

/* Writes the file's header. */
void player_start(struct player *player, FILE *out, uint64_t seed);

/* Write step @step of @connection as a packet, and let a little time pass. */
void player_send(struct player *player, const struct connection *connection, uint32_t step);

#endif
