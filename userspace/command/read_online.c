// SPDX-License-Identifier: BSD-2-Clause
#include "command/read_online.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

/* s, for a name. */
#define TIMEOUT 20

static int64_t now(void)
{
	return (int64_t)time(NULL);
}

static void on_told(void *context, const struct lookup_answer *answer)
{
	struct read_online *online = context;

	log_debug("read: %s, type %d: %s%s", answer->name, (int)answer->answer.type,
		dns_status_name(answer->status), answer->believed ? ", validated" : "");
	evidence_note_answer(online->stores, answer, answer->time * 1000000000);
}

/* Only what is an alert: that policies were fetched is no news to who asked for it. */
static void write_news(void *context, struct document *document)
{
	struct read_online *online = context;
	FILE *file = online->output->file;

	online->alerted |= document->dataset == DATASET_ALERT;
	if (file && online->alerted && online->json)
		fwrite(document->json, 1, document->length, file);
	else if (file && online->alerted && document->text)
		fputs(document->text, file);
	document_free(document);
}

static void on_policy(void *context, const struct refresh_result *result)
{
	struct read_online *online = context;

	online->alerted = false;
	policy_judge_tell(online->judge, result, now(), !online->json, write_news, online);
	log_info("read: policy of %s: %s%s%s", result->domain, refresh_status_name(result->status),
		*result->reason ? ": " : "", result->reason);
}

static void on_advanced(void *context)
{
	struct read_online *online = context;

	loop_stop(online->online.loop);
}

bool read_online_open(struct read_online *online, const struct read_online_params *with)
{
	const struct online_options *options = with->options;
	unsigned int timeout = (options->timeout ? options->timeout : TIMEOUT) * 1000;
	/* A web server that hangs has failed a while before that, and is told of. */
	const struct online_limits limits = { .fetch_timeout = timeout / 3 * 2, .deaf = true };
	struct lookup_params params = {
		.cache = evidence_policy_cache(with->stores),
		.deadline = timeout,
		.now = now,
		.told = on_told,
		.policy_told = on_policy,
		.advanced = on_advanced,
		.context = online,
	};

	online->stores = with->stores;
	online->output = with->output;
	online->json = with->json;
	online->judge = policy_judge_new(with->rules, with->rule_count, with->host);
	online->progress = isatty(STDERR_FILENO);
	if (!online->judge || !online_open(&online->online, options, &limits))
		return false;
	params.loop = online->online.loop;
	params.resolver = online->online.resolver;
	params.fetcher = online->online.fetcher;
	params.believes_ad = online->online.believes_ad;
	online->lookup = lookup_new(&params);
	return true;
}

void read_online_close(struct read_online *online)
{
	struct lookup_stats stats;

	if (online->lookup) {
		lookup_get_stats(online->lookup, &stats);
		log_info("read: %llu domains and %llu mail servers were looked up",
			(unsigned long long)stats.domains, (unsigned long long)stats.hosts);
		if (stats.late || stats.refused)
			log_warn("read: %llu names were not answered in time, %llu not asked for",
				(unsigned long long)stats.late, (unsigned long long)stats.refused);
	}
	lookup_stop(online->lookup);
	online_hang_up(&online->online);
	lookup_free(online->lookup);
	online_close(&online->online);
	policy_judge_free(online->judge);
	online->judge = NULL;
	online->lookup = NULL;
}

uint64_t read_online_want(void *context, enum wanted kind, const char *name)
{
	struct read_online *online = context;

	return kind == WANTED_DOMAIN ? lookup_domain(online->lookup, name)
				     : lookup_host(online->lookup, name);
}

uint64_t read_online_answered(void *context)
{
	struct read_online *online = context;

	return lookup_answered(online->lookup);
}

void read_online_await(void *context)
{
	struct read_online *online = context;

	if (online->progress)
		fprintf(stderr, "\rlooking up %zu names \033[K", lookup_left(online->lookup));
	loop_run(online->online.loop);
	if (online->progress)
		fputs("\r\033[K", stderr);
}

bool read_online_turn(struct read_online *online)
{
	uint64_t before = lookup_answered(online->lookup);

	if (lookup_left(online->lookup))
		loop_turn(online->online.loop);
	return lookup_answered(online->lookup) > before;
}
