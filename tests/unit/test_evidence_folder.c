// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "sink/evidence_folder.h"

struct place {
	char path[64];
	int folder;
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	strcpy(place->path, "/tmp/evidence-XXXXXX");
	assert_non_null(mkdtemp(place->path));
	place->folder = open(place->path, O_RDONLY | O_DIRECTORY);
	assert_true(place->folder >= 0);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "a.pcap", "b.pcap", "c.pcap", "notes.txt", ".d.pcap" };
	struct place *place = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlinkat(place->folder, names[i], 0);
	close(place->folder);
	assert_int_equal(rmdir(place->path), 0);
	free(place);
	return 0;
}

/* A file of @size bytes that was written at @time (s). */
static void make(const struct place *place, const char *name, off_t size, time_t time)
{
	const struct timespec times[2] = { { .tv_sec = time }, { .tv_sec = time } };
	int fd = openat(place->folder, name, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static bool is_there(const struct place *place, const char *name)
{
	return faccessat(place->folder, name, F_OK, 0) == 0;
}

static void below_the_bound_all_stays(void **state)
{
	const struct place *place = *state;

	make(place, "a.pcap", 400, 1);
	make(place, "b.pcap", 600, 2);
	assert_int_equal(evidence_folder_prune(place->folder, 1000), 1000);
	assert_true(is_there(place, "a.pcap"));
	assert_true(is_there(place, "b.pcap"));
}

static void the_oldest_go(void **state)
{
	const struct place *place = *state;

	make(place, "c.pcap", 500, 1);
	make(place, "a.pcap", 450, 3);
	make(place, "b.pcap", 450, 2);
	assert_int_equal(evidence_folder_prune(place->folder, 1000), 900);
	assert_false(is_there(place, "c.pcap"));
	assert_true(is_there(place, "a.pcap"));
	assert_true(is_there(place, "b.pcap"));
}

static void files_of_others_stay_and_do_not_count(void **state)
{
	const struct place *place = *state;

	make(place, "notes.txt", 5000, 1);
	make(place, ".d.pcap", 5000, 1);
	make(place, "a.pcap", 2000, 2);
	assert_int_equal(evidence_folder_prune(place->folder, 1000), 0);
	assert_false(is_there(place, "a.pcap"));
	assert_true(is_there(place, "notes.txt"));
	assert_true(is_there(place, ".d.pcap"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(below_the_bound_all_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_oldest_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			files_of_others_stay_and_do_not_count, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("evidence_folder", tests, NULL, NULL);
}
