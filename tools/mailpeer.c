// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two small mail servers for tests of what happens between them: one that receives, and one that
 * sends a mail as Postfix does at level "may" and Exim by default: under TLS if it can be had, in
 * clear if not, after a failure of TLS at once and over a new connection.
 *
 *   mailpeer serve [--echo] [--last|--plain] CERTIFICATE KEY PORT...
 *   mailpeer send [--tls1.2] FROM-ADDRESS NAME ADDRESS PORT
 *
 * serve: says "ready"; --echo quotes commands that it does not know, --last offers STARTTLS in the
 * last line of its reply, --plain offers none, but CHUNKING and AUTH. send: says how the mail went,
 * "tls" or "clear"; fails if it did not.
 */
#include <netdb.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORTS_MAX 128
#define LINE      1024

/*
 * Of a server that has fallen silent: in this time a lost segment is sent again up to a point (6.7
 * s in Linux) at which the sensor takes the other end's silence for what it is.
 */
#define PATIENCE_SECONDS 8

/* Of a process that serves: above the patience of any client (tools/mailload.c has the most). */
#define LIFE_SECONDS 200

/* One end of a connection, in clear or under TLS. */
struct peer {
	int fd;
	SSL *tls;
	char got[LINE];
	size_t n; /* of got */
};

static bool peer_say(struct peer *peer, const char *text)
{
	size_t length = strlen(text);

	if (peer->tls)
		return SSL_write(peer->tls, text, (int)length) == (int)length;
	return send(peer->fd, text, length, MSG_NOSIGNAL) == (ssize_t)length;
}

/* More of what the other end says. False: there is none, or it does not fit. */
static bool peer_fill(struct peer *peer)
{
	size_t room = sizeof(peer->got) - peer->n;
	int n = peer->tls ? SSL_read(peer->tls, peer->got + peer->n, (int)room)
			  : (int)recv(peer->fd, peer->got + peer->n, room, 0);

	if (n <= 0)
		return false;
	peer->n += (size_t)n;
	return true;
}

/* Something that the other end says is there. */
static bool peer_wait(struct peer *peer)
{
	return peer->n > 0 || peer_fill(peer);
}

static void peer_drop(struct peer *peer, size_t n)
{
	peer->n -= n;
	memmove(peer->got, peer->got + n, peer->n);
}

/* The next line without its end; what does not fit into @line is cut. False: there is none. */
static bool peer_hear(struct peer *peer, char line[LINE])
{
	char *end;

	while (!(end = memchr(peer->got, '\n', peer->n)))
		if (!peer_fill(peer))
			return false;
	memcpy(line, peer->got, (size_t)(end - peer->got));
	line[end - peer->got] = '\0';
	line[strcspn(line, "\r")] = '\0';
	peer_drop(peer, (size_t)(end + 1 - peer->got));
	return true;
}

/* What came in clear ahead of TLS is not to be believed (RFC 3207 6): it is thrown away. */
static bool peer_start_tls(struct peer *peer, SSL_CTX *context, int (*how)(SSL *tls))
{
	SSL *tls = SSL_new(context);

	peer->n = 0;
	if (tls && SSL_set_fd(tls, peer->fd) == 1 && how(tls) == 1) {
		peer->tls = tls;
		return true;
	}
	SSL_free(tls);
	return false;
}

static void peer_close(struct peer *peer)
{
	if (peer->tls)
		SSL_shutdown(peer->tls);
	SSL_free(peer->tls);
	close(peer->fd);
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

static bool starts(const char *line, const char *word)
{
	return strncasecmp(line, word, strlen(word)) == 0;
}

/* The receiver */

struct server {
	SSL_CTX *context;
	bool echo, last, plain;
};

static bool answer_ehlo(const struct server *server, struct peer *peer)
{
	if (peer->tls)
		return peer_say(peer, "250-mx.example.com\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
	if (server->plain)
		return peer_say(peer, "250-mx.example.com\r\n250-PIPELINING\r\n"
				      "250-AUTH PLAIN\r\n250-8BITMIME\r\n250 CHUNKING\r\n");
	if (server->last)
		return peer_say(peer, "250-mx.example.com\r\n250-PIPELINING\r\n"
				      "250-8BITMIME\r\n250 STARTTLS\r\n");
	return peer_say(peer,
		"250-mx.example.com\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n"
		"250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250 DSN\r\n");
}

static bool answer_starttls(const struct server *server, struct peer *peer)
{
	if (server->plain)
		return peer_say(peer, "502 5.5.1 Error: command not implemented\r\n");
	if (peer->tls)
		return peer_say(peer, "554 5.5.1 Error: TLS already active\r\n");
	return peer_say(peer, "220 2.0.0 Ready to start TLS\r\n") &&
	       peer_start_tls(peer, server->context, SSL_accept);
}

static bool answer_data(struct peer *peer)
{
	char line[LINE];

	if (!peer_say(peer, "354 End data with <CR><LF>.<CR><LF>\r\n"))
		return false;
	do {
		if (!peer_hear(peer, line))
			return false;
	} while (strcmp(line, ".") != 0);
	return peer_say(peer, "250 2.0.0 Ok: queued as 4F2A1\r\n");
}

/* A chunk of a message (RFC 3030): as many bytes as @line says. */
static bool answer_bdat(struct peer *peer, const char *line)
{
	unsigned long left = strtoul(line + strlen("BDAT "), NULL, 10);

	while (left > 0) {
		size_t n;

		if (!peer_wait(peer))
			return false;
		n = left < peer->n ? left : peer->n;
		peer_drop(peer, n);
		left -= n;
	}
	return peer_say(peer, "250 2.0.0 Ok: chunk taken\r\n");
}

static bool answer_unknown(const struct server *server, struct peer *peer, const char *line)
{
	char reply[LINE + 64];

	if (!server->echo)
		return peer_say(peer, "502 5.5.2 Error: command not recognized\r\n");
	snprintf(reply, sizeof(reply), "500 5.5.1 Command unrecognized: \"%s\"\r\n", line);
	return peer_say(peer, reply);
}

/* False: the connection is over. */
static bool answer(const struct server *server, struct peer *peer, const char *line)
{
	if (starts(line, "EHLO "))
		return answer_ehlo(server, peer);
	if (starts(line, "HELO "))
		return peer_say(peer, "250 mx.example.com\r\n");
	if (starts(line, "STARTTLS"))
		return answer_starttls(server, peer);
	if (starts(line, "MAIL "))
		return peer_say(peer, "250 2.1.0 Ok\r\n");
	if (starts(line, "RCPT "))
		return peer_say(peer, "250 2.1.5 Ok\r\n");
	if (starts(line, "DATA"))
		return answer_data(peer);
	if (starts(line, "BDAT "))
		return answer_bdat(peer, line);
	if (server->plain && starts(line, "AUTH PLAIN "))
		return peer_say(peer, "235 2.7.0 Authentication successful\r\n");
	if (starts(line, "RSET") || starts(line, "NOOP"))
		return peer_say(peer, "250 2.0.0 Ok\r\n");
	if (starts(line, "QUIT")) {
		(void)peer_say(peer, "221 2.0.0 Bye\r\n");
		return false;
	}
	return answer_unknown(server, peer, line);
}

static void serve(const struct server *server, int fd)
{
	struct peer peer = { .fd = fd };
	char line[LINE];

	alarm(LIFE_SECONDS);
	if (peer_say(&peer, "220 mx.example.com ESMTP Postfix\r\n"))
		while (peer_hear(&peer, line) && answer(server, &peer, line))
			;
	peer_end(&peer);
}

/* IPv6, and IPv4 mapped into it. */
static int listen_at(const char *port)
{
	struct addrinfo hints = {
		.ai_family = AF_INET6, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE
	};
	struct addrinfo *at = NULL;
	int on = 1, off = 0, fd;

	if (getaddrinfo(NULL, port, &hints, &at) != 0)
		return -1;
	fd = socket(at->ai_family, at->ai_socktype, 0);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd >= 0 && (bind(fd, at->ai_addr, at->ai_addrlen) < 0 || listen(fd, SOMAXCONN) < 0)) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(at);
	return fd;
}

static void take(const struct server *server, int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		return;
	if (fork() == 0) {
		serve(server, fd);
		_exit(0);
	}
	close(fd);
}

static int serve_ports(const struct server *server, char **ports)
{
	struct pollfd listeners[PORTS_MAX];
	nfds_t count = 0;

	for (; ports[count] && count < PORTS_MAX; count++) {
		listeners[count] =
			(struct pollfd){ .fd = listen_at(ports[count]), .events = POLLIN };
		if (listeners[count].fd < 0) {
			fprintf(stderr, "mailpeer: port %s is not to be had\n", ports[count]);
			return 1;
		}
	}
	signal(SIGCHLD, SIG_IGN); /* nobody waits for the processes that serve */
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(listeners, count, -1) < 0)
			continue;
		for (nfds_t i = 0; i < count; i++)
			if (listeners[i].revents)
				take(server, listeners[i].fd);
	}
}

/* The sender */

struct client {
	SSL_CTX *context;
	const char *from, *name, *address, *port;
};

static int connect_to(const struct client *client)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	struct addrinfo *from = NULL, *to = NULL;
	int fd = -1;

	if (getaddrinfo(client->from, NULL, &hints, &from) == 0 &&
		getaddrinfo(client->address, client->port, &hints, &to) == 0)
		fd = socket(to->ai_family, to->ai_socktype, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
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

/* The code of the next reply, 0 if none came; *@offers: a line of it is STARTTLS. */
static int reply(struct peer *peer, bool *offers)
{
	char line[LINE];

	do {
		if (!peer_hear(peer, line))
			return 0;
		if (offers && strlen(line) > 4 && strcasecmp(line + 4, "STARTTLS") == 0)
			*offers = true;
	} while (strlen(line) > 3 && line[3] == '-');
	return atoi(line);
}

/* The code of the answer to @verb. */
static int ask(struct peer *peer, const char *verb, const char *argument, bool *offers)
{
	char line[LINE];

	snprintf(line, sizeof(line), "%s%s\r\n", verb, argument);
	return peer_say(peer, line) ? reply(peer, offers) : 0;
}

static bool hand_over(struct peer *peer)
{
	if (ask(peer, "MAIL FROM:", "<a@example.net>", NULL) != 250 ||
		ask(peer, "RCPT TO:", "<b@example.com>", NULL) != 250 ||
		ask(peer, "DATA", "", NULL) != 354 ||
		ask(peer, "Subject: test", "\r\n\r\nA mail of a test.\r\n.", NULL) != 250)
		return false;
	(void)ask(peer, "QUIT", "", NULL);
	return true;
}

/* TLS if it is offered and granted; a refusal is no failure. */
static bool secure(struct peer *peer, const struct client *client)
{
	int code = ask(peer, "STARTTLS", "", NULL);

	if (code != 220)
		return code != 0;
	return peer_start_tls(peer, client->context, SSL_connect) &&
	       ask(peer, "EHLO ", client->name, NULL) == 250;
}

/* One connection. *@tls: TLS is wanted, then: was had. */
static bool attempt(const struct client *client, bool *tls)
{
	struct peer peer = { .fd = connect_to(client) };
	bool offered = false, sent = false;
	int code;

	if (peer.fd < 0)
		return false;
	if (reply(&peer, NULL) == 220) {
		code = ask(&peer, "EHLO ", client->name, &offered);
		if (code >= 500)
			code = ask(&peer, "HELO ", client->name, NULL);
		sent = code == 250 && (!offered || !*tls || secure(&peer, client)) &&
		       hand_over(&peer);
	}
	*tls = peer.tls != NULL;
	if (sent)
		peer_end(&peer);
	else
		peer_close(&peer);
	return sent;
}

static int send_mail(const struct client *client)
{
	bool tls = true;

	if (!attempt(client, &tls)) {
		tls = false;
		if (!attempt(client, &tls))
			return 1;
	}
	puts(tls ? "tls" : "clear");
	return 0;
}

static bool take_word(char ***at, const char *word)
{
	if (!**at || strcmp(**at, word) != 0)
		return false;
	++*at;
	return true;
}

static int run_server(char **arguments)
{
	struct server server = { .context = SSL_CTX_new(TLS_server_method()) };

	server.echo = take_word(&arguments, "--echo");
	server.last = take_word(&arguments, "--last");
	server.plain = take_word(&arguments, "--plain");
	if (!arguments[0] || !arguments[1] || !arguments[2])
		return 2;
	if (SSL_CTX_use_certificate_chain_file(server.context, arguments[0]) != 1 ||
		SSL_CTX_use_PrivateKey_file(server.context, arguments[1], SSL_FILETYPE_PEM) != 1) {
		fprintf(stderr, "mailpeer: %s and %s are of no use\n", arguments[0], arguments[1]);
		return 1;
	}
	return serve_ports(&server, arguments + 2);
}

static int run_client(char **arguments)
{
	struct client client = { .context = SSL_CTX_new(TLS_client_method()) };
	int status;

	if (take_word(&arguments, "--tls1.2"))
		SSL_CTX_set_max_proto_version(client.context, TLS1_2_VERSION);
	if (!arguments[0] || !arguments[1] || !arguments[2] || !arguments[3])
		return 2;
	client.from = arguments[0];
	client.name = arguments[1];
	client.address = arguments[2];
	client.port = arguments[3];
	status = send_mail(&client);
	SSL_CTX_free(client.context);
	return status;
}

int main(int argc, char **argv)
{
	int status = 2;

	signal(SIGPIPE, SIG_IGN);
	if (argc > 1 && strcmp(argv[1], "serve") == 0)
		status = run_server(argv + 2);
	else if (argc > 1 && strcmp(argv[1], "send") == 0)
		status = run_client(argv + 2);
	if (status == 2)
		fprintf(stderr,
			"usage: mailpeer serve [--echo] [--last|--plain] CERTIFICATE KEY PORT...\n"
			"       mailpeer send [--tls1.2] FROM-ADDRESS NAME ADDRESS PORT\n");
	return status;
}
