// SPDX-License-Identifier: BSD-2-Clause
/*
 * The whole way, as `stripwatch read` goes it: the input is a capture file; text and JSON are written
 * to nowhere. The rules are the project's own where they are found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What lives from one input to the next: the parts that are costly to make. */
struct fixed {
	struct ports ports, any;
	struct cert_cache *certs;
	struct ruleset *rules;
	FILE *nowhere;
};

static struct fixed *fixed_new(void)
{
	struct cert_params params = { 0 };
	struct fixed *fixed = calloc(1, sizeof(*fixed));
	struct text errors = { 0 };
	const char *rules = "rules";

	if (!fixed)
		abort();
	log_set_level(LOG_LEVEL_ERROR);
	ports_add(&fixed->ports, 25);
	ports_add_all(&fixed->any);
	fixed->certs = cert_cache_new(&params);
	fixed->rules = rules_load(&rules, 1, &errors);
	fixed->nowhere = fopen("/dev/null", "w");
	if (!fixed->certs || !fixed->rules || !fixed->nowhere) {
		fprintf(stderr, "%s\n", errors.s ? errors.s : "set-up failed");
		abort();
	}
	text_free(&errors);
	return fixed;
}

static void run(struct fixed *fixed, char *path, bool any)
{
	struct evidence_params stores = { 0 };
	struct pipeline_params params = {
		.ports = any ? &fixed->any : &fixed->ports,
		.mail_ports = &fixed->ports,
		.certs = fixed->certs,
		.evidence = evidence_open(&stores),
		.rules = fixed->rules,
		.sinks = { sink_json_new(fixed->nowhere), sink_text_new(fixed->nowhere, true) },
		.sink_count = 2,
		.witness_bytes = 4096,
	};
	struct pipeline *pipeline = pipeline_new(&params);
	struct capture *capture = capture_open_files(&path, 1);
	struct capture_stats stats;
	struct packet packet;

	while (capture_next(capture, &packet)) {
		pipeline_look_ahead(pipeline, capture);
		pipeline_feed(pipeline, &packet);
	}
	capture_get_stats(capture, &stats);
	pipeline_finish(pipeline, &stats);
	pipeline_free(pipeline);
	capture_close(capture);
	for (size_t i = 0; i < params.sink_count; i++)
		params.sinks[i]->class->free(params.sinks[i]);
	evidence_close(params.evidence);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fixed *fixed;
	char path[64];
	int fd;

	if (!fixed)
		fixed = fixed_new();
	fd = memfd_create("input", 0);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	run(fixed, path, size % 2);
	close(fd);
	return 0;
}
