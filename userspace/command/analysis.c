// SPDX-License-Identifier: BSD-2-Clause
#include "command/analysis.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "command/order.h"
#include "evidence/policy_cache.h"
#include "pipeline.h"

/* How long an order, or the word to stop, may wait: ms. */
#define WAIT_MS 50

/* Packets that the kernel has but we have not: time passes for the flows only so far, ns. */
#define BEHIND (INT64_C(200) * 1000000)

/* Times some thousand records: more than a ring of 1 GiB holds of small ones is never left. */
#define DRAIN_RUNS 4096

#define SECOND INT64_C(1000000000)

/* What was learnt is written, and what others learnt is read, so often. */
#define UPKEEP (60 * SECOND)

/* Frames kept for the evidence of one session. */
#define WITNESS_BYTES ((size_t)64 * 1024)

struct analysis {
	struct analysis_params params;
	pthread_t thread;
	bool started;
	atomic_bool stop, over;
	struct ports ports;
	struct config_scope networks;
	struct scope scope; /* points into networks */
	struct pipeline *pipeline;
	struct sink *sinks[2];
	size_t sink_count;
	uint64_t packets; /* fed so far */
	uint64_t refused; /* documents that found no room */
	struct health_policies policies;
	bool recount;              /* the cached policies have changed */
	int64_t put_up, kept_up;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

static void take_document(void *context, struct document *document)
{
	struct analysis *analysis = context;

	/* The account of the run is the service thread's to give: it knows more. */
	if (document->dataset == DATASET_SENSOR) {
		document_free(document);
		return;
	}
	if (queue_put(analysis->params.documents, document))
		return;
	document_free(document);
	if (!analysis->refused++)
		log_warn("watch: the service thread does not keep up; documents are being lost");
}

static void on_packet(void *context, const struct packet *packet)
{
	struct analysis *analysis = context;

	analysis->packets++;
	pipeline_feed(analysis->pipeline, packet);
}

static void on_certificate(void *context, const struct live_certificate *seen)
{
	struct analysis *analysis = context;
	const struct process_cert cert = {
		.time = seen->time,
		.local = seen->local,
		.remote = seen->remote,
		.pid = seen->pid,
		.name = seen->name,
		.der = seen->der,
		.verdict = seen->verdict,
		.result = seen->result,
		.index = seen->index,
		.alone = seen->alone,
		.gnutls = seen->gnutls,
	};

	pipeline_note_certificate(analysis->pipeline, &cert);
}

static void on_quiet(void *context, const struct flow_facts *flow)
{
	struct analysis *analysis = context;

	live_set_quiet(analysis->params.live, &flow->endpoint[CLIENT], &flow->endpoint[SERVER]);
}

static void set_scope(struct analysis *analysis, const struct config_scope *networks)
{
	analysis->networks = *networks;
	analysis->scope = (struct scope){
		.ours = analysis->networks.ours.list,
		.our_count = analysis->networks.ours.n,
		.excluded = analysis->networks.exclude.list,
		.excluded_count = analysis->networks.exclude.n,
		.loopback = analysis->networks.loopback,
	};
}

static void reload(struct analysis *analysis, struct order *order)
{
	struct analysis_params *params = &analysis->params;

	pipeline_set_rules(analysis->pipeline, order->rules);
	rules_free(params->rules);
	params->rules = order->rules;
	order->rules = NULL;
	evidence_take_files(params->evidence, order->files);
	order->files = NULL;
	set_scope(analysis, &order->scope);
}

static void obey(struct analysis *analysis, struct order *order)
{
	struct analysis_params *params = &analysis->params;

	switch (order->kind) {
	case ORDER_ANSWER:
		evidence_note_answer(params->evidence, &order->answer, now_ns());
		break;
	case ORDER_POLICIES:
		evidence_sync(params->evidence);
		analysis->recount = true;
		break;
	case ORDER_RELOAD:
		reload(analysis, order);
		break;
	}
}

static void take_orders(struct analysis *analysis)
{
	struct order *order;

	while ((order = queue_take(analysis->params.orders)) != NULL) {
		obey(analysis, order);
		order_free(order);
	}
}

/* What was answered is in the queue: it must be known before a session is judged by it. */
static uint64_t answered(void *context)
{
	struct analysis *analysis = context;
	uint64_t number = ask_answered(analysis->params.ask);

	take_orders(analysis);
	return number;
}

static void count_policies(struct analysis *analysis, int64_t seconds)
{
	struct policy_cache *cache = evidence_policy_cache(analysis->params.evidence);
	const struct cached_policy *policy = NULL;
	struct health_policies n = { 0 };

	while (cache && (policy = policy_cache_next(cache, policy)) != NULL) {
		n.failing += policy->failures > 0;
		if (policy->expires <= seconds)
			n.expired++;
		else if (policy->policy.mode == POLICY_ENFORCE)
			n.enforce++;
		else if (policy->policy.mode == POLICY_TESTING)
			n.testing++;
		else
			n.none++;
	}
	analysis->policies = n;
	analysis->recount = false;
}

static void put_up(struct analysis *analysis, int64_t now)
{
	struct live *live = analysis->params.live;
	struct board_totals totals = { .refused = analysis->refused, .put_up = now };
	struct live_totals seen;

	if (analysis->recount)
		count_policies(analysis, now / SECOND);
	totals.policies = analysis->policies;
	pipeline_get_stats(analysis->pipeline, &totals.run);
	live_get_totals(live, &seen);
	totals.run.capture.packets = seen.packets;
	totals.run.capture.bytes = seen.bytes;
	totals.lost = seen.lost;
	totals.interface_count =
		live_get_interfaces(live, totals.interfaces, LIVE_INTERFACES_MAX);
	if (totals.interface_count > LIVE_INTERFACES_MAX)
		totals.interface_count = LIVE_INTERFACES_MAX;
	totals.run.capture.sources = (unsigned int)totals.interface_count;
	board_put(analysis->params.board, &totals);
}

static void keep_up(struct analysis *analysis, int64_t now)
{
	if (now - analysis->put_up >= SECOND) {
		put_up(analysis, now);
		analysis->put_up = now;
	}
	if (now - analysis->kept_up >= UPKEEP) {
		evidence_sync(analysis->params.evidence);
		analysis->recount = true;
		analysis->kept_up = now;
	}
}

/* What is in the ring, which may be more than one run takes; while packets come in, not for ever. */
static void drain(struct analysis *analysis)
{
	static const struct live_events events = { on_packet, on_certificate };

	for (int i = 0; i < DRAIN_RUNS; i++) {
		uint64_t before = analysis->packets;

		live_run(analysis->params.live, 0, &events, analysis);
		if (analysis->packets == before)
			return;
	}
}

/* What was left in the ring first; then no more comes. */
static void finish(struct analysis *analysis)
{
	/* What the account of the run would say of it: the service thread gives that. */
	const struct capture_stats nothing = { 0 };

	drain(analysis);
	take_orders(analysis);
	pipeline_finish(analysis->pipeline, &nothing);
	put_up(analysis, now_ns());
}

static void *run(void *context)
{
	static const struct live_events events = { on_packet, on_certificate };
	struct analysis *analysis = context;
	bool alive = true;

	while (alive && !atomic_load(&analysis->stop)) {
		int64_t now;

		alive = live_run(analysis->params.live, WAIT_MS, &events, analysis);
		now = now_ns();
		take_orders(analysis);
		pipeline_tick(analysis->pipeline, now - BEHIND);
		if (analysis->params.ask)
			pipeline_answered(analysis->pipeline);
		keep_up(analysis, now);
	}
	finish(analysis);
	atomic_store(&analysis->over, true);
	return NULL;
}

static void open_sinks(struct analysis *analysis)
{
	const struct analysis_params *params = &analysis->params;
	const struct sink_documents_params documents = {
		.text = params->text,
		.colour = params->colour,
		.take = take_document,
		.context = analysis,
	};

	analysis->sinks[analysis->sink_count++] = sink_documents_new(&documents);
	if (params->config->proof.dir)
		analysis->sinks[analysis->sink_count++] =
			sink_evidence_new(
				params->config->proof.dir, params->config->proof.max_bytes);
}

static bool make_pipeline(struct analysis *analysis)
{
	const struct analysis_params *params = &analysis->params;
	const struct config *config = params->config;
	struct pipeline_params pipeline = {
		.ports = &analysis->ports,
		.mail_ports = &analysis->ports,
		.certs = params->certs,
		.evidence = params->evidence,
		.rules = params->rules,
		.scope = &analysis->scope,
		.observer = { .host = params->host, .name = config->sensor.name },
		.witness_bytes = config->proof.dir ? WITNESS_BYTES : 0,
		.idle_timeout = config->limits.idle,
		.max_flows = config->limits.flows,
		.quiet = on_quiet,
		.quiet_context = analysis,
		.answered = params->ask ? answered : NULL,
		.look_up_context = analysis,
	};

	set_scope(analysis, &config->scope);
	for (size_t i = 0; i < config->capture.port_count; i++)
		ports_add(&analysis->ports, config->capture.ports[i]);
	open_sinks(analysis);
	for (size_t i = 0; i < analysis->sink_count; i++) {
		if (!analysis->sinks[i])
			return false;
		pipeline.sinks[pipeline.sink_count++] = analysis->sinks[i];
	}
	analysis->pipeline = pipeline_new(&pipeline);
	return true;
}

struct analysis *analysis_new(const struct analysis_params *params)
{
	struct analysis *analysis = mem_alloc(sizeof(*analysis));

	analysis->params = *params;
	analysis->kept_up = now_ns();
	analysis->recount = true;
	if (!make_pipeline(analysis)) {
		analysis_free(analysis);
		return NULL;
	}
	put_up(analysis, now_ns()); /* who asks at once is answered, too */
	return analysis;
}

/* Signals are the service thread's to hear. */
bool analysis_start(struct analysis *analysis)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&analysis->thread, NULL, run, analysis);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		log_err("watch: a thread can't be started: %s", strerror(error));
	analysis->started = !error;
	return analysis->started;
}

bool analysis_is_over(const struct analysis *analysis)
{
	return atomic_load(&analysis->over);
}

void analysis_free(struct analysis *analysis)
{
	if (!analysis)
		return;
	if (analysis->started) {
		atomic_store(&analysis->stop, true);
		pthread_join(analysis->thread, NULL);
	}
	pipeline_free(analysis->pipeline);
	for (size_t i = 0; i < analysis->sink_count; i++)
		if (analysis->sinks[i])
			analysis->sinks[i]->class->free(analysis->sinks[i]);
	rules_free(analysis->params.rules);
	free(analysis);
}
