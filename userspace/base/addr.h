/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Internet addresses, the end points of connections, and networks. Plain values, copied freely.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdint.h>
#include "base/bytes.h"

/* Every byte counts in comparisons: those beyond @length are zero. */
struct addr {
	uint8_t ip[16]; /* network order */
	uint8_t length; /* 4 or 16; 0: no address */
};

struct endpoint {
	struct addr addr;
	uint16_t port; /* host order */
};

struct network {
	struct addr addr;
	uint8_t prefix; /* bits */
};

/* Longest text of an address, with its NUL (RFC 5952 form; IPv6 without brackets). */
#define ADDR_TEXT 46

/* Write @addr into @out, which it returns. */
const char *addr_format(const struct addr *addr, char out[ADDR_TEXT]);

/* Longest text of an end point, with its NUL: 192.0.2.1:25 or [2001:db8::1]:25. */
#define ENDPOINT_TEXT (ADDR_TEXT + 8)

const char *endpoint_format(const struct endpoint *endpoint, char out[ENDPOINT_TEXT]);

/* An address alone, nothing before or behind. False for anything else; then *@out is unchanged. */
bool addr_parse(struct bytes text, struct addr *out);

/* ADDRESS or ADDRESS/BITS; bits of the address beyond the prefix are ignored. */
bool network_parse(struct bytes text, struct network *out);

bool network_contains(const struct network *network, const struct addr *addr);

/* 127.0.0.0/8 and ::1. */
bool addr_is_loopback(const struct addr *addr);

/* Word by word: this is asked for every packet. */
static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a->ip, sizeof(x));
	memcpy(y, b->ip, sizeof(y));
	return x[0] == y[0] && x[1] == y[1] && a->length == b->length;
}

static inline bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

#endif
