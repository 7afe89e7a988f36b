/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A folder of MTA-STS policies, one file DOMAIN.txt for each domain, for use without a network.
 * Read once; looked up by domain, and by the MX names that the policies allow, without a walk over
 * all.
 */
#ifndef EVIDENCE_POLICY_FILES_H
#define EVIDENCE_POLICY_FILES_H

#include "evidence/mta_sts.h"

struct policy_file {
	char *domain; /* lower-case A-labels: the name of the file without .txt */
	char *name;   /* of the file, without its folder */
	struct sts_policy policy;
};

struct policy_files;

/*
 * All *.txt files of @folder. A bad one is left out and told: "FILE:LINE: what" (or "FILE: what"), a
 * line each, is appended to @errors. NULL if the folder can't be read, told there too.
 */
struct policy_files *policy_files_open(const char *folder, struct text *errors);
void policy_files_close(struct policy_files *files);

size_t policy_files_count(const struct policy_files *files);

/* The policy of @domain (normalised), or NULL. */
const struct policy_file *policy_files_get(struct policy_files *files, const char *domain);

/* What is wrong with the file of @domain that was left out ("FILE:LINE: what"), or NULL. */
const char *policy_files_broken(struct policy_files *files, const char *domain);

/*
 * The policies with a pattern that @mx (normalised) matches, by their domains' names: the first
 * @max into @out. Returns how many there are. Policies of mode none are among them.
 */
size_t policy_files_matching(
	struct policy_files *files, const char *mx, const struct policy_file **out, size_t max);

#endif
