// SPDX-License-Identifier: BSD-2-Clause
/*
 * A program that does nothing but refresh policies in a database, to be killed while it does
 * (tests/check-kill), and that afterwards says whether the database is as it has to be.
 *
 * usage: churn DATABASE                  refreshes for ever; tells what is durable on standard
 * output churn --check DATABASE ACKS     ACKS: what it told before it was killed
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "evidence/policy_cache.h"

/* Each generation gives every domain a text of this many patterns: several pages of the database.
 */
#define DOMAINS  5
#define PATTERNS 150

/* From 2026-06-01 on; a generation a minute. */
#define START INT64_C(1780272000)

/* The text of @domain in @generation, which stands in every line of it. */
static void write_policy(struct text *text, int domain, unsigned int generation)
{
	text_reset(text);
	text_printf(text, "version: STSv1\nmode: enforce\nmax_age: 86400\n");
	for (int i = 0; i < PATTERNS; i++)
		text_printf(text, "mx: mx%d.g%u.d%d.example\n", i, generation, domain);
}

static void tell(unsigned int generation)
{
	char line[16];
	int n = snprintf(line, sizeof(line), "%u\n", generation);

	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		exit(1);
}

static bool refresh(
	struct policy_cache *cache, struct text *text, int domain, unsigned int generation)
{
	char name[32], id[16];
	int64_t now = START + generation * 60;

	snprintf(name, sizeof(name), "d%d.example", domain);
	snprintf(id, sizeof(id), "%u", generation);
	write_policy(text, domain, generation);
	return policy_cache_put(cache, name, id, bytes_of(text->s, text->n), "fetch", now, NULL) &&
	       policy_cache_fail(cache, name, POLICY_HIDDEN, "for a change", now + 1) &&
	       policy_cache_confirm(cache, name, now + 2);
}

/* The generation that every domain has at least; 0: some have none. */
static unsigned int generation_of(struct policy_cache *cache)
{
	const struct cached_policy *policy = NULL;
	unsigned long least = ~0ul, n = 0;

	for (; (policy = policy_cache_next(cache, policy)); n++) {
		unsigned long generation = strtoul(policy->id ? policy->id : "0", NULL, 10);

		least = generation < least ? generation : least;
	}
	return n < DOMAINS ? 0 : (unsigned int)least;
}

/* Every second generation is one transaction, as an import is; the others are one for each step. */
static bool is_at_once(unsigned int generation)
{
	return generation % 2;
}

static int churn(const char *path)
{
	struct store *store = store_open(path);
	struct policy_cache *cache = store ? policy_cache_open(store) : NULL;
	unsigned int generation = cache ? generation_of(cache) : 0;
	struct text text = { 0 };
	bool good = cache != NULL;

	/* Whoever was killed between making it durable and telling. */
	if (generation)
		tell(generation);
	while (good) {
		bool at_once = is_at_once(++generation);

		if (at_once)
			good = store_begin(store);
		for (int i = 0; good && i < DOMAINS; i++)
			good = refresh(cache, &text, i, generation);
		if (good && at_once)
			good = store_commit(store);
		if (good)
			tell(generation);
	}
	return 1;
}

/* The last whole line. */
static unsigned int last_told(const char *acks)
{
	FILE *file = fopen(acks, "r");
	unsigned int last = 0, generation;
	char end;

	while (file && fscanf(file, "%u%c", &generation, &end) == 2)
		last = generation;
	if (file)
		fclose(file);
	return last;
}

static int faults;

static void fault(const char *what, const char *which)
{
	printf("%s: %s\n", which, what);
	faults++;
}

/* A text is that of its domain and id, all of it. */
static void check_text(const char *domain, const char *id, const char *text)
{
	struct text want = { 0 };
	int number = 0;

	sscanf(domain, "d%d.", &number);
	write_policy(&want, number, (unsigned int)strtoul(id ? id : "0", NULL, 10));
	if (strcmp(want.s, text) != 0)
		fault("the text is not that of its id", domain);
	text_free(&want);
}

static bool check_version(void *context, const struct policy_version *version)
{
	check_text(context, version->id, version->text);
	return true;
}

static void check_policies(struct policy_cache *cache, unsigned int told)
{
	const struct cached_policy *policy = NULL;
	size_t n = 0, ahead = 0;

	for (; (policy = policy_cache_next(cache, policy)); n++) {
		unsigned long generation = strtoul(policy->id ? policy->id : "0", NULL, 10);

		check_text(policy->domain, policy->id, policy->text);
		/* What was told is there; of what was not told yet, the one that was under way may
		 * be. */
		if (generation < told || generation > told + 1)
			fault("is neither old nor new", policy->domain);
		ahead += generation == told + 1;
		policy_cache_history(cache, policy->domain, check_version, policy->domain);
	}
	if (told && n != DOMAINS)
		fault("policies are missing", "database");
	if (is_at_once(told + 1) && ahead != 0 && ahead != DOMAINS)
		fault("has half of a transaction", "database");
}

static int check(const char *path, const char *acks)
{
	struct store *store = store_open(path);
	struct policy_cache *cache = store ? policy_cache_open(store) : NULL;
	struct text what = { 0 };

	if (!cache)
		fault("does not open", path);
	else if (!store_check(store, &what))
		fault(what.s, path);
	else
		check_policies(cache, last_told(acks));
	policy_cache_close(cache);
	store_close(store);
	text_free(&what);
	return faults ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return churn(argv[1]);
	if (argc == 4 && strcmp(argv[1], "--check") == 0)
		return check(argv[2], argv[3]);
	fprintf(stderr, "usage: churn DATABASE | churn --check DATABASE ACKS\n");
	return 2;
}
