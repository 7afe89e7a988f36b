// SPDX-License-Identifier: BSD-2-Clause
#include "capture/nflog.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const char prefix[] = "nflog";

bool nflog_is(const char *interface)
{
	size_t n = strlen(prefix);

	return strncmp(interface, prefix, n) == 0 && (!interface[n] || interface[n] == ':');
}

/* No answer is asked for: libpcap reads from this socket, and does not expect one. */
static void set_timeout(int fd, uint16_t group, unsigned int ms)
{
	const unsigned int ms_per_tick = 10;
	struct {
		struct nlmsghdr header;
		struct nfgenmsg group;
		struct nlattr attribute;
		uint32_t ticks;
	} message = {
		.header = {
			.nlmsg_len = sizeof(message),
			.nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG,
			.nlmsg_flags = NLM_F_REQUEST,
		},
		.group = { .version = NFNETLINK_V0, .res_id = htons(group) },
		.attribute = {
			.nla_len = sizeof(message.attribute) + sizeof(message.ticks),
			.nla_type = NFULA_CFG_TIMEOUT,
		},
		.ticks = htonl(ms < ms_per_tick ? 1 : ms / ms_per_tick),
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	sendto(fd, &message, sizeof(message), 0, (struct sockaddr *)&kernel, sizeof(kernel));
}

/* libpcap has accepted the name: group 0 if none is given, else numbers with commas between. */
void nflog_set_delay(int fd, const char *interface, unsigned int ms)
{
	const char *at = interface + strlen(prefix);

	do {
		char *end;
		unsigned long group = strtoul(*at ? at + 1 : at, &end, 0);

		set_timeout(fd, (uint16_t)group, ms);
		at = end;
	} while (*at == ',');
}
