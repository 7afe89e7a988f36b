// SPDX-License-Identifier: BSD-2-Clause
#include "tls_peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <openssl/x509v3.h>

#include "base/mem.h"

static EVP_PKEY *peers_key(const char *type)
{
	if (strcmp(type, "RSA") == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

static X509 *peers_certificate(EVP_PKEY *key, const char *name, const char *issuer, EVP_PKEY *by)
{
	X509 *x509 = X509_new();

	X509_set_version(x509, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
	X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
		(const unsigned char *)name, -1, -1, 0);
	X509_NAME_add_entry_by_txt(X509_get_issuer_name(x509), "CN", MBSTRING_ASC,
		(const unsigned char *)issuer, -1, -1, 0);
	X509_set_pubkey(x509, key);
	assert_true(X509_sign(x509, by, EVP_sha256()) > 0);
	return x509;
}

/* A leaf called @name and one issuer above it, for one end. */
static void peers_identity(SSL_CTX *ctx, const char *type, const char *name)
{
	EVP_PKEY *key = peers_key(type), *issuer_key = peers_key("EC");
	X509 *leaf = peers_certificate(key, name, "Test CA", issuer_key);
	X509 *issuer = peers_certificate(issuer_key, "Test CA", "Test CA", issuer_key);

	assert_int_equal(SSL_CTX_use_certificate(ctx, leaf), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
	assert_int_equal(SSL_CTX_add_extra_chain_cert(ctx, issuer), 1);
	X509_free(leaf);
	EVP_PKEY_free(key);
	EVP_PKEY_free(issuer_key);
}

void peers_init(struct peers *peers, const char *key_type)
{
	*peers = (struct peers){ .ctx = { SSL_CTX_new(TLS_client_method()),
					 SSL_CTX_new(TLS_server_method()) },
		.server_name = "MX.Example.COM" };
	for (enum side side = CLIENT; side <= SERVER; side++) {
		SSL_CTX_set_security_level(peers->ctx[side], 0);
		SSL_CTX_set_min_proto_version(peers->ctx[side], 0);
		SSL_CTX_set_cipher_list(peers->ctx[side], "ALL:eNULL");
	}
	if (key_type)
		peers_identity(peers->ctx[SERVER], key_type, "mx.example.com");
}

void peers_fini(struct peers *peers)
{
	SSL_SESSION_free(peers->session);
	SSL_CTX_free(peers->ctx[CLIENT]);
	SSL_CTX_free(peers->ctx[SERVER]);
}

void talk_fini(struct talk *talk)
{
	for (size_t i = 0; i < talk->n; i++)
		free((void *)(uintptr_t)talk->piece[i].bytes.p);
	text_free(&talk->keylog);
}

static void talk_add(struct talk *talk, enum side from, struct bytes bytes)
{
	assert_true(talk->n < TALK_PIECES);
	talk->piece[talk->n].from = from;
	talk->piece[talk->n++].bytes =
		bytes_of(memcpy(mem_alloc(bytes.n), bytes.p, bytes.n), bytes.n);
}

/* Carry over what @from has written; false: nothing. */
static bool peers_carry(struct talk *talk, enum side from, SSL *const ssl[2])
{
	BIO *out = SSL_get_wbio(ssl[from]);
	char *p;
	long n = BIO_get_mem_data(out, &p);

	if (n <= 0)
		return false;
	talk_add(talk, from, bytes_of(p, (size_t)n));
	BIO_write(SSL_get_rbio(ssl[side_other(from)]), p, (int)n);
	BIO_reset(out);
	return true;
}

static void peers_keylog(const SSL *ssl, const char *line)
{
	struct text *text = SSL_get_app_data(ssl);

	text_puts(text, line);
	text_putc(text, '\n');
}

static void peers_say(struct talk *talk, enum side from, SSL *const ssl[2], const char *words)
{
	char heard[256];

	assert_true(SSL_write(ssl[from], words, (int)strlen(words)) > 0);
	peers_carry(talk, from, ssl);
	assert_int_equal(SSL_read(ssl[side_other(from)], heard, sizeof(heard)), (int)strlen(words));
	/* A server's tickets wait for a moment like this one. */
	peers_carry(talk, side_other(from), ssl);
}

static void peers_mail(struct talk *talk, SSL *const ssl[2])
{
	peers_say(talk, CLIENT, ssl, "EHLO client.example.org\r\n");
	peers_say(talk, SERVER, ssl, "250 mx.example.com\r\n");
	peers_say(talk, CLIENT, ssl, "QUIT\r\n");
	peers_say(talk, SERVER, ssl, "221 2.0.0 Bye\r\n");
	for (enum side side = CLIENT; side <= SERVER; side++) {
		char nothing;

		SSL_shutdown(ssl[side]);
		peers_carry(talk, side, ssl);
		SSL_read(ssl[side_other(side)], &nothing, 1);
	}
}

void peers_talk(struct peers *peers, struct talk *talk)
{
	SSL *ssl[2];
	bool moved = true;

	*talk = (struct talk){ 0 };
	for (enum side side = CLIENT; side <= SERVER; side++) {
		ssl[side] = SSL_new(peers->ctx[side]);
		SSL_set_bio(ssl[side], BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	}
	SSL_set_app_data(ssl[SERVER], &talk->keylog);
	SSL_CTX_set_keylog_callback(peers->ctx[SERVER], peers_keylog);
	SSL_set_connect_state(ssl[CLIENT]);
	SSL_set_accept_state(ssl[SERVER]);
	if (peers->server_name)
		SSL_set_tlsext_host_name(ssl[CLIENT], peers->server_name);
	if (peers->session)
		SSL_set_session(ssl[CLIENT], peers->session);
	while (moved) {
		moved = false;
		for (enum side side = CLIENT; side <= SERVER; side++) {
			SSL_do_handshake(ssl[side]);
			moved |= peers_carry(talk, side, ssl);
		}
	}
	talk->handshake = talk->n;
	talk->up = SSL_is_init_finished(ssl[CLIENT]) && SSL_is_init_finished(ssl[SERVER]);
	if (talk->up) {
		talk->cipher = SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl[SERVER]));
		talk->version = (uint16_t)SSL_version(ssl[SERVER]);
		peers_mail(talk, ssl);
		SSL_SESSION_free(peers->session);
		peers->session = SSL_get1_session(ssl[CLIENT]);
	}
	SSL_free(ssl[CLIENT]);
	SSL_free(ssl[SERVER]);
}

size_t talk_bytes(const struct talk *talk, enum side side)
{
	size_t n = 0;

	for (size_t i = 0; i < talk->n; i++)
		n += talk->piece[i].from == side ? talk->piece[i].bytes.n : 0;
	return n;
}

/* The ways in which the ends are set up. */
static void old_1_0(struct peers *peers)
{
	SSL_CTX_set_min_proto_version(peers->ctx[CLIENT], TLS1_VERSION);
	SSL_CTX_set_max_proto_version(peers->ctx[CLIENT], TLS1_VERSION);
}

static void old_1_1(struct peers *peers)
{
	SSL_CTX_set_max_proto_version(peers->ctx[CLIENT], TLS1_1_VERSION);
}

void peers_only_1_2(struct peers *peers)
{
	SSL_CTX_set_max_proto_version(peers->ctx[CLIENT], TLS1_2_VERSION);
}

void peers_server_1_2(struct peers *peers)
{
	SSL_CTX_set_max_proto_version(peers->ctx[SERVER], TLS1_2_VERSION);
}

static void no_tickets(struct peers *peers)
{
	peers_only_1_2(peers);
	SSL_CTX_set_options(peers->ctx[SERVER], SSL_OP_NO_TICKET);
	SSL_CTX_set_session_id_context(peers->ctx[SERVER], (const unsigned char *)"t", 1);
}

static void anonymous(struct peers *peers)
{
	peers_only_1_2(peers);
	SSL_CTX_set_cipher_list(peers->ctx[CLIENT], "AECDH-AES128-SHA");
	SSL_CTX_set_cipher_list(peers->ctx[SERVER], "AECDH-AES128-SHA");
}

static void null_cipher(struct peers *peers)
{
	peers_only_1_2(peers);
	SSL_CTX_set_cipher_list(peers->ctx[CLIENT], "NULL-SHA256");
}

static void hello_retry(struct peers *peers)
{
	SSL_CTX_set1_groups_list(peers->ctx[CLIENT], "X25519:P-384");
	SSL_CTX_set1_groups_list(peers->ctx[SERVER], "P-384");
}

static void aes_128(struct peers *peers)
{
	SSL_CTX_set_ciphersuites(peers->ctx[CLIENT], "TLS_AES_128_GCM_SHA256");
}

static void chacha(struct peers *peers)
{
	SSL_CTX_set_ciphersuites(peers->ctx[CLIENT], "TLS_CHACHA20_POLY1305_SHA256");
}

static void no_compat(struct peers *peers)
{
	SSL_CTX_clear_options(peers->ctx[CLIENT], SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
	SSL_CTX_clear_options(peers->ctx[SERVER], SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
}

static void small_records(struct peers *peers)
{
	SSL_CTX_set_max_send_fragment(peers->ctx[CLIENT], 512);
	SSL_CTX_set_max_send_fragment(peers->ctx[SERVER], 512);
}

static void small_records_1_2(struct peers *peers)
{
	peers_only_1_2(peers);
	small_records(peers);
}

static int accept_any(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

static void client_certificate(struct peers *peers)
{
	peers_identity(peers->ctx[CLIENT], "EC", "client.example.org");
	SSL_CTX_set_verify(
		peers->ctx[SERVER], SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
}

static void client_certificate_1_2(struct peers *peers)
{
	peers_only_1_2(peers);
	client_certificate(peers);
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *n,
	const unsigned char *in, unsigned int in_n, void *arg)
{
	(void)ssl;
	(void)in_n;
	(void)arg;
	*out = in + 1;
	*n = in[0];
	return SSL_TLSEXT_ERR_OK;
}

static void protocols(struct peers *peers)
{
	static const unsigned char list[] = "\x04smtp\x08http/1.1";

	SSL_CTX_set_alpn_protos(peers->ctx[CLIENT], list, sizeof(list) - 1);
	SSL_CTX_set_alpn_select_cb(peers->ctx[SERVER], choose_protocol, NULL);
}

static void protocols_1_2(struct peers *peers)
{
	peers_only_1_2(peers);
	protocols(peers);
}

static void nameless(struct peers *peers)
{
	peers->server_name = NULL;
}

static void distrustful(struct peers *peers)
{
	SSL_CTX_set_verify(peers->ctx[CLIENT], SSL_VERIFY_PEER, NULL);
}

static void distrustful_no_compat(struct peers *peers)
{
	distrustful(peers);
	no_compat(peers);
}

static void distrustful_1_2(struct peers *peers)
{
	peers_only_1_2(peers);
	distrustful(peers);
}

static void no_common_cipher(struct peers *peers)
{
	peers_only_1_2(peers);
	SSL_CTX_set_cipher_list(peers->ctx[CLIENT], "AES128-SHA");
	SSL_CTX_set_cipher_list(peers->ctx[SERVER], "AES256-SHA");
}

static void no_common_version(struct peers *peers)
{
	peers_only_1_2(peers);
	SSL_CTX_set_min_proto_version(peers->ctx[SERVER], TLS1_3_VERSION);
}

static int dislike_name(SSL *ssl, int *alert, void *arg)
{
	(void)ssl;
	(void)arg;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_WARNING;
}

static void name_warning(struct peers *peers)
{
	peers_only_1_2(peers);
	SSL_CTX_set_tlsext_servername_callback(peers->ctx[SERVER], dislike_name);
}

void peers_fallback(struct peers *peers)
{
	old_1_1(peers);
	SSL_CTX_set_mode(peers->ctx[CLIENT], SSL_MODE_SEND_FALLBACK_SCSV);
}

const struct handshake_row handshakes[] = {
	{ "TLS 1.0", "RSA", old_1_0, .chain = 2, .chain_keyed = 2 },
	{ "TLS 1.1", "RSA", old_1_1, .chain = 2, .chain_keyed = 2 },
	{ "TLS 1.2, RSA", "RSA", peers_only_1_2, .chain = 2, .chain_keyed = 2 },
	{ "TLS 1.2, EC", "EC", peers_only_1_2, .chain = 2, .chain_keyed = 2 },
	{ "TLS 1.2, null cipher", "RSA", null_cipher, .chain = 2, .chain_keyed = 2 },
	{ "TLS 1.2, small records", "RSA", small_records_1_2, .chain = 2, .chain_keyed = 2 },
	{ "TLS 1.2, ticket", "RSA", peers_only_1_2, .resume = true, .unseen = UNSEEN_RESUMED },
	{ "TLS 1.2, session id", "RSA", no_tickets, .resume = true, .unseen = UNSEEN_RESUMED },
	{ "TLS 1.2, anonymous", NULL, anonymous, .unseen = UNSEEN_ANONYMOUS },
	{ "TLS 1.2, client certificate", "RSA", client_certificate_1_2, .chain = 2,
		.chain_keyed = 2 },
	{ "TLS 1.2, ALPN", "EC", protocols_1_2, .chain = 2, .chain_keyed = 2,
		.next_protocol = "smtp", .next_protocol_keyed = "smtp" },
	{ "TLS 1.2, name warning", "EC", name_warning, .chain = 2, .chain_keyed = 2,
		.alert = "server 1 unrecognized_name" },
	{ "TLS 1.2, client distrusts", "EC", distrustful_1_2, .chain = 2, .chain_keyed = 2,
		.alert = "client 2 unknown_ca", .fails = true },
	{ "TLS 1.2, no common cipher", "RSA", no_common_cipher, .unseen = UNSEEN_ABORTED,
		.alert = "server 2 handshake_failure", .fails = true },
	{ "no common version", "RSA", no_common_version, .unseen = UNSEEN_ABORTED,
		.alert = "server 2 protocol_version", .fails = true },
	{ "TLS 1.3, AES-256", "RSA", NULL, .chain_keyed = 2, .unseen = UNSEEN_TLS13 },
	{ "TLS 1.3, AES-128", "EC", aes_128, .chain_keyed = 2, .unseen = UNSEEN_TLS13 },
	{ "TLS 1.3, ChaCha20", "EC", chacha, .chain_keyed = 2, .unseen = UNSEEN_TLS13 },
	{ "TLS 1.3, retry", "EC", hello_retry, .chain_keyed = 2, .unseen = UNSEEN_TLS13,
		.retry = true },
	{ "TLS 1.3, no compatibility mode", "EC", no_compat, .chain_keyed = 2,
		.unseen = UNSEEN_TLS13 },
	{ "TLS 1.3, small records", "RSA", small_records, .chain_keyed = 2,
		.unseen = UNSEEN_TLS13 },
	{ "TLS 1.3, resumed", "EC", NULL, .resume = true, .unseen = UNSEEN_RESUMED },
	{ "TLS 1.3, client certificate", "EC", client_certificate, .chain_keyed = 2,
		.unseen = UNSEEN_TLS13 },
	{ "TLS 1.3, ALPN", "EC", protocols, .chain_keyed = 2, .unseen = UNSEEN_TLS13,
		.next_protocol_keyed = "smtp" },
	{ "TLS 1.3, no name", "EC", nameless, .chain_keyed = 2, .unseen = UNSEEN_TLS13,
		.nameless = true },
	{ "TLS 1.3, client distrusts", "EC", distrustful, .chain_keyed = 2, .unseen = UNSEEN_TLS13,
		.alert = "client 2 unknown_ca", .fails = true },
	{ "TLS 1.3, client distrusts, no compatibility mode", "EC", distrustful_no_compat,
		.chain_keyed = 2, .unseen = UNSEEN_TLS13, .alert = "client 2 unknown_ca",
		.fails = true },
};

const size_t handshake_count = sizeof(handshakes) / sizeof(*handshakes);

void handshake_talk(const struct handshake_row *row, struct talk *talk)
{
	struct peers peers;

	peers_init(&peers, row->key);
	if (row->set_up)
		row->set_up(&peers);
	peers_talk(&peers, talk);
	if (row->resume) {
		talk_fini(talk);
		peers_talk(&peers, talk);
	}
	peers_fini(&peers);
	if (talk->up == row->fails)
		fail_msg("row \"%s\": the two ends did not do what they should", row->name);
}

void tell_begin(struct telling *telling, const struct tls_params *params)
{
	*telling = (struct telling){ 0 };
	telling->tls = tls_new(params, &telling->observations);
}

void tell(struct telling *telling, enum side from, struct bytes piece, size_t size)
{
	struct bytes part;
	uint8_t *block;

	while (piece.n) {
		bytes_take(&piece, piece.n < size ? piece.n : size, &part);
		block = memcpy(mem_alloc(part.n), part.p, part.n);
		part.p = block;
		assert_int_equal(tls_feed(telling->tls, from, &part, 1), TLS_MORE);
		assert_int_equal(part.n, 0);
		free(block);
	}
}

void tell_end(struct telling *telling)
{
	telling->quiet = tls_is_quiet(telling->tls);
	tls_take_facts(telling->tls, &telling->facts);
	tls_free(telling->tls);
}

void forget(struct telling *telling)
{
	tls_facts_free(&telling->facts);
	observations_free(&telling->observations);
}

void tell_talk(struct telling *telling, const struct tls_params *params, const struct talk *talk,
	size_t pieces, size_t size, unsigned int sides)
{
	tell_begin(telling, params);
	for (size_t i = 0; i < talk->n && i < pieces; i++) {
		if (sides >> talk->piece[i].from & 1)
			tell(telling, talk->piece[i].from, talk->piece[i].bytes, size);
	}
	for (enum side side = CLIENT; side <= SERVER; side++) {
		if (sides >> side & 1)
			tls_end(telling->tls, side);
	}
	tell_end(telling);
}
