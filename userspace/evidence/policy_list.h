/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of domains that are known to speak TLS: the EFF STARTTLS Everywhere format (JSON), and the
 * operator's pins in the same format or in YAML. An expired list annotates and never raises a
 * severity.
 */
#ifndef EVIDENCE_POLICY_LIST_H
#define EVIDENCE_POLICY_LIST_H

#include "base/text.h"
#include "evidence/evidence.h"

struct list_entry {
	const char *domain;
	enum policy_mode mode;
	char *const *mx;      /* host names, or "*.suffix" (the list's ".suffix") */
	size_t mx_count;
};

struct policy_list;

/* Load a list. NULL on a mistake, "FILE:LINE:COLUMN: what" appended to @errors. */
struct policy_list *policy_list_load(const char *path, struct text *errors);
void policy_list_free(struct policy_list *list);

const char *policy_list_name(const struct policy_list *list); /* of its file */
size_t policy_list_count(const struct policy_list *list);

/* False: the list's time was over at @now (seconds). */
bool policy_list_is_current(const struct policy_list *list, int64_t now);

const struct list_entry *policy_list_get(const struct policy_list *list, const char *domain);

/* Entries with a pattern that matches @mx; the first @max into @out, returns how many. */
size_t policy_list_matching(const struct policy_list *list, const char *mx,
	const struct list_entry **out, size_t max);

#endif
