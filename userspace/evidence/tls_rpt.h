/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TXT record of TLS reporting (RFC 8460 3): where a domain wants to be told how mail to it
 * fared. Text in, facts out; nothing is fetched or sent here.
 */
#ifndef EVIDENCE_TLS_RPT_H
#define EVIDENCE_TLS_RPT_H

#include "base/domain.h"

#define TLS_RPT_STATUS_LIST(X)                                                                     \
	X(TLS_RPT_OK, "ok", "at least one address that reports may go to")                         \
	X(TLS_RPT_NONE, "none", "no record is one of TLS reporting")                               \
	X(TLS_RPT_SEVERAL, "several", "more than one is: as good as none, says the RFC")           \
	X(TLS_RPT_INVALID, "invalid",                                                              \
		"one is, and breaks the grammar, or names no address: the same")

enum tls_rpt_status {
#define X(name, text, comment) name,
	TLS_RPT_STATUS_LIST(X)
#undef X
};

const char *tls_rpt_status_name(enum tls_rpt_status status);

enum tls_rpt_scheme { TLS_RPT_MAILTO, TLS_RPT_HTTPS };

/* "mailto", "https" */
const char *tls_rpt_scheme_name(enum tls_rpt_scheme scheme);

/* Honest records name one or two. What is beyond is not sent to. */
#define TLS_RPT_ADDRESSES_MAX 8

struct tls_rpt_address {
	enum tls_rpt_scheme scheme;
	char host[DOMAIN_TEXT]; /* domain of the mailbox, host of the URL: normalised */
	char *uri;              /* all of it, printable ASCII */
};

struct tls_rpt {
	struct tls_rpt_address list[TLS_RPT_ADDRESSES_MAX];
	size_t n;
	size_t ignored; /* addresses beside them: of other schemes, misspelled, or too many */
	bool nonstrict; /* a blank before the first semicolon (erratum 6285), or rua twice */
};

/*
 * The TXT records of _smtp._tls.DOMAIN, the strings of each joined without a separator. *@out is
 * all zero unless the answer is TLS_RPT_OK; then tls_rpt_fini() releases it.
 */
enum tls_rpt_status tls_rpt_choose(const struct bytes *records, size_t n, struct tls_rpt *out);
void tls_rpt_fini(struct tls_rpt *rpt);

#endif
