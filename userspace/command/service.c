// SPDX-License-Identifier: BSD-2-Clause
#include "command/service.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/notify.h"
#include "command/analysis.h"
#include "command/ask.h"
#include "command/command.h"
#include "command/confine.h"
#include "command/online.h"
#include "command/order.h"
#include "command/outputs.h"
#include "command/policy_judge.h"
#include "command/reload.h"
#include "command/status_server.h"
#include "sink/health.h"

#define SECOND    1000
#define MINUTE    60
#define ORDERS    4096  /* answers that wait for the thread that judges */
#define DOCUMENTS 65536 /* that wait for this one, unless the configuration says otherwise */

/* Documents written in one turn, so that signals and timers have theirs. */
#define TURN 1024

struct service {
	const struct watch_options *options;
	struct config *config;
	struct live *live;
	struct online online;
	struct outputs *outputs;
	struct ask *ask;                /* NULL: nothing is looked up */
	struct policy_judge *policy_judge; /* the same */
	struct queue *documents, *orders;
	struct loop_watch *documents_watch;
	struct loop_timer *second;
	struct status_server *status;
	struct board *board;
	struct cert_cache *certs;
	struct evidence_store *evidence;
	struct analysis *analysis;
	unsigned int seconds;           /* since the last health document */
	unsigned int watchdog;          /* seconds between two signs of life; 0: nobody waits for them */
	int64_t started;
	char host[256];
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Bytes that are resident; 0: can't be told here. */
static uint64_t memory(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long size, resident = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%lu %lu", &size, &resident) != 2)
		resident = 0;
	fclose(file);
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void add_queue(struct health *health, const char *name, struct queue *queue)
{
	struct queue_stats stats;

	queue_get_stats(queue, &stats);
	health->queues[health->queue_count++] = (struct health_queue){
		.name = name,
		.length = stats.length,
		.max = stats.max,
		.peak = stats.peak,
		.refused = stats.refused,
	};
}

static void examine(struct service *service, struct health *health)
{
	struct board_totals totals;

	*health = (struct health){
		.now = now_ns(),
		.started = service->started,
		.memory = memory(),
		.host = service->host,
		.name = service->config->sensor.name,
	};
	board_get(service->board, &totals);
	health->run = totals.run;
	health->lost = totals.lost;
	memcpy(health->interfaces, totals.interfaces, sizeof(totals.interfaces));
	health->interface_count = totals.interface_count;
	add_queue(health, "documents", service->documents);
	add_queue(health, "orders", service->orders);
	if (service->ask)
		add_queue(health, "look-ups", ask_queue(service->ask));
	outputs_examine(service->outputs, health);
	health->policies = totals.policies;
}

static void on_status(void *context, struct text *out)
{
	struct health health;

	examine(context, &health);
	health_json(out, &health);
}

static void tell_health(struct service *service)
{
	struct document document = { .dataset = DATASET_SENSOR, .severity = SEVERITY_INFO };
	struct text line = { 0 };
	struct health health;

	examine(service, &health);
	health_json(&line, &health);
	document.time = health.now;
	document.json = line.s;
	document.length = line.n;
	outputs_deliver(service->outputs, &document);
	text_free(&line);
}

/* The first @max of them. False: there are more. */
static bool write_documents(struct service *service, size_t max)
{
	struct document *document = NULL;

	for (size_t i = 0; i < max; i++) {
		document = queue_take(service->documents);
		if (!document)
			break;
		outputs_deliver(service->outputs, document);
		document_free(document);
	}
	outputs_flush(service->outputs);
	return !document;
}

static void on_documents(void *context, int fd, unsigned int events)
{
	(void)fd;
	(void)events;
	write_documents(context, TURN);
}

static void on_second(void *context)
{
	struct service *service = context;
	struct health health;

	loop_timer_set(service->second, SECOND);
	if (service->watchdog && service->seconds % service->watchdog == 0)
		notify_watchdog();
	if (outputs_want_text(service->outputs)) {
		examine(service, &health);
		outputs_show(service->outputs, &health);
	}
	if (service->ask)
		ask_tick(service->ask);
	if (++service->seconds % MINUTE == 0)
		tell_health(service);
	if (analysis_is_over(service->analysis))
		loop_stop(service->online.loop);
}

static bool open_online(struct service *service)
{
	const struct config *config = service->config;
	const struct online_options options = {
		.servers = config->policies.servers,
		.trust_ad = config->policies.trust_ad,
		.ca = config->policies.ca,
		.proxy = config->policies.proxy,
		.port = config->policies.port,
	};
	const struct online_limits limits = { 0 };

	return online_open(&service->online, &options, &limits);
}

static void take_document(void *context, struct document *document)
{
	struct service *service = context;

	outputs_deliver(service->outputs, document);
	document_free(document);
}

static void on_policy(void *context, const struct refresh_result *result)
{
	struct service *service = context;

	policy_judge_tell(service->policy_judge, result, time(NULL),
		outputs_want_text(service->outputs), take_document, service);
	outputs_flush(service->outputs);
}

static bool open_ask(struct service *service)
{
	const struct config *config = service->config;
	const struct ask_params params = {
		.online = &service->online,
		.db = config->evidence.db,
		.orders = service->orders,
		.policy = on_policy,
		.context = service,
	};

	service->policy_judge =
		policy_judge_new(config->rules, config->rule_count, service->host);
	service->ask = service->policy_judge ? ask_new(&params) : NULL;
	return service->ask != NULL;
}

static bool open_stores(struct service *service)
{
	const struct config *config = service->config;
	struct evidence_params params = config->evidence;

	params.half_life = config->policies.half_life;
	if (config->policies.online) {
		if (!open_ask(service))
			return false;
		params.want = ask_want;
		params.want_context = service->ask;
	}
	service->certs = cert_cache_new(&config->cert);
	service->evidence = service->certs ? evidence_open(&params) : NULL;
	return service->evidence != NULL;
}

static bool open_analysis(struct service *service)
{
	const struct config *config = service->config;
	struct analysis_params params = {
		.config = config,
		.live = service->live,
		.certs = service->certs,
		.evidence = service->evidence,
		.documents = service->documents,
		.orders = service->orders,
		.board = service->board,
		.host = service->host,
		.ask = service->ask,
		.text = outputs_want_text(service->outputs),
		.colour = outputs_want_colour(service->outputs),
	};

	params.rules = rules_load_named(config->rules, config->rule_count);
	if (!params.rules)
		return false;
	service->analysis = analysis_new(&params);
	return service->analysis != NULL;
}

static bool open_queues(struct service *service)
{
	size_t max = service->config->limits.queue;

	service->board = board_new();
	service->documents = queue_new(max ? max : DOCUMENTS);
	service->orders = queue_new(ORDERS);
	if (service->documents && service->orders)
		return true;
	log_err("watch: queues: %s", strerror(errno));
	return false;
}

static bool watch_things(struct service *service)
{
	struct loop *loop = service->online.loop;

	service->documents_watch =
		loop_watch_new(loop, queue_fd(service->documents), on_documents, service);
	if (!service->documents_watch)
		return false;
	loop_watch_set(service->documents_watch, LOOP_READ);
	service->second = loop_timer_new(loop, on_second, service);
	loop_timer_set(service->second, SECOND);
	service->status = status_server_new(loop, service->config->sensor.socket, on_status, service);
	return true; /* without a status the sensor is still of use; that was told */
}

static bool service_open(struct service *service)
{
	if (gethostname(service->host, sizeof(service->host) - 1) != 0)
		service->host[0] = '\0';
	service->started = now_ns();
	if (!open_queues(service) || !open_online(service))
		return false;
	service->outputs = outputs_open(service->config, service->options->format, service->host);
	/* All is opened, then much is given up, by this thread and the one that begins after it. */
	return service->outputs && open_stores(service) && watch_things(service) &&
	       open_analysis(service) && confine(service->options, service->config) &&
	       analysis_start(service->analysis);
}

/* Who judges ends first; then all that it has said goes out. */
static void finish(struct service *service)
{
	analysis_free(service->analysis);
	service->analysis = NULL;
	while (!write_documents(service, TURN))
		;
	tell_health(service);
	outputs_flush(service->outputs);
}

static void service_close(struct service *service)
{
	struct order *order;

	analysis_free(service->analysis);
	ask_stop(service->ask);
	online_hang_up(&service->online);
	ask_free(service->ask);
	policy_judge_free(service->policy_judge);
	status_server_free(service->status);
	loop_timer_free(service->second);
	loop_watch_free(service->documents_watch);
	evidence_close(service->evidence);
	cert_cache_free(service->certs);
	while (service->orders && (order = queue_take(service->orders)) != NULL)
		order_free(order);
	queue_free(service->orders);
	queue_free(service->documents);
	outputs_close(service->outputs);
	board_free(service->board);
	online_close(&service->online);
}

/* Files that were rotated are opened again; what the configuration names is read anew. */
static void reload(struct service *service)
{
	struct reload new = { 0 };

	notify_reloading();
	outputs_reopen(service->outputs);
	if (!reload_read(&new, service->options, service->host) ||
		!outputs_change(service->outputs, new.config)) {
		log_err("watch: the old configuration stays in force");
	} else if (!order_send_take(service->orders, reload_order(&new))) {
		log_err("watch: too much is on its way to be judged; reload again");
	} else {
		if (service->policy_judge) {
			policy_judge_free(service->policy_judge);
			service->policy_judge = new.policy_judge;
			new.policy_judge = NULL;
		}
		reload_tell(service->config, new.config);
	}
	reload_fini(&new);
	notify_ready();
}

static void serve(struct service *service)
{
	bool ending = false;

	while (!ending) {
		loop_run(service->online.loop);
		ending = analysis_is_over(service->analysis) ||
			 (service->online.interrupted && service->online.signal != SIGHUP);
		if (service->online.interrupted && !ending) {
			service->online.interrupted = false;
			reload(service);
		}
	}
}

int service_run(const struct watch_options *options, struct config *config, struct live *live)
{
	struct service service = { .options = options, .config = config, .live = live };
	int status = EXIT_USAGE;

	signal(SIGPIPE, SIG_IGN);
	if (service_open(&service)) {
		service.watchdog = notify_watchdog_interval();
		notify_status("watching");
		notify_ready();
		serve(&service);
		notify_stopping();
		status = analysis_is_over(service.analysis) ? SERVICE_LOST : EXIT_DONE;
		finish(&service);
	}
	service_close(&service);
	return status;
}
