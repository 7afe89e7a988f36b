// SPDX-License-Identifier: BSD-2-Clause
/*
 * stripwatch survey DOMAIN...: what domains promise about mail to them, in one table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "command/command.h"
#include "command/online.h"
#include "command/output.h"
#include "command/survey_known.h"
#include "sink/survey.h"

/* For one domain, where none is given. */
#define TIMEOUT 30

struct run {
	struct survey_options options;
	struct survey_known known;
	struct online online;
	struct survey *survey;
	struct survey_domain **found; /* in the order of the domains; NULL: not told yet */
	size_t told;
	bool progress; /* on a terminal */
};

static void on_told(void *context, struct survey_domain *domain)
{
	struct run *run = context;
	const struct domains *domains = &run->options.domains;

	run->found[domains_place(domains, domain->domain)] = domain;
	run->told++;
	if (run->progress)
		fprintf(stderr, "\r%zu of %zu domains ", run->told, domains->n);
}

static void on_idle(void *context)
{
	struct run *run = context;

	loop_stop(run->online.loop);
}

static bool open_online(struct run *run)
{
	const struct survey_options *options = &run->options;
	unsigned int timeout = (options->online.timeout ? options->online.timeout : TIMEOUT) * 1000;
	/* A web server that hangs has failed a while before the domain's time is over, and is told.
	 */
	const struct online_limits limits = { .fetch_timeout = timeout / 3 * 2 };
	struct survey_params params = {
		.deadline = timeout * 1000,
		.told_take = on_told,
		.idle = on_idle,
		.context = run,
	};

	if (!online_open(&run->online, &options->online, &limits))
		return false;
	params.resolver = run->online.resolver;
	params.fetcher = run->online.fetcher;
	params.believes_ad = run->online.believes_ad;
	run->survey = survey_new(run->online.loop, &params);
	return true;
}

static bool run_open(struct run *run)
{
	struct survey_options *options = &run->options;

	if (!survey_known_open(&run->known, options) ||
		(options->top && !survey_known_top(&run->known, options->top, &options->domains)))
		return false;
	run->progress = isatty(STDERR_FILENO);
	run->found = mem_alloc((options->domains.n + 1) * sizeof(*run->found));
	return open_online(run);
}

/* What is told to nobody any more still calls back until online_hang_up() has returned. */
static void run_close(struct run *run)
{
	survey_stop(run->survey);
	online_hang_up(&run->online);
	survey_free(run->survey);
	online_close(&run->online);
	for (size_t i = 0; run->found && i < run->options.domains.n; i++)
		survey_domain_free(run->found[i]);
	free(run->found);
	survey_known_close(&run->known);
	survey_options_fini(&run->options);
}

static void look(struct run *run)
{
	const struct domains *domains = &run->options.domains;

	for (size_t i = 0; i < domains->n; i++)
		survey_add(run->survey, domains->list[i]);
	if (domains->n)
		loop_run(run->online.loop);
	if (run->progress)
		fputs("\r\033[K", stderr);
	if (run->online.interrupted)
		log_err("survey: interrupted; %zu of %zu domains done", run->told, domains->n);
}

/* Those that were told, in the order in which they were asked for. */
static struct survey_row *make_rows(struct run *run, int64_t now)
{
	struct survey_row *rows = mem_alloc((run->told + 1) * sizeof(*rows));
	size_t n = 0;

	for (size_t i = 0; i < run->options.domains.n; i++) {
		if (!run->found[i])
			continue;
		rows[n].domain = run->found[i];
		survey_known_add(&run->known, &rows[n], now);
		n++;
	}
	return rows;
}

static bool write_table(struct run *run, const struct survey_table *table)
{
	struct text out = { 0 };
	struct output output;
	char host[256] = "";
	bool good = output_open(&output, "survey", run->options.output);

	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	if (run->options.format == SURVEY_JSON)
		survey_json(&out, table, host);
	else if (run->options.format == SURVEY_HTML)
		survey_html(&out, table, host);
	else
		survey_text(&out, table);
	if (good && out.n)
		fwrite(out.s, 1, out.n, output.file);
	/* What is not whole does not take the place of an older one. */
	good = output_close(&output, good && table->n == table->asked) && good;
	text_free(&out);
	return good;
}

static int tell(struct run *run)
{
	int64_t now = time(NULL);
	struct survey_row *rows = make_rows(run, now);
	struct survey_table table = {
		.rows = rows,
		.n = run->told,
		.asked = run->options.domains.n,
		.with_list = run->known.list,
		.with_history = run->known.history,
		.believes_ad = run->online.believes_ad,
		.now = now,
	};
	bool good = write_table(run, &table) && table.n == table.asked && !run->options.domains.bad;

	for (size_t i = 0; i < table.n; i++)
		good &= !survey_row_incomplete(&rows[i]);
	free(rows);
	return good ? EXIT_DONE : EXIT_INPUT;
}

int command_survey(int argc, char **argv)
{
	struct run run = { 0 };
	int status = EXIT_USAGE;

	if (survey_options_parse(argc, argv, &run.options, &status)) {
		status = EXIT_USAGE;
		if (run_open(&run)) {
			look(&run);
			status = tell(&run);
		}
	}
	run_close(&run);
	return status;
}
