/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates: DER to names, dates, key, digests; the path to a trust anchor (RFC 5280); host
 * names (RFC 6125, 8461 4.2). A chain is parsed and checked once, however often it is shown, and
 * shared by reference count. Whether it is in date is asked at a session's own time, never at the
 * time of reading.
 */
#ifndef DIALOGUE_CERT_H
#define DIALOGUE_CERT_H

#include "base/addr.h"
#include "base/bytes.h"

/* A chain longer, or a certificate larger, is cut there: honest ones have 5 and 4 KiB. */
#define CERT_CHAIN_MAX 16
#define CERT_DER_MAX   65536
#define CERT_NAMES_MAX 256 /* SANs kept of one certificate */

struct cert {
	char *subject; /* RFC 4514, one line, printable ASCII: "CN=mx.example.com,O=Example" */
	char *issuer;
	char *subject_common_name; /* NULL: none */
	char *issuer_common_name;
	char *issuer_organization;
	char **dns_names; /* SAN DNS, lower case, printable */
	size_t dns_count;
	char **ip_names; /* SAN IP, as text */
	size_t ip_count;
	char *serial;              /* upper-case hex */
	char *key_algorithm;       /* "RSA", "EC", "Ed25519" … */
	char *signature_algorithm; /* OpenSSL's long name: "sha256WithRSAEncryption" */
	uint32_t key_bits;
	int64_t not_before, not_after; /* seconds since 1970 */
	uint8_t sha256[32];            /* of the DER */
	uint8_t spki_sha256[32];       /* of the subject public key info */
	bool self_signed; /* names itself as issuer; the signature isn't looked at here */
	bool is_ca;
	bool names_cut; /* there are more SANs than CERT_NAMES_MAX: no match proves nothing */
	bool parsed;    /* false: only sha256 is known, the strings are NULL */
};

#define CERT_PROBLEM_LIST(X)                                                                       \
	X(CERT_SELF_SIGNED, 1, "self-signed", "the leaf vouches for itself")                       \
	X(CERT_NOT_TRUSTED, 2, "not-trusted", "no path to a trust anchor")                         \
	X(CERT_REVOKED, 4, "revoked", "a certificate of the path, by a CRL")                       \
	X(CERT_WEAK, 8, "weak", "MD5, SHA-1, RSA below 2048 or EC below 224 bits")                 \
	X(CERT_EXPIRED, 16, "expired", "a certificate of the path, at the asked time")             \
	X(CERT_NOT_YET_VALID, 32, "not-yet-valid", "the same, before its time")                    \
	X(CERT_UNREADABLE, 64, "unreadable", "the leaf is no X.509 certificate")

enum cert_problem {
#define X(name, bit, text, comment) name = bit,
	CERT_PROBLEM_LIST(X)
#undef X
};

enum cert_status { CERT_STATUS_NONE, CERT_STATUS_GOOD, CERT_STATUS_REVOKED, CERT_STATUS_UNKNOWN };

struct cert_chain {
	struct cert **certs; /* as presented, leaf first; at least one */
	size_t count;
	uint64_t number;           /* from 1, never used again: names the chain among all of its cache */
	bool cut; /* more were presented than CERT_CHAIN_MAX */
	/*
	 * The time in which there is a path that is wholly in date, anchor included, in seconds
	 * since 1970; of the leaf alone where there is no path. Where one path ends and another one
	 * goes on (a cross-signed intermediate that was renewed), the two are joined. From above
	 * until: never.
	 */
	int64_t valid_from, valid_until;
	unsigned int problems;   /* enum cert_problem bits that don't depend on time */
	char *reason;            /* why not trusted, OpenSSL's words; NULL: trusted */
	unsigned int references; /* private to cert.c */
};

struct cert_cache;

struct cert_params {
	const char *trust; /* file or directory of PEM certificates; NULL: the system's */
	/*
	 * File or directory of CRLs (PEM or DER); NULL: none. Whoever a CRL names is revoked,
	 * whatever the date of the CRL or the revocation; whose issuer has none there, isn't.
	 */
	const char *crls;
	size_t max_chains; /* kept when nobody refers to them; 0: 4096 */
};

/*
 * NULL when the trust anchors or CRLs that @params names can't be read: logged. The system's anchors
 * are read with the first chain; a system without any is only warned about, and nothing is trusted
 * then.
 */
struct cert_cache *cert_cache_new(const struct cert_params *params);
/* Every chain must have been released. */
void cert_cache_free(struct cert_cache *cache);

/*
 * The chain of @n DER certificates, leaf first (n >= 1), parsed and checked now or earlier. A new
 * reference: cert_chain_release() it. Never NULL; what can't be parsed has parsed == false.
 */
struct cert_chain *cert_chain_get(struct cert_cache *cache, const struct bytes *der, size_t n);
struct cert_chain *cert_chain_retain(struct cert_chain *chain);
void cert_chain_release(struct cert_chain *chain); /* NULL is fine */

/* The DER of certificate @i (below chain->count) as it was presented; borrowed from the chain. */
struct bytes cert_chain_der(const struct cert_chain *chain, size_t i);

/* The problems of @chain at @when (seconds since 1970), dates included. */
unsigned int cert_chain_problems(const struct cert_chain *chain, int64_t when);

/*
 * A stapled OCSP response (DER, RFC 6960) for the leaf of @chain, whatever its date:
 * CERT_STATUS_UNKNOWN if it is not about the leaf, its signature does not hold, or the leaf is not
 * trusted anyway. A revocation learnt so belongs to the session, not to the chain's problems.
 */
enum cert_status cert_ocsp_status(
	struct cert_cache *cache, const struct cert_chain *chain, struct bytes response);

/*
 * RFC 8461 4.2: some SAN DNS name of @cert is @host; a wildcard is the whole left-most label,
 * stands for exactly one, and is not honoured right under the root ("*.com"), as MTAs' TLS
 * libraries do. No fallback to the common name. @host: lower-case A-labels, no final dot.
 */
bool cert_matches_host(const struct cert *cert, const char *host);

/* How many distinct chains were parsed (for the benchmark and the summary). */
uint64_t cert_cache_parsed(const struct cert_cache *cache);

/* How many distinct certificates were: fewer than the chains hold, because intermediates are
 * shared. */
uint64_t cert_cache_certs_parsed(const struct cert_cache *cache);

#endif
