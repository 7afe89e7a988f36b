// SPDX-License-Identifier: BSD-2-Clause
#include "sink/syslog_way.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "sink/host_query.h"

#define SECOND INT64_C(1000000000)

/* Between two tries to open a socket, or to find a server's address. */
#define RETRY_CONNECT (1 * SECOND)
#define RETRY_LOOKUP  (30 * SECOND)

/* How long an address that was found is used. */
#define LOOKUP_AGE (600 * SECOND)

/* The first look-up may be waited for: nothing runs yet that could be held up. */
#define FIRST_LOOKUP_MS 5000

/* For a daemon that is slow to take what it was given. */
#define PATIENCE_MS 100

/* Messages that wait in the kernel for the daemon: some hundred documents. */
#define SEND_BUFFER (1024 * 1024)

#define DEFAULT_PORT "514"

struct syslog_way {
	char *path; /* of the local daemon; NULL: UDP */
	char *host, *port;
	struct addresses found; /* of host */
	struct host_query *query; /* under way; NULL: none is */
	int64_t next_lookup;    /* not before */
	int64_t next_connect;   /* the same */
	int fd;                 /* -1: not open */
	bool stream;
	bool stuck;      /* it did not take the last message in time */
	const char *why; /* of the last failure to open */
};

/* "HOST", "HOST:PORT", "[IPV6]:PORT" into two views. */
static bool split(struct bytes address, struct bytes *host, struct bytes *port)
{
	const uint8_t *end, *colon;
	uint64_t number;

	*port = bytes_str(DEFAULT_PORT);
	if (bytes_starts(address, "[")) {
		bytes_skip(&address, 1);
		end = memchr(address.p, ']', address.n);
		if (!end || !bytes_take(&address, (size_t)(end - address.p), host) ||
			!bytes_skip(&address, 1))
			return false;
	} else {
		colon = memchr(address.p, ':', address.n);
		if (!bytes_take(&address, colon ? (size_t)(colon - address.p) : address.n, host))
			return false;
	}
	if (address.n) {
		if (address.p[0] != ':')
			return false;
		bytes_skip(&address, 1);
		*port = address;
	}
	return host->n > 0 && text_parse_uint(*port, UINT16_MAX, &number) && number > 0;
}

/* Two views of a server's address, or false: it is no such. */
static bool parse_udp(const char *address, struct bytes *host, struct bytes *port)
{
	struct bytes rest = bytes_str(address);

	return bytes_starts(rest, "udp:") && bytes_skip(&rest, 4) && split(rest, host, port);
}

static const char *local_path(const char *address)
{
	if (strcmp(address, "local") == 0)
		return "/dev/log";
	return address[0] == '/' && strlen(address) < sizeof(((struct sockaddr_un *)0)->sun_path)
		       ? address
		       : NULL;
}

bool syslog_way_parse(const char *address)
{
	struct bytes host, port;

	return local_path(address) || parse_udp(address, &host, &port);
}

struct syslog_way *syslog_way_new(const char *address)
{
	struct bytes host, port;
	struct syslog_way *way;

	if (!syslog_way_parse(address)) {
		log_err("sink: syslog: %s: no path, nor udp:HOST:PORT", address);
		return NULL;
	}
	way = mem_alloc(sizeof(*way));
	way->fd = -1;
	way->path = mem_strdup(local_path(address));
	if (way->path)
		return way;
	parse_udp(address, &host, &port);
	way->host = mem_string(host);
	way->port = mem_string(port);
	way->found.error = "not looked up yet";
	way->query = host_query_start(way->host, way->port);
	/* What it finds, the first message will see. */
	if (way->query) {
		struct addresses found;

		host_query_get(way->query, FIRST_LOOKUP_MS, &found);
	}
	return way;
}

static void disconnect(struct syslog_way *way)
{
	if (way->fd >= 0)
		close(way->fd);
	way->fd = -1;
}

void syslog_way_free(struct syslog_way *way)
{
	if (!way)
		return;
	disconnect(way);
	host_query_free(way->query);
	free(way->path);
	free(way->host);
	free(way->port);
	free(way);
}

void syslog_way_renew(struct syslog_way *way)
{
	way->next_lookup = way->next_connect = 0;
	way->stuck = false;
	if (way->path)
		disconnect(way);
}

/* A socket of @type connected to @address; -1: errno says why not. */
static int open_socket(const struct sockaddr *address, socklen_t length, int type)
{
	int size = SEND_BUFFER, error;
	int fd = socket(address->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)); /* the kernel may give less */
	if (connect(fd, address, length) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static void connect_local(struct syslog_way *way)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, way->path, strlen(way->path) + 1);
	way->stream = false;
	way->fd = open_socket((struct sockaddr *)&address, sizeof(address), SOCK_DGRAM);
	if (way->fd < 0 && errno == EPROTOTYPE) {
		way->stream = true;
		way->fd = open_socket((struct sockaddr *)&address, sizeof(address), SOCK_STREAM);
	}
}

/* The first of the server's addresses to which there is a route. */
static void connect_server(struct syslog_way *way)
{
	for (size_t i = 0; i < way->found.n && way->fd < 0; i++)
		way->fd = open_socket((const struct sockaddr *)&way->found.list[i],
			way->found.length[i], SOCK_DGRAM);
}

/* Begin a look-up that is due, take in one that is done. */
static void look_up(struct syslog_way *way, int64_t now)
{
	struct addresses found;

	if (!way->query && now >= way->next_lookup)
		way->query = host_query_start(way->host, way->port);
	if (!way->query || !host_query_get(way->query, 0, &found))
		return;
	host_query_free(way->query);
	way->query = NULL;
	way->next_lookup = now + (found.n ? LOOKUP_AGE : RETRY_LOOKUP);
	if (found.n == 0 && way->found.n > 0)
		return; /* the old ones are better than none */
	if (memcmp(&found, &way->found, sizeof(found)) != 0)
		disconnect(way);
	way->found = found;
	way->next_connect = 0;
}

static bool connected(struct syslog_way *way, int64_t now)
{
	if (way->host)
		look_up(way, now);
	if (way->fd >= 0)
		return true;
	if (now < way->next_connect)
		return false;
	way->next_connect = now + RETRY_CONNECT;
	errno = 0;
	if (way->path)
		connect_local(way);
	else
		connect_server(way);
	way->why = way->host && !way->found.n ? way->found.error : strerror(errno);
	return way->fd >= 0;
}

static bool wait_for_room(struct syslog_way *way)
{
	struct pollfd poll_fd = { .fd = way->fd, .events = POLLOUT };

	if (way->stuck || poll(&poll_fd, 1, PATIENCE_MS) <= 0)
		way->stuck = true;
	return !way->stuck;
}

/* 0 or an errno. A message of a stream ends with a NUL, which stands in no other place of it. */
static int send_whole(struct syslog_way *way, const struct text *message)
{
	size_t done = 0, n = message->n + way->stream;

	while (done < n) {
		ssize_t sent = send(way->fd, message->s + done, n - done, MSG_NOSIGNAL);

		if (sent >= 0)
			done += (size_t)sent;
		else if (errno == EAGAIN && !wait_for_room(way))
			break;
		else if (errno != EAGAIN && errno != EINTR)
			return errno;
	}
	if (done == n) {
		way->stuck = false;
		return 0;
	}
	/* Torn: what the daemon has of it ends here. */
	if (done > 0)
		disconnect(way);
	return EAGAIN;
}

static const char *words_for(int error)
{
	return error == EAGAIN ? "takes nothing" : strerror(error);
}

bool syslog_way_send(
	struct syslog_way *way, int64_t now, const struct text *message, const char **why)
{
	int error;

	*why = NULL;
	if (!connected(way, now)) {
		*why = way->why;
		return false;
	}
	error = send_whole(way, message);
	if (error == 0)
		return true;
	*why = words_for(error);
	if (error == EAGAIN || error == EMSGSIZE)
		return false;
	/* The daemon was restarted; or a server's host has refused an earlier message. */
	if (way->path) {
		disconnect(way);
		way->next_connect = 0;
		if (!connected(way, now)) {
			*why = way->why;
			return false;
		}
		error = send_whole(way, message);
		*why = error ? words_for(error) : NULL;
		return error == 0;
	}
	return error == ECONNREFUSED && send_whole(way, message) == 0;
}
