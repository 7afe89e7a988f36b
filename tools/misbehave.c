// SPDX-License-Identifier: BSD-2-Clause
/*
 * HTTPS servers that do what no honest server can be brought to do, for the lab's policy hosts.
 * Each manner listens at an address of its own, on port 443; a process a connection, a minute at
 * most. Says "ready" when all listen; ends with its parent's signal. usage: misbehave CERTIFICATE
 * KEY MANNER ADDRESS [MANNER ADDRESS]...
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTENERS_MAX 32
#define HTTPS_PORT    443

/* Longer than any time-out that is tested, so that it is the client who gives up. */
#define LIFE_SECONDS 60

#define POLICY_START "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"
#define POLICY                                                                                     \
	"version: STSv1\n"                                                                         \
	"mode: enforce\n"                                                                          \
	"mx: mx.example\n"                                                                         \
	"max_age: 604800\n"

/* A write that fails means that the client has gone: nothing is left to do for this process. */
static void say(SSL *tls, const char *text, size_t length)
{
	if (SSL_write(tls, text, (int)length) <= 0)
		exit(0);
}

static void say_text(SSL *tls, const char *text)
{
	say(tls, text, strlen(text));
}

/* A good policy, a byte a second: never silent for long, never done in time. */
static void drip(SSL *tls)
{
	say_text(tls, POLICY_START "\r\n");
	for (const char *at = POLICY; *at; at++) {
		say(tls, at, 1);
		sleep(1);
	}
}

static void endless_body(SSL *tls)
{
	char block[16384];

	memset(block, 'x', sizeof(block));
	say_text(tls, POLICY_START "\r\n" POLICY "padding: ");
	for (;;)
		say(tls, block, sizeof(block));
}

static void endless_headers(SSL *tls)
{
	say_text(tls, POLICY_START);
	for (;;)
		say_text(
			tls, "X-Padding: 0123456789012345678901234567890123456789012345678901\r\n");
}

static void hang(SSL *tls)
{
	(void)tls;
	pause();
}

/* A reset instead of an answer. */
static void reset(SSL *tls)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	int fd = SSL_get_fd(tls);

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	_exit(0);
}

/* The end, by the book of TLS, before the length that was told. */
static void truncated(SSL *tls)
{
	say_text(tls, POLICY_START "Content-Length: 200\r\n\r\n" POLICY);
}

static void garbage(SSL *tls)
{
	say_text(tls, POLICY);
}

/* A server that takes the connection and never says a word. */
static void silent(int fd)
{
	(void)fd;
	pause();
}

/* No TLS at all where TLS is due. */
static void plain(int fd)
{
	static const char answer[] = POLICY_START "\r\n" POLICY;

	if (write(fd, answer, sizeof(answer) - 1) < 0)
		exit(0);
}

/* Without TLS, or after its handshake and the whole request. */
static const struct manner {
	const char *name;
	void (*raw)(int fd);
	void (*answer)(SSL *tls);
} manners[] = {
	{ "slow", NULL, drip },
	{ "endless", NULL, endless_body },
	{ "headers", NULL, endless_headers },
	{ "silent", silent, NULL },
	{ "hang", NULL, hang },
	{ "reset", NULL, reset },
	{ "truncated", NULL, truncated },
	{ "garbage", NULL, garbage },
	{ "plain", plain, NULL },
};

static const struct manner *manner_named(const char *name)
{
	for (size_t i = 0; i < sizeof(manners) / sizeof(*manners); i++)
		if (strcmp(manners[i].name, name) == 0)
			return &manners[i];
	return NULL;
}

/* True once the blank line after a request's header was seen. */
static bool read_request(SSL *tls)
{
	char request[4096];
	size_t have = 0;

	while (have < sizeof(request) - 1) {
		int n = SSL_read(tls, request + have, (int)(sizeof(request) - 1 - have));

		if (n <= 0)
			return false;
		have += (size_t)n;
		request[have] = '\0';
		if (strstr(request, "\r\n\r\n"))
			return true;
	}
	return false;
}

static void serve(SSL_CTX *context, const struct manner *manner, int fd)
{
	SSL *tls;

	alarm(LIFE_SECONDS);
	if (manner->raw) {
		manner->raw(fd);
		return;
	}
	tls = SSL_new(context);
	if (!tls || SSL_set_fd(tls, fd) != 1)
		return;
	if (SSL_accept(tls) == 1 && read_request(tls)) {
		manner->answer(tls);
		SSL_shutdown(tls);
	}
	SSL_free(tls);
}

static int listen_at(const char *address)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(HTTPS_PORT) };
	int on = 1;
	int fd;

	if (inet_pton(AF_INET, address, &at.sin_addr) != 1)
		return -1;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	close(fd);
	return -1;
}

static void take(SSL_CTX *context, const struct manner *manner, int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		return;
	if (fork() == 0) {
		serve(context, manner, fd);
		_exit(0);
	}
	close(fd);
}

static SSL_CTX *server_context(const char *certificate, const char *key)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (context && SSL_CTX_use_certificate_chain_file(context, certificate) == 1 &&
		SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1)
		return context;
	ERR_print_errors_fp(stderr);
	return NULL;
}

int main(int argc, char **argv)
{
	struct pollfd listeners[LISTENERS_MAX];
	const struct manner *manner[LISTENERS_MAX];
	nfds_t count = (nfds_t)(argc - 3) / 2;
	SSL_CTX *context;

	if (argc < 5 || argc % 2 == 0 || count > LISTENERS_MAX) {
		fprintf(stderr,
			"usage: misbehave CERTIFICATE KEY MANNER ADDRESS [MANNER ADDRESS]...\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN); /* nobody waits for the processes that serve */
	context = server_context(argv[1], argv[2]);
	if (!context)
		return 1;
	for (nfds_t i = 0; i < count; i++) {
		manner[i] = manner_named(argv[3 + 2 * i]);
		listeners[i].events = POLLIN;
		listeners[i].fd = manner[i] ? listen_at(argv[4 + 2 * i]) : -1;
		if (listeners[i].fd < 0) {
			fprintf(stderr, "misbehave: %s %s: no such manner, or no such address\n",
				argv[3 + 2 * i], argv[4 + 2 * i]);
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(listeners, count, -1) < 0)
			continue;
		for (nfds_t i = 0; i < count; i++)
			if (listeners[i].revents)
				take(context, manner[i], listeners[i].fd);
	}
}
