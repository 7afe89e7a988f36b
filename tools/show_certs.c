// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the TLS libraries of this host are given on connections of some ports, a line each:
 *
 *   show_certs [OPTIONS] PORT... [LIBRARY...]
 *
 *   -c ADDRESS:PORT  make a TLS connection itself, which must not be told
 *   -n FILE          in this network namespace
 *
 *   ready certificates from 2 files of OpenSSL, 1 of GnuTLS
 *   LOCAL REMOTE PID NAME certificate INDEX all|alone SUBJECT
 *   LOCAL REMOTE PID NAME verdict WORDS
 *
 * Ends when its standard input does, so that whoever started it need not look for it. For
 * tests/check-certs-live.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "base/log.h"
#include "capture/live_certs.h"
#include "dialogue/cert.h"
#include "dialogue/cert_verdict.h"

#define RING_BYTES ((size_t)1 << 20)
#define LOOK_MS    20 /* at the ring, and at the input */

static void show(void *context, const struct live_certificate *shown)
{
	char local[ENDPOINT_TEXT], remote[ENDPOINT_TEXT], words[CERT_VERDICT_TEXT];
	struct cert_cache *cache = context;
	struct cert_chain *chain;

	printf("%s %s %u %s ", endpoint_format(&shown->local, local),
		endpoint_format(&shown->remote, remote), shown->pid, shown->name);
	if (shown->verdict) {
		printf("verdict %s\n", cert_verdict(shown->gnutls, shown->result, words));
		return;
	}
	chain = shown->der.n ? cert_chain_get(cache, &shown->der, 1) : NULL;
	printf("certificate %u %s %s\n", shown->index, shown->alone ? "alone" : "all",
		!chain || !chain->certs[0]->subject ? "(unreadable)" : chain->certs[0]->subject);
	cert_chain_release(chain);
}

static bool input_ended(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char bytes[64];

	return poll(&input, 1, LOOK_MS) > 0 && read(STDIN_FILENO, bytes, sizeof(bytes)) <= 0;
}

static void run(struct live_certs *certs, struct live_ring *ring, struct cert_cache *cache)
{
	const struct live_events events = { .certificate = show };
	time_t last = time(NULL);
	bool ended = false;

	/* Once more after the end: what happened before it is told. */
	for (bool more = true; more; more = !ended) {
		ended = input_ended();
		live_certs_aim(certs, &events, cache, live_ring_clock(0));
		live_ring_run(ring, SIZE_MAX);
		fflush(stdout);
		if (time(NULL) != last)
			live_certs_maintain(certs);
		last = time(NULL);
	}
}

static void connect_to(const char *where)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	BIO *bio = BIO_new_ssl_connect(ctx);

	BIO_set_conn_hostname(bio, where);
	if (BIO_do_handshake(bio) == 1)
		fprintf(stderr, "show_certs: handshake done\n");
	BIO_free_all(bio);
	SSL_CTX_free(ctx);
}

static bool enter_namespace(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool good = fd >= 0 && setns(fd, CLONE_NEWNET) == 0;

	if (!good)
		perror(path);
	if (fd >= 0)
		close(fd);
	return good;
}

int main(int argc, char **argv)
{
	const struct cert_params cert_params = { 0 };
	struct live_params params = { 0 };
	struct cert_cache *cache = cert_cache_new(&cert_params);
	struct live_ring *ring = live_ring_new(RING_BYTES);
	struct live_certs *certs = NULL;
	struct text text = { 0 };
	const char *where = NULL;
	int option;

	log_set_level(LOG_LEVEL_DEBUG);
	while ((option = getopt(argc, argv, "c:n:")) != -1) {
		if (option == 'c')
			where = optarg;
		else if (option != 'n' || !enter_namespace(optarg))
			return 2;
	}
	for (int i = optind; i < argc; i++) {
		if (strchr(argv[i], '/') && params.library_count < LIVE_LIBRARIES_MAX)
			params.libraries[params.library_count++] = argv[i];
		else if (params.port_count < LIVE_PORTS_MAX)
			params.ports[params.port_count++] = (uint16_t)atoi(argv[i]);
	}
	if (ring)
		certs = live_certs_open(&params, ring, &text);
	if (certs) {
		live_certs_describe(certs, &text);
		printf("ready %s\n", text.s);
		fflush(stdout);
		if (where)
			connect_to(where);
		run(certs, ring, cache);
	} else {
		fprintf(stderr, "show_certs: %s\n", text.s ? text.s : "no ring can be had here");
	}
	live_certs_close(certs);
	live_ring_free(ring);
	cert_cache_free(cache);
	text_free(&text);
	return certs ? 0 : 1;
}
