// SPDX-License-Identifier: BSD-2-Clause
/*
 * stripwatch read FILE...: an account of every SMTP session in capture files.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "command/command.h"
#include "command/output.h"
#include "command/read_online.h"
#include "command/read_options.h"
#include "pipeline.h"

/* Frames kept for the evidence of one session: some 40 full segments or 600 bare ones. */
#define WITNESS_BYTES ((size_t)64 * 1024)

/* A key log larger than this is a mistake. */
#define KEYLOG_MAX ((size_t)256 * 1024 * 1024)

/* Packets between two looks at the progress line. */
#define PROGRESS_PACKETS 65536

/* Packets between two looks at what the network has answered. */
#define TURN_PACKETS 64

/* All that a run needs. Members that are not there are NULL. */
struct run {
	struct ports ports, mail_ports;
	struct output output;
	struct tls_keylog *keylog;
	struct cert_cache *certs;
	struct evidence_store *stores;
	struct read_online online;
	struct ruleset *rules;
	struct sink *sinks[SINKS_MAX];
	size_t sink_count;
	char host[256];
};

static bool any_port(const struct read_options *options)
{
	return options->ports && strcmp(options->ports, "any") == 0;
}

static void set_ports(struct run *run, const struct read_options *options)
{
	const char *mail = "25,465,587,2525";

	if (options->ports && !any_port(options))
		mail = options->ports;
	(void)read_options_ports(mail, &run->mail_ports); /* checked when it was parsed */
	if (any_port(options))
		ports_add_all(&run->ports);
}

/* The whole of a file of at most @max bytes. False: errno says why. */
static bool slurp(const char *path, size_t max, struct text *out)
{
	FILE *file = fopen(path, "rb");
	size_t n;
	int error;

	if (!file)
		return false;
	while (out->n <= max && (n = fread(text_room(out, 65536), 1, 65536, file)) > 0)
		out->n += n;
	error = ferror(file) ? errno : out->n > max ? EFBIG : 0;
	fclose(file);
	errno = error;
	return error == 0;
}

static bool load_keylog(struct run *run, const char *path)
{
	struct text text = { 0 };
	size_t bad = 0;
	bool good = slurp(path, KEYLOG_MAX, &text);

	if (good) {
		run->keylog = tls_keylog_new();
		tls_keylog_add(run->keylog, bytes_of(text.s, text.n), &bad);
	} else {
		log_err("read: --keylog %s: %s", path, strerror(errno));
	}
	if (bad)
		log_warn("read: --keylog %s: %zu lines are no key log lines", path, bad);
	text_free(&text);
	return good;
}

static bool open_sinks(struct run *run, const struct read_options *options)
{
	bool json = strcmp(options->format, "json") == 0;
	bool colour = !options->output && isatty(STDOUT_FILENO) && !getenv("NO_COLOR");

	FILE *out = run->output.file;

	run->sinks[run->sink_count++] = json ? sink_json_new(out) : sink_text_new(out, colour);
	if (!options->evidence)
		return true;
	run->sinks[run->sink_count] = sink_evidence_new(options->evidence, 0);
	return run->sinks[run->sink_count++] != NULL;
}

static bool open_stores(struct run *run, const struct read_options *options)
{
	struct evidence_params params = options->stores;
	struct read_online_params online = {
		.options = &options->online,
		.rules = options->rules,
		.rule_count = options->rule_count,
		.output = &run->output,
		.json = strcmp(options->format, "json") == 0,
		.host = run->host,
	};

	if (options->look_up) {
		params.want = read_online_want;
		params.want_context = &run->online;
	}
	run->stores = evidence_open(&params);
	online.stores = run->stores;
	return run->stores && (!options->look_up || read_online_open(&run->online, &online));
}

static bool run_open(struct run *run, const struct read_options *options)
{
	if (gethostname(run->host, sizeof(run->host) - 1) != 0)
		run->host[0] = '\0';
	set_ports(run, options);
	run->rules = rules_load_named(options->rules, options->rule_count);
	if (!run->rules || (options->keylog && !load_keylog(run, options->keylog)))
		return false;
	run->certs = cert_cache_new(&options->cert);
	return run->certs && open_stores(run, options) &&
	       output_open(&run->output, "read", options->output) && open_sinks(run, options);
}

static void run_close(struct run *run)
{
	for (size_t i = 0; i < run->sink_count; i++)
		if (run->sinks[i])
			run->sinks[i]->class->free(run->sinks[i]);
	read_online_close(&run->online);
	evidence_close(run->stores);
	cert_cache_free(run->certs);
	rules_free(run->rules);
	tls_keylog_free(run->keylog);
	output_close(&run->output, false); /* unless that is done: nothing came of it */
}

static void show_progress(const struct capture *capture, uint64_t packets)
{
	uint64_t done, total;

	capture_progress(capture, &done, &total);
	if (total)
		fprintf(stderr, "\r%3llu %%  %llu packets ",
			(unsigned long long)(done * 100 / total), (unsigned long long)packets);
	else
		fprintf(stderr, "\r%llu packets ", (unsigned long long)packets);
}

static void feed_all(struct run *run, struct pipeline *pipeline, struct capture *capture)
{
	bool progress = isatty(STDERR_FILENO);
	struct packet packet;
	uint64_t packets = 0;

	while (capture_next(capture, &packet)) {
		pipeline_look_ahead(pipeline, capture);
		pipeline_feed(pipeline, &packet);
		if (run->online.lookup && packets % TURN_PACKETS == 0 &&
			read_online_turn(&run->online))
			pipeline_answered(pipeline);
		if (++packets % PROGRESS_PACKETS == 0 && progress)
			show_progress(capture, packets);
	}
	if (progress && packets >= PROGRESS_PACKETS)
		fputs("\r\033[K", stderr);
}

static struct pipeline *start_pipeline(struct run *run, const struct read_options *options)
{
	struct pipeline_params params = {
		.ports = any_port(options) ? &run->ports : &run->mail_ports,
		.mail_ports = &run->mail_ports,
		.certs = run->certs,
		.keylog = run->keylog,
		.evidence = run->stores,
		.rules = run->rules,
		.sink_count = run->sink_count,
		.observer = { .host = run->host },
		.witness_bytes = options->evidence ? WITNESS_BYTES : 0,
	};

	if (options->look_up) {
		params.answered = read_online_answered;
		params.await = read_online_await;
		params.look_up_context = &run->online;
	}
	memcpy(params.sinks, run->sinks, sizeof(params.sinks));
	return pipeline_new(&params);
}

static int read_files(struct run *run, const struct read_options *options)
{
	struct pipeline *pipeline = start_pipeline(run, options);
	struct capture *capture = capture_open_files(options->paths, options->path_count);
	struct capture_stats stats;
	int status = EXIT_DONE;

	feed_all(run, pipeline, capture);
	capture_get_stats(capture, &stats);
	pipeline_finish(pipeline, &stats);
	if (options->fail_on && pipeline_worst(pipeline) >= options->fail_on)
		status = EXIT_ALERT;
	if (stats.failed)
		status = EXIT_INPUT;
	for (size_t i = 0; i < run->sink_count; i++)
		if (run->sinks[i]->failed)
			status = EXIT_INPUT;
	pipeline_free(pipeline);
	capture_close(capture);
	return status;
}

int command_read(int argc, char **argv)
{
	struct read_options options;
	struct run run = { 0 };
	int status;

	if (!read_options_parse(argc, argv, &options, &status))
		return status;
	status = EXIT_USAGE;
	if (run_open(&run, &options)) {
		status = read_files(&run, &options);
		if (!output_close(&run.output, true))
			status = EXIT_INPUT;
	}
	run_close(&run);
	return status;
}
