/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a look at a domain's policy means, by the rules: for `policy`, which tells it at once, and for
 * `watch`, which makes documents of it.
 */
#ifndef COMMAND_POLICY_JUDGE_H
#define COMMAND_POLICY_JUDGE_H

#include "judge/find_refresh.h"
#include "judge/verdict.h"
#include "sink/document.h"

struct policy_judge;

/* The rules of @paths, or the default ones if @n is 0. NULL: told. */
struct policy_judge *policy_judge_new(const char *const *paths, size_t n, const char *host);
void policy_judge_free(struct policy_judge *judge);

/*
 * The alerts of @result at @now (seconds): *@subject and *@alerts are the caller's, to be released by
 * refresh_subject_free() and alerts_free().
 */
void policy_judge_look(struct policy_judge *judge, const struct refresh_result *result, int64_t now,
	struct refresh_subject **subject, struct alerts *alerts);

/*
 * The same as documents: an alert each, then what the look came to, with @text for people. Nothing of
 * a look that changed nothing. @take is given what it must free.
 */
void policy_judge_tell(struct policy_judge *judge, const struct refresh_result *result, int64_t now,
	bool text, void (*take)(void *context, struct document *document), void *context);

#endif
