// SPDX-License-Identifier: BSD-2-Clause
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/text.h"

static char *put_octet(char *to, uint8_t octet)
{
	if (octet >= 100)
		*to++ = (char)('0' + octet / 100);
	if (octet >= 10)
		*to++ = (char)('0' + octet / 10 % 10);
	*to++ = (char)('0' + octet % 10);
	return to;
}

const char *addr_format(const struct addr *addr, char out[ADDR_TEXT])
{
	char *to = out;

	if (addr->length == 4) {
		/* inet_ntop(3) goes through printf; each document holds two addresses. */
		for (int i = 0; i < 4; i++) {
			to = put_octet(to, addr->ip[i]);
			*to++ = '.';
		}
		to[-1] = '\0';
	} else if (addr->length != 16 || !inet_ntop(AF_INET6, addr->ip, out, ADDR_TEXT)) {
		memcpy(out, "-", 2);
	}
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
