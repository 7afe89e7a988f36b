/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host and domain names as the DNS compares them: lower-case A-labels without a final dot (RFC 5890,
 * IDNA by libidn2).
 */
#ifndef BASE_DOMAIN_H
#define BASE_DOMAIN_H

#include "base/bytes.h"

/* Longest name, with its NUL. */
#define DOMAIN_TEXT 256

/*
 * @name (ASCII or UTF-8, any case, perhaps with a final dot) as lower-case A-labels. False, and
 * @out empty, for what is no name: empty labels, labels over 63 bytes, blanks, control characters,
 * address literals, names IDNA refuses. Underscores are let pass: real names have them.
 */
bool domain_normalise(struct bytes name, char out[DOMAIN_TEXT]);

/*
 * RFC 8461 4.1: @name against @pattern, which is a name or "*." and a name; the asterisk stands for
 * exactly one left-most label. Both normalised.
 */
bool domain_matches(const char *name, const char *pattern);

/* The last two labels ("example.com" of "mx.a.example.com"): a rough idea of whose a name is. */
const char *domain_owner(const char *name);

#endif
