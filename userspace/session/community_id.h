/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Community ID, version 1: a name for a connection that other sensors compute alike, so that their
 * logs can be joined with ours. The same for both directions; VLANs and tunnels don't enter.
 */
#ifndef SESSION_COMMUNITY_ID_H
#define SESSION_COMMUNITY_ID_H

#include "base/addr.h"

/* "1:", the base64 of 20 bytes, NUL. */
#define COMMUNITY_ID_TEXT 31

/* What it takes to make them: the hash function, looked up once. */
struct community_ids;

struct community_ids *community_ids_new(void);
void community_ids_free(struct community_ids *ids);

/*
 * Of the TCP connection between @a and @b, in either order. @seed separates networks that use the
 * same addresses; 0 is what everybody uses. False, and @out empty: one of them has no address, or
 * their families differ.
 */
bool community_id(struct community_ids *ids, const struct endpoint *a, const struct endpoint *b,
	uint16_t seed, char out[COMMUNITY_ID_TEXT]);

#endif
