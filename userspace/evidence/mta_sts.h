/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MTA-STS (RFC 8461): the grammars of the policy file (3.2) and of the TXT record (3.1), and which
 * MX names a policy allows. Text in, facts out; nothing is fetched or kept here.
 */
#ifndef EVIDENCE_MTA_STS_H
#define EVIDENCE_MTA_STS_H

#include "base/text.h"
#include "evidence/evidence.h"

/* RFC 8461 3.3 suggests the limit; longer ones are no policies. */
#define STS_POLICY_BYTES_MAX 65536

/* RFC 8461 3.2: a year of 365.25 days, in seconds. */
#define STS_MAX_AGE_MAX 31557600

/* What is outside the grammar, or ignored by it, and was let pass because others let it pass. */
#define STS_ODDITY_LIST(X)                                                                         \
	X(STS_BLANK_LINES, 1, "has blank lines")                                                   \
	X(STS_DUPLICATE_KEYS, 2, "has a key twice (the first one counts)")                         \
	X(STS_MAX_AGE_CLAMPED, 4, "has a max_age over a year (a year is taken)")

enum sts_oddity {
#define X(name, bit, text) name = bit,
	STS_ODDITY_LIST(X)
#undef X
};

struct sts_policy {
	enum policy_mode mode;
	uint32_t max_age; /* seconds, at most STS_MAX_AGE_MAX */
	char **mx; /* patterns as domain_matches() takes them; with mode none there may be none */
	size_t mx_count;
	unsigned int oddities; /* enum sts_oddity bits: not strictly by the RFC */
};

/*
 * A policy file; a valid one is UTF-8 without NUL. False if it is invalid; then *@out is all zero and "LINE: what" is appended to
 * @why (may be NULL). Release with sts_policy_fini().
 */
bool sts_policy_parse(struct bytes file, struct sts_policy *out, struct text *why);
void sts_policy_fini(struct sts_policy *policy);

/* RFC 8461 4.1. @mx: lower-case A-labels, no final dot. */
bool sts_policy_matches(const struct sts_policy *policy, const char *mx);

enum sts_record_status {
	STS_RECORD_OK,
	STS_RECORD_NONE,    /* no record is one of MTA-STS */
	STS_RECORD_SEVERAL, /* more than one is: as good as none, says the RFC */
	STS_RECORD_INVALID, /* one is, and breaks the grammar: the same */
};

#define STS_ID_MAX 32

struct sts_record {
	char id[STS_ID_MAX + 1];
	bool nonstrict; /* a blank before the first semicolon (erratum 6285), or two ids */
};

/*
 * The TXT records of _mta-sts.DOMAIN, the strings of each joined without a separator. *@out is
 * unchanged unless the answer is STS_RECORD_OK.
 */
enum sts_record_status sts_record_choose(
	const struct bytes *records, size_t n, struct sts_record *out);

#endif
