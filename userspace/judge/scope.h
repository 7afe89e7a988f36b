/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which sessions concern us: whose networks they run between, and whether they may raise alerts. Every
 * session is recorded, whatever is said here.
 */
#ifndef JUDGE_SCOPE_H
#define JUDGE_SCOPE_H

#include "session/record.h"

/* Borrowed. A session without a scope may raise alerts and has no direction. */
struct scope {
	const struct network *ours; /* for the direction */
	size_t our_count;
	const struct network *excluded; /* a session with a side in one raises no alert */
	size_t excluded_count;
	bool loopback; /* sessions over the loopback interface may raise alerts, too */
};

/* As ECS has it, seen from our networks: a mail that comes to us is inbound. */
#define DIRECTION_LIST(X)                                             \
	X(DIRECTION_UNKNOWN, "", "nobody said which networks are ours")\
	X(DIRECTION_INBOUND, "inbound", "from elsewhere to us")        \
	X(DIRECTION_OUTBOUND, "outbound", "from us to elsewhere")      \
	X(DIRECTION_INTERNAL, "internal", "among us")                  \
	X(DIRECTION_EXTERNAL, "external", "among others")

enum direction {
#define X(name, text, comment) name,
	DIRECTION_LIST(X)
#undef X
};

const char *direction_name(enum direction direction);

/* @scope may be NULL. */
enum direction scope_direction(const struct scope *scope, const struct record *record);
bool scope_may_alert(const struct scope *scope, const struct record *record);

#endif
