// SPDX-License-Identifier: BSD-2-Clause
/*
 * send: the frames of capture files out of an interface, as they stand there and as fast as it
 * takes them. Says how many there were.
 *
 *   send [-n TIMES] INTERFACE FILE...
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/capture.h"

static bool send_frame(int fd, struct bytes frame)
{
	ssize_t sent;

	/* A full queue of the interface is waited for; a full socket blocks by itself. */
	do
		sent = send(fd, frame.p, frame.n, 0);
	while (sent < 0 && errno == ENOBUFS && usleep(1000) == 0);
	return sent == (ssize_t)frame.n;
}

/* Returns how many, or -1: said. */
static long send_files(int fd, char **paths, size_t n)
{
	struct capture *capture = capture_open_files(paths, n);
	struct capture_stats stats;
	struct packet packet;
	long count = 0;

	while (capture_next(capture, &packet)) {
		if (packet.link_type == LINK_ETHERNET && send_frame(fd, packet.frame)) {
			count++;
			continue;
		}
		fprintf(stderr, "send: a frame of %zu bytes, link type %u: %s\n", packet.frame.n,
			packet.link_type, strerror(errno));
		count = -1;
		break;
	}
	capture_get_stats(capture, &stats);
	capture_close(capture);
	return stats.failed ? -1 : count;
}

static int open_interface(const char *name)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		fprintf(stderr, "send: %s: %s\n", name, strerror(errno));
		return -1;
	}
	return fd;
}

int main(int argc, char **argv)
{
	long times = 1, total = 0;
	int option, fd;

	while ((option = getopt(argc, argv, "n:")) == 'n')
		times = atol(optarg);
	if (option != -1 || argc - optind < 2) {
		fputs("usage: send [-n TIMES] INTERFACE FILE...\n", stderr);
		return 2;
	}
	fd = open_interface(argv[optind++]);
	if (fd < 0)
		return 1;
	while (times--) {
		long count = send_files(fd, argv + optind, (size_t)(argc - optind));

		if (count < 0)
			return 1;
		total += count;
	}
	printf("%ld\n", total);
	close(fd);
	return 0;
}
