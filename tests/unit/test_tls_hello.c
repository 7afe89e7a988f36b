// SPDX-License-Identifier: BSD-2-Clause
/* Hellos, names, records and messages: the parts of TLS that have no memory. */
#include "harness.h"

#include <stdlib.h>
#include <openssl/ssl.h>

#include "base/mem.h"
#include "base/text.h"
#include "dialogue/tls.h"
#include "dialogue/tls_hello.h"
#include "dialogue/tls_record.h"

/* A ClientHello from numbers, as JA3 writes them down. */
struct hello_row {
	const char *name;
	uint16_t version;
	const char *ciphers;    /* hexadecimal, as on the wire */
	const char *extensions; /* the same, with their lengths; NULL: none at all */
	const char *ja3;
	uint16_t offered;
	const char *server_name;
	bool fallback, early_data;
};

static const struct hello_row hello_rows[] = {
	{ "JA3's first example", 0x0301, "002f00350005000ac009c00ac013c014003200380013 0004",
		"0000 000e 000c 00 0009 6c6f63616c686f7374"
		"000a 0008 0006 001700180019"
		"000b 0002 0100",
		"ada70206e40642a3e4461f35503241d5", 0x0301, "localhost", false, false },
	{ "JA3's second example, without extensions", 0x0301,
		"00040005000a000900640062000300060013001200 63", NULL,
		"de350869b8c85de67a350c8d186f11e6", 0x0301, NULL, false, false },
	{ "TLS 1.3 among GREASE", 0x0303, "4a4a 1301",
		"0a0a 0000"
		"0000 000e 000c 00 0009 6c6f63616c686f7374"
		"002b 0007 06 7a7a 0303 0304"
		"000a 0006 0004 2a2a 001d"
		"dada 0001 00",
		NULL, 0x0304, "localhost", false, false },
	{ "a draft of TLS 1.3", 0x0303, "1301", "002b 0005 04 7f1c 0303", NULL, 0x0304, NULL, false,
		false },
	{ "nothing but GREASE offered", 0x0303, "1301", "002b 0003 02 0a0a", NULL, 0x0303, NULL,
		false, false },
	{ "fallback, early data", 0x0302, "c013 5600 00ff", "002a 0000", NULL, 0x0302, NULL, true,
		true },
	{ "0x5600 across two suites is none", 0x0302, "c056 00ff", NULL, NULL, 0x0302, NULL, false,
		false },
	{ "a name of another type", 0x0303, "1301", "0000 000a 0008 01 0005 6162636465", NULL,
		0x0303, NULL, false, false },
	{ "a name that is longer than its list", 0x0303, "1301", "0000 0007 0005 00 0009 6162",
		NULL, 0x0303, NULL, false, false },
	{ "an extension that is longer than the hello", 0x0303, "1301", "002b 00ff 02 0304", NULL,
		0x0303, NULL, false, false },
};

static void add_u16(struct text *text, size_t value)
{
	text_putc(text, (char)(value >> 8));
	text_putc(text, (char)value);
}

static void build_hello(const struct hello_row *row, struct text *out)
{
	struct bytes ciphers = unhex(row->ciphers);

	add_u16(out, row->version);
	for (int i = 0; i < TLS_RANDOM; i++)
		text_putc(out, (char)i);
	text_putc(out, 0);
	add_u16(out, ciphers.n);
	text_add(out, ciphers);
	text_putc(out, 1);
	text_putc(out, 0);
	if (row->extensions) {
		struct bytes extensions = unhex(row->extensions);

		add_u16(out, extensions.n);
		text_add(out, extensions);
		free((void *)(uintptr_t)extensions.p);
	}
	free((void *)(uintptr_t)ciphers.p);
}

static void assert_digest(const char *name, const uint8_t digest[16], const char *want)
{
	struct text got = { 0 };

	text_hex(&got, bytes_of(digest, 16), false);
	assert_row_string(name, got.s, want);
	text_free(&got);
}

static void cut_client_hello(struct bytes prefix, void *context)
{
	struct tls_client_hello hello = { .offered_version = 7 };
	const size_t *mandatory = context;

	/* What is there before the extensions must be whole; of them, as much as is. */
	assert_int_equal(tls_client_hello_parse(prefix, NULL, &hello), prefix.n >= *mandatory);
	if (prefix.n < *mandatory)
		assert_int_equal(hello.offered_version, 7);
}

static void assert_same_when_cached(
	const char *name, struct bytes body, const uint8_t ja3[JA3_DIGEST], struct ja3_cache *cache)
{
	struct tls_client_hello hello;

	for (int i = 0; i < 2; i++) {
		assert_row(name, tls_client_hello_parse(body, cache, &hello));
		assert_row(name, memcmp(hello.ja3, ja3, JA3_DIGEST) == 0);
	}
}

static void client_hellos(void **state)
{
	struct ja3_cache *cache = ja3_cache_new();

	(void)state;
	for (size_t i = 0; i < sizeof(hello_rows) / sizeof(*hello_rows); i++) {
		const struct hello_row *row = &hello_rows[i];
		struct tls_client_hello hello;
		struct text text = { 0 };
		struct bytes body, ciphers = unhex(row->ciphers);
		size_t mandatory = 2 + TLS_RANDOM + 1 + 2 + ciphers.n + 2;

		build_hello(row, &text);
		body = guarded(bytes_of(text.s, text.n));
		assert_row_int(row->name, tls_client_hello_parse(body, NULL, &hello), true);
		assert_row_int(row->name, hello.offered_version, row->offered);
		assert_row_int(row->name, hello.fallback_scsv, row->fallback);
		assert_row_int(row->name, hello.early_data, row->early_data);
		assert_row_int(row->name, hello.random[31], 31);
		if (row->server_name)
			assert_true(bytes_equal(hello.server_name, bytes_str(row->server_name)));
		else
			assert_row_int(row->name, hello.server_name.n, 0);
		if (row->ja3)
			assert_digest(row->name, hello.ja3, row->ja3);
		assert_same_when_cached(row->name, body, hello.ja3, cache);
		every_truncation(body, cut_client_hello, &mandatory);
		guarded_free(body);
		free((void *)(uintptr_t)ciphers.p);
		text_free(&text);
	}
	ja3_cache_free(cache);
}

/* What differs in one number, or where a list ends, is another hello, however alike its bytes are. */
static void remembered_hellos(void **state)
{
	static const struct ja3_client rows[] = {
		{ 0x0303, { (const uint8_t *)"\x13\x01\x13\x02", 4 }, { 0 }, { 0 }, { 0 } },
		{ 0x0302, { (const uint8_t *)"\x13\x01\x13\x02", 4 }, { 0 }, { 0 }, { 0 } },
		{ 0x0303, { 0 }, { 0 }, { (const uint8_t *)"\x13\x01\x13\x02", 4 }, { 0 } },
		{ 0x0303, { 0 }, { 0 }, { 0 }, { (const uint8_t *)"\x13\x01\x13\x02", 4 } },
		{ 0x0303, { (const uint8_t *)"\x13\x01", 2 }, { 0 },
			{ (const uint8_t *)"\x13\x02", 2 }, { 0 } },
		{ 0x0303, { 0 }, { (const uint8_t *)"\x13\x01\0\0\x13\x02\0\0", 8 }, { 0 }, { 0 } },
	};
	static const uint8_t many[2000];
	struct ja3_client large = { 0x0303, { many, sizeof(many) }, { 0 }, { 0 }, { 0 } };
	struct ja3_cache *cache = ja3_cache_new();
	uint8_t plain[JA3_DIGEST], cached[JA3_DIGEST];

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		const struct ja3_client *row = &rows[i % (sizeof(rows) / sizeof(*rows))];

		ja3_of_client(NULL, row, plain);
		ja3_of_client(cache, row, cached);
		assert_memory_equal(plain, cached, JA3_DIGEST);
	}
	/* Two that are too large, and so look alike as far as they would fit. */
	ja3_of_client(cache, &large, plain);
	large.ciphers.n -= 2;
	ja3_of_client(cache, &large, cached);
	assert_memory_not_equal(plain, cached, JA3_DIGEST);
	ja3_cache_free(cache);
}

static void cut_sslv2_hello(struct bytes prefix, void *context)
{
	struct tls_client_hello hello;

	(void)context;
	assert_false(tls_sslv2_hello_parse(prefix, &hello));
}

static void sslv2_hellos(void **state)
{
	struct bytes whole = unhex("01 0301 0006 0000 0010 00002f 005600"
				   "0102030405060708090a0b0c0d0e0f10");
	struct tls_client_hello hello = { 0 };
	uint8_t *changed = (uint8_t *)(uintptr_t)whole.p;

	(void)state;
	assert_true(tls_sslv2_hello_parse(whole, &hello));
	assert_int_equal(hello.offered_version, 0x0301);
	assert_true(hello.fallback_scsv);
	/* RFC 5246 E.2: the challenge is right-justified. */
	assert_int_equal(hello.random[15], 0);
	assert_int_equal(hello.random[16], 1);
	assert_int_equal(hello.random[31], 16);
	every_truncation(whole, cut_sslv2_hello, NULL);
	/* Lengths that can't be: suites cut in the middle, no challenge, one too long. */
	changed[4] = 5;
	assert_false(tls_sslv2_hello_parse(whole, &hello));
	changed[4] = 6;
	changed[8] = 0;
	assert_false(tls_sslv2_hello_parse(whole, &hello));
	changed[8] = 33;
	assert_false(tls_sslv2_hello_parse(whole, &hello));
	free(changed);
}

/* GREASE must not tell in a fingerprint: the third row without it has the same. */
static void ja3_without_grease(void **state)
{
	static const struct hello_row plain = { .version = 0x0303,
		.ciphers = "1301",
		.extensions = "0000 000e 000c 00 0009 6c6f63616c686f7374"
			      "002b 0003 02 0304"
			      "000a 0004 0002 001d" };
	struct text a = { 0 }, b = { 0 };
	struct tls_client_hello first, second;

	(void)state;
	build_hello(&hello_rows[2], &a);
	build_hello(&plain, &b);
	assert_true(tls_client_hello_parse(bytes_of(a.s, a.n), NULL, &first));
	assert_true(tls_client_hello_parse(bytes_of(b.s, b.n), NULL, &second));
	assert_memory_equal(first.ja3, second.ja3, 16);
	assert_digest("771,4865,0-43-10,29,", first.ja3, "dd25f1295337037bcccf80f8ad638786");
	text_free(&a);
	text_free(&b);
}

#define RANDOM  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define RETRY   "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
#define MARK_12 "000102030405060708090a0b0c0d0e0f1011121314151617444f574e47524401"
#define MARK_11 "000102030405060708090a0b0c0d0e0f1011121314151617444f574e47524400"
#define NO_MARK "000102030405060708090a0b0c0d0e0f1011121314151617444f574e47524402"

static void server_hellos(void **state)
{
	static const struct {
		const char *name, *hex;
		bool good;
		uint16_t version, cipher;
		bool retry, psk, raw;
		const char *next_protocol;
		uint16_t mark;
		const char *ja3s;
	} rows[] = {
		{ "TLS 1.3", "0303" RANDOM "00 1302 00 000e 002b00020304 00330004001d0000", true,
			0x0304, 0x1302, false, false, false, NULL, 0,
			"15af977ce25de452b96affa2addb1036" },
		{ "TLS 1.3, resumed", "0303" RANDOM "00 1302 00 000c 002b00020304 002900020000",
			true, 0x0304, 0x1302, false, true, false, NULL, 0, NULL },
		{ "retry", "0303" RETRY "00 1302 00 0006 002b00020304", true, 0x0304, 0x1302, true,
			false, false, NULL, 0, NULL },
		{ "no extensions", "0301" RANDOM "00 002f 00", true, 0x0301, 0x002f, false, false,
			false, NULL, 0, "18e962e106761869a61045bed0e81c2c" },
		{ "SSL 3", "0300" RANDOM "04 aabbccdd 0005 00", true, 0x0300, 5, false, false,
			false, NULL, 0, NULL },
		{ "ALPN", "0303" RANDOM "00 c02f 00 000b 0010 0007 0005 04 736d7470", true, 0x0303,
			0xc02f, false, false, false, "smtp", 0, NULL },
		{ "raw public key", "0303" RANDOM "00 c02f 00 0005 0014 0001 02", true, 0x0303,
			0xc02f, false, false, true, NULL, 0, NULL },
		{ "1.3 was to be had", "0303" MARK_12 "00 c02f 00", true, 0x0303, 0xc02f, false,
			false, false, NULL, 0x0303, NULL },
		{ "1.2 was to be had", "0301" MARK_11 "00 c013 00", true, 0x0301, 0xc013, false,
			false, false, NULL, 0x0302, NULL },
		{ "no such mark", "0301" NO_MARK "00 c013 00", true, 0x0301, 0xc013, false, false,
			false, NULL, 0, NULL },
		{ "an early draft of TLS 1.3", "7f12" RANDOM "1301 0004 00330000", true, 0x0304,
			0x1301, false, false, false, NULL, 0, NULL },
		{ "session id too long", "0303" RANDOM "21" RANDOM "00 1302 00", false, 0, 0, false,
			false, false, NULL, 0, NULL },
		{ "cut", "0303" RANDOM "00 1302", false, 0, 0, false, false, false, NULL, 0, NULL },
		{ "empty", "", false, 0, 0, false, false, false, NULL, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes raw = unhex(rows[i].hex), body = guarded(raw);
		struct tls_server_hello hello = { 0 };

		assert_row_int(rows[i].name, tls_server_hello_parse(body, NULL, &hello), rows[i].good);
		assert_row_int(rows[i].name, hello.version, rows[i].version);
		assert_row_int(rows[i].name, hello.cipher, rows[i].cipher);
		assert_row_int(rows[i].name, hello.retry, rows[i].retry);
		assert_row_int(rows[i].name, hello.pre_shared_key, rows[i].psk);
		assert_row_int(rows[i].name, hello.raw_public_key, rows[i].raw);
		assert_row_int(rows[i].name, tls_downgrade_mark(hello.random), rows[i].mark);
		assert_true(bytes_equal(hello.next_protocol,
			bytes_str(rows[i].next_protocol ? rows[i].next_protocol : "")));
		if (rows[i].ja3s)
			assert_digest(rows[i].name, hello.ja3s, rows[i].ja3s);
		guarded_free(body);
		free((void *)(uintptr_t)raw.p);
	}
}

static void encrypted_extensions(void **state)
{
	struct tls_encrypted_extensions found = { 0 };
	struct bytes b = unhex("0010 0010 0007 0005 04 736d7470 0014 0001 02");

	(void)state;
	assert_true(tls_encrypted_extensions_parse(b, &found));
	assert_true(bytes_equal(found.next_protocol, BYTES("smtp")));
	assert_true(found.raw_public_key);
	for (size_t n = 0; n < b.n; n++)
		assert_false(tls_encrypted_extensions_parse(bytes_of(b.p, n), &found));
	free((void *)(uintptr_t)b.p);
}

/* Every suite that OpenSSL knows has the name that OpenSSL gives it. */
static void cipher_names(void **state)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	STACK_OF(SSL_CIPHER) * all;

	(void)state;
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL:eNULL:aNULL");
	all = SSL_CTX_get_ciphers(ctx);
	assert_true(sk_SSL_CIPHER_num(all) > 100);
	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(all, i);

		assert_row_string(SSL_CIPHER_get_name(cipher),
			tls_cipher_name(SSL_CIPHER_get_protocol_id(cipher)),
			SSL_CIPHER_standard_name(cipher));
	}
	SSL_CTX_free(ctx);
}

static void names(void **state)
{
	char room[16];
	size_t known = 0;

	(void)state;
	/* A binary search finds all of a table only if it is in order. */
	for (uint32_t i = 0; i <= 0xffff; i++)
		known += tls_cipher_name((uint16_t)i) != NULL;
	assert_true(known > 350);
	assert_string_equal(tls_cipher_name(0), "TLS_NULL_WITH_NULL_NULL");
	assert_string_equal(tls_cipher_name(0x0003), "TLS_RSA_EXPORT_WITH_RC4_40_MD5");
	assert_string_equal(tls_cipher_name(0x0034), "TLS_DH_anon_WITH_AES_128_CBC_SHA");
	assert_string_equal(tls_cipher_name(0x1305), "TLS_AES_128_CCM_8_SHA256");
	assert_string_equal(tls_cipher_name(0xd005), "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256");
	assert_null(tls_cipher_name(0x0a0a));
	assert_null(tls_cipher_name(0xffff));
	assert_string_equal(tls_version_name(0x0300), "3.0");
	assert_string_equal(tls_version_name(0x0301), "1.0");
	assert_string_equal(tls_version_name(0x0304), "1.3");
	assert_null(tls_version_name(0));
	assert_null(tls_version_name(0x0305));
	assert_string_equal(tls_alert_name(40, room), "handshake_failure");
	assert_string_equal(tls_alert_name(255, room), "alert_255");
	assert_string_equal(tls_unseen_name(UNSEEN_ONE_SIDED), "one-sided");
	assert_string_equal(tls_unseen_name(UNSEEN_NOT), "");
}

/* Messages of three lengths, wanted and not, in payload pieces of every size. */
struct messages_context {
	struct tls_messages messages;
	struct text told;
};

static void messages_begin(void *context)
{
	struct messages_context *c = context;

	c->messages = (struct tls_messages){ 0 };
	text_reset(&c->told);
}

static void messages_feed(struct bytes piece, void *context)
{
	struct messages_context *c = context;
	struct tls_message message;
	enum tls_message_status status;

	while ((status = tls_messages_next(&c->messages, &piece, 1u << 11 | 1u << 2, &message)) !=
		TLS_MESSAGE_MORE) {
		assert_int_equal(status, TLS_MESSAGE_READY);
		text_printf(&c->told, "%u%s", message.type, message.whole ? "=" : " ");
		text_add(&c->told, message.body);
		text_putc(&c->told, ' ');
	}
	assert_int_equal(piece.n, 0);
}

static void messages_end(size_t size, void *context)
{
	struct messages_context *c = context;

	(void)size;
	assert_string_equal(c->told.s, "2=hello 14  12  11=the certificates 255  11= ");
	/* Nothing is kept where nothing is open. */
	messages_feed(bytes_of(NULL, 0), c);
	assert_null(c->messages.buffer);
}

static void messages(void **state)
{
	static const struct splitter splitter = { messages_begin, messages_feed, messages_end };
	struct messages_context context = { 0 };

	(void)state;
	every_split(BYTES("\x02\0\0\x05hello"
			  "\x0e\0\0\0"
			  "\x0c\0\0\x0bkeyexchange"
			  "\x0b\0\0\x10the certificates"
			  "\xff\0\0\x01?"
			  "\x0b\0\0\0"),
		&splitter, &context);
	text_free(&context.told);
}

static void messages_with_holes(void **state)
{
	static const struct {
		const char *name;
		struct bytes before;
		uint64_t length;
		bool aligned;
		struct bytes after;
		const char *told;
	} rows[] = {
		{ "in a body",
			{ (const uint8_t *)"\x0b\0\0\x08"
					   "abc",
				7 },
			3, true, { (const uint8_t *)"de\x02\0\0\x01x", 7 }, "11  2=x " },
		{ "the end of a body",
			{ (const uint8_t *)"\x0b\0\0\x08"
					   "abc",
				7 },
			5, true, { (const uint8_t *)"\x02\0\0\x01x", 5 }, "11  2=x " },
		{ "beyond a body",
			{ (const uint8_t *)"\x0b\0\0\x08"
					   "abc",
				7 },
			6, false, { (const uint8_t *)"\x02\0\0\x01x", 5 }, NULL },
		{ "in a header", { (const uint8_t *)"\x0b\0\0", 3 }, 1, false,
			{ (const uint8_t *)"\x02\0\0\x01x", 5 }, NULL },
		{ "at a message's start", { (const uint8_t *)"\x0b\0\0\0", 4 }, 1, false,
			{ (const uint8_t *)"\x02\0\0\x01x", 5 }, "11= " },
		{ "very large",
			{ (const uint8_t *)"\x0b\0\0\x08"
					   "abc",
				7 },
			UINT64_MAX, false, { (const uint8_t *)"\x02\0\0\x01x", 5 }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct messages_context c = { 0 };

		messages_feed(rows[i].before, &c);
		assert_row_int(rows[i].name, tls_messages_gap(&c.messages, rows[i].length),
			rows[i].aligned);
		messages_feed(rows[i].after, &c);
		assert_row_string(rows[i].name, c.told.s, rows[i].told);
		tls_messages_fini(&c.messages);
		text_free(&c.told);
	}
}

/* Memory follows what came: a promise of 256 KiB costs nothing. */
static void promises(void **state)
{
	struct tls_messages messages = { 0 };
	struct bytes payload = BYTES("\x0b\x04\0\0"
				     "abc");
	struct tls_message message;

	(void)state;
	assert_int_equal(
		tls_messages_next(&messages, &payload, 1u << 11, &message), TLS_MESSAGE_MORE);
	assert_true(messages.room < 16);
	tls_messages_fini(&messages);
	payload = BYTES("\x0b\x04\0\x01"
			"abc");
	assert_int_equal(
		tls_messages_next(&messages, &payload, 1u << 11, &message), TLS_MESSAGE_TOO_LONG);
	assert_int_equal(
		tls_messages_next(&messages, &payload, 1u << 11, &message), TLS_MESSAGE_MORE);
	assert_int_equal(payload.n, 0);
	tls_messages_fini(&messages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_hellos),
		cmocka_unit_test(remembered_hellos),
		cmocka_unit_test(sslv2_hellos),
		cmocka_unit_test(ja3_without_grease),
		cmocka_unit_test(server_hellos),
		cmocka_unit_test(encrypted_extensions),
		cmocka_unit_test(cipher_names),
		cmocka_unit_test(names),
		cmocka_unit_test(messages),
		cmocka_unit_test(messages_with_holes),
		cmocka_unit_test(promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
