// SPDX-License-Identifier: BSD-2-Clause
/*
 * tell [-s|-l] WHERE: documents from standard input (`stripwatch read --format json`), a line each,
 * to a way out: with -s a syslog daemon or server (sink/outlet.h has the forms of WHERE), with -l
 * one that takes but what syslog(3) writes, else a file. How many were taken and how many not is
 * said at the end; exit status 1 if any was not.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sink/outlet.h"

/* The value of "KEY":" in a line; empty if it is not there. */
static struct bytes value_of(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? bytes_of(at + strlen(key), strcspn(at + strlen(key), "\"")) : bytes_of(line, 0);
}

static void tell(struct outlet *outlet, const char *line)
{
	struct bytes name = value_of(line, "\"dataset\":\"stripwatch.");
	enum dataset dataset = DATASET_SESSION;
	enum severity severity = SEVERITY_INFO;
	struct text json = { 0 };
	struct document *document;

	dataset_parse(name, &dataset);
	severity_parse(value_of(line, "\"log\":{\"level\":\""), &severity);
	text_puts(&json, line);
	/* Any time does: 2026-11-24T06:00:00.123456789Z. */
	document = document_new(dataset, severity, 1795500000123456789, &json);
	outlet_deliver(outlet, document);
	document_free(document);
}

int main(int argc, char **argv)
{
	bool legacy = argc == 3 && strcmp(argv[1], "-l") == 0;
	bool syslog = legacy || (argc == 3 && strcmp(argv[1], "-s") == 0);
	const struct outlet_params params = { 0 };
	struct outlet *outlet = NULL;
	char *line = NULL;
	size_t room = 0;
	int status;

	if (argc != 2 + syslog) {
		fputs("usage: tell [-s|-l] WHERE <DOCUMENTS\n", stderr);
		return 2;
	}
	if (syslog) {
		const struct outlet_syslog_params where = {
			.address = argv[2],
			.host = "mx1.example.net",
			.facility = 2,
			.legacy = legacy,
		};

		outlet = outlet_syslog_new(&where, &params);
	} else {
		outlet = outlet_file_new(argv[1], &params);
	}
	if (!outlet)
		return 1;
	while (getline(&line, &room, stdin) > 0)
		tell(outlet, line);
	printf("%" PRIu64 " taken, %" PRIu64 " not\n", outlet->delivered, outlet->failed);
	status = outlet->failed > 0;
	outlet_free(outlet);
	free(line);
	return status;
}
