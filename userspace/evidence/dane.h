/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DANE for SMTP (RFC 7672, 6698, 7671): which TLSA records are usable, and whether a chain that was
 * seen on the wire matches one, without a TLS session of our own.
 */
#ifndef EVIDENCE_DANE_H
#define EVIDENCE_DANE_H

#include "base/text.h"
#include "dialogue/cert.h"
#include "dialogue/dns.h"

#define DANE_RECORDS_MAX 32

struct dane_records {
	struct { uint8_t usage, selector, matching; uint16_t length; uint8_t *data; }
		list[DANE_RECORDS_MAX];
	size_t n;
	size_t unusable; /* records beside them that SMTP can't use (RFC 7672 3.1.3) */
};

/* Keep the usable ones of an answer, digest agility applied (RFC 7671 9). dane_records_fini() frees. */
void dane_records_init(struct dane_records *records, const struct dns_answer *answer);
void dane_records_fini(struct dane_records *records);

enum dane_match { DANE_MATCH, DANE_MISMATCH, DANE_UNUSABLE };

/*
 * @chain at time @when (seconds) against @records for the TLSA base domain @host: DANE-EE by the leaf
 * alone, DANE-TA through the presented chain with names and dates. @why (may be NULL): words.
 */
enum dane_match dane_check(const struct dane_records *records, struct cert_cache *certs,
	const struct cert_chain *chain, const char *host, const char *domain, int64_t when,
	struct text *why);

#endif
