/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conditions: what a rule wants of a session, compiled once from YAML to a tree of all, any, not and
 * tests, then asked for every session. Asking allocates nothing. The tree is its maker's, to be
 * released with condition_free().
 */
#ifndef JUDGE_MATCH_H
#define JUDGE_MATCH_H

#include "base/addr.h"
#include "judge/field.h"
#include "base/mistakes.h"

/* Conditions in each other; people write four at most. */
#define CONDITION_DEPTH_MAX 12

enum condition_kind {
	CONDITION_ALL,     /* every child holds */
	CONDITION_ANY,     /* some child holds */
	CONDITION_NOT,     /* its one child does not hold */
	CONDITION_ROW,     /* there is a row for which every child (a test on a member) holds */
	CONDITION_FINDING, /* one of the findings was made */
	CONDITION_TEST,    /* some item of the field is as the test wants it */
};

enum test_kind {
	TEST_PRESENT, /* .wanted: there is a value, or there is none */
	TEST_BOOLEAN, /* .wanted */
	TEST_NUMBER,  /* in one of .ranges */
	TEST_TEXT,    /* like one of .globs, case aside */
	TEST_NETWORK, /* in one of .networks */
};

struct range {
	int64_t from, to; /* both included */
};

struct condition {
	enum condition_kind kind;
	enum test_kind test;       /* CONDITION_TEST */
	const struct field *field; /* CONDITION_TEST; CONDITION_ROW: one of the array's members */
	struct condition *child;   /* first of them */
	struct condition *next;    /* its parent's next child */
	bool wanted;
	size_t n;                  /* entries of the one list that is used: */
	struct range *ranges;
	char **globs;
	struct network *networks;
	enum finding_id *findings;
};

/* The condition that the map @node writes down. NULL: a mistake in it, told. */
struct condition *condition_compile(struct mistakes *mistakes, const struct yml *node);
void condition_free(struct condition *condition);

/* The finding whose id @node is. False: a mistake, told; *@out is unchanged. */
bool finding_compile(struct mistakes *mistakes, const struct yml *node, enum finding_id *out);

bool condition_matches(const struct condition *condition, const struct subject *subject);

/*
 * Append @condition in words, one line a part, indented by @depth. With a @subject (it may be NULL)
 * each line begins with whether the part holds, and tests end with the value that decided.
 */
void condition_write(const struct condition *condition, const struct subject *subject, size_t depth,
	struct text *out);

/* @text against @glob: * any run of bytes, ? one byte, letters without case. */
bool glob_matches(const char *glob, const char *text);

#endif
