/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What domains promise about mail to them, looked up for many at once: MX hosts, MTA-STS policy,
 * TLS-RPT record, and DANE for each MX host. Asynchronous. Each domain has a time of its own, after
 * which it is told as far as it is known: one that does not answer holds up no other. Nothing is
 * written anywhere.
 */
#ifndef EVIDENCE_SURVEY_H
#define EVIDENCE_SURVEY_H

#include "evidence/sts_fetch.h"
#include "evidence/tls_rpt.h"

#define SURVEY_DANE_LIST(X)                                                                        \
	X(SURVEY_DANE_UNKNOWN, "unknown", "could not be looked up")                                \
	X(SURVEY_DANE_NONE, "none", "no TLSA record")                                              \
	X(SURVEY_DANE_USABLE, "usable", "validated, and one at least that SMTP can use")           \
	X(SURVEY_DANE_UNUSABLE, "unusable", "validated, none that SMTP can use: TLS, of anybody")  \
	X(SURVEY_DANE_INSECURE, "insecure", "there, but the DNS answer was not validated")         \
	X(SURVEY_DANE_BOGUS, "bogus", "the host is validated, its TLSA records fail to be")

enum survey_dane {
#define X(name, text, comment) name,
	SURVEY_DANE_LIST(X)
#undef X
};

const char *survey_dane_name(enum survey_dane dane);

struct survey_mx {
	char host[DOMAIN_TEXT];
	uint16_t preference;
	enum dns_status status; /* of its addresses: DNS_OK if it has any */
	size_t addresses;
	bool authentic; /* they were validated */
	enum survey_dane dane;
	size_t usable, unusable; /* TLSA records */
	enum answer in_policy;   /* whether the MTA-STS policy allows it */
};

/* Most domains have one to five; what is beyond is counted only. */
#define SURVEY_MX_MAX 8

struct survey_domain {
	char *domain;
	bool late; /* its time was over before all was known */

	bool mx_known;
	enum dns_status mx_status; /* DNS_NO_DATA: the domain itself is its host (RFC 5321 5.1) */
	bool mx_authentic, null_mx;
	struct survey_mx mx[SURVEY_MX_MAX]; /* by preference */
	size_t mx_count, mx_more;

	bool sts_known;
	enum sts_outcome sts;
	char *sts_id, *sts_reason; /* id NULL: no record */
	struct sts_policy policy;  /* where sts is STS_POLICY */

	bool rpt_known;
	enum dns_status rpt_dns; /* DNS_OK, DNS_NO_DATA, DNS_NO_NAME: rpt_status says more */
	enum tls_rpt_status rpt_status;
	struct tls_rpt rpt;
};

void survey_domain_free(struct survey_domain *domain);

struct survey_params {
	struct resolver *resolver;
	struct fetcher *fetcher;
	bool believes_ad;      /* the resolver's AD bit counts (RFC 7672 2.2) */
	unsigned int deadline; /* ms for a domain, from its start; 0: 30000 */
	size_t max_at_once;    /* domains; 0: 200; the rest queues */
	/* Called once for each domain, never from inside survey_add(); @domain is the callee's. */
	void (*told_take)(void *context, struct survey_domain *domain);
	void (*idle)(void *context); /* nothing is left to do */
	void *context;
};

struct survey;

struct survey *survey_new(struct loop *loop, const struct survey_params *params);

/*
 * From here on nothing is told. What is under way calls back all the same: so first this, then free
 * resolver and fetcher (see sts_fetch()), then survey_free().
 */
void survey_stop(struct survey *survey);
void survey_free(struct survey *survey);

/* @domain is normalised. */
void survey_add(struct survey *survey, const char *domain);

#endif
