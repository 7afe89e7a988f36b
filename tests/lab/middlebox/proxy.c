// SPDX-License-Identifier: BSD-2-Clause
#include "lab/middlebox/proxy.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "lab/middlebox/relay.h"

/* IPv6, and IPv4 mapped into it, at and from addresses that are other hosts'. */
static int transparent_socket(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1, off = 0;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, &on, sizeof(on)) == 0 &&
		setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &on, sizeof(on)) == 0 &&
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0)
		return fd;
	close(fd);
	return -1;
}

int proxy_open(uint16_t port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = transparent_socket();

	if (fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0 &&
		listen(fd, SOMAXCONN) == 0)
		return fd;
	perror("middlebox: listener");
	if (fd >= 0)
		close(fd);
	return -1;
}

static struct endpoint endpoint_of(const struct sockaddr_in6 *at)
{
	bool mapped = IN6_IS_ADDR_V4MAPPED(&at->sin6_addr);
	struct endpoint endpoint = { .port = ntohs(at->sin6_port) };

	endpoint.addr.length = mapped ? 4 : 16;
	memcpy(endpoint.addr.ip, at->sin6_addr.s6_addr + (mapped ? 12 : 0), endpoint.addr.length);
	return endpoint;
}

static void tell(const struct sockaddr_in6 *client, const struct sockaddr_in6 *server)
{
	struct endpoint from = endpoint_of(client), to = endpoint_of(server);
	char from_text[ENDPOINT_TEXT], to_text[ENDPOINT_TEXT];

	printf("%s > %s\n", endpoint_format(&from, from_text), endpoint_format(&to, to_text));
	fflush(stdout);
}

/* To the server, from the client's address and port. */
static int connect_on(const struct sockaddr_in6 *client, const struct sockaddr_in6 *server)
{
	int fd = transparent_socket();

	if (fd >= 0 && bind(fd, (const struct sockaddr *)client, sizeof(*client)) == 0 &&
		connect(fd, (const struct sockaddr *)server, sizeof(*server)) == 0)
		return fd;
	perror("middlebox: connection to the server");
	if (fd >= 0)
		close(fd);
	return -1;
}

static void serve(int fd, const struct technique *technique, const struct settings *settings)
{
	struct sockaddr_in6 client, server;
	socklen_t client_length = sizeof(client), server_length = sizeof(server);
	struct relay relay = { .settings = settings, .rewrite = technique->rewrite };
	int on = 1;

	if (getpeername(fd, (struct sockaddr *)&client, &client_length) ||
		getsockname(fd, (struct sockaddr *)&server, &server_length))
		return;
	tell(&client, &server);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	relay.fd[CLIENT] = fd;
	relay.fd[SERVER] = connect_on(&client, &server);
	if (relay.fd[SERVER] < 0)
		return;
	relay_run(&relay);
	close(relay.fd[SERVER]);
}

static void take(int listener, const struct technique *technique, const struct settings *settings)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(listener);
		serve(fd, technique, settings);
		close(fd);
		exit(0);
	}
	close(fd);
}

void proxy_run(
	int listener, int stop, const struct technique *technique, const struct settings *settings)
{
	struct pollfd poll_for[2] = { { .fd = listener, .events = POLLIN },
		{ .fd = stop, .events = POLLIN } };

	signal(SIGCHLD, SIG_IGN); /* nobody waits for the processes that serve */
	while (!poll_for[1].revents)
		if (poll(poll_for, 2, -1) > 0 && poll_for[0].revents)
			take(listener, technique, settings);
	signal(SIGCHLD, SIG_DFL);
}
