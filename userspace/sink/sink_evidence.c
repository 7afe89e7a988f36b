// SPDX-License-Identifier: BSD-2-Clause
/*
 * One capture file for each session with an alert: DIR/SESSION-RULE.pcap, after the severest rule.
 * It is written under another name and renamed, so that whoever looks finds whole files only; the
 * same session read again replaces its file. What may be seen in it was settled by the witness.
 */
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "session/witness.h"
#include "sink/evidence_folder.h"
#include "sink/sink.h"

/* What tcpdump writes by default, and libpcap's readers accept at most. */
#define SNAP_LENGTH 262144

/* Of a rule's id in a file name; a session's id has 16 bytes. */
#define RULE_MAX 64

#define NANOSECONDS INT64_C(1000000000)

struct evidence_sink {
	struct sink sink;
	char *path; /* for messages */
	int folder;
	uint64_t max_bytes; /* of all captures in it; 0: no bound */
	uint64_t bytes;     /* at most so many are in it */
	uint64_t failed;    /* files that could not be written */
};

/* Append @id with nothing in it that means something to a file system or a shell. */
static char *add_safe(char *to, const char *id, size_t max)
{
	for (size_t i = 0; id[i] && i < max; i++) {
		char c = text_lower(id[i]);
		bool safe = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';

		*to++ = (char)(safe ? id[i] : '_');
	}
	return to;
}

/* "SESSION-RULE.pcap", or the name under which it is written. */
struct file_name {
	char text[2 + 16 + 1 + RULE_MAX + sizeof(".pcap")];
};

static struct file_name name_of(const char *id, const char *rule, bool unfinished)
{
	struct file_name name;
	char *to = name.text;

	if (unfinished)
		*to++ = '.';
	to = add_safe(to, id, 16);
	*to++ = '-';
	to = add_safe(to, rule, RULE_MAX);
	memcpy(to, ".pcap", sizeof(".pcap"));
	return name;
}

/*
 * A new file that was not there before: neither a file of others nor what a link points to is
 * written to. What an interrupted run left behind is removed.
 */
static int create(int folder, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(folder, name, flags, 0600);

	if (fd < 0 && errno == EEXIST && unlinkat(folder, name, 0) == 0)
		fd = openat(folder, name, flags, 0600);
	return fd < 0 ? -errno : fd;
}

static void write_packets(pcap_dumper_t *dumper, struct witness *witness)
{
	struct bytes ip;
	uint32_t wire_length;
	int64_t time;
	size_t at = 0;

	while (witness_next(witness, &at, &ip, &wire_length, &time)) {
		struct pcap_pkthdr header = { .len = wire_length };
		int64_t part = time % NANOSECONDS;

		if (part < 0)
			part += NANOSECONDS;
		header.ts.tv_sec = (time - part) / NANOSECONDS;
		header.ts.tv_usec = part; /* nanoseconds, by the precision of the file */
		header.caplen = ip.n > SNAP_LENGTH ? SNAP_LENGTH : (uint32_t)ip.n;
		pcap_dump((uint8_t *)dumper, &header, ip.p);
	}
}

/* Write the kept packets to @fd, which is closed. 0 or -errno. */
static int write_capture(int fd, struct witness *witness)
{
	pcap_t *pcap = pcap_open_dead_with_tstamp_precision(
		DLT_RAW, SNAP_LENGTH, PCAP_TSTAMP_PRECISION_NANO);
	pcap_dumper_t *dumper = NULL;
	FILE *file = fdopen(fd, "wb");
	int result = -EIO;

	if (!file || !pcap) {
		result = -ENOMEM;
		goto out;
	}
	dumper = pcap_dump_fopen(pcap, file);
	if (!dumper)
		goto out;
	file = NULL;
	fd = -1;
	write_packets(dumper, witness);
	if (pcap_dump_flush(dumper) == 0 && !ferror(pcap_dump_file(dumper)))
		result = 0;
	else if (errno)
		result = -errno;
out:
	if (dumper)
		pcap_dump_close(dumper);
	else if (file)
		fclose(file);
	else if (fd >= 0)
		close(fd);
	if (pcap)
		pcap_close(pcap);
	return result;
}

/* Looking into the folder costs: only where the bound may have been reached. */
static void count_bytes(struct evidence_sink *evidence, const char *name)
{
	struct stat status;

	if (!evidence->max_bytes || fstatat(evidence->folder, name, &status, 0) != 0)
		return;
	evidence->bytes += (uint64_t)status.st_size;
	if (evidence->bytes > evidence->max_bytes)
		evidence->bytes = evidence_folder_prune(evidence->folder, evidence->max_bytes);
}

static int write_evidence(
	struct evidence_sink *evidence, const struct record *record, const char *rule)
{
	struct file_name name = name_of(record->id, rule, false);
	struct file_name unfinished = name_of(record->id, rule, true);
	int result = create(evidence->folder, unfinished.text);

	if (result < 0)
		return result;
	result = write_capture(result, record->witness);
	if (result == 0 &&
		renameat(evidence->folder, unfinished.text, evidence->folder, name.text) != 0)
		result = -errno;
	if (result < 0)
		unlinkat(evidence->folder, unfinished.text, 0);
	else
		count_bytes(evidence, name.text);
	return result;
}

static void evidence_session(
	struct sink *sink, const struct subject *subject, const struct alerts *alerts)
{
	struct evidence_sink *evidence = (struct evidence_sink *)sink;
	const struct record *record = subject->record;
	int result;

	if (alerts->n == 0 || !record->witness)
		return;
	result = write_evidence(evidence, record, alerts->list[0].rule->id);
	/* One line tells what is wrong, not one for each session. */
	if (result < 0)
		evidence->sink.failed = true;
	if (result < 0 && evidence->failed++ == 0)
		log_err("evidence: %s: session %s: %s", evidence->path, record->id,
			strerror(-result));
}

static void evidence_finish(struct sink *sink, const struct run_stats *stats,
	const struct observer *by)
{
	const struct evidence_sink *evidence = (const struct evidence_sink *)sink;

	(void)stats;
	(void)by;
	if (evidence->failed > 1)
		log_err("evidence: %s: %llu sessions could not be written", evidence->path,
			(unsigned long long)evidence->failed);
}

static void evidence_free(struct sink *sink)
{
	struct evidence_sink *evidence = (struct evidence_sink *)sink;

	close(evidence->folder);
	free(evidence->path);
	free(evidence);
}

static const struct sink_class evidence_class = {
	.name = "evidence",
	.session = evidence_session,
	.finish = evidence_finish,
	.free = evidence_free,
};

struct sink *sink_evidence_new(const char *path, uint64_t max_bytes)
{
	struct evidence_sink *evidence;
	int folder = -1;

	/* Packets of others: for the owner's eyes. */
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		log_err("evidence: %s: %s", path, strerror(errno));
		return NULL;
	}
	evidence = mem_alloc(sizeof(*evidence));
	evidence->sink.class = &evidence_class;
	evidence->path = mem_strdup(path);
	evidence->folder = folder;
	evidence->max_bytes = max_bytes;
	if (max_bytes)
		evidence->bytes = evidence_folder_prune(folder, max_bytes);
	return &evidence->sink;
}
