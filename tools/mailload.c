// SPDX-License-Identifier: BSD-2-Clause
/*
 * Many mails to a server, many at once, with more patience than any loss on the way needs: for
 * tests and benchmarks that want sessions in number. Each mail is a connection.
 *
 *   mailload [OPTION...] FROM-ADDRESS ADDRESS PORT...
 *
 *   -n N      mails (1), dealt to the ports in turn
 *   -c N      of them at once (1)
 *   -t        STARTTLS, which the server must offer; else in clear
 *   -2        without TLS 1.3
 *   -b BYTES  of the body, about (100)
 *   -p        the body in small segments, a line each
 *   -B        MAIL, RCPT and BDAT with the message behind them in one go, as Exim does (RFC 3030)
 *   -m TEXT   stands in every line of the body (a mail)
 *   -s TEXT   Subject; -l TEXT: local part of the sender; -a TEXT: AUTH PLAIN with this
 *
 * Says "N sent, N failed"; fails if any failed.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

#define LINE 1024

/* So long an answer may take: with one packet in five lost, TCP may need several of its time-outs.
 */
#define PATIENCE_SECONDS 120

/* Of a thread: TLS wants some. */
#define STACK_BYTES (256 * 1024)

#define AT_ONCE_MAX 1024

struct load {
	SSL_CTX *context; /* NULL: in clear */
	const char *from, *address, **ports;
	const char *marker, *subject, *local, *authentication;
	unsigned long mails, at_once, bytes;
	size_t port_count;
	bool pieces, chunks;
	struct text message;
	pthread_mutex_t lock; /* of what follows */
	unsigned long begun, sent, failed;
};

struct peer {
	int fd;
	SSL *tls;
	char got[LINE];
	size_t n; /* of got */
};

static bool peer_say(struct peer *peer, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = peer->tls ? SSL_write(peer->tls, bytes, (int)n)
					 : send(peer->fd, bytes, n, MSG_NOSIGNAL);

		if (done <= 0)
			return false;
		bytes += done;
		n -= (size_t)done;
	}
	return true;
}

static bool peer_hear(struct peer *peer, char line[LINE])
{
	char *end;

	while (!(end = memchr(peer->got, '\n', peer->n))) {
		size_t room = sizeof(peer->got) - peer->n;
		ssize_t n = peer->tls ? SSL_read(peer->tls, peer->got + peer->n, (int)room)
				      : recv(peer->fd, peer->got + peer->n, room, 0);

		if (n <= 0)
			return false;
		peer->n += (size_t)n;
	}
	memcpy(line, peer->got, (size_t)(end - peer->got));
	line[end - peer->got] = '\0';
	peer->n -= (size_t)(end + 1 - peer->got);
	memmove(peer->got, end + 1, peer->n);
	return true;
}

/* A whole reply that begins with @code. */
static bool expect(struct peer *peer, const char *code)
{
	char line[LINE];

	do {
		if (!peer_hear(peer, line) || strncmp(line, code, 3) != 0)
			return false;
	} while (line[3] == '-');
	return true;
}

static bool ask(struct peer *peer, const char *command, const char *code)
{
	return peer_say(peer, command, strlen(command)) && expect(peer, code);
}

static struct addrinfo *resolve(const char *address, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	struct addrinfo *found = NULL;

	return getaddrinfo(address, port, &hints, &found) == 0 ? found : NULL;
}

static int connect_to(const struct load *load, const char *port)
{
	struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	struct addrinfo *from = resolve(load->from, NULL), *to = resolve(load->address, port);
	int on = 1, fd = -1;

	if (from && to)
		fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (bind(fd, from->ai_addr, from->ai_addrlen) < 0 ||
			connect(fd, to->ai_addr, to->ai_addrlen) < 0) {
			close(fd);
			fd = -1;
		}
	}
	if (from)
		freeaddrinfo(from);
	if (to)
		freeaddrinfo(to);
	return fd;
}

static bool start_tls(const struct load *load, struct peer *peer)
{
	if (!ask(peer, "STARTTLS\r\n", "220"))
		return false;
	peer->tls = SSL_new(load->context);
	if (!peer->tls || SSL_set_fd(peer->tls, peer->fd) != 1 || SSL_connect(peer->tls) != 1)
		return false;
	return ask(peer, "EHLO client.example.net\r\n", "250");
}

static void put_envelope(struct text *out, const struct load *load)
{
	text_printf(out, "MAIL FROM:<%s@example.net>\r\n", load->local);
	if (load->chunks)
		text_puts(out, "RCPT TO:<b@example.com>\r\n");
}

/* All at once; the answers come afterwards. */
static bool send_chunk(const struct load *load, struct peer *peer)
{
	struct text all = { 0 };
	bool good;

	put_envelope(&all, load);
	text_printf(&all, "BDAT %zu LAST\r\n", load->message.n);
	text_add(&all, bytes_of(load->message.s, load->message.n));
	good = peer_say(peer, all.s, all.n) && expect(peer, "250") && expect(peer, "250") &&
	       expect(peer, "250");
	text_free(&all);
	return good;
}

static bool send_pieces(struct peer *peer, struct bytes rest)
{
	struct bytes line;

	while (rest.n > 0) {
		const uint8_t *end = memchr(rest.p, '\n', rest.n);

		if (!end || !bytes_take(&rest, (size_t)(end + 1 - rest.p), &line) ||
			!peer_say(peer, (const char *)line.p, line.n))
			return false;
	}
	return true;
}

static bool send_data(const struct load *load, struct peer *peer)
{
	struct text mail = { 0 };
	bool good;

	put_envelope(&mail, load);
	good = ask(peer, mail.s, "250") && ask(peer, "RCPT TO:<b@example.com>\r\n", "250") &&
	       ask(peer, "DATA\r\n", "354");
	text_free(&mail);
	if (!good)
		return false;
	if (load->pieces)
		good = send_pieces(peer, bytes_of(load->message.s, load->message.n)) &&
		       peer_say(peer, ".\r\n", 3);
	else
		good = peer_say(peer, load->message.s, load->message.n) &&
		       peer_say(peer, ".\r\n", 3);
	return good && expect(peer, "250");
}

static bool authenticate(const struct load *load, struct peer *peer)
{
	char line[LINE];

	if (!load->authentication)
		return true;
	snprintf(line, sizeof(line), "AUTH PLAIN %s\r\n", load->authentication);
	return ask(peer, line, "235");
}

/* As good manners have it: what the other end still has to say is waited for, so none is reset. */
static void peer_end(struct peer *peer)
{
	char rest[LINE];

	if (peer->tls)
		SSL_shutdown(peer->tls);
	shutdown(peer->fd, SHUT_WR);
	while (recv(peer->fd, rest, sizeof(rest), 0) > 0)
		;
	SSL_free(peer->tls);
	close(peer->fd);
}

static bool send_mail(const struct load *load, const char *port)
{
	struct peer peer = { .fd = connect_to(load, port) };
	bool sent;

	if (peer.fd < 0)
		return false;
	sent = expect(&peer, "220") && ask(&peer, "EHLO client.example.net\r\n", "250") &&
	       (!load->context || start_tls(load, &peer)) && authenticate(load, &peer) &&
	       (load->chunks ? send_chunk(load, &peer) : send_data(load, &peer)) &&
	       ask(&peer, "QUIT\r\n", "221");
	peer_end(&peer);
	return sent;
}

static void *work(void *context)
{
	struct load *load = context;

	for (;;) {
		unsigned long number;
		bool sent;

		pthread_mutex_lock(&load->lock);
		number = load->begun < load->mails ? ++load->begun : 0;
		pthread_mutex_unlock(&load->lock);
		if (!number)
			return NULL;
		sent = send_mail(load, load->ports[number % load->port_count]);
		pthread_mutex_lock(&load->lock);
		load->sent += sent;
		load->failed += !sent;
		pthread_mutex_unlock(&load->lock);
	}
}

static bool run(struct load *load)
{
	pthread_t *threads = mem_alloc(load->at_once * sizeof(*threads));
	pthread_attr_t attributes;
	unsigned long started = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	while (started < load->at_once &&
		pthread_create(&threads[started], &attributes, work, load) == 0)
		started++;
	for (unsigned long i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_attr_destroy(&attributes);
	free(threads);
	printf("%lu sent, %lu failed\n", load->sent, load->failed);
	return load->sent == load->mails;
}

static void make_message(struct load *load)
{
	static const char filling[] = "................................................";
	struct text *out = &load->message;
	size_t head;

	text_printf(out, "From: <%s@example.net>\r\nTo: <b@example.com>\r\nSubject: %s\r\n\r\n",
		load->local, load->subject);
	head = out->n;
	do
		text_printf(out, "%.48s %s\r\n", filling, load->marker);
	while (out->n - head < load->bytes);
}

static bool parse_options(struct load *load, int argc, char **argv)
{
	bool tls = false, old = false;
	int option;

	while ((option = getopt(argc, argv, "n:c:t2b:pBm:s:l:a:")) != -1) {
		switch (option) {
		case 'n':
			load->mails = strtoul(optarg, NULL, 10);
			break;
		case 'c':
			load->at_once = strtoul(optarg, NULL, 10);
			break;
		case 'b':
			load->bytes = strtoul(optarg, NULL, 10);
			break;
		case 't':
			tls = true;
			break;
		case '2':
			old = true;
			break;
		case 'p':
			load->pieces = true;
			break;
		case 'B':
			load->chunks = true;
			break;
		case 'm':
			load->marker = optarg;
			break;
		case 's':
			load->subject = optarg;
			break;
		case 'l':
			load->local = optarg;
			break;
		case 'a':
			load->authentication = optarg;
			break;
		default:
			return false;
		}
	}
	if (argc - optind < 3 || !load->at_once || load->at_once > AT_ONCE_MAX)
		return false;
	load->from = argv[optind];
	load->address = argv[optind + 1];
	load->ports = (const char **)&argv[optind + 2];
	load->port_count = (size_t)(argc - optind - 2);
	if (tls)
		load->context = SSL_CTX_new(TLS_client_method());
	if (tls && old)
		SSL_CTX_set_max_proto_version(load->context, TLS1_2_VERSION);
	return true;
}

int main(int argc, char **argv)
{
	struct load load = { .marker = "a mail",
		.subject = "test",
		.local = "a",
		.mails = 1,
		.at_once = 1,
		.bytes = 100,
		.lock = PTHREAD_MUTEX_INITIALIZER };
	bool good;

	signal(SIGPIPE, SIG_IGN);
	if (!parse_options(&load, argc, argv)) {
		fputs("usage: mailload [-n MAILS] [-c AT-ONCE] [-t] [-2] [-b BYTES] [-p] [-B] [-m "
		      "TEXT]\n"
		      "                [-s TEXT] [-l TEXT] [-a TEXT] FROM-ADDRESS ADDRESS "
		      "PORT...\n",
			stderr);
		return 2;
	}
	make_message(&load);
	good = run(&load);
	text_free(&load.message);
	SSL_CTX_free(load.context);
	return good ? 0 : 1;
}
