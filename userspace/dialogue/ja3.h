/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JA3 and JA3S: fingerprints of hellos, the MD5 of their numbers in decimal, fields joined by
 * commas and values in them by dashes. MTAs greet with the same few hellos all the time, so that
 * digests are kept by the numbers that they were made of: to write these down and hash them costs
 * ten times as much as to look them up.
 */
#ifndef DIALOGUE_JA3_H
#define DIALOGUE_JA3_H

#include "base/bytes.h"

#define JA3_DIGEST 16 /* bytes of an MD5 */

struct ja3_cache;

struct ja3_cache *ja3_cache_new(void);
void ja3_cache_free(struct ja3_cache *cache);

/* What JA3 wants of a ClientHello, as on the wire: lists without their lengths. */
struct ja3_client {
	uint16_t version;
	struct bytes ciphers;    /* u16 each */
	struct bytes extensions; /* with their bodies */
	struct bytes groups;     /* u16 each */
	struct bytes formats;    /* u8 each */
};

/* @cache may be NULL. */
void ja3_of_client(
	struct ja3_cache *cache, const struct ja3_client *hello, uint8_t out[JA3_DIGEST]);

/* The same for a ServerHello. */
struct ja3_server {
	uint16_t version, cipher;
	struct bytes extensions;
};

void ja3_of_server(
	struct ja3_cache *cache, const struct ja3_server *hello, uint8_t out[JA3_DIGEST]);

#endif
