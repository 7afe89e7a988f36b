/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DANE for SMTP (RFC 7672, 6698, 7671): which TLSA records are usable, and whether a chain that was
 * seen on the wire matches one, without a TLS session of our own. Whether the records are to be
 * believed (DNSSEC) is for the caller to know: those that are not must not come here.
 */
#ifndef EVIDENCE_DANE_H
#define EVIDENCE_DANE_H

#include "base/text.h"
#include "dialogue/cert.h"
#include "dialogue/dns.h"

/* All that an answer can hold: one that was left out might be the one that matches. */
#define DANE_RECORDS_MAX DNS_RECORDS_MAX

struct dane_record {
	uint8_t usage, selector, matching;
	uint16_t length;
	uint8_t *data;
};

struct dane_records {
	struct dane_record list[DANE_RECORDS_MAX];
	size_t n;
	size_t unusable; /* records beside them that SMTP can't use (RFC 7672 3.1.3) */
	bool cut;        /* there were more than the answer could hold */
};

/* Keep the usable ones of an answer, digest agility applied (RFC 7671 9). dane_records_fini() frees. */
void dane_records_init(struct dane_records *records, const struct dns_answer *answer);
void dane_records_fini(struct dane_records *records);

/* Some record is of an authority: what matches it may be any certificate of the chain. */
bool dane_asks_chain(const struct dane_records *records);

/* "3 1 1 5fec…", as in a zone; data beyond some hundred digits is cut ("..."). */
void dane_record_print(const struct dane_record *record, struct text *out);

enum dane_match {
	DANE_MATCH,
	DANE_MISMATCH,
	DANE_UNUSABLE, /* there is no usable record: TLS is due, and any certificate will do */
	DANE_UNKNOWN,  /* what matches may be in the part of chain or records that was cut */
};

/* What OpenSSL wants for such checks, made once. */
struct dane;
struct dane *dane_new(void);
void dane_free(struct dane *dane);

/*
 * @chain at time @when (seconds) against @records of the TLSA base domain @host: DANE-EE by the leaf
 * alone, neither names nor dates nor the chain (RFC 7672 3.1.1); DANE-TA through the presented chain,
 * with dates, and the name @host or @domain (3.2.3; the domain whose mail it is, where a secure MX
 * record led from it to @host, else NULL). Names are normalised. @why (may be NULL): words.
 */
enum dane_match dane_check(struct dane *dane, const struct dane_records *records,
	const struct cert_chain *chain, const char *host, const char *domain, int64_t when,
	struct text *why);

#endif
