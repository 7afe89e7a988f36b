// SPDX-License-Identifier: BSD-2-Clause
#include "webserver.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define BACKLOG  256
#define REPEATED 1000
#define DRIP_US  20000
#define TENTH    10

static void forever(void)
{
	for (;;)
		pause();
}

static SSL *shake_hands(int fd, enum web_manner manner, X509 *certificate, EVP_PKEY *key)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl;

	SSL_CTX_use_certificate(ctx, certificate);
	SSL_CTX_use_PrivateKey(ctx, key);
	if (manner == WEB_OLD_TLS) {
		SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
		SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
		SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION);
	}
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) != 1)
		_exit(1);
	return ssl;
}

static void write_all(SSL *ssl, struct bytes b)
{
	if (b.n && SSL_write(ssl, b.p, (int)b.n) <= 0)
		_exit(0);
}

static void go_on(SSL *ssl, enum web_manner manner, struct bytes reply)
{
	struct bytes last = reply;

	if (manner == WEB_ENDLESS && last.n > REPEATED)
		bytes_skip(&last, last.n - REPEATED);
	while (manner == WEB_ENDLESS)
		write_all(ssl, last);
	while (manner == WEB_DRIP) {
		write_all(ssl, bytes_of("#", 1));
		usleep(DRIP_US);
	}
	if (manner != WEB_CUT)
		SSL_shutdown(ssl);
}

static void serve(
	int fd, enum web_manner manner, X509 *certificate, EVP_PKEY *key, struct bytes reply)
{
	const struct linger at_once = { .l_onoff = 1 };
	char request[4096];
	SSL *ssl;

	if (manner == WEB_STALL)
		forever();
	if (manner == WEB_RESET) {
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(fd);
		_exit(0);
	}
	if (manner == WEB_PLAIN)
		_exit(write(fd, reply.p, reply.n) < 0);
	ssl = shake_hands(fd, manner, certificate, key);
	if (SSL_read(ssl, request, sizeof(request)) <= 0)
		_exit(1);
	if (manner == WEB_SILENT)
		forever();
	if (manner != WEB_CLOSE) {
		write_all(ssl, reply);
		go_on(ssl, manner, reply);
	}
	/* What the client has still sent must be read, or the kernel sends a reset. */
	shutdown(fd, SHUT_WR);
	while (read(fd, request, sizeof(request)) > 0)
		;
	_exit(0);
}

static void accept_all(
	int listener, enum web_manner manner, X509 *certificate, EVP_PKEY *key, struct bytes reply)
{
	unsigned int n = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		enum web_manner this = manner;

		if (fd < 0)
			_exit(1);
		if (manner == WEB_TENTH_SILENT)
			this = n++ % TENTH ? WEB_REPLY : WEB_SILENT;
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(listener);
			serve(fd, this, certificate, key, reply);
		}
		close(fd);
	}
}

struct webserver webserver_start(
	enum web_manner manner, X509 *certificate, EVP_PKEY *key, struct bytes reply)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t length = sizeof(sin);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct webserver server;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&sin, &length), 0);
	assert_int_equal(listen(listener, BACKLOG), 0);
	server.port = ntohs(sin.sin_port);
	server.pid = fork();
	assert_true(server.pid >= 0);
	if (server.pid == 0)
		accept_all(listener, manner, certificate, key, reply);
	close(listener);
	return server;
}

void webserver_stop(struct webserver server)
{
	kill(server.pid, SIGKILL);
	waitpid(server.pid, NULL, 0);
}
