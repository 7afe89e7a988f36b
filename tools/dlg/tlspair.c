// SPDX-License-Identifier: BSD-2-Clause
/* RAND_METHOD is deprecated, and the only hook that reaches every random byte of a handshake. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "tlspair.h"

#include <stdlib.h>
#include <time.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/mem.h"

struct tls_pair {
	SSL_CTX *context[2]; /* by enum side */
	SSL *ssl[2];
	bool hide_versions;
	bool first_fed;
};

/*
 * The one world in which all handshakes of a run take place. OpenSSL's callbacks for randomness and
 * the C library's time() have no argument that could lead to it, so it is the program's.
 */
static struct {
	bool begun;
	uint64_t seed, counter;
	time_t now;
	struct text keylog;
	SSL_SESSION *session;        /* the client's last */
	SSL_SESSION *server_session; /* the same at the server, for resumption by id */
} world;

/* Stands in for the C library's: libssl dates sessions and checks certificates by it. */
time_t time(time_t *out)
{
	if (out)
		*out = world.now;
	return world.now;
}

static int draw(unsigned char *out, int n)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	while (n > 0) {
		const uint64_t input[2] = { world.seed, world.counter++ };
		int take = n < (int)sizeof(digest) ? n : (int)sizeof(digest);

		SHA256((const unsigned char *)input, sizeof(input), digest);
		memcpy(out, digest, (size_t)take);
		out += take;
		n -= take;
	}
	return 1;
}

static int drawn_enough(void)
{
	return 1;
}

static void world_begin(void)
{
	static const RAND_METHOD method = {
		.bytes = draw, .pseudorand = draw, .status = drawn_enough
	};

	/* The machine's openssl.cnf must not decide which versions there are. */
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	RAND_set_rand_method(&method);
	world.begun = true;
}

void tls_world_fini(void)
{
	SSL_SESSION_free(world.session);
	SSL_SESSION_free(world.server_session);
	text_free(&world.keylog);
}

void tls_world_set(int64_t now, uint64_t seed)
{
	if (!world.begun)
		world_begin();
	world.now = (time_t)(now / 1000000000);
	world.seed = seed;
	world.counter = 0;
}

const char *tls_world_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}

struct bytes tls_world_keylog(void)
{
	return bytes_of(world.keylog.s, world.keylog.n);
}

static void keep_keylog(const SSL *ssl, const char *line)
{
	(void)ssl;
	text_puts(&world.keylog, line);
	text_putc(&world.keylog, '\n');
}

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(world.session);
	world.session = session;
	return 1; /* the reference is ours now */
}

static int keep_server_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(world.server_session);
	world.server_session = session;
	return 1;
}

static SSL_SESSION *find_server_session(SSL *ssl, const unsigned char *id, int length, int *copy)
{
	unsigned int have = 0;
	const unsigned char *stored;

	(void)ssl;
	if (!world.server_session)
		return NULL;
	stored = SSL_SESSION_get_id(world.server_session, &have);
	*copy = 1;
	return have == (unsigned int)length && memcmp(stored, id, have) == 0 ? world.server_session
									     : NULL;
}

static int version_number(const char *word)
{
	static const char *const words[] = { "1.0", "1.1", "1.2", "1.3" };

	for (int i = 0; i < 4; i++)
		if (strcmp(words[i], word) == 0)
			return TLS1_VERSION + i;
	return 0;
}

/* "1.2" or "1.0-1.2". */
static bool set_versions(SSL_CTX *context, const char *both, const char *own)
{
	char low[4] = "1.0", high[4];
	const char *dash;

	if (!both && !own)
		own = "1.2-1.3"; /* what MTAs of today do */
	dash = own ? strchr(own, '-') : NULL;
	if (both) {
		snprintf(low, sizeof(low), "%s", both);
		snprintf(high, sizeof(high), "%s", both);
	} else if (dash) {
		snprintf(low, sizeof(low), "%.3s", own);
		snprintf(high, sizeof(high), "%.3s", dash + 1);
	} else {
		snprintf(high, sizeof(high), "%.3s", own);
	}
	return version_number(low) && version_number(high) &&
	       SSL_CTX_set_min_proto_version(context, version_number(low)) &&
	       SSL_CTX_set_max_proto_version(context, version_number(high));
}

static bool use_cert(SSL_CTX *context, const char *keys, const char *name)
{
	struct text path = { 0 };
	bool done;

	text_printf(&path, "%s/%s.pem", keys, name);
	done = SSL_CTX_use_certificate_chain_file(context, path.s) == 1;
	text_reset(&path);
	text_printf(&path, "%s/%s.key", keys, name);
	done = done && SSL_CTX_use_PrivateKey_file(context, path.s, SSL_FILETYPE_PEM) == 1;
	text_free(&path);
	return done;
}

/* What both ends have in common. Old versions and weak keys are wanted here: security level 0. */
static SSL_CTX *context_new(const struct tls_wish *wish, const char *own_version)
{
	SSL_CTX *context = SSL_CTX_new(TLS_method());
	bool done;

	if (!context)
		return NULL;
	SSL_CTX_set_security_level(context, 0);
	done = set_versions(context, wish->version, own_version);
	if (wish->cipher)
		done = done && SSL_CTX_set_cipher_list(context, wish->cipher);
	if (wish->record_size)
		done = done && SSL_CTX_set_max_send_fragment(context, (long)wish->record_size);
	if (wish->no_ticket)
		SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
	if (!done) {
		SSL_CTX_free(context);
		return NULL;
	}
	return context;
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *length,
	const unsigned char *in, unsigned int in_length, void *context)
{
	(void)ssl;
	(void)context;
	if (in_length == 0)
		return SSL_TLSEXT_ERR_NOACK;
	*out = in + 1;
	*length = in[0];
	return SSL_TLSEXT_ERR_OK;
}

static int accept_any(int good, X509_STORE_CTX *store)
{
	(void)good;
	(void)store;
	return 1;
}

static SSL_CTX *server_context(const char *keys, const struct tls_wish *wish)
{
	static const unsigned char ticket_keys[80] = "the same for every server of the lab";
	SSL_CTX *context = context_new(wish, wish->server_version);
	bool done = context != NULL;

	if (wish->cert)
		done = done && use_cert(context, keys, wish->cert);
	if (wish->server_groups)
		done = done && SSL_CTX_set1_groups_list(context, wish->server_groups);
	if (!done) {
		SSL_CTX_free(context);
		return NULL;
	}
	SSL_CTX_set_tlsext_ticket_keys(context, (void *)ticket_keys, sizeof(ticket_keys));
	SSL_CTX_set_session_id_context(context, ticket_keys, 4);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(context, keep_server_session);
	SSL_CTX_sess_set_get_cb(context, find_server_session);
	SSL_CTX_set_alpn_select_cb(context, choose_alpn, NULL);
	SSL_CTX_set_dh_auto(context, 1);
	if (wish->client_cert)
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER, accept_any);
	return context;
}

static SSL_CTX *client_context(const char *keys, const struct tls_wish *wish)
{
	SSL_CTX *context = context_new(wish, wish->client_version);
	struct text path = { 0 };
	bool done = context != NULL;

	if (wish->client_cert)
		done = done && use_cert(context, keys, wish->client_cert);
	if (wish->groups)
		done = done && SSL_CTX_set1_groups_list(context, wish->groups);
	if (wish->verify) {
		text_printf(&path, "%s/%s.pem", keys, wish->verify);
		done = done && SSL_CTX_load_verify_file(context, path.s);
		text_free(&path);
	}
	if (!done) {
		SSL_CTX_free(context);
		return NULL;
	}
	SSL_CTX_set_verify(context, wish->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_keylog_callback(context, keep_keylog);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(context, keep_session);
	return context;
}

static bool set_client(SSL *ssl, const struct tls_wish *wish)
{
	if (wish->sni && SSL_set_tlsext_host_name(ssl, wish->sni) != 1)
		return false;
	if (wish->sni && wish->verify && SSL_set1_host(ssl, wish->sni) != 1)
		return false;
	if (wish->alpn) {
		unsigned char list[64];
		size_t n = strlen(wish->alpn);

		if (n >= sizeof(list))
			return false;
		list[0] = (unsigned char)n;
		memcpy(list + 1, wish->alpn, n);
		if (SSL_set_alpn_protos(ssl, list, (unsigned int)n + 1) != 0)
			return false;
	}
	if (wish->resume && (!world.session || SSL_set_session(ssl, world.session) != 1))
		return false;
	return true;
}

static SSL *end_new(SSL_CTX *context)
{
	SSL *ssl = SSL_new(context);

	if (ssl)
		SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	return ssl;
}

struct tls_pair *tls_pair_new(const char *keys, const struct tls_wish *wish, char **error)
{
	struct tls_pair *pair = mem_alloc(sizeof(*pair));
	char reason[256] = "no session to resume";
	unsigned long code;

	ERR_clear_error();
	pair->hide_versions = wish->hide_versions;
	pair->context[CLIENT] = client_context(keys, wish);
	pair->context[SERVER] = server_context(keys, wish);
	if (pair->context[CLIENT] && pair->context[SERVER]) {
		pair->ssl[CLIENT] = end_new(pair->context[CLIENT]);
		pair->ssl[SERVER] = end_new(pair->context[SERVER]);
	}
	if (pair->ssl[CLIENT] && pair->ssl[SERVER] && set_client(pair->ssl[CLIENT], wish)) {
		SSL_set_connect_state(pair->ssl[CLIENT]);
		SSL_set_accept_state(pair->ssl[SERVER]);
		return pair;
	}
	code = ERR_peek_error();
	if (code)
		ERR_error_string_n(code, reason, sizeof(reason));
	*error = mem_strdup(reason);
	tls_pair_free(pair);
	return NULL;
}

void tls_pair_free(struct tls_pair *pair)
{
	if (!pair)
		return;
	for (int i = 0; i < 2; i++) {
		SSL_free(pair->ssl[i]);
		SSL_CTX_free(pair->context[i]);
	}
	free(pair);
}

static void drain(SSL *ssl, struct text *out)
{
	BIO *wire = SSL_get_wbio(ssl);
	char buffer[4096];
	int n;

	while ((n = BIO_read(wire, buffer, sizeof(buffer))) > 0)
		text_add(out, bytes_of(buffer, (size_t)n));
}

void tls_pair_step(struct tls_pair *pair, enum side side, struct text *out)
{
	SSL *ssl = pair->ssl[side];
	char clear[4096];

	ERR_clear_error();
	if (!SSL_is_init_finished(ssl))
		SSL_do_handshake(ssl);
	if (SSL_is_init_finished(ssl))
		while (SSL_read(ssl, clear, sizeof(clear)) > 0)
			;
	drain(ssl, out);
}

/* The supported_versions extension (43) gets a number that nobody knows, same length. */
static void hide_versions(uint8_t *hello, size_t n)
{
	for (uint8_t *p = hello; p + 7 <= hello + n; p++) {
		bool extension = p[0] == 0 && p[1] == 43 && p[2] == 0;

		if (extension && p[4] + 1 == p[3] && p[5] == 3 && p[6] == 4) {
			p[0] = 0x7a;
			return;
		}
	}
}

void tls_pair_feed(struct tls_pair *pair, enum side side, struct bytes bytes)
{
	uint8_t *copy = mem_alloc(bytes.n ? bytes.n : 1);

	memcpy(copy, bytes.p, bytes.n);
	if (pair->hide_versions && side == SERVER && !pair->first_fed)
		hide_versions(copy, bytes.n);
	if (side == SERVER)
		pair->first_fed = true;
	BIO_write(SSL_get_rbio(pair->ssl[side]), copy, (int)bytes.n);
	free(copy);
}

bool tls_pair_write(struct tls_pair *pair, enum side side, struct bytes clear, struct text *out)
{
	SSL *ssl = pair->ssl[side];

	if (SSL_write(ssl, clear.p, (int)clear.n) != (int)clear.n)
		return false;
	drain(ssl, out);
	return true;
}

bool tls_pair_shut(struct tls_pair *pair, enum side side, struct text *out)
{
	if (SSL_shutdown(pair->ssl[side]) < 0)
		return false;
	drain(pair->ssl[side], out);
	return true;
}
