// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evidence/policy_files.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static int set_up(void **state)
{
	char *folder = strdup("/tmp/test_policy_files.XXXXXX");

	assert_non_null(mkdtemp(folder));
	*state = folder;
	return 0;
}

static int tear_down(void **state)
{
	struct text command = { 0 };

	text_printf(&command, "rm -r %s", (char *)*state);
	assert_int_equal(system(command.s), 0);
	text_free(&command);
	free(*state);
	return 0;
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

#define START "version: STSv1\nmode: enforce\nmax_age: 86400\n"

static void by_domain(void **state)
{
	struct text errors = { 0 };
	struct policy_files *files;
	const struct policy_file *file;

	write_file(*state, "Example.COM.txt", START "mx: mx.example.com\n");
	write_file(*state, "b\303\274cher.example.txt", START "mx: mx.example.net\n");
	write_file(*state, "README", "no policy");
	write_file(*state, ".hidden.txt", "no policy");
	write_file(*state, ".txt", "no policy");
	files = policy_files_open(*state, &errors);
	assert_non_null(files);
	assert_int_equal(errors.n, 0);
	assert_int_equal(policy_files_count(files), 2);
	file = policy_files_get(files, "example.com");
	assert_string_equal(file->domain, "example.com");
	assert_string_equal(file->name, "Example.COM.txt");
	assert_int_equal(file->policy.mode, POLICY_ENFORCE);
	assert_non_null(policy_files_get(files, "xn--bcher-kva.example"));
	/* A policy is for its domain alone, RFC 8461 3.4. */
	assert_null(policy_files_get(files, "mail.example.com"));
	assert_null(policy_files_get(files, ""));
	policy_files_close(files);
}

static void by_mx(void **state)
{
	static const struct {
		const char *mx, *want;
	} rows[] = {
		{ "mx.a.example", "1.example 2.example 3.example" },
		{ "mx2.a.example", "2.example 3.example" },
		{ "a.example", "" },
		{ "x.mx.a.example", "" },
		{ "mx.b.example", "1.example 4.example" },
		{ "example", "" },
		{ ".a.example", "" },
		{ "", "" },
		{ "*.a.example", "2.example 3.example" },
	};
	const struct policy_file *found[8];
	struct text text = { 0 };
	struct policy_files *files;

	/* The names of the files are not in the order of the domains. */
	write_file(*state, "3.Example.txt", START "mx: *.a.example\n");
	write_file(*state, "1.example.txt",
		START "mx: mx.b.example\nmx: mx.a.example\nmx: MX.a.example\n");
	write_file(*state, "2.example.txt", START "mx: *.a.example\nmx: mx.a.example\n");
	write_file(*state, "4.example.txt",
		"version: STSv1\nmode: none\nmax_age: 0\nmx: mx.b.example\n");
	write_file(*state, "5.example.txt", "version: STSv1\nmode: none\nmax_age: 0\n");
	files = policy_files_open(*state, &text);
	assert_non_null(files);
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = policy_files_matching(files, rows[i].mx, found, COUNT(found));

		text_reset(&text);
		text_puts(&text, "");
		for (size_t j = 0; j < n; j++) {
			text_printf(&text, "%s%s", j ? " " : "", found[j]->domain);
			assert_row(rows[i].mx,
				rows[i].mx[0] == '*' ||
					sts_policy_matches(&found[j]->policy, rows[i].mx));
		}
		assert_row_string(rows[i].mx, text.s, rows[i].want);
	}
	/* No more than there is room for, but all are counted. */
	found[1] = NULL;
	assert_int_equal(policy_files_matching(files, "mx.a.example", found, 1), 3);
	assert_string_equal(found[0]->domain, "1.example");
	assert_null(found[1]);
	policy_files_close(files);
	text_free(&text);
}

static void mistakes(void **state)
{
	const char *folder = *state;
	struct text errors = { 0 }, want = { 0 };
	char *large = calloc(1, STS_POLICY_BYTES_MAX + 2);
	const struct policy_file *found[1];
	struct policy_files *files;
	char missing[64];

	memset(large, '\n', STS_POLICY_BYTES_MAX + 1);
	write_file(folder, "a.example.txt", START);
	write_file(folder, "b.example.txt", "version: STSv1\nmode: maybe\n");
	write_file(folder, "c.example.txt", large);
	write_file(folder, "good.example.txt", START "mx: a.b\n");
	write_file(folder, "GOOD.example.txt", START "mx: a.b\n");
	write_file(folder, "no name.txt", START "mx: a.b\n");
	files = policy_files_open(folder, &errors);
	assert_non_null(files);
	text_printf(&want,
		"%s/a.example.txt:3: mx is missing\n"
		"%s/b.example.txt:2: mode \"maybe\" must be enforce, testing or none\n"
		"%s/c.example.txt:1: policy is longer than 65536 bytes\n"
		"%s/no name.txt: is not named after a domain\n",
		folder, folder, folder, folder);
	assert_true(bytes_starts(bytes_of(errors.s, errors.n), want.s));
	assert_non_null(strstr(errors.s, "good.example.txt"));
	assert_non_null(strstr(errors.s, ": is for the same domain as "));
	/* The good ones are there all the same, and of two the first in order. */
	assert_int_equal(policy_files_count(files), 1);
	assert_int_equal(policy_files_matching(files, "a.b", found, 1), 1);
	assert_ptr_equal(policy_files_get(files, "good.example"), found[0]);
	assert_string_equal(policy_files_broken(files, "a.example"),
		"a.example.txt:3: mx is missing");
	assert_non_null(policy_files_broken(files, "b.example"));
	assert_null(policy_files_get(files, "a.example"));
	assert_null(policy_files_broken(files, "good.example"));
	policy_files_close(files);

	text_reset(&errors);
	snprintf(missing, sizeof(missing), "%s/missing", folder);
	assert_null(policy_files_open(missing, &errors));
	assert_non_null(strstr(errors.s, "missing: No such file or directory\n"));
	text_free(&errors);
	text_free(&want);
	free(large);
}

static void empty_folder(void **state)
{
	struct text errors = { 0 };
	struct policy_files *files = policy_files_open(*state, &errors);
	const struct policy_file *found[1];

	assert_non_null(files);
	assert_int_equal(policy_files_count(files), 0);
	assert_null(policy_files_get(files, "example.com"));
	assert_int_equal(policy_files_matching(files, "mx.example.com", found, 1), 0);
	policy_files_close(files);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		IN_FOLDER(by_domain),
		IN_FOLDER(by_mx),
		IN_FOLDER(mistakes),
		IN_FOLDER(empty_folder),
	};

	return cmocka_run_group_tests_name("policy_files", tests, NULL, NULL);
}
