/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A keyed hash for tables whose keys a stranger chooses. The key is drawn at start, so that nobody
 * outside can prepare keys that collide; nothing that leaves the program may depend on it.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>
#include "base/bytes.h"

struct hash_key {
	uint64_t k[2];
};

/* A key from the system's random numbers. */
struct hash_key hash_key_new(void);

static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_word(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static inline uint64_t hash_bytes(const struct hash_key *key, struct bytes b)
{
	uint64_t h = key->k[0] ^ (b.n * 0x9e3779b97f4a7c15u);
	uint64_t word = 0;

	/* Long keys (certificate chains) in four lanes that don't wait for each other. */
	if (b.n >= 64) {
		uint64_t lane[4] = { h, ~h, h ^ key->k[1], h + key->k[1] };

		for (; b.n >= 32; bytes_skip(&b, 32))
			for (int i = 0; i < 4; i++)
				lane[i] = hash_mix(lane[i] ^ hash_word(b.p + 8 * i), key->k[1]);
		h = hash_mix(lane[0] ^ lane[1], key->k[1]) ^ hash_mix(lane[2] ^ ~lane[3], key->k[1]);
	}
	for (; b.n >= sizeof(word); bytes_skip(&b, sizeof(word)))
		h = hash_mix(h ^ hash_word(b.p), key->k[1]);
	if (b.n)
		memcpy(&word, b.p, b.n);
	return hash_mix(h ^ word ^ 0xd6e8feb86659fd93u, key->k[1]);
}

#endif
