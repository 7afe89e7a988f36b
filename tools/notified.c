// SPDX-License-Identifier: BSD-2-Clause
/*
 * notified PATH: what a service says to its manager (sd_notify(3)) at the datagram socket PATH, a line
 * a message, until it is ended.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char message[4096];
	ssize_t n;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path)) {
		fputs("usage: notified PATH\n", stderr);
		return 2;
	}
	strcpy(address.sun_path, argv[1]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		chmod(argv[1], 0666) != 0) {
		fprintf(stderr, "notified: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while ((n = recv(fd, message, sizeof(message), 0)) >= 0) {
		for (ssize_t i = 0; i < n; i++)
			putchar(message[i] == '\n' ? ' ' : message[i]);
		putchar('\n');
	}
	return 0;
}
