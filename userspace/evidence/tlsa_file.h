/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLSA records of mail servers, for use without a DNS: a YAML file
 *
 *     mx1.example.com:
 *       - 3 1 1 5fec0b4d7f5c71e0b4e1aa5e14f9d0a0e9ab1a92c5a6b0f6f2b1c4a1d3e2f1a0
 *       - 2 1 1 0b9fa5a5 9eed715c 26c1020c 711b4f6e c42d58b0 015e1433 7a39dad3 01c5afc3
 *     mx2.example.com:
 *       secure: false
 *       records: [3 1 1 ...]
 *
 * from an MX host name to the records of _25._tcp.HOST, as they stand in a zone. They are taken as
 * validated by DNSSEC unless it says `secure: false`; those bind nobody (RFC 7672 2.1).
 */
#ifndef EVIDENCE_TLSA_FILE_H
#define EVIDENCE_TLSA_FILE_H

#include "evidence/dane.h"

struct tlsa_host {
	char *host; /* normalised */
	bool secure;
	struct dane_records records; /* the usable ones */
	char **texts;                /* all of them: "3 1 1 5fec…", long data cut */
	size_t text_count;
};

struct tlsa_file;

/* NULL on a mistake, with "FILE:LINE:COLUMN: what" lines appended to @errors. */
struct tlsa_file *tlsa_file_load(const char *path, struct text *errors);

/* The same for a text, called @name in errors. */
struct tlsa_file *tlsa_file_parse(struct bytes text, const char *name, struct text *errors);

void tlsa_file_free(struct tlsa_file *file);

size_t tlsa_file_count(const struct tlsa_file *file);

/* What stands there for @host (normalised), or NULL. */
const struct tlsa_host *tlsa_file_get(struct tlsa_file *file, const char *host);

#endif
