/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each finding says, in the words of the event contract, for people who read rules.
 */
#ifndef JUDGE_FINDING_COMMENT_H
#define JUDGE_FINDING_COMMENT_H

#include "judge/finding.h"

/* Half a sentence; never NULL. */
const char *finding_comment(enum finding_id id);

#endif
