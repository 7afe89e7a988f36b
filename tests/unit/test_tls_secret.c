// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdlib.h>

#include "base/text.h"
#include "dialogue/tls_secret.h"

#define RANDOM "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define SECRET "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38"
#define LONG   SECRET "0123456789abcdef0123456789abcdef"

/* RFC 8448 3: the server's and the client's handshake traffic keys. */
static void rfc_8448(void **state)
{
	static const struct {
		const char *secret, *key, *iv;
	} rows[] = {
		{ SECRET, "3fce516009c21727d0f2e4e86ee403bc", "5d313eb2671276ee13000b30" },
		{ "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
			"dbfaa693d1762c5b666af5d950258d01", "5bd3c71b836e0b76bb73265f" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes secret = unhex(rows[i].secret);
		struct text text = { 0 };
		uint8_t out[16];

		assert_true(tls_expand_label(false, secret, "key", out, 16));
		text_hex(&text, bytes_of(out, 16), false);
		assert_row_string(rows[i].secret, text.s, rows[i].key);
		text_reset(&text);
		assert_true(tls_expand_label(false, secret, "iv", out, 12));
		text_hex(&text, bytes_of(out, 12), false);
		assert_row_string(rows[i].secret, text.s, rows[i].iv);
		text_free(&text);
		free((void *)(uintptr_t)secret.p);
	}
}

static void expand_within_bounds(void **state)
{
	char label[260];
	uint8_t out[64];

	(void)state;
	memset(label, 'x', sizeof(label));
	label[sizeof(label) - 1] = '\0';
	assert_false(tls_expand_label(false, BYTES("secret"), label, out, 16));
	assert_false(tls_expand_label(false, BYTES("secret"), "key", out, 33));
	assert_true(tls_expand_label(false, BYTES("secret"), "key", out, 32));
	assert_true(tls_expand_label(true, BYTES("secret"), "key", out, 48));
	assert_false(tls_expand_label(true, BYTES("secret"), "key", out, 49));
}

static void keylog_lines(void **state)
{
	static const struct {
		const char *name, *text;
		size_t count, bad;
	} rows[] = {
		{ "empty", "", 0, 0 },
		{ "blank lines and remarks", "\n\r\n  \n# CLIENT_HANDSHAKE_TRAFFIC_SECRET\n#\n", 0,
			0 },
		{ "server", "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET "\n", 1, 0 },
		{ "no line end", "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET, 1, 0 },
		{ "CR LF", "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET "\r\n", 1, 0 },
		{ "both",
			"SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET "\r"
			"CLIENT_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " LONG "\n",
			2, 0 },
		{ "twice",
			"SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET "\n"
			"SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " LONG "\n",
			1, 0 },
		{ "other labels",
			"CLIENT_RANDOM " RANDOM " " LONG "\n"
			"SERVER_TRAFFIC_SECRET_0 " RANDOM " " SECRET "\n"
			"WHAT_IS_THIS 00 11\n",
			0, 0 },
		{ "no secret", "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM "\n", 0, 1 },
		{ "label alone", "SERVER_HANDSHAKE_TRAFFIC_SECRET\n", 0, 1 },
		{ "one word more", "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET " 00\n", 0,
			1 },
		{ "secret of an odd length",
			"SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET "0\n", 0, 1 },
		{ "secret of no hash's length",
			"SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET "00\n", 0, 1 },
		{ "secret too long", "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " LONG "00\n", 0,
			1 },
		{ "random too short", "SERVER_HANDSHAKE_TRAFFIC_SECRET 0011 " SECRET "\n", 0, 1 },
		{ "random too long", "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM "00 " SECRET "\n", 0,
			1 },
		{ "no hexadecimal", "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " gg" SECRET "\n", 0,
			1 },
		{ "a bad line among good ones",
			"rubbish\nSERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET "\nrubbish\n",
			1, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct tls_keylog *keylog = tls_keylog_new();
		struct bytes text = guarded(bytes_str(rows[i].text));
		size_t bad = 0;

		tls_keylog_add(keylog, text, &bad);
		assert_row_int(rows[i].name, tls_keylog_count(keylog), rows[i].count);
		assert_row_int(rows[i].name, bad, rows[i].bad);
		tls_keylog_add(keylog, text, NULL);
		assert_row_int(rows[i].name, tls_keylog_count(keylog), rows[i].count);
		guarded_free(text);
		tls_keylog_free(keylog);
	}
	tls_keylog_free(NULL);
}

static void keylog_find(void **state)
{
	static const char upper[] =
		"SERVER_HANDSHAKE_TRAFFIC_SECRET "
		"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F "
		"B67B7D690CC16C4E75E54213CB2D37B4E9C912BCDED9105D42BEFD59D391AD38\n";
	struct tls_keylog *keylog = tls_keylog_new();
	struct bytes random = unhex(RANDOM), want = unhex(SECRET), secret;

	(void)state;
	tls_keylog_add(keylog, bytes_str(upper), NULL);
	assert_true(tls_keylog_find(keylog, random.p, SERVER, &secret));
	assert_true(bytes_equal(secret, want));
	assert_false(tls_keylog_find(keylog, random.p, CLIENT, &secret));
	assert_false(tls_keylog_find(keylog, want.p, SERVER, &secret));
	free((void *)(uintptr_t)random.p);
	free((void *)(uintptr_t)want.p);
	tls_keylog_free(keylog);
}

static void openers(void **state)
{
	struct bytes secret = unhex(LONG);
	struct tls_opener *opener;
	uint8_t room[TLS_RECORD_MAX], type;
	struct bytes content, sealed = BYTES("0123456789abcdef01");

	(void)state;
	assert_null(tls_opener_new(0x1301, secret));
	assert_null(tls_opener_new(0x1304, bytes_of(secret.p, 32)));
	assert_null(tls_opener_new(0xc02f, bytes_of(secret.p, 32)));
	assert_null(tls_opener_new(0x1302, bytes_of(NULL, 0)));
	opener = tls_opener_new(0x1302, secret);
	assert_non_null(opener);
	for (size_t n = 0; n <= sealed.n; n++)
		assert_false(tls_opener_open(opener, bytes_of(sealed.p, n), room, &content, &type));
	tls_opener_free(opener);
	tls_opener_free(NULL);
	free((void *)(uintptr_t)secret.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_8448),
		cmocka_unit_test(expand_within_bounds),
		cmocka_unit_test(keylog_lines),
		cmocka_unit_test(keylog_find),
		cmocka_unit_test(openers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
