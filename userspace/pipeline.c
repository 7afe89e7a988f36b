// SPDX-License-Identifier: BSD-2-Clause
#include "pipeline.h"

#include <stdlib.h>

#include "base/mem.h"
#include "session/dns_flow.h"
#include "session/session.h"

/* Packets of other traffic between two looks at the time-outs. */
#define TICK_PACKETS 256

/*
 * Sessions that wait for look-ups: as many as look-ups of a few seconds may be behind a busy
 * gateway. With frames kept as evidence one takes some 100 KB at most, else a few.
 */
#define WAITING_MAX 512

/* A session that waits until all look-ups up to @number are answered. */
struct waiting {
	struct record *record;
	uint64_t number;
};

struct pipeline {
	struct pipeline_params params;
	struct session_params session;
	struct decoder *decoder;
	struct flow_table *flows;
	struct ports decoded;   /* those of params, and the DNS */
	struct ports dns_ports; /* empty where SMTP is looked for there */
	struct dns_flow_params dns;
	struct flow_table *dns_flows; /* over TCP; NULL: none was met yet */
	struct verdict *verdict;
	struct run_stats stats;
	uint64_t suppressed;       /* of rules that are no longer */
	unsigned int ahead;        /* packets that were looked at and did not come yet */
	unsigned int idle_packets; /* since the flow table last heard of time */
	int worst;
	struct waiting waiting[WAITING_MAX]; /* a ring, in the order of their ends */
	size_t waiting_first, waiting_count;
};

static void count_session(
	struct pipeline *pipeline, const struct record *record, const struct alerts *alerts)
{
	struct run_stats *stats = &pipeline->stats;

	stats->sessions++;
	stats->actions[record->action]++;
	for (size_t i = 0; i < alerts->n; i++) {
		int severity = (int)alerts->list[i].severity;

		stats->alerts++;
		/* 10, 30, 50, 70, 90 */
		stats->alerts_by_severity[severity / 20]++;
		if (severity > pipeline->worst)
			pipeline->worst = severity;
	}
}

/* Ask, judge, tell, remember. */
static void judge_take(struct pipeline *pipeline, struct record *record)
{
	const struct pipeline_params *params = &pipeline->params;
	struct evidence evidence;
	struct findings findings;
	struct alerts alerts;
	struct subject subject = {
		.record = record,
		.evidence = &evidence,
		.findings = &findings,
		.host = params->observer.host,
		.name = params->observer.name,
		.scope = params->scope,
	};

	evidence_ask(params->evidence, record, &evidence);
	findings_gather(record, &evidence, &findings);
	verdict_judge(pipeline->verdict, &subject, &alerts);
	count_session(pipeline, record, &alerts);
	for (size_t i = 0; i < params->sink_count; i++)
		params->sinks[i]->class->session(params->sinks[i], &subject, &alerts);
	evidence_learn(params->evidence, record, &evidence);
	alerts_free(&alerts);
	findings_free(&findings);
	record_free(record);
}

static uint64_t answered(const struct pipeline *pipeline)
{
	return pipeline->params.answered(pipeline->params.look_up_context);
}

static struct waiting *first_waiting(struct pipeline *pipeline)
{
	return &pipeline->waiting[pipeline->waiting_first];
}

static void judge_first(struct pipeline *pipeline)
{
	struct record *record = first_waiting(pipeline)->record;

	pipeline->waiting_first = (pipeline->waiting_first + 1) % WAITING_MAX;
	pipeline->waiting_count--;
	judge_take(pipeline, record);
}

/* The first is judged as soon as its look-ups are answered, or at once where nobody can wait. */
static void await_first(struct pipeline *pipeline)
{
	const struct pipeline_params *params = &pipeline->params;
	uint64_t number = first_waiting(pipeline)->number;

	while (params->await && answered(pipeline) < number)
		params->await(params->look_up_context);
	judge_first(pipeline);
}

void pipeline_answered(struct pipeline *pipeline)
{
	while (pipeline->waiting_count && first_waiting(pipeline)->number <= answered(pipeline))
		judge_first(pipeline);
}

size_t pipeline_waiting(const struct pipeline *pipeline)
{
	return pipeline->waiting_count;
}

/* A session ended. One that need not wait itself waits for those before it. */
static void take_session(void *context, struct record *record)
{
	struct pipeline *pipeline = context;
	uint64_t number = 0;
	size_t at;

	if (pipeline->params.answered) {
		number = evidence_want(pipeline->params.evidence, record);
		if (pipeline->waiting_count == WAITING_MAX)
			await_first(pipeline);
		pipeline_answered(pipeline);
	}
	if (!pipeline->waiting_count && (!number || number <= answered(pipeline))) {
		judge_take(pipeline, record);
		return;
	}
	at = (pipeline->waiting_first + pipeline->waiting_count++) % WAITING_MAX;
	pipeline->waiting[at] = (struct waiting){ record, number };
}

static void note_failure(void *context, const struct record *record)
{
	struct pipeline *pipeline = context;

	evidence_note_failure(pipeline->params.evidence, record);
}

static void tell_quiet(void *context, const struct flow_facts *flow)
{
	const struct pipeline_params *params = &((struct pipeline *)context)->params;

	params->quiet(params->quiet_context, flow);
}

static void note_dns(void *context, struct bytes message, const struct addr *asker, int64_t time)
{
	struct pipeline *pipeline = context;

	evidence_note_dns(pipeline->params.evidence, message, asker, time);
}

/* Where the operator looks for SMTP on the port of the DNS, there is no DNS. */
static void set_ports(struct pipeline *pipeline)
{
	pipeline->decoded = *pipeline->params.ports;
	if (ports_has(pipeline->params.mail_ports, DNS_PORT))
		return;
	ports_add(&pipeline->decoded, DNS_PORT);
	ports_add(&pipeline->dns_ports, DNS_PORT);
}

struct pipeline *pipeline_new(const struct pipeline_params *params)
{
	struct pipeline *pipeline = mem_alloc(sizeof(*pipeline));
	const struct decode_params decode_params = { .ports = &pipeline->decoded };
	const struct flow_params flow_params = {
		.server_ports = params->mail_ports,
		.any_port = params->ports != params->mail_ports,
		.idle_timeout = params->idle_timeout,
		.max_flows = params->max_flows,
	};

	pipeline->params = *params;
	pipeline->session = (struct session_params){
		.tls = { .certs = params->certs, .keylog = params->keylog, .ja3 = ja3_cache_new() },
		.community_ids = community_ids_new(),
		.mail_ports = params->mail_ports,
		.witness_bytes = params->witness_bytes,
		.failed = note_failure,
		.quiet = params->quiet ? tell_quiet : NULL,
		.done = take_session,
		.context = pipeline,
	};
	pipeline->dns = (struct dns_flow_params){ .message = note_dns, .context = pipeline };
	set_ports(pipeline);
	pipeline->decoder = decoder_new(&decode_params);
	pipeline->flows = flow_table_new(&flow_params,
		params->witness_bytes ? &session_events_witness : &session_events,
		&pipeline->session);
	pipeline->verdict = verdict_new(params->rules);
	return pipeline;
}

void pipeline_look_ahead(struct pipeline *pipeline, struct capture *capture)
{
	struct endpoint from, to;
	struct bytes frame;
	uint16_t link_type;

	if (pipeline->ahead)
		pipeline->ahead--; /* the packet at hand was among them */
	while (pipeline->ahead < FLOW_AHEAD && capture_ahead(capture, &frame, &link_type)) {
		pipeline->ahead++;
		if (decode_ahead(pipeline->decoder, frame, link_type, &from, &to))
			flow_ahead(pipeline->flows, &from, &to);
	}
}

/* Between a server of the DNS and somebody who is no mail server's port. */
static bool is_dns(const struct pipeline *pipeline, const struct segment *segment)
{
	const struct ports *dns = &pipeline->dns_ports, *mail = pipeline->params.mail_ports;

	if (segment->from.port != DNS_PORT && segment->to.port != DNS_PORT)
		return false;
	return (ports_has(dns, segment->from.port) && !ports_has(mail, segment->to.port)) ||
	       (ports_has(dns, segment->to.port) && !ports_has(mail, segment->from.port));
}

static void feed_dns(struct pipeline *pipeline, const struct segment *segment)
{
	const struct flow_params params = {
		.server_ports = &pipeline->dns_ports,
		.max_flows = DNS_FLOWS_MAX,
		.max_waiting = DNS_FLOW_WAITING,
		.max_waiting_flow = DNS_FLOW_WAITING_EACH,
		.recent_bytes = DNS_FLOW_RECENT,
		.idle_timeout = DNS_FLOW_IDLE,
	};

	if (!pipeline->dns_flows)
		pipeline->dns_flows = flow_table_new(&params, &dns_flow_events, &pipeline->dns);
	flow_feed(pipeline->dns_flows, segment);
}

void pipeline_feed(struct pipeline *pipeline, const struct packet *packet)
{
	struct segment segment;
	enum decode_result result = decode(pipeline->decoder, packet, &segment);

	if (result == DECODE_SEGMENT && is_dns(pipeline, &segment)) {
		feed_dns(pipeline, &segment);
		result = DECODE_DNS;
	} else if (result == DECODE_DNS) {
		note_dns(pipeline, segment.payload, &segment.to.addr, segment.time);
	}
	pipeline->stats.decoded[result]++;
	if (!pipeline->stats.first)
		pipeline->stats.first = packet->time;
	if (packet->time > pipeline->stats.last)
		pipeline->stats.last = packet->time;
	if (result == DECODE_SEGMENT) {
		flow_feed(pipeline->flows, &segment);
		pipeline->idle_packets = 0;
	} else if (++pipeline->idle_packets == TICK_PACKETS) {
		pipeline_tick(pipeline, packet->time);
	}
}

void pipeline_note_certificate(struct pipeline *pipeline, const struct process_cert *cert)
{
	struct session_params *session = &pipeline->session;

	if (!session->process_certs)
		session->process_certs = process_certs_new();
	process_certs_add(session->process_certs, cert);
}

void pipeline_tick(struct pipeline *pipeline, int64_t now)
{
	flow_tick(pipeline->flows, now);
	if (pipeline->dns_flows)
		flow_tick(pipeline->dns_flows, now);
	pipeline->idle_packets = 0;
}

void pipeline_set_rules(struct pipeline *pipeline, const struct ruleset *rules)
{
	pipeline->suppressed += verdict_suppressed(pipeline->verdict);
	verdict_free(pipeline->verdict);
	pipeline->verdict = verdict_new(rules);
	pipeline->params.rules = rules;
}

void pipeline_get_stats(const struct pipeline *pipeline, struct run_stats *stats)
{
	*stats = pipeline->stats;
	flow_get_stats(pipeline->flows, &stats->flow);
	stats->suppressed = pipeline->suppressed + verdict_suppressed(pipeline->verdict);
	stats->chains = cert_cache_parsed(pipeline->params.certs);
}

void pipeline_finish(struct pipeline *pipeline, const struct capture_stats *capture)
{
	const struct pipeline_params *params = &pipeline->params;
	struct run_stats now, *stats = &now;

	if (pipeline->dns_flows)
		flow_table_end(pipeline->dns_flows);
	flow_table_end(pipeline->flows);
	while (pipeline->waiting_count)
		await_first(pipeline);
	pipeline_get_stats(pipeline, stats);
	stats->capture = *capture;
	for (size_t i = 0; i < params->sink_count; i++)
		params->sinks[i]->class->finish(params->sinks[i], stats, &params->observer);
}

int pipeline_worst(const struct pipeline *pipeline)
{
	return pipeline->worst;
}

void pipeline_free(struct pipeline *pipeline)
{
	if (!pipeline)
		return;
	flow_table_free(pipeline->flows);
	flow_table_free(pipeline->dns_flows);
	for (size_t i = 0; i < pipeline->waiting_count; i++)
		record_free(pipeline->waiting[(pipeline->waiting_first + i) % WAITING_MAX].record);
	decoder_free(pipeline->decoder);
	verdict_free(pipeline->verdict);
	ja3_cache_free(pipeline->session.tls.ja3);
	community_ids_free(pipeline->session.community_ids);
	process_certs_free(pipeline->session.process_certs);
	free(pipeline);
}
