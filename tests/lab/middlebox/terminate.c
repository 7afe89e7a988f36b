// SPDX-License-Identifier: BSD-2-Clause
#include "lab/middlebox/terminate.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SILENCE_MS 60000
#define CHUNK      16384

/* One end: a socket, and TLS over it or none. */
struct end {
	int fd;
	SSL *tls;
};

static void complain(const char *what)
{
	fprintf(stderr, "middlebox: %s\n", what);
	ERR_print_errors_fp(stderr);
}

static SSL_CTX *client_context(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (context) /* whoever strips TLS does not mind the server's certificate */
		SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	return context;
}

static SSL_CTX *server_context(const struct settings *settings)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (context && SSL_CTX_use_certificate_chain_file(context, settings->certificate) == 1 &&
		SSL_CTX_use_PrivateKey_file(context, settings->key, SSL_FILETYPE_PEM) == 1)
		return context;
	SSL_CTX_free(context);
	return NULL;
}

/*
 * A handshake over @fd; NULL: it failed, and why is said. @context is released. A read comes back
 * behind what is no data, as the tickets of TLS 1.3: it must not wait for data that the other end is
 * to ask for.
 */
static SSL *shake_hands(SSL_CTX *context, int fd, int (*how)(SSL *tls), const char *whom)
{
	SSL *tls = context ? SSL_new(context) : NULL;

	SSL_CTX_free(context);
	if (tls && SSL_set_fd(tls, fd) == 1 && how(tls) == 1) {
		SSL_clear_mode(tls, SSL_MODE_AUTO_RETRY);
		return tls;
	}
	complain(whom);
	SSL_free(tls);
	return NULL;
}

static int end_read(const struct end *end, void *chunk)
{
	return end->tls ? SSL_read(end->tls, chunk, CHUNK) : (int)read(end->fd, chunk, CHUNK);
}

static bool end_write(const struct end *end, struct bytes bytes)
{
	while (bytes.n > 0) {
		int sent = end->tls ? SSL_write(end->tls, bytes.p, (int)bytes.n)
				    : (int)send(end->fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		bytes_skip(&bytes, (size_t)sent);
	}
	return true;
}

/* What @from has for @to: a chunk, or none, and all that TLS has already taken off the wire. */
static bool carry(const struct end *from, const struct end *to)
{
	uint8_t chunk[CHUNK];
	int n;

	do {
		n = end_read(from, chunk);
		if (n < 0 && from->tls && SSL_get_error(from->tls, n) == SSL_ERROR_WANT_READ)
			return true;
		if (n <= 0 || !end_write(to, bytes_of(chunk, (size_t)n)))
			return false;
	} while (from->tls && SSL_pending(from->tls) > 0);
	return true;
}

/* Until one of them ends: SMTP has nothing to say to a peer that is gone. */
static void carry_both(const struct end end[2])
{
	for (;;) {
		struct pollfd poll_for[2] = { { .fd = end[CLIENT].fd, .events = POLLIN },
			{ .fd = end[SERVER].fd, .events = POLLIN } };

		if (poll(poll_for, 2, SILENCE_MS) <= 0)
			return;
		if (poll_for[CLIENT].revents && !carry(&end[CLIENT], &end[SERVER]))
			return;
		if (poll_for[SERVER].revents && !carry(&end[SERVER], &end[CLIENT]))
			return;
	}
}

static void end_tls(const struct end *end)
{
	if (end->tls)
		SSL_shutdown(end->tls);
	SSL_free(end->tls);
}

void terminate(struct relay *relay)
{
	struct end end[2] = { { relay->fd[CLIENT], NULL }, { relay->fd[SERVER], NULL } };

	end[SERVER].tls = shake_hands(
		client_context(), end[SERVER].fd, SSL_connect, "no TLS with the server");
	if (end[SERVER].tls)
		end[CLIENT].tls = shake_hands(server_context(relay->settings), end[CLIENT].fd,
			SSL_accept, "no TLS with the client");
	if (end[CLIENT].tls)
		carry_both(end);
	end_tls(&end[CLIENT]);
	end_tls(&end[SERVER]);
}

void terminate_client(struct relay *relay)
{
	struct end end[2] = { { relay->fd[CLIENT], NULL }, { relay->fd[SERVER], NULL } };

	end[CLIENT].tls = shake_hands(server_context(relay->settings), end[CLIENT].fd, SSL_accept,
		"no TLS with the client");
	if (end[CLIENT].tls)
		carry_both(end);
	end_tls(&end[CLIENT]);
}
