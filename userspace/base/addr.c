// SPDX-License-Identifier: BSD-2-Clause
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/text.h"

const char *addr_format(const struct addr *addr, char out[ADDR_TEXT])
{
	int family = addr->length == 16 ? AF_INET6 : AF_INET;

	if (addr->length == 0 || !inet_ntop(family, addr->ip, out, ADDR_TEXT))
		memcpy(out, "-", 2);
	return out;
}

const char *endpoint_format(const struct endpoint *endpoint, char out[ENDPOINT_TEXT])
{
	char ip[ADDR_TEXT];

	snprintf(out, ENDPOINT_TEXT, endpoint->addr.length == 16 ? "[%s]:%u" : "%s:%u",
		addr_format(&endpoint->addr, ip), endpoint->port);
	return out;
}

bool addr_parse(struct bytes text, struct addr *out)
{
	struct addr addr = { 0 };
	char s[ADDR_TEXT];

	if (text.n == 0 || text.n >= sizeof(s) || memchr(text.p, '\0', text.n))
		return false;
	memcpy(s, text.p, text.n);
	s[text.n] = '\0';
	if (inet_pton(AF_INET, s, addr.ip) == 1)
		addr.length = 4;
	else if (inet_pton(AF_INET6, s, addr.ip) == 1)
		addr.length = 16;
	else
		return false;
	*out = addr;
	return true;
}

bool network_parse(struct bytes text, struct network *out)
{
	const uint8_t *slash = text.n ? memchr(text.p, '/', text.n) : NULL;
	struct network network = { 0 };
	struct bytes address = text;
	uint64_t bits;

	if (slash)
		address.n = (size_t)(slash - text.p);
	if (!addr_parse(address, &network.addr))
		return false;
	bits = network.addr.length * 8u;
	if (slash && !text_parse_uint(bytes_of(slash + 1, text.n - address.n - 1), bits, &bits))
		return false;
	network.prefix = (uint8_t)bits;
	*out = network;
	return true;
}

bool network_contains(const struct network *network, const struct addr *addr)
{
	size_t whole = network->prefix / 8;
	uint8_t mask = (uint8_t)(0xff00 >> network->prefix % 8);

	if (addr->length != network->addr.length)
		return false;
	if (memcmp(addr->ip, network->addr.ip, whole) != 0)
		return false;
	return network->prefix % 8 == 0 || ((addr->ip[whole] ^ network->addr.ip[whole]) & mask) == 0;
}

bool addr_is_loopback(const struct addr *addr)
{
	static const uint8_t six[16] = { [15] = 1 };

	return addr->length == 4 ? addr->ip[0] == 127 :
				   addr->length == 16 && memcmp(addr->ip, six, sizeof(six)) == 0;
}
