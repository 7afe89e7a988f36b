/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates: DER to names, dates, key, digests; the path to a trust anchor (RFC 5280); host names
 * (RFC 6125, 8461 4.2). A chain is parsed and checked once, however often it is shown, and shared by
 * reference count. Whether it is in date is asked at a session's own time, never at the time of
 * reading.
 */
#ifndef DIALOGUE_CERT_H
#define DIALOGUE_CERT_H

#include "base/addr.h"
#include "base/bytes.h"

/* A chain longer, or a certificate larger, is cut there: honest ones have 5 and 4 KiB. */
#define CERT_CHAIN_MAX 16
#define CERT_DER_MAX 65536
#define CERT_NAMES_MAX 256     /* SANs kept of one certificate */

struct cert {
	char *subject, *issuer;    /* RFC 4514-like, one line, printable: "CN=mx.example.com,O=Example" */
	char *subject_common_name; /* NULL: none */
	char *issuer_common_name;
	char *issuer_organization;
	char **dns_names;          /* SAN DNS, lower case, printable */
	size_t dns_count;
	char **ip_names;           /* SAN IP, as text */
	size_t ip_count;
	char *serial;              /* upper-case hex */
	char *key_algorithm;       /* "RSA", "EC", "Ed25519" … */
	char *signature_algorithm; /* "SHA256-RSA" as OpenSSL's long name */
	uint32_t key_bits;
	int64_t not_before, not_after; /* seconds since 1970 */
	uint8_t sha256[32];        /* of the DER */
	uint8_t spki_sha256[32];   /* of the subject public key info */
	bool self_signed;          /* issued by its own key */
	bool is_ca;
	bool parsed;               /* false: only the digest is known */
};

#define CERT_PROBLEM_LIST(X)                                                        \
	X(CERT_SELF_SIGNED, 1, "self-signed", "the leaf vouches for itself")        \
	X(CERT_NOT_TRUSTED, 2, "not-trusted", "no path to a trust anchor")          \
	X(CERT_REVOKED, 4, "revoked", "by a CRL or a stapled answer")               \
	X(CERT_WEAK, 8, "weak", "MD5, SHA-1, RSA below 2048 or EC below 224 bits")  \
	X(CERT_EXPIRED, 16, "expired", "a certificate of the path, at the asked time") \
	X(CERT_NOT_YET_VALID, 32, "not-yet-valid", "the same, before its time")     \
	X(CERT_UNREADABLE, 64, "unreadable", "the leaf is no X.509 certificate")

enum cert_problem {
#define X(name, bit, text, comment) name = bit,
	CERT_PROBLEM_LIST(X)
#undef X
};

enum cert_status { CERT_STATUS_NONE, CERT_STATUS_GOOD, CERT_STATUS_REVOKED, CERT_STATUS_UNKNOWN };

struct cert_chain {
	struct cert **certs;       /* as presented, leaf first; at least one */
	size_t count;
	bool cut;                  /* more were presented than CERT_CHAIN_MAX */
	/* Of the path that was built (of the leaf alone where there is none): */
	int64_t valid_from, valid_until; /* seconds since 1970 */
	unsigned int problems;     /* enum cert_problem bits that don't depend on time */
	char *reason;              /* why not trusted, OpenSSL's words; NULL: trusted */
	/* private to cert.c */
	unsigned int references;
	struct cert_cache *cache;
};

struct cert_cache;

struct cert_params {
	const char *trust;    /* file or directory of PEM certificates; NULL: the system's */
	const char *crls;     /* file or directory of CRLs (PEM or DER); NULL: none */
	size_t max_chains;    /* kept when nobody refers to them; 0: 4096 */
};

/* NULL when the trust anchors or CRLs can't be read: logged. */
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

/* The problems of @chain at @when (seconds since 1970), dates included. */
unsigned int cert_chain_problems(const struct cert_chain *chain, int64_t when);

/*
 * A stapled OCSP response (DER, RFC 6960) for the leaf of @chain: CERT_STATUS_UNKNOWN if it is not
 * about the leaf or its signature does not hold.
 */
enum cert_status cert_ocsp_status(struct cert_cache *cache, const struct cert_chain *chain,
	struct bytes response);

/*
 * RFC 8461 4.2: some SAN DNS name of @cert is @host; a wildcard is the whole left-most label and
 * stands for exactly one. No fallback to the common name. @host: lower-case A-labels, no final dot.
 */
bool cert_matches_host(const struct cert *cert, const char *host);

/* How many distinct chains were parsed (for the benchmark and the summary). */
uint64_t cert_cache_parsed(const struct cert_cache *cache);

#endif
