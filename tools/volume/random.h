/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pseudo-random numbers that are the same for the same seed everywhere (splitmix64).
 */
#ifndef TOOLS_VOLUME_RANDOM_H
#define TOOLS_VOLUME_RANDOM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* A number below @limit. */
static inline uint64_t random_below(struct random *random, uint64_t limit)
{
	return (uint64_t)((unsigned __int128)random_next(random) * limit >> 64);
}

/* A number that depends on nothing but @seed and @n. */
static inline uint64_t random_of(uint64_t seed, uint64_t n)
{
	struct random random = { seed ^ n * 0xd6e8feb86659fd93u };

	return random_next(&random);
}

static inline void random_fill(struct random *random, void *to, size_t n)
{
	uint8_t *out = to;
	uint64_t word;

	for (; n >= sizeof(word); n -= sizeof(word), out += sizeof(word)) {
		word = random_next(random);
		memcpy(out, &word, sizeof(word));
	}
	word = random_next(random);
	if (n)
		memcpy(out, &word, n);
}

#endif
