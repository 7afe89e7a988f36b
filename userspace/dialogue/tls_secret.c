// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/tls_secret.h"

#include <stdlib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"

/* Two secrets a connection: a million in all, about 110 MB when it is full. */
#define KEYLOG_CONNECTIONS 500000

#define SHA256_SIZE 32
#define SHA384_SIZE 48
#define KEY_MAX     32
#define NONCE       12
#define TAG         16

/* The handshake traffic secrets of one connection, by enum side; length 0: not known. */
struct secrets {
	uint8_t length[2];
	uint8_t secret[2][TLS_SECRET_MAX];
};

struct tls_keylog {
	struct table *connections; /* struct secrets by client random */
};

struct tls_keylog *tls_keylog_new(void)
{
	struct tls_keylog *keylog = mem_alloc(sizeof(*keylog));

	keylog->connections = table_new(KEYLOG_CONNECTIONS, sizeof(struct secrets), NULL);
	return keylog;
}

void tls_keylog_free(struct tls_keylog *keylog)
{
	if (!keylog)
		return;
	table_free(keylog->connections);
	free(keylog);
}

size_t tls_keylog_count(const struct tls_keylog *keylog)
{
	const struct secrets *secrets = NULL;
	size_t count = 0;

	while ((secrets = table_next(keylog->connections, secrets, NULL)))
		count += (size_t)(secrets->length[CLIENT] > 0) + (secrets->length[SERVER] > 0);
	return count;
}

bool tls_keylog_find(const struct tls_keylog *keylog, const uint8_t client_random[TLS_RANDOM],
	enum side side, struct bytes *secret)
{
	const struct secrets *secrets =
		table_get(keylog->connections, bytes_of(client_random, TLS_RANDOM));

	if (!secrets || !secrets->length[side])
		return false;
	*secret = bytes_of(secrets->secret[side], secrets->length[side]);
	return true;
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (uint8_t)text_lower((char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* All of @digits as bytes, at most @room of them. */
static bool parse_hex(struct bytes digits, uint8_t *out, size_t room, size_t *n)
{
	if (digits.n == 0 || digits.n % 2 != 0 || digits.n / 2 > room)
		return false;
	for (size_t i = 0; i < digits.n; i += 2) {
		int high = hex_value(digits.p[i]), low = hex_value(digits.p[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	*n = digits.n / 2;
	return true;
}

/* The next word of a line; blanks around it are skipped. */
static struct bytes next_word(struct bytes *line)
{
	struct bytes word = { 0 };
	size_t n = 0;

	while (line->n && (*line->p == ' ' || *line->p == '\t'))
		bytes_skip(line, 1);
	while (n < line->n && line->p[n] != ' ' && line->p[n] != '\t')
		n++;
	bytes_take(line, n, &word);
	return word;
}

/* False for a line that can't be understood. Other labels than ours are good, and of no use. */
static bool add_line(struct tls_keylog *keylog, struct bytes line)
{
	struct bytes label = next_word(&line), random_hex = next_word(&line);
	struct bytes secret_hex = next_word(&line);
	bool client = bytes_equal(label, bytes_str("CLIENT_HANDSHAKE_TRAFFIC_SECRET"));
	bool server = bytes_equal(label, bytes_str("SERVER_HANDSHAKE_TRAFFIC_SECRET"));
	uint8_t random[TLS_RANDOM], secret[TLS_SECRET_MAX];
	struct secrets *secrets;
	size_t random_n, n;

	if (!label.n || label.p[0] == '#')
		return true;
	if (!random_hex.n || !secret_hex.n || next_word(&line).n)
		return false;
	if (!client && !server)
		return true;
	if (!parse_hex(random_hex, random, sizeof(random), &random_n) || random_n != TLS_RANDOM ||
		!parse_hex(secret_hex, secret, sizeof(secret), &n) ||
		(n != SHA256_SIZE && n != SHA384_SIZE))
		return false;
	secrets = table_put(keylog->connections, bytes_of(random, sizeof(random)), NULL);
	secrets->length[client ? CLIENT : SERVER] = (uint8_t)n;
	memcpy(secrets->secret[client ? CLIENT : SERVER], secret, n);
	return true;
}

void tls_keylog_add(struct tls_keylog *keylog, struct bytes text, size_t *bad)
{
	struct bytes line;
	size_t n;

	while (text.n) {
		for (n = 0; n < text.n && text.p[n] != '\n' && text.p[n] != '\r'; n++)
			;
		bytes_take(&text, n, &line);
		bytes_skip(&text, 1);
		if (!add_line(keylog, line) && bad)
			++*bad;
	}
}

bool tls_expand_label(bool sha384, struct bytes secret, const char *label, uint8_t *out, size_t n)
{
	/* HkdfLabel (length, "tls13 " + label, no context), and the 1 of HKDF's first block. */
	uint8_t info[2 + 1 + 255 + 1 + 1], block[EVP_MAX_MD_SIZE];
	static const char prefix[] = "tls13 ";
	size_t label_n = strlen(prefix) + strlen(label);
	unsigned int block_n = 0;

	if (label_n > 255)
		return false;
	info[0] = 0;
	info[1] = (uint8_t)n;
	info[2] = (uint8_t)label_n;
	memcpy(info + 3, prefix, strlen(prefix));
	memcpy(info + 3 + strlen(prefix), label, strlen(label));
	info[3 + label_n] = 0;
	info[4 + label_n] = 1;
	/* RFC 5869 2.3: no more than one block is ever asked for, so that HKDF-Expand is one HMAC.
	 */
	if (n > (sha384 ? SHA384_SIZE : SHA256_SIZE) ||
		!HMAC(sha384 ? EVP_sha384() : EVP_sha256(), secret.p, (int)secret.n, info,
			5 + label_n, block, &block_n))
		return false;
	memcpy(out, block, n);
	return true;
}

struct suite {
	uint16_t cipher;
	bool sha384;
	uint8_t key;
	const EVP_CIPHER *(*evp)(void);
};

/* RFC 8446 B.4. The two of CCM are left out: EVP wants the length of a record before its nonce. */
static const struct suite suites[] = {
	{ 0x1301, false, 16, EVP_aes_128_gcm },
	{ 0x1302, true, 32, EVP_aes_256_gcm },
	{ 0x1303, false, 32, EVP_chacha20_poly1305 },
};

struct tls_opener {
	EVP_CIPHER_CTX *evp;
	uint64_t sequence;
	uint8_t iv[NONCE];
};

static const struct suite *find_suite(uint16_t cipher)
{
	for (size_t i = 0; i < sizeof(suites) / sizeof(*suites); i++) {
		if (suites[i].cipher == cipher)
			return &suites[i];
	}
	return NULL;
}

struct tls_opener *tls_opener_new(uint16_t cipher, struct bytes secret)
{
	const struct suite *suite = find_suite(cipher);
	struct tls_opener *opener;
	uint8_t key[KEY_MAX];

	if (!suite || secret.n != (suite->sha384 ? SHA384_SIZE : SHA256_SIZE))
		return NULL;
	opener = mem_alloc(sizeof(*opener));
	opener->evp = EVP_CIPHER_CTX_new();
	if (!opener->evp || !tls_expand_label(suite->sha384, secret, "key", key, suite->key) ||
		!tls_expand_label(suite->sha384, secret, "iv", opener->iv, NONCE) ||
		!EVP_DecryptInit_ex(opener->evp, suite->evp(), NULL, key, NULL)) {
		tls_opener_free(opener);
		return NULL;
	}
	return opener;
}

void tls_opener_free(struct tls_opener *opener)
{
	if (!opener)
		return;
	EVP_CIPHER_CTX_free(opener->evp);
	free(opener);
}

/* RFC 8446 5.3: the sequence number, big-endian, over the end of the IV. */
static void make_nonce(const struct tls_opener *opener, uint8_t nonce[NONCE])
{
	memcpy(nonce, opener->iv, NONCE);
	for (size_t i = 0; i < 8; i++)
		nonce[NONCE - 1 - i] ^= (uint8_t)(opener->sequence >> 8 * i);
}

static bool decrypt(struct tls_opener *opener, struct bytes sealed, struct bytes tag, uint8_t *room)
{
	/* RFC 8446 5.2: the header is authenticated as sent; its length counts the tag. */
	uint16_t length = (uint16_t)(sealed.n + tag.n);
	uint8_t header[TLS_HEADER] = { TLS_APPLICATION_DATA, 3, 3, (uint8_t)(length >> 8),
		(uint8_t)length };
	uint8_t nonce[NONCE];
	int n = 0;

	make_nonce(opener, nonce);
	return EVP_DecryptInit_ex(opener->evp, NULL, NULL, NULL, nonce) &&
	       EVP_DecryptUpdate(opener->evp, NULL, &n, header, sizeof(header)) &&
	       EVP_DecryptUpdate(opener->evp, room, &n, sealed.p, (int)sealed.n) &&
	       EVP_CIPHER_CTX_ctrl(
		       opener->evp, EVP_CTRL_AEAD_SET_TAG, (int)tag.n, (void *)(uintptr_t)tag.p) &&
	       EVP_DecryptFinal_ex(opener->evp, room + n, &n);
}

bool tls_opener_open(struct tls_opener *opener, struct bytes sealed, uint8_t room[TLS_RECORD_MAX],
	struct bytes *content, uint8_t *type)
{
	struct bytes cipher;
	size_t n;

	if (sealed.n < TAG || sealed.n > TLS_RECORD_MAX)
		return false;
	bytes_take(&sealed, sealed.n - TAG, &cipher);
	if (!decrypt(opener, cipher, sealed, room))
		return false;
	opener->sequence++;
	/* TLSInnerPlaintext: the content, its type, zeros as padding. */
	for (n = cipher.n; n && room[n - 1] == 0; n--)
		;
	if (!n)
		return false;
	*type = room[n - 1];
	*content = bytes_of(room, n - 1);
	return true;
}
