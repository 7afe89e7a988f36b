/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A root, an intermediate, a leaf, and a cache that trusts the root: where most tests of chains
 * begin.
 */
#ifndef TESTS_FORGE_WORLD_H
#define TESTS_FORGE_WORLD_H

#include "forge.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "dialogue/cert.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Serial numbers. */
enum { INTERMEDIATE = 2000, LEAF = 3000 };

struct world {
	char folder[32];
	struct forged root, intermediate, leaf;
	struct forged stranger; /* a root that nobody trusts */
	struct cert_cache *cache;
};

static inline const char *file_in(const struct world *world, const char *name, char out[64])
{
	snprintf(out, 64, "%s/%s", world->folder, name);
	return out;
}

static inline void write_pem(
	const struct world *world, const char *name, const struct forged *certs, size_t n)
{
	char path[64];
	FILE *file = fopen(file_in(world, name, path), "w");

	assert_non_null(file);
	fputs("Text that is no PEM.\n", file);
	for (size_t i = 0; i < n; i++)
		PEM_write_X509(file, certs[i].x);
	fclose(file);
}

static inline struct cert_cache *cache_with(
	const struct world *world, const char *trust, const char *crls)
{
	char trust_path[64], crl_path[64];
	struct cert_params params = { .trust = file_in(world, trust, trust_path) };

	if (crls)
		params.crls = file_in(world, crls, crl_path);
	return cert_cache_new(&params);
}

static inline int world_make(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	strcpy(world->folder, "/tmp/test_cert.XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	log_set_level(LOG_LEVEL_ERROR);
	world->root = forge((struct order){ .common_name = "Root",
		.ca = true,
		.from = NOW - 1000 * DAY,
		.until = NOW + 1000 * DAY });
	world->intermediate = forge((struct order){ .common_name = "Intermediate",
		.ca = true,
		.issuer = &world->root,
		.serial = INTERMEDIATE,
		.from = NOW - 500 * DAY,
		.until = NOW + 500 * DAY });
	world->leaf = forge((struct order){ .common_name = "mx.example.com",
		.san = "DNS:mx.example.com",
		.issuer = &world->intermediate,
		.serial = LEAF });
	world->stranger = forge((struct order){ .common_name = "Stranger", .ca = true });
	write_pem(world, "root.pem", &world->root, 1);
	world->cache = cache_with(world, "root.pem", NULL);
	assert_non_null(world->cache);
	*state = world;
	return 0;
}

static inline int world_free(void **state)
{
	struct world *world = *state;
	struct text command = { 0 };

	cert_cache_free(world->cache);
	forge_free(&world->root);
	forge_free(&world->intermediate);
	forge_free(&world->leaf);
	forge_free(&world->stranger);
	text_printf(&command, "rm -r %s", world->folder);
	assert_int_equal(system(command.s), 0);
	text_free(&command);
	free(world);
	return 0;
}

/* The chain of these certificates, until NULL. */
static inline struct cert_chain *chain_of(
	struct cert_cache *cache, const struct forged *const *certs)
{
	struct bytes der[32];
	size_t n = 0;

	for (; certs[n]; n++)
		der[n] = certs[n]->der;
	return cert_chain_get(cache, der, n);
}

#define CHAIN(cache, ...) chain_of(cache, (const struct forged *const[]){ __VA_ARGS__, NULL })

static inline unsigned int problems_now(struct cert_chain *chain)
{
	unsigned int problems = cert_chain_problems(chain, NOW);

	cert_chain_release(chain);
	return problems;
}

#endif
