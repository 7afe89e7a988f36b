// SPDX-License-Identifier: BSD-2-Clause
/* Ways out for documents, with real files and sockets. */
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "base/mem.h"
#include "sink/json_cut.h"
#include "sink/outlet.h"
#include "sink/syslog_message.h"
#include "sink/syslog_way.h"
#include "sink/trouble.h"

#define TIME 1795500000123456789 /* 2026-11-24T06:00:00.123456789Z */

/* Until something has come: generous, for a loaded machine. */
#define BOUND_MS 10000

static char folder[] = "/tmp/outlet-XXXXXX";
static char path[128];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/out", folder);
	return 0;
}

static int remove_folder(void **state)
{
	char other[140];

	(void)state;
	snprintf(other, sizeof(other), "%s.1", path);
	unlink(path);
	unlink(other);
	return rmdir(folder);
}

static struct document *document(enum dataset dataset, enum severity severity, const char *line)
{
	struct text json = { 0 };

	text_puts(&json, line);
	return document_new(dataset, severity, TIME, &json);
}

static void deliver(
	struct outlet *outlet, enum dataset dataset, enum severity severity, const char *line)
{
	struct document *made = document(dataset, severity, line);

	outlet_deliver(outlet, made);
	document_free(made);
}

static void session(struct outlet *outlet, const char *line)
{
	deliver(outlet, DATASET_SESSION, SEVERITY_INFO, line);
}

static void assert_holds(const char *name, const char *want)
{
	char got[4096];
	FILE *file = fopen(name, "r");
	size_t n;

	assert_non_null(file);
	n = fread(got, 1, sizeof(got) - 1, file);
	got[n] = '\0';
	fclose(file);
	assert_string_equal(got, want);
}

static void words(void **state)
{
	enum dataset dataset = DATASETS;

	(void)state;
	for (int i = 0; i < DATASETS; i++) {
		assert_true(dataset_parse(bytes_str(dataset_word((enum dataset)i)), &dataset));
		assert_int_equal(dataset, i);
		assert_string_equal(
			dataset_name(dataset) + strlen("stripwatch."), dataset_word(dataset));
	}
	assert_false(dataset_parse(BYTES("sessions"), &dataset));
	assert_false(dataset_parse(BYTES(""), &dataset));
}

static void what_it_takes(void **state)
{
	const struct outlet_params params = {
		.datasets = 1u << DATASET_ALERT | 1u << DATASET_TLSRPT,
		.min_severity = SEVERITY_MEDIUM,
	};
	struct outlet *outlet = outlet_file_new(path, &params);

	(void)state;
	assert_non_null(outlet);
	deliver(outlet, DATASET_SESSION, SEVERITY_INFO, "session\n");
	deliver(outlet, DATASET_ALERT, SEVERITY_LOW, "low\n");
	deliver(outlet, DATASET_ALERT, SEVERITY_MEDIUM, "medium\n");
	deliver(outlet, DATASET_ALERT, SEVERITY_CRITICAL, "critical\n");
	deliver(outlet, DATASET_TLSRPT, SEVERITY_INFO, "tlsrpt\n");
	assert_int_equal(outlet->delivered, 3);
	assert_int_equal(outlet->failed, 0);
	outlet_free(outlet);
	outlet_free(NULL);
	assert_holds(path, "medium\ncritical\ntlsrpt\n");
}

static void file_is_rotated(void **state)
{
	const struct outlet_params all = { 0 };
	struct outlet *outlet = outlet_file_new(path, &all);
	char rotated[140];
	struct stat stat_buf;

	(void)state;
	snprintf(rotated, sizeof(rotated), "%s.1", path);
	session(outlet, "1\n");
	assert_int_equal(stat(path, &stat_buf), 0);
	assert_int_equal(stat_buf.st_mode & 0137, 0);
	assert_int_equal(rename(path, rotated), 0);
	session(outlet, "2\n");
	outlet_reopen(outlet);
	session(outlet, "3\n");
	assert_holds(rotated, "1\n2\n");
	assert_holds(path, "3\n");

	/* There is no opening it anew: what is open stays. */
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	outlet_reopen(outlet);
	session(outlet, "4\n");
	assert_int_equal(outlet->delivered, 4);
	rmdir(path);
	outlet_flush(outlet);
	outlet_free(outlet);
	assert_null(outlet_file_new("/none/such/folder/file", &all));
}

/* A size limit is a full disk that can be had without root: it takes part of a line. */
static void disk_is_full(void **state)
{
	const struct outlet_params all = { 0 };
	struct outlet *outlet = outlet_file_new(path, &all);
	const struct rlimit small = { 20, RLIM_INFINITY };
	struct rlimit before;
	struct stat stat_buf;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	session(outlet, "{\"line\":1}\n");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	session(outlet, "{\"line\":2}\n");
	session(outlet, "{\"line\":3}\n");
	session(outlet, "{\"4\":4}\n");
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(stat(path, &stat_buf), 0);
	session(outlet, "{\"line\":5}\n");
	assert_holds(path, "{\"line\":1}\n{\"4\":4}\n{\"line\":5}\n");
	assert_int_equal(outlet->delivered, 3);
	assert_int_equal(outlet->failed, 2);
	outlet_free(outlet);
}

static void device_is_full(void **state)
{
	const struct outlet_params all = { 0 };
	struct outlet *outlet = outlet_file_new("/dev/full", &all);

	(void)state;
	session(outlet, "{}\n");
	session(outlet, "{}\n");
	assert_int_equal(outlet->delivered, 0);
	assert_int_equal(outlet->failed, 2);
	outlet_free(outlet);
}

/* A pipe that nobody empties takes part of a line, and there is no taking it back. */
static void torn_line_is_ended(void **state)
{
	const struct outlet_params all = { 0 };
	size_t big = 200000, n = 0;
	char *line = mem_alloc(big + 2), *got = mem_alloc(2 * big);
	struct outlet *outlet;
	ssize_t part;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	outlet = outlet_fd_new(fds[1], &all);
	memset(line, 'x', big);
	line[big] = '\n';
	session(outlet, line);
	assert_int_equal(outlet->failed, 1);
	while ((part = read(fds[0], got + n, 2 * big - n)) > 0)
		n += (size_t)part;
	assert_true(n > 0 && n < big);
	session(outlet, "{}\n");
	assert_int_equal(outlet->delivered, 1);
	assert_int_equal(read(fds[0], got, big), 4);
	assert_memory_equal(got, "\n{}\n", 4);
	outlet_free(outlet);
	close(fds[0]);
	close(fds[1]);
	free(line);
	free(got);
}

static void trouble_is_told_once(void **state)
{
	struct trouble trouble = { 0 };
	int64_t second = 1000000000;

	(void)state;
	assert_false(trouble_passed(&trouble, 0, "test"));
	assert_true(trouble_lost(&trouble, second, "test", "it is one"));
	assert_false(trouble_lost(&trouble, 2 * second, "test", "it is one"));
	assert_false(trouble_passed(&trouble, 3 * second, "test"));
	assert_false(trouble_lost(&trouble, 4 * second, "test", "it is one"));
	assert_false(trouble_passed(&trouble, 4 * second + TROUBLE_GRACE - 1, "test"));
	assert_int_equal(trouble.lost, 3);
	assert_true(trouble_passed(&trouble, 4 * second + TROUBLE_GRACE, "test"));
	assert_false(trouble_passed(&trouble, 400 * second, "test"));
	assert_true(trouble_lost(&trouble, 500 * second, "test", "it is one"));
}

static void messages(void **state)
{
	static const struct {
		const char *name;
		enum dataset dataset;
		enum severity severity;
		struct syslog_origin from;
		int64_t time;
		const char *want;
	} rows[] = {
		{ "a session", DATASET_SESSION, SEVERITY_INFO,
			{ "mx1", "stripwatch", 2, 77, false, false }, TIME,
			"<22>1 2026-11-24T06:00:00.123456Z mx1 stripwatch 77 session - "
			"\xef\xbb\xbf{\"a\":1}" },
		{ "info", DATASET_ALERT, SEVERITY_INFO, { "h", "a", 0, 1, true, false }, 0,
			"<6>1 1970-01-01T00:00:00.000000Z h a 1 alert - {\"a\":1}" },
		{ "low", DATASET_ALERT, SEVERITY_LOW, { "h", "a", 23, 1, true, false }, 0,
			"<189>1 1970-01-01T00:00:00.000000Z h a 1 alert - {\"a\":1}" },
		{ "medium", DATASET_ALERT, SEVERITY_MEDIUM, { "h", "a", 3, 1, true, false }, 0,
			"<28>1 1970-01-01T00:00:00.000000Z h a 1 alert - {\"a\":1}" },
		{ "high", DATASET_ALERT, SEVERITY_HIGH, { "h", "a", 3, 1, true, false }, 0,
			"<27>1 1970-01-01T00:00:00.000000Z h a 1 alert - {\"a\":1}" },
		{ "critical", DATASET_ALERT, SEVERITY_CRITICAL, { "h", "a", 3, 1, true, false }, 0,
			"<26>1 1970-01-01T00:00:00.000000Z h a 1 alert - {\"a\":1}" },
		{ "no names", DATASET_SENSOR, SEVERITY_INFO, { NULL, "", 2, 1, true, false }, 0,
			"<22>1 1970-01-01T00:00:00.000000Z - - 1 sensor - {\"a\":1}" },
		{ "names that would end a field", DATASET_POLICY, SEVERITY_INFO,
			{ "a b\n", "\xc3\xa9", 2, 1, true, false }, 0,
			"<22>1 1970-01-01T00:00:00.000000Z a_b_ __ 1 policy - {\"a\":1}" },
		{ "as syslog(3) writes it", DATASET_SESSION, SEVERITY_INFO,
			{ "h", "a b", 2, 1, false, true }, TIME,
			"<22>Nov 24 06:00:00 a_b[1]: {\"a\":1}" },
		{ "a day of one digit", DATASET_SESSION, SEVERITY_INFO,
			{ "h", "a", 2, 1, true, true }, 1767323045000000000,
			"<22>Jan  2 03:04:05 a[1]: {\"a\":1}" },
		{ "a long name", DATASET_TLSRPT, SEVERITY_INFO,
			{ "h", "0123456789012345678901234567890123456789012345678", 2, 1, true,
				false },
			0,
			"<22>1 1970-01-01T00:00:00.000000Z h "
			"012345678901234567890123456789012345678901234567 1 tlsrpt - {\"a\":1}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct document *made = document(rows[i].dataset, rows[i].severity, "{\"a\":1}\n");
		struct text out = { 0 };

		made->time = rows[i].time;
		assert_row(rows[i].name,
			syslog_message(&out, &rows[i].from, made, strlen(rows[i].want)));
		assert_row_string(rows[i].name, out.s, rows[i].want);
		text_reset(&out);
		assert_row(rows[i].name,
			!syslog_message(&out, &rows[i].from, made, strlen(rows[i].want) - 1));
		assert_row_int(rows[i].name, out.n, 0);
		document_free(made);
		text_free(&out);
	}
}

static void facilities(void **state)
{
	unsigned int out = 99;

	(void)state;
	assert_true(syslog_facility_parse(BYTES("mail"), &out) && out == 2);
	assert_true(syslog_facility_parse(BYTES("authpriv"), &out) && out == 10);
	assert_true(syslog_facility_parse(BYTES("LOCAL7"), &out) && out == 23);
	assert_true(syslog_facility_parse(BYTES("16"), &out) && out == 16);
	assert_false(syslog_facility_parse(BYTES("24"), &out));
	assert_false(syslog_facility_parse(BYTES("local8"), &out));
	assert_false(syslog_facility_parse(BYTES(""), &out));
}

#define CHAIN "\"certificate\":{\"chain\":[{\"subject\":\"CN=\\\"}]\\\\\"},{\"subject\":\"b\"}]}"

static void cutting(void **state)
{
	static const struct {
		const char *name, *in;
		size_t max;
		const char *want; /* NULL: it can't be */
	} rows[] = {
		{ "it fits", "{\"a\":{\"b\":[1,{}]}}\n", 18, "{\"a\":{\"b\":[1,{}]}}" },
		{ "the chain goes, and its holder with it",
			"{\"a\":1,\"stripwatch\":{\"id\":\"x\"," CHAIN "},\"z\":true}\n", 90,
			"{\"a\":1,\"stripwatch\":{\"id\":\"x\",\"left_out\":[\"stripwatch."
			"certificate.chain\"]},"
			"\"z\":true}" },
		{ "nothing is left beside it", "{\"stripwatch\":{" CHAIN "}}", 70,
			"{\"stripwatch\":{\"left_out\":[\"stripwatch.certificate.chain\"]}}" },
		{ "its holder has more",
			"{\"stripwatch\":{\"certificate\":{\"source\":\"wire\",\"chain\":["
			"\"012345678901234567890"
			"1234567890123456789\"]}}}",
			95,
			"{\"stripwatch\":{\"certificate\":{\"source\":\"wire\"},\"left_out\":["
			"\"stripwatch.certificate.chain\"]}}" },
		{ "only as much as must go",
			"{\"smtp\":{\"extensions\":[\"A\",\"B\"],\"bytes\":-5},\"tls\":{\"server\":"
			"{\"subject\":"
			"\"s\",\"x509\":{\"serial\":\"01234567890123456789012345678901234567890\"}}"
			"},"
			"\"stripwatch\":{}}",
			130,
			"{\"smtp\":{\"extensions\":[\"A\",\"B\"],\"bytes\":-5},\"tls\":{\"server\":"
			"{\"subject\":"
			"\"s\"}},\"stripwatch\":{\"left_out\":[\"tls.server.x509\"]}}" },
		{ "too long even so", "{\"a\":\"0123456789\",\"stripwatch\":{}}", 20, NULL },
		{ "no place to say so", "{\"a\":\"0123456789\",\"tls\":{\"server\":{\"a\":1}}}", 30,
			NULL },
		{ "no object", "[1]", 100, NULL },
		{ "nothing", "", 100, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes in = guarded(bytes_str(rows[i].in));
		struct text out = { 0 };

		text_puts(&out, "before ");
		assert_row_int(rows[i].name, json_cut(in, rows[i].max, &out), rows[i].want != NULL);
		if (rows[i].want)
			assert_row_string(rows[i].name, out.s + 7, rows[i].want);
		assert_row_int(rows[i].name, out.n, 7 + (rows[i].want ? strlen(rows[i].want) : 0));
		text_free(&out);
		guarded_free(in);
	}
}

static void cut_truncated(struct bytes prefix, void *context)
{
	struct text out = { 0 };

	(void)context;
	/* Whatever comes of half a document, it is not longer, and nothing is read behind it. */
	if (json_cut(prefix, 60, &out))
		assert_true(out.n <= 60);
	text_free(&out);
}

static void cutting_truncations(void **state)
{
	(void)state;
	every_truncation(
		BYTES("{\"a\":{\"b\":\"\\\"\"},\"tls\":{\"server\":{\"x509\":[1,2,{\"c\":null}]}},"
		      "\"stripwatch\":{" CHAIN ",\"x\":1}}\n"),
		cut_truncated, NULL);
}

/* Every member that may go goes, at every bound from the whole down, and it stays JSON. */
static void cut_stays_json(void **state)
{
	static const char whole[] =
		"{\"@timestamp\":\"t\",\"event\":{\"id\":\"1\"},\"smtp\":{\"extensions\":["
		"\"PIPELINING\"],"
		"\"sender_domains\":[\"a.example\"],\"recipient_domains\":[\"b.example\",\"c."
		"example\"]},"
		"\"tls\":{\"established\":true,\"server\":{\"subject\":\"CN=x\",\"x509\":{\"serial_"
		"number\":"
		"\"01\"}}},\"stripwatch\":{\"session_id\":\"0\"," CHAIN ",\"tls\":{\"alerts\":[]},"
		"\"policies\":[{\"domain\":\"b.example\"}],\"findings\":[{\"id\":\"f\","
		"\"evidence\":"
		"[\"one\"]}],\"evidence\":[\"250-[x]\"]}}";
	size_t shortest = 0;

	(void)state;
	for (size_t max = sizeof(whole); max > 0; max--) {
		struct text out = { 0 };
		json_t *read;

		if (!json_cut(BYTES(whole), max, &out)) {
			text_free(&out);
			break;
		}
		shortest = out.n;
		assert_true(out.n <= max);
		read = json_loadb(out.s, out.n, 0, NULL);
		assert_non_null(read);
		assert_non_null(json_object_get(json_object_get(read, "stripwatch"), "session_id"));
		json_decref(read);
		text_free(&out);
	}
	assert_true(shortest > 0 && shortest < sizeof(whole) - 100);
}

static void addresses(void **state)
{
	static const struct {
		const char *in;
		bool want;
	} rows[] = {
		{ "local", true },
		{ "/run/log", true },
		{ "udp:192.0.2.1", true },
		{ "udp:192.0.2.1:5514", true },
		{ "udp:log.example.com:514", true },
		{ "udp:[2001:db8::1]", true },
		{ "udp:[2001:db8::1]:514", true },
		{ "", false },
		{ "log.example.com", false },
		{ "udp:", false },
		{ "udp::514", false },
		{ "udp:host:", false },
		{ "udp:host:0", false },
		{ "udp:host:65536", false },
		{ "udp:host:syslog", false },
		{ "udp:2001:db8::1", false },
		{ "udp:[2001:db8::1", false },
		{ "udp:[]:514", false },
		{ "udp:[::1]514", false },
		{ "tcp:host:514", false },
		{ "/a/path/that/is/far/too/long/for/the/address/of/a/socket/in/the/file/system/of/"
		  "this/"
		  "machine/which/has/room/for/some/hundred/bytes",
			false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_row_int(rows[i].in, syslog_way_parse(rows[i].in), rows[i].want);
	assert_null(outlet_syslog_new(&(struct outlet_syslog_params){ .address = "nowhere" },
		&(struct outlet_params){ 0 }));
}

static int listen_local(int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	strcpy(address.sun_path, path);
	unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	return fd;
}

/* What has come by then, as text. */
static const char *receive(int fd, char out[256])
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	ssize_t n;

	assert_int_equal(poll(&poll_fd, 1, BOUND_MS), 1);
	n = recv(fd, out, 255, 0);
	assert_true(n >= 0);
	out[n] = '\0';
	return strchr(out, '-') ? strstr(out, " - ") + 3 : out;
}

static struct outlet *syslog_to(const char *address)
{
	const struct outlet_syslog_params where = {
		.address = address, .facility = 2, .no_bom = true
	};
	const struct outlet_params all = { 0 };
	struct outlet *outlet = outlet_syslog_new(&where, &all);

	assert_non_null(outlet);
	return outlet;
}

static void local_datagrams(void **state)
{
	int fd = listen_local(SOCK_DGRAM);
	struct outlet *outlet = syslog_to(path);
	char got[256];

	(void)state;
	session(outlet, "{\"a\":1}\n");
	assert_string_equal(receive(fd, got), "{\"a\":1}");

	/* The daemon goes, and comes again. */
	close(fd);
	session(outlet, "{\"a\":2}\n");
	assert_int_equal(outlet->failed, 1);
	fd = listen_local(SOCK_DGRAM);
	outlet_reopen(outlet);
	session(outlet, "{\"a\":3}\n");
	assert_string_equal(receive(fd, got), "{\"a\":3}");

	/* It was restarted between two documents: nothing is lost. */
	close(fd);
	fd = listen_local(SOCK_DGRAM);
	session(outlet, "{\"a\":4}\n");
	assert_string_equal(receive(fd, got), "{\"a\":4}");
	assert_int_equal(outlet->failed, 1);
	outlet_free(outlet);
	close(fd);
}

/* A daemon that takes nothing any more: documents are lost, and most of them at once. */
static void local_is_stuck(void **state)
{
	int fd = listen_local(SOCK_DGRAM);
	struct outlet *outlet = syslog_to(path);
	int64_t begin = trouble_clock();
	char got[256];

	(void)state;
	for (int i = 0; i < 2000 && outlet->failed < 1000; i++)
		session(outlet, "{\"a\":1}\n");
	assert_true(outlet->failed >= 1000);
	/* 1,000 waits would be 100 s. */
	assert_true(trouble_clock() - begin < 50 * INT64_C(1000000000));
	for (uint64_t i = 0; i < outlet->delivered; i++)
		assert_string_equal(receive(fd, got), "{\"a\":1}");
	session(outlet, "{\"a\":2}\n");
	assert_string_equal(receive(fd, got), "{\"a\":2}");
	outlet_free(outlet);
	close(fd);
}

static void local_stream(void **state)
{
	int listener = listen_local(SOCK_STREAM), fd;
	struct outlet *outlet = syslog_to(path);
	char got[256];
	const char *first;

	(void)state;
	session(outlet, "{\"a\":1}\n");
	session(outlet, "{\"a\":2}\n");
	fd = accept(listener, NULL, NULL);
	first = receive(fd, got);
	assert_string_equal(first, "{\"a\":1}");
	assert_string_equal(strstr(first + strlen(first) + 1, " - ") + 3, "{\"a\":2}");

	/* The connection ends; the next document opens another one. */
	close(fd);
	session(outlet, "{\"a\":3}\n");
	fd = accept(listener, NULL, NULL);
	assert_string_equal(receive(fd, got), "{\"a\":3}");
	assert_int_equal(outlet->failed, 0);
	outlet_free(outlet);
	close(fd);
	close(listener);
}

/* A reader that does not read: no message is torn, the connection is given up instead. */
static void local_stream_is_stuck(void **state)
{
	int listener = listen_local(SOCK_STREAM), fd;
	struct outlet *outlet = syslog_to(path);
	char got[4096], last = 'x';
	ssize_t n;

	(void)state;
	for (int i = 0; i < 100000 && outlet->failed == 0; i++)
		session(outlet, "{\"a\":1}\n");
	assert_int_equal(outlet->failed, 1);
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	while ((n = read(fd, got, sizeof(got))) > 0)
		last = got[n - 1];
	/* Whole to its end, or ended with the connection. */
	assert_true(last == '\0' || n == 0);
	outlet_free(outlet);
	close(fd);
	close(listener);
}

/* A server on a port of its own choice; -1: no such family here. */
static int listen_udp(int family, char *address, size_t size)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr *any =
		family == AF_INET6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	socklen_t n = family == AF_INET6 ? sizeof(six) : sizeof(four);
	int fd = socket(family, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, any, n) != 0 || getsockname(fd, any, &n) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	snprintf(address, size, "udp:%s:%u", family == AF_INET6 ? "[::1]" : "127.0.0.1",
		ntohs(family == AF_INET6 ? six.sin6_port : four.sin_port));
	return fd;
}

static void udp(void **state)
{
	static const int families[] = { AF_INET, AF_INET6 };
	char address[64], got[256];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int fd = listen_udp(families[i], address, sizeof(address));
		struct outlet *outlet;

		if (fd < 0 && families[i] == AF_INET6) {
			print_message("no IPv6 here\n");
			continue;
		}
		assert_true(fd >= 0);
		outlet = syslog_to(address);
		session(outlet, "{\"a\":1}\n");
		assert_string_equal(receive(fd, got), "{\"a\":1}");
		outlet_reopen(outlet);
		session(outlet, "{\"a\":2}\n");
		assert_string_equal(receive(fd, got), "{\"a\":2}");
		/* Nobody listens: that is learnt from the answer to the one before. */
		close(fd);
		for (int j = 0; j < 5; j++)
			session(outlet, "{\"a\":3}\n");
		outlet_free(outlet);
	}
}

static void name_is_looked_up(void **state)
{
	char numeric[64], address[96], got[256];
	int fd = listen_udp(AF_INET, numeric, sizeof(numeric));
	struct outlet *outlet;

	(void)state;
	/* Either family may be "localhost"; IPv4 is among them where the other has no socket. */
	snprintf(address, sizeof(address), "udp:ip4.invalid:1");
	outlet = syslog_to(address);
	session(outlet, "{}\n");
	assert_int_equal(outlet->failed, 1);
	outlet_free(outlet);
	snprintf(address, sizeof(address), "udp:localhost:%s", strrchr(numeric, ':') + 1);
	outlet = syslog_to(address);
	session(outlet, "{\"a\":1}\n");
	assert_int_equal(outlet->failed, 0);
	if (recv(fd, got, sizeof(got), MSG_DONTWAIT) < 0)
		print_message("localhost is IPv6 here\n");
	outlet_free(outlet);
	close(fd);
}

static void too_long_for_a_datagram(void **state)
{
	char address[64], *got = mem_alloc(SYSLOG_DATAGRAM_MAX);
	int fd = listen_udp(AF_INET, address, sizeof(address));
	struct outlet *outlet = syslog_to(address);
	struct text line = { 0 };
	ssize_t n;

	(void)state;
	text_puts(&line, "{\"a\":1,\"stripwatch\":{\"session_id\":\"1\",\"evidence\":[\"");
	for (int i = 0; i < 100000; i++)
		text_putc(&line, 'x');
	text_puts(&line, "\"]}}\n");
	session(outlet, line.s);
	n = recv(fd, got, SYSLOG_DATAGRAM_MAX, 0);
	assert_true(n > 0);
	got[n] = '\0';
	assert_string_equal(strstr(got, " - ") + 3, "{\"a\":1,\"stripwatch\":{\"session_id\":\"1\","
						    "\"left_out\":[\"stripwatch.evidence\"]}}");
	text_reset(&line);
	text_puts(&line, "{\"a\":\"");
	for (int i = 0; i < 100000; i++)
		text_putc(&line, 'x');
	text_puts(&line, "\"}\n");
	session(outlet, line.s);
	assert_int_equal(outlet->failed, 1);
	text_free(&line);
	outlet_free(outlet);
	close(fd);
	free(got);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		IN_FOLDER(what_it_takes),
		IN_FOLDER(file_is_rotated),
		IN_FOLDER(disk_is_full),
		cmocka_unit_test(device_is_full),
		cmocka_unit_test(torn_line_is_ended),
		cmocka_unit_test(trouble_is_told_once),
		cmocka_unit_test(messages),
		cmocka_unit_test(facilities),
		cmocka_unit_test(cutting),
		cmocka_unit_test(cutting_truncations),
		cmocka_unit_test(cut_stays_json),
		cmocka_unit_test(addresses),
		IN_FOLDER(local_datagrams),
		IN_FOLDER(local_is_stuck),
		IN_FOLDER(local_stream),
		IN_FOLDER(local_stream_is_stuck),
		cmocka_unit_test(udp),
		cmocka_unit_test(name_is_looked_up),
		cmocka_unit_test(too_long_for_a_datagram),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests_name("outlet", tests, NULL, NULL);
}
