// SPDX-License-Identifier: BSD-2-Clause
#include "capture/link_news.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int link_news_open(void)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
	int error;

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

/* Too long or too many (ENOBUFS) is news as well. */
void link_news_drain(int fd)
{
	char start_of_it[16];

	while (recv(fd, start_of_it, sizeof(start_of_it), 0) >= 0 || errno == ENOBUFS ||
		errno == EINTR)
		;
}

bool link_look(int fd, unsigned int index, char name[IF_NAMESIZE], bool *up)
{
	struct ifreq request = { .ifr_ifindex = (int)index };

	if (ioctl(fd, SIOCGIFNAME, &request) < 0)
		return errno != ENODEV;
	memcpy(name, request.ifr_name, IF_NAMESIZE);
	/* Fails if it was renamed just now: then there will be news again. */
	if (ioctl(fd, SIOCGIFFLAGS, &request) == 0)
		*up = request.ifr_flags & IFF_UP;
	return true;
}

bool link_is_up(int fd, const char *name)
{
	struct ifreq request = { 0 };
	size_t n = strnlen(name, IF_NAMESIZE);

	if (n == IF_NAMESIZE)
		return false;
	memcpy(request.ifr_name, name, n);
	return ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP);
}
