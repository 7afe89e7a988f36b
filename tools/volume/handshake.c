// SPDX-License-Identifier: BSD-2-Clause
/* The random numbers of a test must be its own; the replacement for this call needs a provider. */
#define OPENSSL_API_COMPAT 0x10100000L

#include "handshake.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "random.h"

/* Certificates are valid around the time of the packets: see play.c. */
#define VALID_FROM    "20260101000000Z"
#define VALID_TO      "20280101000000Z"
#define KEY_BITS      2048
#define RECORD_HEADER 5
#define CERTIFICATE   11 /* handshake message type */

struct handshake_maker {
	EVP_PKEY *root_key, *ca_key, *key;
	X509 *root, *ca;
};

/* OpenSSL's interface for random numbers has no room for a context. */
static struct random openssl_random;

static void must(int ok, const char *what)
{
	if (ok > 0)
		return;
	fprintf(stderr, "mkvolume: OpenSSL could not %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

static int fill_random(unsigned char *to, int n)
{
	random_fill(&openssl_random, to, (size_t)n);
	return 1;
}

static int random_status(void)
{
	return 1;
}

static void use_own_random(uint64_t seed)
{
	static const RAND_METHOD method = {
		.bytes = fill_random,
		.pseudorand = fill_random,
		.status = random_status,
	};

	openssl_random.state = seed;
	must(RAND_set_rand_method(&method), "replace its random numbers");
}

static void add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	must(extension != NULL, "make an extension");
	must(X509_add_ext(certificate, extension, -1), "add an extension");
	X509_EXTENSION_free(extension);
}

/* A certificate of @subject for @key, not signed yet. */
static X509 *new_certificate(const char *subject, long serial, EVP_PKEY *key, X509 *issuer)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_NAME_new();

	must(certificate && name, "allocate");
	must(X509_NAME_add_entry_by_txt(
		     name, "O", MBSTRING_ASC, (const uint8_t *)"Volume", -1, -1, 0),
		"set a name");
	must(X509_NAME_add_entry_by_txt(
		     name, "CN", MBSTRING_ASC, (const uint8_t *)subject, -1, -1, 0),
		"set a name");
	must(X509_set_version(certificate, X509_VERSION_3), "set the version");
	must(ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial), "set the serial");
	must(ASN1_TIME_set_string(X509_getm_notBefore(certificate), VALID_FROM), "set a date");
	must(ASN1_TIME_set_string(X509_getm_notAfter(certificate), VALID_TO), "set a date");
	must(X509_set_subject_name(certificate, name), "set the subject");
	must(X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : name),
		"set the issuer");
	must(X509_set_pubkey(certificate, key), "set the key");
	X509_NAME_free(name);
	return certificate;
}

static X509 *new_ca(
	const char *subject, long serial, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *ca = new_certificate(subject, serial, key, issuer);

	add_extension(ca, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(ca, NID_key_usage, "critical,keyCertSign,cRLSign");
	must(X509_sign(ca, issuer_key, EVP_sha256()), "sign a CA");
	return ca;
}

struct handshake_maker *handshake_maker_new(uint64_t seed)
{
	struct handshake_maker *maker = mem_alloc(sizeof(*maker));

	use_own_random(seed);
	maker->root_key = EVP_RSA_gen(KEY_BITS);
	maker->ca_key = EVP_RSA_gen(KEY_BITS);
	maker->key = EVP_RSA_gen(KEY_BITS);
	must(maker->root_key && maker->ca_key && maker->key, "make keys");
	maker->root = new_ca("Volume Root", 1, maker->root_key, NULL, maker->root_key);
	maker->ca = new_ca("Volume CA 1", 2, maker->ca_key, maker->root, maker->root_key);
	return maker;
}

void handshake_maker_free(struct handshake_maker *maker)
{
	if (!maker)
		return;
	X509_free(maker->root);
	X509_free(maker->ca);
	EVP_PKEY_free(maker->root_key);
	EVP_PKEY_free(maker->ca_key);
	EVP_PKEY_free(maker->key);
	free(maker);
}

static SSL_CTX *server_context(struct handshake_maker *maker, unsigned int number)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	char name[64], alternative[80];
	X509 *certificate;

	snprintf(name, sizeof(name), "mx%u.example.net", number);
	snprintf(alternative, sizeof(alternative), "DNS:%s", name);
	certificate = new_certificate(name, 1000 + (long)number, maker->key, maker->ca);
	add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE");
	add_extension(certificate, NID_ext_key_usage, "serverAuth");
	add_extension(certificate, NID_subject_alt_name, alternative);
	must(X509_sign(certificate, maker->ca_key, EVP_sha256()), "sign a certificate");
	must(context != NULL, "make a server");
	must(SSL_CTX_use_certificate(context, certificate), "use the certificate");
	must(SSL_CTX_use_PrivateKey(context, maker->key), "use the key");
	must((int)SSL_CTX_add1_chain_cert(context, maker->ca), "add the CA");
	/* A ticket holds the time of day. */
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
	X509_free(certificate);
	return context;
}

/* Let one side do what it can; what it sent is added to @flight and given to the other. */
static void turn(SSL *one, SSL *other, struct text *flight)
{
	char piece[4096];
	int n;

	SSL_do_handshake(one);
	while ((n = BIO_read(SSL_get_wbio(one), piece, sizeof(piece))) > 0) {
		text_add(flight, bytes_of(piece, (size_t)n));
		must(BIO_write(SSL_get_rbio(other), piece, n) == n, "pass bytes on");
	}
}

static SSL *new_side(SSL_CTX *context)
{
	SSL *ssl = SSL_new(context);

	must(ssl != NULL, "make a connection");
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	return ssl;
}

/* OpenSSL gives each message of the flight a record of its own. */
static size_t find_certificate_end(struct bytes flight)
{
	size_t whole = flight.n;
	struct bytes record;

	while (bytes_skip(&flight, RECORD_HEADER - 2) && bytes_prefixed(&flight, 2, &record))
		if (record.n && record.p[0] == CERTIFICATE)
			return whole - flight.n;
	must(0, "show its certificate");
	return 0;
}

void handshake_make(struct handshake_maker *maker, unsigned int number, struct handshake *out)
{
	SSL_CTX *server_side = server_context(maker, number);
	SSL_CTX *client_side = SSL_CTX_new(TLS_client_method());
	SSL *server = new_side(server_side), *client;
	char name[64];

	*out = (struct handshake){ 0 };
	must((int)SSL_CTX_set_max_proto_version(client_side, TLS1_2_VERSION), "stay with TLS 1.2");
	client = new_side(client_side);
	snprintf(name, sizeof(name), "mx%u.example.net", number);
	must((int)SSL_set_tlsext_host_name(client, name), "set the server's name");
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (size_t i = 0; i < FLIGHTS; i++)
		turn(i % 2 ? server : client, i % 2 ? client : server, &out->flight[i]);
	SSL_do_handshake(client);
	must(SSL_is_init_finished(client) && SSL_is_init_finished(server), "shake hands");
	out->certificate_end = find_certificate_end(bytes_of(out->flight[1].s, out->flight[1].n));
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
}

void handshake_free(struct handshake *handshake)
{
	for (size_t i = 0; i < FLIGHTS; i++)
		text_free(&handshake->flight[i]);
}
