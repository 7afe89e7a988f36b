// SPDX-License-Identifier: BSD-2-Clause
#include "base/hash.h"

#include <stdlib.h>
#include <sys/random.h>

struct hash_key hash_key_new(void)
{
	struct hash_key key;

	/* Fails only for a buffer over 256 bytes or a kernel without the call. */
	if (getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key))
		abort();
	key.k[1] |= 1; /* a multiplier must not be 0 */
	return key;
}
