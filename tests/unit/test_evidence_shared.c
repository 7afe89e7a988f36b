// SPDX-License-Identifier: BSD-2-Clause
/*
 * One database, and two who have it open: a sensor that takes over what is new and writes what it
 * has learnt, while somebody else fetches policies.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "evidence/evidence.h"
#include "evidence/history.h"
#include "evidence/policy_cache.h"

#define NS       INT64_C(1000000000)
#define START    INT64_C(1790000000)
#define POLICIES 200
#define PATIENCE 60 /* s; far more than it takes */
#define BREATH_US 5000

struct house {
	char path[64];
	struct evidence_store *store;
	struct evidence evidence;
	unsigned int sessions;
};

static int set_up(void **state)
{
	struct house *house = calloc(1, sizeof(*house));
	struct evidence_params params = { 0 };

	assert_non_null(house);
	strcpy(house->path, "/tmp/test_shared.XXXXXX");
	assert_non_null(mkdtemp(house->path));
	strcat(house->path, "/db");
	params.db = house->path;
	house->store = evidence_open(&params);
	assert_non_null(house->store);
	*state = house;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct house *house = *state;
	char file[80];

	evidence_close(house->store);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		snprintf(file, sizeof(file), "%s%s", house->path, ends[i]);
		unlink(file);
	}
	*strrchr(house->path, '/') = '\0';
	assert_int_equal(rmdir(house->path), 0);
	free(house);
	return 0;
}

/* A session of a server that offers STARTTLS is learnt from; each time another server. */
static void learn(struct house *house)
{
	unsigned int n = house->sessions++;
	struct record record = {
		.flow = { .endpoint = { { { .ip = { 192, 0, 2, 1 }, .length = 4 }, 49152 },
				  { { .ip = { 10, 1, (uint8_t)(n >> 8), (uint8_t)n }, .length = 4 },
					  25 } },
			.first = START * NS,
			.last = START * NS },
		.smtp = { .offer = OFFER_OFFERED, .ehlo_complete = true, .is_smtp = true },
		.complete = true,
	};

	evidence_ask(house->store, &record, &house->evidence);
	evidence_learn(house->store, &record, &house->evidence);
}

static bool put(struct policy_cache *cache, int i)
{
	char domain[32], text[128];

	snprintf(domain, sizeof(domain), "d%d.example", i);
	snprintf(text, sizeof(text), "version: STSv1\nmode: enforce\nmx: mx.%s\nmax_age: 86400\n",
		domain);
	return policy_cache_put(cache, domain, "1", bytes_str(text), "fetch", START, NULL);
}

/* Another program, which writes one policy after the other; its exit status tells. */
static pid_t fetch_elsewhere(const char *path)
{
	pid_t pid = fork();
	struct policy_cache *cache;
	struct store *store;
	bool good;

	if (pid)
		return pid;
	store = store_open(path);
	cache = store ? policy_cache_open(store) : NULL;
	good = cache != NULL;
	for (int i = 0; good && i < POLICIES; i++)
		good = put(cache, i);
	policy_cache_close(cache);
	store_close(store);
	_exit(good ? 0 : 1);
}

static void while_another_writes(void **state)
{
	struct house *house = *state;
	time_t end = time(NULL) + PATIENCE;
	struct policy_cache *cache = evidence_policy_cache(house->store);
	pid_t pid = fetch_elsewhere(house->path);
	int status = -1;
	sqlite3 *reader;
	sqlite3_stmt *count;

	assert_true(pid > 0);
	while (policy_cache_count(cache) < POLICIES && time(NULL) < end) {
		learn(house);
		assert_true(evidence_sync(house->store));
		/* SQLite's lock knows no queue: who never lets go starves the other. */
		usleep(BREATH_US);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(policy_cache_count(cache), POLICIES);
	assert_non_null(policy_cache_get(cache, "d199.example"));
	/* All that was learnt is there for a third. */
	assert_int_equal(sqlite3_open(house->path, &reader), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(
				 reader, "select count(*) from history_servers", -1, &count, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(count), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(count, 0), house->sessions);
	sqlite3_finalize(count);
	sqlite3_close(reader);
}

/* What is not committed yet is neither seen nor in the way. */
static void within_a_transaction(void **state)
{
	struct house *house = *state;
	struct store *other = store_open(house->path);
	struct policy_cache *theirs = policy_cache_open(other);
	struct policy_cache *ours = evidence_policy_cache(house->store);

	assert_true(store_begin(other));
	assert_true(put(theirs, 1));
	assert_true(policy_cache_sync(ours));
	assert_int_equal(policy_cache_count(ours), 0);
	assert_true(store_commit(other));
	assert_true(policy_cache_sync(ours));
	assert_int_equal(policy_cache_count(ours), 1);
	policy_cache_close(theirs);
	store_close(other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(while_another_writes),
		TEST(within_a_transaction),
	};

	return cmocka_run_group_tests_name("evidence_shared", tests, NULL, NULL);
}
