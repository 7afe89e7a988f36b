// SPDX-License-Identifier: BSD-2-Clause
#include "command/outputs.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "command/view.h"

#define ALL_DATASETS ((1U << DATASETS) - 1)

/* The ways that a configuration names. */
struct ways {
	struct outlet *list[CONFIG_OUTPUTS_MAX];
	char *names[CONFIG_OUTPUTS_MAX];
	size_t n;
};

struct outputs {
	struct ways ways;
	struct outlet *json; /* to standard output, or NULL */
	struct view *view;   /* the same */
	char *host;
};

static void ways_close(struct ways *ways)
{
	for (size_t i = 0; i < ways->n; i++) {
		outlet_free(ways->list[i]);
		free(ways->names[i]);
	}
	ways->n = 0;
}

static struct outlet *open_way(const struct config_output *output, const char *host)
{
	const struct outlet_syslog_params syslog = {
		.address = output->where,
		.host = host,
		.app = "stripwatch",
		.facility = output->facility,
		.max_message = output->max_message,
		.no_bom = output->no_bom,
		.legacy = output->legacy,
	};

	switch (output->kind) {
	case OUTPUT_FILE:
		return outlet_file_new(output->where, &output->params);
	case OUTPUT_STDOUT:
		return outlet_fd_new(STDOUT_FILENO, &output->params);
	case OUTPUT_SYSLOG:
		return outlet_syslog_new(&syslog, &output->params);
	}
	return NULL;
}

static bool ways_open(struct ways *ways, const struct config *config, const char *host)
{
	for (size_t i = 0; i < config->output_count; i++) {
		const struct config_output *output = &config->outputs[i];
		struct outlet *outlet = open_way(output, host);

		if (!outlet) {
			ways_close(ways);
			return false;
		}
		ways->names[ways->n] = mem_strdup(output->where ? output->where : "stdout");
		ways->list[ways->n++] = outlet;
	}
	return true;
}

static bool has_stdout(const struct config *config)
{
	for (size_t i = 0; i < config->output_count; i++)
		if (config->outputs[i].kind == OUTPUT_STDOUT)
			return true;
	return false;
}

struct outputs *outputs_open(
	const struct config *config, enum watch_format format, const char *host)
{
	static const struct outlet_params all = { ALL_DATASETS, SEVERITY_INFO };
	struct outputs *outputs = mem_alloc(sizeof(*outputs));

	outputs->host = mem_strdup(host);
	if (!ways_open(&outputs->ways, config, host)) {
		outputs_close(outputs);
		return NULL;
	}
	if (has_stdout(config))
		return outputs;
	if (format == WATCH_FITTING)
		format = config->output_count && !isatty(STDOUT_FILENO) ? WATCH_NOTHING : WATCH_TEXT;
	if (format == WATCH_JSON)
		outputs->json = outlet_fd_new(STDOUT_FILENO, &all);
	else if (format == WATCH_TEXT)
		outputs->view = view_new(stdout);
	return outputs;
}

void outputs_close(struct outputs *outputs)
{
	if (!outputs)
		return;
	ways_close(&outputs->ways);
	outlet_free(outputs->json);
	view_free(outputs->view);
	free(outputs->host);
	free(outputs);
}

void outputs_deliver(struct outputs *outputs, const struct document *document)
{
	for (size_t i = 0; i < outputs->ways.n; i++)
		outlet_deliver(outputs->ways.list[i], document);
	if (outputs->json)
		outlet_deliver(outputs->json, document);
	if (outputs->view && document->text)
		view_tell(outputs->view, document->text);
}

static void flush(struct outlet *outlet)
{
	if (outlet && outlet->class->flush)
		outlet->class->flush(outlet);
}

void outputs_flush(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->ways.n; i++)
		flush(outputs->ways.list[i]);
	flush(outputs->json);
	if (outputs->view)
		view_flush(outputs->view);
}

void outputs_reopen(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->ways.n; i++)
		if (outputs->ways.list[i]->class->reopen)
			outputs->ways.list[i]->class->reopen(outputs->ways.list[i]);
}

bool outputs_change(struct outputs *outputs, const struct config *config)
{
	struct ways ways = { .n = 0 };

	if (!ways_open(&ways, config, outputs->host))
		return false;
	outputs_flush(outputs);
	ways_close(&outputs->ways);
	outputs->ways = ways;
	return true;
}

bool outputs_want_text(const struct outputs *outputs)
{
	return outputs->view != NULL;
}

bool outputs_want_colour(const struct outputs *outputs)
{
	return outputs->view && view_is_terminal(outputs->view) && !getenv("NO_COLOR");
}

void outputs_show(struct outputs *outputs, const struct health *health)
{
	if (outputs->view)
		view_show(outputs->view, health);
}

void outputs_examine(const struct outputs *outputs, struct health *health)
{
	for (size_t i = 0; i < outputs->ways.n && i < HEALTH_OUTLETS_MAX; i++)
		health->outlets[health->outlet_count++] = (struct health_outlet){
			.name = outputs->ways.names[i],
			.delivered = outputs->ways.list[i]->delivered,
			.failed = outputs->ways.list[i]->failed,
		};
}
