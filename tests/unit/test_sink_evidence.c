// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frames.h"
#include "session/witness.h"
#include "sink/sink.h"

#define DIALOGUE "MAIL FROM:<joe@a.example>\r\n"
#define MASKED   "MAIL FROM:<xxx@a.example>\r\n"

static char folder[] = "/tmp/evidence-XXXXXX";
static char path[256];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	(void)state;
	while (dir && (entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	return rmdir(folder);
}

static const char *in_folder(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static size_t file_count(void)
{
	DIR *dir = opendir(folder);
	size_t n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2; /* . and .. */
}

/* A witness of one client line, in which the local part is not cleared. */
static struct witness *witness_make(void)
{
	static const enum piece layers[] = { IP4, TCP, NONE };
	struct bytes ip = frame_build_around(layers, bytes_str(DIALOGUE));
	struct segment segment = {
		.time = 1700000000123456789,
		.seq = 5,
		.flags = TCP_ACK,
		.ip = ip,
		.ip_header = 20,
		.payload = bytes_of(ip.p + 40, strlen(DIALOGUE)),
		.payload_length = (uint32_t)strlen(DIALOGUE),
	};
	struct witness *witness = witness_new(4096);

	witness_add(witness, CLIENT, &segment);
	witness_data(witness, CLIENT, 0, bytes_str(DIALOGUE));
	witness_clear(witness, CLIENT, 0, 11);
	witness_clear(witness, CLIENT, 14, strlen(DIALOGUE));
	segment.time += 1;
	segment.payload_length += 100;
	witness_add(witness, SERVER, &segment);
	frame_free(ip);
	return witness;
}

/* One session whose severest alert is of @rule_id; NULL: no alert. */
static void tell(struct sink *sink, char *rule_id, bool kept)
{
	struct rule rule = { .id = rule_id };
	struct rule milder = { .id = "another" };
	struct record record = { .id = "0123456789abcdef" };
	struct subject subject = { .record = &record };
	struct alerts alerts = { .list = { { .rule = &rule }, { .rule = &milder } } };

	alerts.n = rule_id ? 2 : 0;
	record.witness = kept ? witness_make() : NULL;
	sink->class->session(sink, &subject, &alerts);
	witness_free(record.witness);
}

static void check_file(const char *name)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline_with_tstamp_precision(
		in_folder(name), PCAP_TSTAMP_PRECISION_NANO, error);
	struct pcap_pkthdr *header;
	const uint8_t *ip;
	struct stat st;

	assert_non_null(pcap);
	assert_int_equal(pcap_datalink(pcap), DLT_RAW);
	assert_int_equal(pcap_next_ex(pcap, &header, &ip), 1);
	assert_int_equal(header->ts.tv_sec, 1700000000);
	assert_int_equal(header->ts.tv_usec, 123456789);
	assert_int_equal(header->caplen, 40 + strlen(DIALOGUE));
	assert_int_equal(header->len, header->caplen);
	assert_memory_equal(ip + 40, MASKED, strlen(MASKED));
	assert_int_equal(pcap_next_ex(pcap, &header, &ip), 1);
	assert_int_equal(header->ts.tv_usec, 123456790);
	assert_int_equal(header->len, header->caplen + 100);
	for (size_t i = 40; i < header->caplen; i++)
		assert_int_equal(ip[i], 'x');
	assert_int_equal(pcap_next_ex(pcap, &header, &ip), PCAP_ERROR_BREAK);
	pcap_close(pcap);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void one_file_an_alerted_session(void **state)
{
	struct sink *sink = sink_evidence_new(folder, 0);

	(void)state;
	assert_non_null(sink);
	tell(sink, NULL, true);
	tell(sink, (char[]){ "starttls-stripped" }, false);
	assert_int_equal(file_count(), 0);
	tell(sink, (char[]){ "starttls-stripped" }, true);
	tell(sink, (char[]){ "starttls-stripped" }, true); /* read again */
	assert_int_equal(file_count(), 1);
	check_file("0123456789abcdef-starttls-stripped.pcap");
	sink->class->free(sink);
}

static void hostile_rule_ids(void **state)
{
	static const struct {
		const char *id, *name;
	} rows[] = {
		{ "../../etc/passwd", "0123456789abcdef-______etc_passwd.pcap" },
		{ "a b;c\n", "0123456789abcdef-a_b_c_.pcap" },
		{ "", "0123456789abcdef-.pcap" },
		{ "Caf\xc3\xa9", "0123456789abcdef-Caf__.pcap" },
		{ "0123456789012345678901234567890123456789012345678901234567890123456789",
			"0123456789abcdef-"
			"0123456789012345678901234567890123456789012345678901234567890123.pcap" },
	};
	struct sink *sink = sink_evidence_new(folder, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char id[128];

		strcpy(id, rows[i].id);
		tell(sink, id, true);
		assert_int_equal(file_count(), i + 1);
		check_file(rows[i].name);
	}
	sink->class->free(sink);
}

/* Links that somebody laid where the file goes are replaced; what they point to stays as it was. */
static void links_are_not_followed(void **state)
{
	struct sink *sink = sink_evidence_new(folder, 0);
	char victim[64];
	struct stat st;
	int fd;

	(void)state;
	snprintf(victim, sizeof(victim), "%s.victim", folder);
	fd = open(victim, O_CREAT | O_WRONLY | O_TRUNC, 0644);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(symlink(victim, in_folder("0123456789abcdef-rule.pcap")), 0);
	assert_int_equal(symlink(victim, in_folder(".0123456789abcdef-rule.pcap")), 0);
	tell(sink, (char[]){ "rule" }, true);
	assert_int_equal(file_count(), 1);
	check_file("0123456789abcdef-rule.pcap");
	assert_int_equal(stat(victim, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(unlink(victim), 0);
	sink->class->free(sink);
}

static void what_cannot_be_written(void **state)
{
	const struct run_stats stats = { 0 };
	const struct observer by = { 0 };
	struct sink *sink = sink_evidence_new(folder, 0);

	(void)state;
	/* A folder stands where the file goes: nothing unfinished is left. */
	assert_int_equal(mkdir(in_folder("0123456789abcdef-rule.pcap"), 0700), 0);
	tell(sink, (char[]){ "rule" }, true);
	tell(sink, (char[]){ "rule" }, true);
	assert_int_equal(file_count(), 1);
	sink->class->finish(sink, &stats, &by);
	assert_true(sink->failed);
	sink->class->free(sink);
	assert_int_equal(rmdir(in_folder("0123456789abcdef-rule.pcap")), 0);

	assert_null(sink_evidence_new(in_folder("not/there"), 0));
	assert_int_equal(close(open(in_folder("file"), O_CREAT | O_WRONLY, 0600)), 0);
	assert_null(sink_evidence_new(in_folder("file"), 0));
}

static void folder_is_made(void **state)
{
	struct sink *sink = sink_evidence_new(in_folder("new"), 0);
	struct stat st;

	(void)state;
	assert_non_null(sink);
	sink->class->free(sink);
	assert_int_equal(stat(in_folder("new"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			one_file_an_alerted_session, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(hostile_rule_ids, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(links_are_not_followed, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(what_cannot_be_written, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(folder_is_made, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
