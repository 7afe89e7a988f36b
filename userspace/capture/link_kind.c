// SPDX-License-Identifier: BSD-2-Clause
#include "capture/link_kind.h"

#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

static bool ask(int fd, unsigned long what, const char *name, struct ifreq *answer)
{
	memset(answer, 0, sizeof(*answer));
	snprintf(answer->ifr_name, sizeof(answer->ifr_name), "%s", name);
	return ioctl(fd, what, answer) == 0;
}

bool link_kind_is_up(int fd, const char *name)
{
	struct ifreq answer;

	return ask(fd, SIOCGIFFLAGS, name, &answer) && answer.ifr_flags & IFF_UP;
}

enum link_kind link_kind_of(int fd, const char *name)
{
	struct ifreq answer;

	if (!ask(fd, SIOCGIFHWADDR, name, &answer))
		return LINK_KIND_OTHER;
	switch (answer.ifr_hwaddr.sa_family) {
	case ARPHRD_ETHER:
		return LINK_KIND_ETHERNET;
	case ARPHRD_LOOPBACK:
		return LINK_KIND_LOOPBACK;
	case ARPHRD_NONE: /* tun, WireGuard */
	case ARPHRD_PPP:
	case ARPHRD_RAWIP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
		return LINK_KIND_RAW;
	default:
		return LINK_KIND_OTHER;
	}
}
