/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DNS message's answers (RFC 1035, 3596, 6698): the records that a mail sensor needs, out of a
 * packet of the wire or of our own resolver's answer alike. Every length and every compression pointer
 * is hostile. Nothing is allocated but the result, which is bounded.
 */
#ifndef DIALOGUE_DNS_H
#define DIALOGUE_DNS_H

#include "base/addr.h"
#include "base/domain.h"

enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_TLSA = 52,
};

/* More records of one answer, or longer data of one record, than honest ones have. */
#define DNS_RECORDS_MAX 64
#define DNS_DATA_MAX    4096

struct dns_tlsa {
	uint8_t usage, selector, matching;
	struct bytes data;         /* stands in dns_answer.block */
};

struct dns_record {
	enum dns_type type;        /* the one that was asked for */
	uint32_t ttl;
	union {
		struct addr addr;                                   /* A, AAAA */
		struct { uint16_t preference; const char *host; } mx; /* normalised; "" is a null MX */
		const char *host;                                   /* CNAME: normalised */
		struct bytes txt;                                   /* strings of one record joined */
		struct dns_tlsa tlsa;
	};
};

/* What a message says about the question in it. Views stand in @block. */
struct dns_answer {
	char name[DOMAIN_TEXT];       /* that was asked for, normalised */
	enum dns_type type;
	uint8_t rcode;                /* RFC 1035 4.1.1, with the upper bits of RFC 6891 6.1.3 */
	bool authentic;               /* the AD bit */
	bool truncated;               /* the TC bit */
	char canonical[DOMAIN_TEXT];  /* end of the CNAME chain; without one, or asked for, the name */
	uint32_t ttl;                 /* least of chain and records; of an empty answer: SOA's (RFC 2308) */
	struct dns_record *records;
	size_t count;
	bool cut;                     /* there was more than the bounds let in */
	bool odd;                     /* records of the type that can't be told were left out */
	bool referral;                /* empty, and says only who might know (RFC 2308 2.2) */
	char *block;                  /* owns names and data */
};

/*
 * Parse @message (without a TCP length). False, and *@answer all zero: it is no response with one
 * question of class IN for a host name and a type of the list above but SOA, or it is malformed.
 * One record's bad data does not count: that record is left out.
 */
bool dns_parse(struct bytes message, struct dns_answer *answer);
void dns_answer_free(struct dns_answer *answer);

/* @out becomes a copy of @answer that owns all it points to. */
void dns_answer_copy(struct dns_answer *out, const struct dns_answer *answer);

#endif
