/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TCP segment in one IP datagram, to be read, changed and forged. After changes datagram_seal()
 * makes lengths and checksums fit again.
 */
#ifndef MIDDLEBOX_DATAGRAM_H
#define MIDDLEBOX_DATAGRAM_H

#include "base/addr.h"

/* The most that an IP datagram holds. */
#define DATAGRAM_MAX 65535

enum datagram_flag {
	DATAGRAM_FIN = 0x01,
	DATAGRAM_SYN = 0x02,
	DATAGRAM_RST = 0x04,
	DATAGRAM_PSH = 0x08,
	DATAGRAM_ACK = 0x10,
};

struct datagram {
	size_t n;       /* of bytes */
	size_t tcp;     /* where its TCP header begins */
	size_t payload; /* where its payload begins */
	struct endpoint from, to;
	uint8_t bytes[DATAGRAM_MAX];
};

/* Finds its way in ->bytes, of which there are ->n. False: not one whole TCP segment over plain IP.
 */
bool datagram_parse(struct datagram *datagram);

void datagram_copy(struct datagram *to, const struct datagram *from);

struct bytes datagram_payload(const struct datagram *datagram);
void datagram_set_payload(struct datagram *datagram, struct bytes payload);

/* The first @from of the payload becomes @to, which is as long. False: it is not in there. */
bool datagram_replace(struct datagram *datagram, const char *from, const char *to);

uint8_t datagram_flags(const struct datagram *datagram);
void datagram_set_flags(struct datagram *datagram, uint8_t flags);
uint32_t datagram_seq(const struct datagram *datagram);
void datagram_set_seq(struct datagram *datagram, uint32_t seq);

/* TTL or hop limit; @more may be negative. It stays between 1 and 255. */
void datagram_add_hops(struct datagram *datagram, int more);

/* An RST to the sender of @answered that its peer could have sent: the numbers fit. */
void datagram_forge_reset(struct datagram *out, const struct datagram *answered);

void datagram_seal(struct datagram *datagram);

#endif
