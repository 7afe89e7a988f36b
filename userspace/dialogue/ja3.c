// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/ja3.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "dialogue/tls_hello.h"

/* Distinct hellos that are remembered; a busy server sees some hundred. */
#define HELLOS_MAX 1024

/* A hello with more numbers than this is not remembered: honest ones take 50 to 300 bytes. */
#define KEY_MAX 512

struct ja3_cache {
	struct table *digests; /* struct key → JA3_DIGEST bytes */
};

struct ja3_cache *ja3_cache_new(void)
{
	struct ja3_cache *cache = mem_alloc(sizeof(*cache));

	cache->digests = table_new(HELLOS_MAX, JA3_DIGEST, NULL);
	return cache;
}

void ja3_cache_free(struct ja3_cache *cache)
{
	if (!cache)
		return;
	table_free(cache->digests);
	free(cache);
}

/* The numbers of a hello, list by list, each with its length. */
struct key {
	uint8_t b[KEY_MAX];
	size_t n;
	bool overflow;
};

static void key_add(struct key *key, struct bytes b)
{
	if (b.n > sizeof(key->b) - key->n) {
		key->overflow = true;
		return;
	}
	if (b.n)
		memcpy(key->b + key->n, b.p, b.n);
	key->n += b.n;
}

static void key_u16(struct key *key, size_t value)
{
	const uint8_t b[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	key_add(key, bytes_of(b, sizeof(b)));
}

static void key_list(struct key *key, struct bytes list)
{
	key_u16(key, list.n);
	key_add(key, list);
}

/* The types of all extensions; in front of them stands nothing, so they must come last. */
static void key_types(struct key *key, struct bytes extensions)
{
	struct bytes body;
	uint16_t type;

	while (tls_next_extension(&extensions, &type, &body))
		key_u16(key, type);
}

static void field(struct text *text)
{
	text_putc(text, ',');
}

static void value(struct text *text, uint16_t number)
{
	char last = text->n ? text->s[text->n - 1] : ',';

	if (last != ',')
		text_putc(text, '-');
	text_uint(text, number);
}

/* All of @list, values of @width bytes. */
static void values(struct text *text, struct bytes list, size_t width)
{
	uint32_t number;

	while (bytes_uint(&list, width, &number)) {
		if (width == 1 || !tls_is_grease((uint16_t)number))
			value(text, (uint16_t)number);
	}
}

static void write_client(struct text *text, const struct ja3_client *hello)
{
	struct bytes extensions = hello->extensions, body;
	uint16_t type;

	text_uint(text, hello->version);
	field(text);
	values(text, hello->ciphers, 2);
	field(text);
	while (tls_next_extension(&extensions, &type, &body)) {
		if (!tls_is_grease(type))
			value(text, type);
	}
	field(text);
	values(text, hello->groups, 2);
	field(text);
	values(text, hello->formats, 1);
}

static void write_server(struct text *text, const struct ja3_server *hello)
{
	struct bytes extensions = hello->extensions, body;
	uint16_t type;

	text_uint(text, hello->version);
	field(text);
	text_uint(text, hello->cipher);
	field(text);
	while (tls_next_extension(&extensions, &type, &body))
		value(text, type);
}

static void digest(const struct text *text, uint8_t out[JA3_DIGEST])
{
	unsigned int n = JA3_DIGEST;

	if (!EVP_Digest(text->s, text->n, out, &n, EVP_md5(), NULL))
		memset(out, 0, JA3_DIGEST);
}

static bool recall(struct ja3_cache *cache, const struct key *key, uint8_t out[JA3_DIGEST])
{
	const uint8_t *known = NULL;

	if (cache && !key->overflow)
		known = table_get(cache->digests, bytes_of(key->b, key->n));
	if (known)
		memcpy(out, known, JA3_DIGEST);
	return known != NULL;
}

/* @text is written down for the first time. */
static void settle(
	struct ja3_cache *cache, const struct key *key, struct text *text, uint8_t out[JA3_DIGEST])
{
	digest(text, out);
	text_free(text);
	if (cache && !key->overflow)
		memcpy(table_put(cache->digests, bytes_of(key->b, key->n), NULL), out, JA3_DIGEST);
}

static void key_begin(struct key *key, const char *kind, uint16_t version)
{
	key->n = 0;
	key->overflow = false;
	key_add(key, bytes_str(kind));
	key_u16(key, version);
}

void ja3_of_client(struct ja3_cache *cache, const struct ja3_client *hello, uint8_t out[JA3_DIGEST])
{
	struct text text = { 0 };
	struct key key;

	key_begin(&key, "C", hello->version);
	key_list(&key, hello->ciphers);
	key_list(&key, hello->groups);
	key_list(&key, hello->formats);
	key_types(&key, hello->extensions);
	if (recall(cache, &key, out))
		return;
	write_client(&text, hello);
	settle(cache, &key, &text, out);
}

void ja3_of_server(struct ja3_cache *cache, const struct ja3_server *hello, uint8_t out[JA3_DIGEST])
{
	struct text text = { 0 };
	struct key key;

	key_begin(&key, "S", hello->version);
	key_u16(&key, hello->cipher);
	key_types(&key, hello->extensions);
	if (recall(cache, &key, out))
		return;
	write_server(&text, hello);
	settle(cache, &key, &text, out);
}
