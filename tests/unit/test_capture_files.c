// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "capture/capture.h"
#include "capture/source.h"
#include "capture_build.h"

/* A folder for the files of a test, and what was written to standard error meanwhile. */
struct desk {
	char folder[64];
	int saved_stderr;
};

static void path_in(const struct desk *desk, const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", desk->folder, name);
}

static int set_up(void **state)
{
	struct desk *desk = calloc(1, sizeof(*desk));
	char path[128];
	int fd;

	assert_non_null(desk);
	snprintf(desk->folder, sizeof(desk->folder), "/tmp/test_capture.XXXXXX");
	assert_non_null(mkdtemp(desk->folder));
	path_in(desk, "stderr", path);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	desk->saved_stderr = dup(STDERR_FILENO);
	assert_true(fd >= 0 && desk->saved_stderr >= 0);
	dup2(fd, STDERR_FILENO);
	close(fd);
	*state = desk;
	return 0;
}

static int tear_down(void **state)
{
	struct desk *desk = *state;
	char command[128], left[4096];
	ssize_t n = pread(STDERR_FILENO, left, sizeof(left), 0);

	/* Whatever was not asked for, reasons of a failure among them. */
	assert_true(n >= 0 && write(desk->saved_stderr, left, (size_t)n) == n);
	dup2(desk->saved_stderr, STDERR_FILENO);
	close(desk->saved_stderr);
	snprintf(command, sizeof(command), "rm -r %s", desk->folder);
	assert_int_equal(system(command), 0);
	free(desk);
	return 0;
}

static void write_file(const struct desk *desk, const char *name, struct bytes b)
{
	char path[128];
	FILE *file;

	path_in(desk, name, path);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(b.p, 1, b.n, file), b.n);
	fclose(file);
}

/* What was logged since the last call, with the folder's name taken out. */
static void take_log(const struct desk *desk, char *out, size_t size)
{
	char folder[80], *at;
	ssize_t n = pread(STDERR_FILENO, out, size - 1, 0);

	assert_true(n >= 0);
	out[n] = '\0';
	snprintf(folder, sizeof(folder), "%s/", desk->folder);
	while ((at = strstr(out, folder)))
		memmove(at, at + strlen(folder), strlen(at + strlen(folder)) + 1);
	assert_int_equal(ftruncate(STDERR_FILENO, 0), 0);
	lseek(STDERR_FILENO, 0, SEEK_SET);
}

/* The frames of all files of @names (blanks between), as they come. */
static void read_files(
	const struct desk *desk, const char *names, struct text *out, struct capture_stats *stats)
{
	char *paths[200], *list = strdup(names), *next = list, *name;
	struct capture *capture;
	struct packet packet;
	size_t n = 0;

	while ((name = strsep(&next, " "))) {
		assert_true(n < sizeof(paths) / sizeof(*paths));
		paths[n] = malloc(128);
		assert_non_null(paths[n]);
		if (strcmp(name, "-") == 0)
			snprintf(paths[n++], 128, "-");
		else
			path_in(desk, name, paths[n++]);
	}
	text_reset(out);
	text_puts(out, "");
	capture = capture_open_files(paths, n);
	while (capture_next(capture, &packet))
		text_printf(out, "%.*s ", (int)packet.frame.n, (const char *)packet.frame.p);
	assert_false(capture_next(capture, &packet));
	capture_get_stats(capture, stats);
	capture_close(capture);
	while (n--)
		free(paths[n]);
	free(list);
}

static void messages(void **state)
{
	static const struct {
		const char *name;
		struct bytes file;
		const char *want;
	} rows[] = {
#define FILE_OF(literal) { (const uint8_t *)literal, sizeof(literal) - 1 }
#define PCAP             "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0"
#define RECORD(n)        "\1\0\0\0\0\0\0\0" n "\0\0\0" n "\0\0\0"
#define SECTION          "\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0\0\0\0\0\0\0\0\0\x1c\0\0\0"
#define IS_NOT           "is neither a pcap nor a pcapng file: it starts with "
		{ "empty", FILE_OF(""), "is empty" },
		{ "text", FILE_OF("Dear all,\nplease find"), IS_NOT "\"Dear all,\\npl\"" },
		{ "three bytes", FILE_OF("\xd4\xc3\xb2"), IS_NOT "\"\\xd4\\xc3\\xb2\"" },
		{ "gzip", FILE_OF("\x1f\x8b\x08\0\0\0\0\0"),
			"is gzip-compressed: zcat it into `stripwatch read -`" },
		{ "gzip, truncated", FILE_OF("\x1f\x8b"),
			"is gzip-compressed: zcat it into `stripwatch read -`" },
		{ "zstd", FILE_OF("\x28\xb5\x2f\xfd...."),
			"is zstd-compressed: zstdcat it into `stripwatch read -`" },
		{ "snoop", FILE_OF("snoop\0\0\0\0\0\0\2"),
			"is a snoop file: make a pcap of it with editcap" },
		{ "file header", FILE_OF("\xd4\xc3\xb2\xa1\2\0\4\0"),
			"truncated at offset 0: file header of 24 bytes expected, 8 there" },
		{ "record header",
			FILE_OF(PCAP RECORD("\1") "a"
						  "\1\0\0\0\0"),
			"truncated at offset 41: packet header of 16 bytes expected, 5 there" },
		{ "frame", FILE_OF(PCAP RECORD("\1") "a" RECORD("\x3c") "twelve bytes"),
			"truncated at offset 41: packet of 60 bytes announced, 12 there" },
		{ "frame length", FILE_OF(PCAP "\1\0\0\0\0\0\0\0\1\0\0\1\1\0\0\1"),
			"damaged at offset 24: packet of 16777217 bytes announced" },
		{ "section", FILE_OF("\n\r\r\n\x1c\0\0\0"),
			"truncated at offset 0: section block expected, 8 bytes there" },
		{ "block", FILE_OF(SECTION "\6\0\0\0\x2c\0\0\0\0\0\0\0\0\0\0\0"),
			"truncated at offset 28: block of 44 bytes announced, 16 there" },
		{ "block that does not matter", FILE_OF(SECTION "\5\0\0\0\x2c\0\0\0\0\0\0\0"),
			"truncated at offset 28: block of 44 bytes announced, 12 there" },
		{ "block header", FILE_OF(SECTION "\6\0\0\0\x2c"),
			"truncated at offset 28: block of at least 12 bytes expected, 5 there" },
		{ "zeros", FILE_OF(SECTION "\0\0\0\0\0\0\0\0\0\0\0\0"),
			"damaged at offset 28: block of type 0x0 and 0 bytes announced" },
		{ "no interface",
			FILE_OF(SECTION "\6\0\0\0\x20\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
					"\0\0\0\0\x20\0\0\0"),
			"damaged at offset 28: packet of interface 1, but 0 are described" },
	};
	struct desk *desk = *state;
	struct capture_stats stats;
	struct text got = { 0 }, want = { 0 };
	char log[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		write_file(desk, "f", rows[i].file);
		read_files(desk, "f", &got, &stats);
		assert_row_int(rows[i].name, stats.failed, 1);
		text_reset(&want);
		text_printf(&want, "stripwatch: capture: f: %s\n", rows[i].want);
		take_log(desk, log, sizeof(log));
		assert_row_string(rows[i].name, log, want.s);
	}
	text_free(&got);
	text_free(&want);
}

/* A classic capture of one-byte frames "X@SECONDS". */
static void write_pcap(const struct desk *desk, const char *name, const char *const *frames)
{
	struct build b = { 0 };

	build_pcap(&b, 0xa1b2c3d4, 1);
	for (; *frames; frames++) {
		uint32_t n = (uint32_t)strlen(*frames);
		uint32_t seconds = (uint32_t)atoi(strchr(*frames, '@') + 1);

		build_record(&b, seconds, 0, *frames, n, n);
	}
	write_file(desk, name, build_bytes(&b));
	text_free(&b.out);
}

#define FRAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void merging(void **state)
{
	static const struct {
		const char *name, *files, *want;
	} rows[] = {
		{ "one, its own order kept", "disorder", "p@5 q@1 r@9 " },
		{ "two that alternate", "odd even", "a@1 b@2 c@3 d@4 " },
		{ "ties to the first named", "odd odd2", "a@1 A@1 c@3 C@3 " },
		{ "ties to the first named, other way", "odd2 odd", "A@1 a@1 C@3 c@3 " },
		{ "one after the other, named in reverse", "late odd", "a@1 c@3 x@100 y@101 " },
		{ "disorder is not mended", "odd disorder", "a@1 c@3 p@5 q@1 r@9 " },
		{ "the same file twice", "odd odd", "a@1 a@1 c@3 c@3 " },
		{ "one without packets", "none odd none", "a@1 c@3 " },
		{ "four", "late even odd odd2", "a@1 A@1 b@2 c@3 C@3 d@4 x@100 y@101 " },
	};
	struct desk *desk = *state;
	struct capture_stats stats;
	struct text got = { 0 };

	write_pcap(desk, "odd", FRAMES("a@1", "c@3"));
	write_pcap(desk, "odd2", FRAMES("A@1", "C@3"));
	write_pcap(desk, "even", FRAMES("b@2", "d@4"));
	write_pcap(desk, "late", FRAMES("x@100", "y@101"));
	write_pcap(desk, "disorder", FRAMES("p@5", "q@1", "r@9"));
	write_pcap(desk, "none", (const char *const[]){ NULL });
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		read_files(desk, rows[i].files, &got, &stats);
		assert_row_string(rows[i].name, got.s, rows[i].want);
		assert_row_int(rows[i].name, stats.failed, 0);
	}
	text_free(&got);
}

/* Whatever is wrong with one of several is said and counted; the rest is read. */
static void failures_among_others(void **state)
{
	struct desk *desk = *state;
	struct capture_stats stats;
	struct text got = { 0 };
	char log[1024];

	write_pcap(desk, "good", FRAMES("a@1", "c@3"));
	write_file(desk, "text", BYTES("hello\n"));
	write_file(desk, "cut", BYTES(PCAP RECORD("\1") "b" RECORD("\2")));
	read_files(desk, "missing text cut good .", &got, &stats);
	assert_string_equal(got.s, "b a@1 c@3 ");
	assert_int_equal(stats.sources, 2);
	assert_int_equal(stats.failed, 4);
	assert_int_equal(stats.packets, 3);
	assert_int_equal(stats.bytes, 7);
	take_log(desk, log, sizeof(log));
	assert_string_equal(log, "stripwatch: capture: missing: No such file or directory\n"
				 "stripwatch: capture: text: " IS_NOT "\"hello\\n\"\n"
				 "stripwatch: capture: .: can't read at offset 0: Is a directory\n"
				 "stripwatch: capture: cut: truncated at offset 41: packet of 2 "
				 "bytes announced, 0 there\n");
	text_free(&got);
}

/* A capture rotated into more files than there are descriptors. */
static void many_files(void **state)
{
	struct desk *desk = *state;
	struct rlimit before, few;
	struct capture_stats stats;
	struct text names = { 0 }, want = { 0 }, got = { 0 };
	char name[16], frame[16];

	for (int i = 0; i < 150; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		snprintf(frame, sizeof(frame), "x@%d", i);
		write_pcap(desk, name, FRAMES(frame));
		text_printf(&names, "%sf%d", i ? " " : "", 149 - i);
		text_printf(&want, "x@%d ", i);
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 16;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	read_files(desk, names.s, &got, &stats);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_string_equal(got.s, want.s);
	assert_int_equal(stats.sources, 150);
	assert_int_equal(stats.failed, 0);
	text_free(&names);
	text_free(&want);
	text_free(&got);
}

/* Feed @b to standard input in pieces of @piece bytes while @names are read. */
static void read_piped(const struct desk *desk, struct bytes b, size_t piece, const char *names,
	struct text *got, struct capture_stats *stats)
{
	int ends[2], saved = dup(STDIN_FILENO), status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct bytes part;

		close(ends[0]);
		while (bytes_take(&b, piece < b.n ? piece : b.n, &part) && part.n)
			if (write(ends[1], part.p, part.n) != (ssize_t)part.n)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	read_files(desk, names, got, stats);
	dup2(saved, STDIN_FILENO);
	close(saved);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void standard_input(void **state)
{
	static const size_t pieces[] = { 1, 7, 64, 4096 };
	struct desk *desk = *state;
	struct capture_stats stats;
	struct text got = { 0 };
	struct build b = { 0 };

	build_section(&b, true);
	build_interface(&b, 1, 0, NULL, 0, 0);
	build_packet(&b, 0, 1, "one");
	build_packet(&b, 0, 3, "three");
	write_pcap(desk, "even", FRAMES("b@2", "d@4"));
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		read_piped(desk, build_bytes(&b), pieces[i], "-", &got, &stats);
		assert_string_equal(got.s, "one three ");
		assert_int_equal(stats.failed, 0);
		read_piped(desk, build_bytes(&b), pieces[i], "even -", &got, &stats);
		assert_string_equal(got.s, "one b@2 three d@4 ");
		assert_int_equal(stats.failed, 0);
	}
	text_free(&got);
	text_free(&b.out);
}

/* Records lie across every border of the buffer, and are larger than it. */
static void every_chunk(void **state)
{
	struct desk *desk = *state;
	struct build b = { 0 };
	char path[128], large[600];
	struct packet packet;

	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	build_section(&b, false);
	build_interface(&b, 1, 0, "eth0", 0, 0);
	build_packet(&b, 0, 1, "one");
	build_packet(&b, 0, 2, large);
	build_open(&b, 0x0bad);
	text_puts(&b.out, large);
	build_close(&b);
	build_packet(&b, 0, 3, "three");
	write_file(desk, "f", build_bytes(&b));
	path_in(desk, "f", path);
	for (size_t chunk = 1; chunk <= b.out.n + 1; chunk++) {
		struct source source;
		struct input input;

		assert_true(input_open(&input, path, chunk));
		assert_true(source_open_input(&source, path, input));
		assert_true(source_next(&source, &packet));
		assert_true(bytes_equal(packet.frame, BYTES("one")));
		assert_true(source_next(&source, &packet));
		assert_true(bytes_equal(packet.frame, bytes_str(large)));
		assert_true(source_next(&source, &packet));
		assert_true(bytes_equal(packet.frame, BYTES("three")));
		assert_string_equal(packet.interface, "eth0");
		assert_false(source_next(&source, &packet));
		assert_false(source.input.faulty);
		assert_int_equal(source_done(&source), b.out.n);
		source_close(&source);
	}
	text_free(&b.out);
}

/* Three records, the second larger than some buffers; the last is cut by the end of the file. */
static void build_three(struct build *b, const char *large)
{
	build_pcap(b, 0xa1b2c3d4, 1);
	build_record(b, 1, 0, "one", 3, 3);
	build_record(b, 2, 0, large, (uint32_t)strlen(large), (uint32_t)strlen(large));
	build_record(b, 3, 0, "three", 5, 5);
	build_record(b, 4, 0, "four", 60, 60);
}

/* Take what was looked at before it came, and check that it does. */
static void check_next(struct source *source, const char *want, size_t *seen)
{
	struct packet packet;

	*seen -= *seen > 0;
	assert_true(source_next(source, &packet));
	assert_true(bytes_equal(packet.frame, bytes_str(want)));
}

/*
 * Whatever the size of the buffer and the time of looking: each record is shown at most once, in
 * order, if it is there whole, and comes as if nobody had looked.
 */
static void looking_ahead(void **state)
{
	char path[128], large[200], log[512];
	const char *frames[] = { "one", large, "three" };
	struct desk *desk = *state;
	struct build b = { 0 };
	struct bytes frame;
	uint16_t link_type;
	size_t shown = 0;

	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	build_three(&b, large);
	write_file(desk, "f", build_bytes(&b));
	path_in(desk, "f", path);
	for (size_t chunk = 24; chunk <= b.out.n + 1; chunk++) {
		size_t seen = 0; /* shown and did not come yet */
		struct source source;
		struct packet packet;
		struct input input;

		assert_true(input_open(&input, path, chunk));
		assert_true(source_open_input(&source, path, input));
		for (size_t taken = 0; taken < 3; taken++) {
			while (source_ahead(&source, &frame, &link_type)) {
				assert_true(taken + seen < 3);
				assert_true(bytes_equal(frame, bytes_str(frames[taken + seen])));
				assert_int_equal(link_type, 1);
				seen++;
			}
			shown += seen > 1;
			check_next(&source, frames[taken], &seen);
		}
		assert_false(source_ahead(&source, &frame, &link_type));
		assert_false(source_next(&source, &packet));
		take_log(desk, log, sizeof(log));
		assert_non_null(strstr(log, "f: truncated at offset 279"));
		assert_false(source_ahead(&source, &frame, &link_type));
		source_close(&source);
	}
	assert_true(shown > 0);
	text_free(&b.out);
}

/* A single classic file lets others look ahead; pcapng does not, nor do files that are merged. */
static void looking_ahead_is_optional(void **state)
{
	struct desk *desk = *state;
	char one[128], two[128], *paths[] = { one, two };
	struct capture *capture;
	struct build b = { 0 };
	struct packet packet;
	struct bytes frame;
	uint16_t link_type;

	write_pcap(desk, "one", FRAMES("a@1", "b@3", "c@4"));
	build_section(&b, false);
	build_interface(&b, 1, 0, "eth0", 0, 0);
	build_packet(&b, 0, 1, "x");
	build_packet(&b, 0, 2, "y");
	write_file(desk, "two", build_bytes(&b));
	text_free(&b.out);
	path_in(desk, "one", one);
	path_in(desk, "two", two);
	for (size_t n = 0; n <= 2; n++) {
		capture = capture_open_files(paths, n);
		assert_int_equal(capture_next(capture, &packet), n > 0);
		assert_int_equal(capture_ahead(capture, &frame, &link_type), n == 1);
		capture_close(capture);
	}
	capture = capture_open_files(paths + 1, 1);
	assert_true(capture_next(capture, &packet));
	assert_false(capture_ahead(capture, &frame, &link_type));
	assert_true(capture_next(capture, &packet));
	assert_true(bytes_equal(packet.frame, BYTES("y")));
	capture_close(capture);
}

/* A large length in a damaged header does not make the program ask for that much memory. */
static void no_memory_on_credit(void **state)
{
	struct desk *desk = *state;
	struct source source;
	struct packet packet;
	char path[128];

	write_file(desk, "f",
		BYTES(PCAP "\1\0\0\0\0\0\0\0\0\0\0\1\0\0\0\1"
			   "short"));
	path_in(desk, "f", path);
	assert_true(source_open(&source, path));
	assert_false(source_next(&source, &packet));
	assert_true(source.input.room <= 2 * INPUT_READ);
	source_close(&source);
}

static void progress(void **state)
{
	struct desk *desk = *state;
	char odd[128], even[128], *paths[] = { odd, even };
	uint64_t done, total, before = 0;
	struct capture *capture;
	struct packet packet;

	write_pcap(desk, "odd", FRAMES("a@1", "c@3"));
	write_pcap(desk, "even", FRAMES("b@2", "d@4"));
	path_in(desk, "odd", odd);
	path_in(desk, "even", even);
	for (size_t n = 1; n <= 2; n++) {
		capture = capture_open_files(paths, n);
		for (before = 0; capture_next(capture, &packet); before = done) {
			capture_progress(capture, &done, &total);
			assert_int_equal(total, n * (24 + 2 * 19));
			assert_true(done >= before && done <= total);
		}
		capture_progress(capture, &done, &total);
		assert_int_equal(done, total);
		capture_close(capture);
	}
	capture = capture_open_files(NULL, 0);
	assert_false(capture_next(capture, &packet));
	capture_close(capture);
	capture_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(messages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(merging, set_up, tear_down),
		cmocka_unit_test_setup_teardown(failures_among_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(standard_input, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_chunk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(looking_ahead, set_up, tear_down),
		cmocka_unit_test_setup_teardown(looking_ahead_is_optional, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_memory_on_credit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(progress, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
