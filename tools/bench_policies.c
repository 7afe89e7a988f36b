// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the policy cache costs with 100, 1,000 and 10,000 policies: opening, look-ups by domain and
 * by MX name, planning of refreshes. Ends with 1 when opening 10,000 takes a second, or when a cost
 * that should be flat isn't.
 *
 * usage: bench_policies                (called by `make bench-policies`; the database goes to
 * TMPDIR)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "evidence/policy_cache.h"

#define START     INT64_C(1780272000)
#define SIZES     3
#define ROUNDS    200000
#define OPEN_MOST 1.0

/* A hundred times the policies may cost this much more: hash tables outgrow the processor's caches.
 */
#define FLAT_MOST 8.0

/* Of every hundred domains so many have their mail at one provider, whose pattern they all hold. */
#define AT_PROVIDER 40

enum cost { BY_DOMAIN, BY_MX, BY_SHARED_MX, PLANNING, COSTS };

static const char *const cost_names[COSTS] = {
	"look-up by domain",
	"look-up by MX name",
	"by a provider's MX name",
	"next due, and begun",
};

struct figures {
	double open;        /* s */
	double cost[COSTS]; /* ns each */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void write_policy(struct text *text, size_t i)
{
	text_reset(text);
	text_puts(text, "version: STSv1\nmode: enforce\nmax_age: 604800\n");
	if (i % 100 < AT_PROVIDER)
		text_puts(text, "mx: *.mail.provider.example\n");
	else
		text_printf(text,
			"mx: mx1.d%zu.example\nmx: mx2.d%zu.example\nmx: *.in.d%zu.example\n", i, i,
			i);
}

static bool fill(const char *path, size_t n)
{
	struct store *store = store_open(path);
	struct policy_cache *cache = store ? policy_cache_open(store) : NULL;
	struct text text = { 0 };
	char domain[32];
	bool good = cache && store_begin(store);

	for (size_t i = 0; good && i < n; i++) {
		snprintf(domain, sizeof(domain), "d%zu.example", i);
		write_policy(&text, i);
		good = policy_cache_put(cache, domain, "20260601T000000", bytes_of(text.s, text.n),
			"fetch", START, NULL);
	}
	good = good && store_commit(store);
	policy_cache_close(cache);
	store_close(store);
	text_free(&text);
	return good;
}

/* One of @n, all over them. */
static size_t some(size_t i, size_t n)
{
	return i * 2654435761u % n;
}

static bool look_up(struct policy_cache *cache, enum cost what, size_t i, size_t n)
{
	const struct cached_policy *found[32];
	size_t which = some(i, n);
	char name[48];

	if (what == BY_DOMAIN) {
		snprintf(name, sizeof(name), "d%zu.example", which);
		return policy_cache_get(cache, name) != NULL;
	}
	if (what == PLANNING) {
		const struct cached_policy *policy = policy_cache_due(cache);

		/* About a day goes by until it comes again. */
		policy_cache_begun(cache, policy->domain, policy->refresh_at + 80000);
		return true;
	}
	if (what == BY_SHARED_MX)
		return policy_cache_matching(cache, "a.mail.provider.example", found, 32) > 0;
	which += which % 100 < AT_PROVIDER ? AT_PROVIDER : 0;
	snprintf(name, sizeof(name), "%s.d%zu.example", i % 2 ? "mx1" : "x.in", which);
	return policy_cache_matching(cache, name, found, 32) == 1;
}

static bool measure(const char *path, size_t n, struct figures *figures)
{
	double start = now();
	struct store *store = store_open(path);
	struct policy_cache *cache = store ? policy_cache_open(store) : NULL;
	bool good = cache && policy_cache_count(cache) == n;

	figures->open = now() - start;
	for (int what = 0; good && what < COSTS; what++) {
		start = now();
		for (size_t i = 0; good && i < ROUNDS; i++)
			good = look_up(cache, (enum cost)what, i, n);
		figures->cost[what] = (now() - start) / ROUNDS * 1e9;
	}
	policy_cache_close(cache);
	store_close(store);
	return good;
}

static void remove_database(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct text file = { 0 };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		text_reset(&file);
		text_printf(&file, "%s%s", path, ends[i]);
		unlink(file.s);
	}
	text_free(&file);
}

static int report(const size_t *sizes, const struct figures *figures)
{
	int status = 0;

	printf("%-26s", "policies");
	for (int i = 0; i < SIZES; i++)
		printf(" %12zu", sizes[i]);
	printf(" %12s\n%-26s", "last/first", "opening, ms");
	for (int i = 0; i < SIZES; i++)
		printf(" %12.2f", figures[i].open * 1e3);
	printf("\n");
	for (int what = 0; what < COSTS; what++) {
		double ratio = figures[SIZES - 1].cost[what] / figures[0].cost[what];

		printf("%s, ns%*s", cost_names[what], 22 - (int)strlen(cost_names[what]), "");
		for (int i = 0; i < SIZES; i++)
			printf(" %12.0f", figures[i].cost[what]);
		printf(" %12.2f\n", ratio);
		if (ratio > FLAT_MOST) {
			printf("FAIL: %s is not flat in cost\n", cost_names[what]);
			status = 1;
		}
	}
	if (figures[SIZES - 1].open < OPEN_MOST)
		return status;
	printf("FAIL: opening takes longer than %.0f s\n", OPEN_MOST);
	return 1;
}

int main(void)
{
	static const size_t sizes[SIZES] = { 100, 1000, 10000 };
	struct figures figures[SIZES] = { 0 };
	const char *folder = getenv("TMPDIR");
	struct text path = { 0 };
	bool good = true;

	text_printf(&path, "%s/bench-policies.%d", folder ? folder : "/tmp", (int)getpid());
	for (int i = 0; good && i < SIZES; i++) {
		good = fill(path.s, sizes[i]) && measure(path.s, sizes[i], &figures[i]);
		remove_database(path.s);
	}
	if (!good)
		fprintf(stderr, "bench_policies: a look-up went wrong\n");
	text_free(&path);
	return good ? report(sizes, figures) : 1;
}
