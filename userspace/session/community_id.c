// SPDX-License-Identifier: BSD-2-Clause
#include "session/community_id.h"

#include <assert.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "base/mem.h"

#define SHA1_BYTES   20
#define PROTOCOL_TCP 6

/* What is hashed: seed, two addresses, protocol, padding, two ports. */
struct input {
	uint8_t b[2 + 16 + 16 + 2 + 2 + 2];
	unsigned int n;
};

static void put(struct input *input, const void *p, size_t n)
{
	memcpy(input->b + input->n, p, n);
	input->n += (unsigned int)n;
}

static void put_u16(struct input *input, uint16_t value)
{
	const uint8_t b[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	put(input, b, sizeof(b));
}

struct community_ids {
	EVP_MD *sha1;
	EVP_MD_CTX *digest;
};

struct community_ids *community_ids_new(void)
{
	struct community_ids *ids = mem_alloc(sizeof(*ids));

	ids->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	ids->digest = EVP_MD_CTX_new();
	assert(ids->sha1 && ids->digest);
	return ids;
}

void community_ids_free(struct community_ids *ids)
{
	if (!ids)
		return;
	EVP_MD_CTX_free(ids->digest);
	EVP_MD_free(ids->sha1);
	free(ids);
}

bool community_id(struct community_ids *ids, const struct endpoint *a, const struct endpoint *b,
	uint16_t seed, char out[COMMUNITY_ID_TEXT])
{
	const uint8_t protocol[2] = { PROTOCOL_TCP, 0 };
	uint8_t digest[EVP_MAX_MD_SIZE];
	struct input input = { .n = 0 };
	size_t length = a->addr.length;
	int order;

	out[0] = '\0';
	if (length == 0 || length != b->addr.length)
		return false;
	/* The smaller end point comes first, so that both directions are one. */
	order = memcmp(a->addr.ip, b->addr.ip, length);
	if (order > 0 || (order == 0 && a->port > b->port)) {
		const struct endpoint *larger = a;

		a = b;
		b = larger;
	}
	put_u16(&input, seed);
	put(&input, a->addr.ip, length);
	put(&input, b->addr.ip, length);
	put(&input, protocol, sizeof(protocol));
	put_u16(&input, a->port);
	put_u16(&input, b->port);
	if (!EVP_DigestInit_ex(ids->digest, ids->sha1, NULL) ||
		!EVP_DigestUpdate(ids->digest, input.b, input.n) ||
		!EVP_DigestFinal_ex(ids->digest, digest, NULL))
		return false;
	memcpy(out, "1:", 2);
	EVP_EncodeBlock((unsigned char *)out + 2, digest, SHA1_BYTES);
	return true;
}
