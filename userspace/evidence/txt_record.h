/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The grammar that the TXT records of MTA-STS (RFC 8461 3.1) and of TLS reporting (RFC 8460 3)
 * share:
 *
 *     "v=" VERSION 1*(delim field) [delim]     delim = *WSP ";" *WSP     field = name "=" value
 *
 * and how the one record that counts is chosen. Nothing is allocated; views stand in the records.
 */
#ifndef EVIDENCE_TXT_RECORD_H
#define EVIDENCE_TXT_RECORD_H

#include "base/bytes.h"

/*
 * The records of @version ("STSv1") among @n TXT records, the strings of each joined without a
 * separator: how many candidates there are. If it is one, what stands behind its version and the
 * first semicolon is in *@fields; elsewhere that is unchanged. By the letter only "v=VERSION;"
 * makes a candidate; where there is none, those with blanks before the semicolon are let pass
 * (erratum 6285), and *@nonstrict is set.
 */
size_t txt_record_choose(const struct bytes *records, size_t n, const char *version,
	struct bytes *fields, bool *nonstrict);

enum txt_record_step { TXT_RECORD_FIELD, TXT_RECORD_END, TXT_RECORD_BROKEN };

/*
 * Take the next field off the front of @fields. A name is never checked here: whose value may be
 * what is the caller's to know. BROKEN: a field without "=", or two semicolons.
 */
enum txt_record_step txt_record_next(struct bytes *fields, struct bytes *name, struct bytes *value);

/* Name and value of an extension: what every field that isn't known must keep to. */
bool txt_record_is_name(struct bytes b);
bool txt_record_is_value(struct bytes b);

#endif
