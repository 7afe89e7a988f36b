/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of `stripwatch policy`: its command line, what all its verbs work on, and the verbs.
 */
#ifndef COMMAND_POLICY_H
#define COMMAND_POLICY_H

#include "command/domains.h"
#include "command/online_options.h"
#include "evidence/policy_cache.h"

/* Verbs, the usage of their arguments, and whether they need some. */
#define POLICY_VERB_LIST(X)                                                                        \
	X(FETCH, fetch, "[DOMAIN...] [--file FILE]", "look policies up and keep them")             \
	X(LIST, list, "[DOMAIN...]", "what is in the cache")                                       \
	X(SHOW, show, "DOMAIN...", "a policy, where it is from, what became of it")                \
	X(REFRESH, refresh, "[DOMAIN...|--all|--due]", "look again: those due, these, or all")     \
	X(IMPORT, import, "FILE|DIR", "take over another cache")                                   \
	X(EXPORT, export, "FILE|DIR", "write all: a JSON file, or DOMAIN.txt in a folder")         \
	X(REMOVE, remove, "DOMAIN...", "forget policies, and what they were before")

enum policy_verb {
#define X(verb, name, arguments, comment) POLICY_VERB_##verb,
	POLICY_VERB_LIST(X)
#undef X
		POLICY_VERBS
};

#define POLICY_RULES_MAX 16

struct policy_options {
	enum policy_verb verb;
	struct online_options online;
	struct domains domains;
	const char *path; /* import, export */
	bool all;         /* refresh */
	bool json;
	const char *rules[POLICY_RULES_MAX];
	size_t rule_count;
};

/*
 * Fill in @options, to be released by policy_options_fini() in any case. False: the program shall
 * end with exit status *@status (usage was asked for, or is wrong; told).
 */
bool policy_options_parse(int argc, char **argv, struct policy_options *options, int *status);
void policy_options_fini(struct policy_options *options);

/* What the verbs work on. */
struct policy_run {
	struct policy_options options;
	struct store *store;
	struct policy_cache *cache;
	char host[256];  /* this machine's name */
	struct text out; /* for standard output, where policy_run_flush() puts it */
	bool write_failed;
};

/* Write what is in @run->out. False: told, once. */
bool policy_run_flush(struct policy_run *run);

/* Each returns the program's exit status. */
#define X(verb, name, arguments, comment) int policy_verb_##name(struct policy_run *run);
POLICY_VERB_LIST(X)
#undef X

#endif
