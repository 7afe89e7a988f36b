// SPDX-License-Identifier: BSD-2-Clause
#include "command/status_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

/* Who asks is answered at once, so that few wait. */
#define BACKLOG 16

/* An answer is some kilobytes: it must fit into the socket, for nobody waits for the reader. */
#define ANSWER_ROOM (256 * 1024)

struct status_server {
	struct loop_watch *watch;
	int fd;
	char *path;
	void (*tell)(void *context, struct text *out);
	void *context;
};

static void answer(struct status_server *server, int fd)
{
	int room = ANSWER_ROOM;
	struct text out = { 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	server->tell(server->context, &out);
	if (send(fd, out.s, out.n, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)out.n)
		log_debug("status: somebody asked and did not take the answer");
	text_free(&out);
}

static void on_connection(void *context, int fd, unsigned int events)
{
	struct status_server *server = context;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (peer < 0)
		return;
	answer(server, peer);
	close(peer);
}

/* Somebody listens there. */
static bool is_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;

	if (fd >= 0)
		close(fd);
	return alive;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	if (is_alive(&address))
		return -EADDRINUSE;
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
		chmod(path, 0660) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	error = errno;
	close(fd);
	return -error;
}

struct status_server *status_server_new(struct loop *loop, const char *path,
	void (*tell)(void *context, struct text *out), void *context)
{
	struct status_server *server;
	int fd = listen_at(path);

	if (fd < 0) {
		log_warn("watch: %s: no status will be told: %s", path, strerror(-fd));
		return NULL;
	}
	server = mem_alloc(sizeof(*server));
	server->fd = fd;
	server->path = mem_strdup(path);
	server->tell = tell;
	server->context = context;
	server->watch = loop_watch_new(loop, fd, on_connection, server);
	if (server->watch) {
		loop_watch_set(server->watch, LOOP_READ);
		return server;
	}
	status_server_free(server);
	return NULL;
}

void status_server_free(struct status_server *server)
{
	if (!server)
		return;
	loop_watch_free(server->watch);
	close(server->fd);
	unlink(server->path);
	free(server->path);
	free(server);
}
