// SPDX-License-Identifier: BSD-2-Clause
#include "nameserver.h"

#include "harness.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

#define QUESTIONS_MAX   1024
#define CONNECTIONS_MAX 4
#define MESSAGE_MAX     65535

#define RCODE_FORMERR  1
#define RCODE_NXDOMAIN 3

/* RFC 2308: how long nothing is nothing, in the SOA record of negative answers. */
#define NEGATIVE_TTL 30

struct connection {
	struct nameserver *server;
	int fd;
	struct loop_watch *watch;
	uint8_t in[MESSAGE_MAX + 2];
	size_t n;
};

struct nameserver {
	struct loop *loop;
	const struct zone_row *zone;
	int udp, tcp;
	struct loop_watch *udp_watch, *tcp_watch;
	struct connection *connections[CONNECTIONS_MAX];
	char address[32];
	struct nameserver_count count;
	const struct zone_row *asked[QUESTIONS_MAX];
};

struct question {
	struct bytes whole; /* name, type, class */
	uint16_t id, type;
	bool edns;
	char name[256];
};

static bool read_question(
	struct nameserver *server, struct bytes message, bool tcp, struct question *out)
{
	struct bytes rest = message, label;
	uint16_t flags, additional;
	uint8_t length;
	size_t n = 0;

	if (!bytes_u16(&rest, &out->id) || !bytes_u16(&rest, &flags) || !bytes_skip(&rest, 6) ||
		!bytes_u16(&rest, &additional))
		return false;
	out->whole.p = rest.p;
	while (bytes_u8(&rest, &length) && length) {
		if (!bytes_take(&rest, length, &label))
			return false;
		memcpy(out->name + n, label.p, label.n);
		n += label.n;
		out->name[n++] = '.';
	}
	if (!n || !bytes_u16(&rest, &out->type) || !bytes_skip(&rest, 2))
		return false;
	out->name[n - 1] = '\0';
	out->whole.n = (size_t)(rest.p - out->whole.p);
	/* An OPT record, whose class says 1232. */
	out->edns = additional == 1 && rest.n == 11 && memcmp(rest.p, "\0\0\51\4\320", 5) == 0;
	server->count.all++;
	server->count.tcp += tcp;
	server->count.ad += flags & 0x0020 ? 1 : 0;
	server->count.edns += out->edns;
	return true;
}

static void put_u16(struct text *out, unsigned int value)
{
	text_putc(out, (char)(value >> 8));
	text_putc(out, (char)value);
}

static void put_head(struct text *out, const struct question *question, unsigned int flags,
	unsigned int answers, unsigned int authorities)
{
	put_u16(out, question->id);
	put_u16(out, 0x8180 | flags);
	put_u16(out, 1);
	put_u16(out, answers);
	put_u16(out, authorities);
	put_u16(out, 0);
	text_add(out, question->whole);
}

/* Of the name that was asked for. */
static void put_rr(struct text *out, unsigned int type, uint32_t ttl, struct bytes data)
{
	put_u16(out, 0xc00c);
	put_u16(out, type);
	put_u16(out, 1);
	put_u16(out, ttl >> 16);
	put_u16(out, ttl & 0xffff);
	put_u16(out, (unsigned int)data.n);
	text_add(out, data);
}

static void put_nothing(struct text *out, const struct question *question, unsigned int rcode)
{
	struct bytes soa = BYTES("\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\36");

	put_head(out, question, rcode, 0, 1);
	put_rr(out, 6, NEGATIVE_TTL, soa);
}

static void put_records(struct text *out, const struct nameserver *server,
	const struct question *question, const struct zone_row *first)
{
	const struct zone_row *row;
	unsigned int n = 0;

	for (row = first; row->name; row++)
		n += strcmp(row->name, first->name) == 0 && row->type == first->type;
	(void)server;
	put_head(out, question, first->authentic ? 0x20 : 0, n, 0);
	for (row = first; row->name; row++)
		if (strcmp(row->name, first->name) == 0 && row->type == first->type)
			put_rr(out, row->type, row->ttl, row->data);
}

static bool asked_before(struct nameserver *server, const struct zone_row *row)
{
	for (unsigned int i = 0; i + 1 < server->count.all && i < QUESTIONS_MAX; i++)
		if (server->asked[i] == row)
			return true;
	return false;
}

/* Nothing, where there is to be no reply. */
static void put_reply(struct text *out, struct nameserver *server, const struct question *question,
	const struct zone_row *row, bool tcp)
{
	switch (row->manner) {
	case ZONE_RCODE:
		put_head(out, question, row->rcode, 0, 0);
		return;
	case ZONE_SILENT:
		return;
	case ZONE_GARBAGE:
		put_head(out, question, 0, 1, 0);
		text_puts(out, "?");
		return;
	case ZONE_REFERRAL:
		put_head(out, question, 0, 0, 1);
		put_rr(out, 2, 60, BYTES("\2ns\0"));
		return;
	case ZONE_BY_TCP:
		if (!tcp) {
			put_head(out, question, 0x200, 0, 0);
			return;
		}
		break;
	case ZONE_NO_EDNS:
		if (question->edns) {
			put_head(out, question, RCODE_FORMERR, 0, 0);
			return;
		}
		break;
	case ZONE_SECOND:
		if (!asked_before(server, row))
			return;
		break;
	case ZONE_ANSWER:
		break;
	}
	put_records(out, server, question, row);
}

static void answer(struct nameserver *server, struct bytes message, bool tcp, struct text *out)
{
	const struct zone_row *row, *found = NULL;
	struct question question;
	bool exists = false;

	if (!read_question(server, message, tcp, &question))
		return;
	for (row = server->zone; row->name && !found; row++) {
		if (strcmp(row->name, question.name) != 0)
			continue;
		exists = true;
		found = row->type == question.type ? row : NULL;
	}
	if (server->count.all <= QUESTIONS_MAX)
		server->asked[server->count.all - 1] = found;
	if (found)
		put_reply(out, server, &question, found, tcp);
	else
		put_nothing(out, &question, exists ? 0 : RCODE_NXDOMAIN);
}

static void on_udp(void *context, int fd, unsigned int events)
{
	struct nameserver *server = context;
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	uint8_t message[MESSAGE_MAX];
	struct text out = { 0 };
	ssize_t n = recvfrom(fd, message, sizeof(message), 0, (struct sockaddr *)&from, &length);

	(void)events;
	if (n <= 0)
		return;
	answer(server, bytes_of(message, (size_t)n), false, &out);
	if (out.n)
		sendto(fd, out.s, out.n, 0, (struct sockaddr *)&from, length);
	text_free(&out);
}

static void hang_up(struct connection *connection)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (connection->server->connections[i] == connection)
			connection->server->connections[i] = NULL;
	loop_watch_free(connection->watch);
	close(connection->fd);
	free(connection);
}

static void on_connection(void *context, int fd, unsigned int events)
{
	struct connection *connection = context;
	struct bytes rest, message;
	ssize_t n =
		read(fd, connection->in + connection->n, sizeof(connection->in) - connection->n);

	(void)events;
	if (n <= 0) {
		hang_up(connection);
		return;
	}
	connection->n += (size_t)n;
	rest = bytes_of(connection->in, connection->n);
	while (bytes_prefixed(&rest, 2, &message)) {
		struct text out = { 0 }, framed = { 0 };

		answer(connection->server, message, true, &out);
		put_u16(&framed, (unsigned int)out.n);
		text_add(&framed, bytes_of(out.s, out.n));
		if (out.n)
			assert_int_equal(write(fd, framed.s, framed.n), framed.n);
		text_free(&out);
		text_free(&framed);
	}
	memmove(connection->in, rest.p, rest.n);
	connection->n = rest.n;
}

static void on_tcp(void *context, int fd, unsigned int events)
{
	struct nameserver *server = context;
	struct connection *connection = calloc(1, sizeof(*connection));
	size_t i = 0;

	(void)events;
	assert_non_null(connection);
	while (server->connections[i])
		assert_true(++i < CONNECTIONS_MAX);
	server->connections[i] = connection;
	connection->server = server;
	connection->fd = accept(fd, NULL, NULL);
	assert_true(connection->fd >= 0);
	connection->watch = loop_watch_new(server->loop, connection->fd, on_connection, connection);
	loop_watch_set(connection->watch, LOOP_READ);
}

/* Both sockets on one port; where the port of the first is taken for the second, again. */
static void bind_both(struct nameserver *server)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t length = sizeof(sin);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (;;) {
		server->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		server->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		sin.sin_port = 0;
		assert_int_equal(bind(server->udp, (struct sockaddr *)&sin, sizeof(sin)), 0);
		getsockname(server->udp, (struct sockaddr *)&sin, &length);
		if (bind(server->tcp, (struct sockaddr *)&sin, sizeof(sin)) == 0)
			break;
		close(server->udp);
		close(server->tcp);
	}
	assert_int_equal(listen(server->tcp, CONNECTIONS_MAX), 0);
	snprintf(server->address, sizeof(server->address), "127.0.0.1:%u", ntohs(sin.sin_port));
}

struct nameserver *nameserver_new(struct loop *loop, const struct zone_row *zone)
{
	struct nameserver *server = calloc(1, sizeof(*server));

	assert_non_null(server);
	server->loop = loop;
	server->zone = zone;
	bind_both(server);
	server->udp_watch = loop_watch_new(loop, server->udp, on_udp, server);
	server->tcp_watch = loop_watch_new(loop, server->tcp, on_tcp, server);
	loop_watch_set(server->udp_watch, LOOP_READ);
	loop_watch_set(server->tcp_watch, LOOP_READ);
	return server;
}

void nameserver_free(struct nameserver *server)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (server->connections[i])
			hang_up(server->connections[i]);
	loop_watch_free(server->udp_watch);
	loop_watch_free(server->tcp_watch);
	close(server->udp);
	close(server->tcp);
	free(server);
}

const char *nameserver_address(const struct nameserver *server)
{
	return server->address;
}

struct nameserver_count nameserver_count(const struct nameserver *server)
{
	return server->count;
}
