/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of domains that are known to speak TLS: the EFF STARTTLS Everywhere format (JSON), and the
 * operator's pins, in the same structure as JSON or YAML:
 *
 *     expires: 2027-01-01T00:00:00Z      # left out: never; a date alone: with the end of that day
 *     policy-aliases:
 *       hoster: { mode: enforce, mxs: [.mx.hoster.example] }
 *     policies:
 *       example.com: { mode: enforce, mxs: [mx1.example.com, mx2.example.com] }
 *       example.net: { policy-alias: hoster }
 *
 * A name in mxs that begins with a dot (or "*.") stands for all names with one label more; for all
 * names below it if the list says `suffix-labels: any` (the format's two documents disagree). A
 * list that has expired annotates and never raises a severity.
 */
#ifndef EVIDENCE_POLICY_LIST_H
#define EVIDENCE_POLICY_LIST_H

#include "base/text.h"
#include "evidence/evidence.h"

struct list_entry {
	const char *domain; /* normalised */
	enum policy_mode mode;
	char *const *mx; /* normalised host names, or "*.suffix" (the list's ".suffix") */
	size_t mx_count;
};

/*
 * Bounds, far above what the largest list had (0.4 MB, 3 names a policy): a mistaken file must not
 * cost the memory of the program.
 */
#define LIST_BYTES_MAX    (4 << 20)
#define LIST_PATTERNS_MAX 256 /* of one policy */

struct policy_list;

/* Load a list. NULL on a mistake, "FILE:LINE:COLUMN: what" appended to @errors, a line for each. */
struct policy_list *policy_list_load(const char *path, struct text *errors);

/* The same for a text, called @name in errors. */
struct policy_list *policy_list_parse(struct bytes text, const char *name, struct text *errors);

void policy_list_free(struct policy_list *list);

const char *policy_list_name(const struct policy_list *list); /* of its file, without the folder */
size_t policy_list_count(const struct policy_list *list);

/* Seconds since 1970 at which its time is over; INT64_MAX: never. */
int64_t policy_list_expires(const struct policy_list *list);

/* False: the list's time was over at @now (seconds). */
bool policy_list_is_current(const struct policy_list *list, int64_t now);

/* That of @domain itself (normalised), or NULL: the domains above it don't count. */
const struct list_entry *policy_list_get(const struct policy_list *list, const char *domain);

/* True if a pattern of @entry, of this list, matches @mx (normalised). */
bool policy_list_matches(
	const struct policy_list *list, const struct list_entry *entry, const char *mx);

/*
 * Entries with a pattern that matches @mx (normalised), by domain but for deep suffixes; the first
 * @max into @out, returns how many it put there.
 */
size_t policy_list_matching(
	const struct policy_list *list, const char *mx, const struct list_entry **out, size_t max);

#endif
