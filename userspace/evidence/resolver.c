// SPDX-License-Identifier: BSD-2-Clause
/*
 * c-ares carries the messages: sockets, retries, TCP after a truncated answer. The questions are
 * built here as far as it lets us, and the answers are read by dialogue/dns.c, because its own
 * parsers know neither TLSA nor the TTL of most types nor the AD bit.
 *
 * A question is asked once: a struct query is waiting or on the wire, and who asks the same
 * meanwhile joins it. Its outcome goes to the cache and, by way of the ready list, to all askers;
 * the list is emptied by a timer, so that nobody is called from inside resolver_ask().
 */
#include "evidence/resolver.h"

#include <stdlib.h>
#include <sys/random.h>

#include <ares.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/table.h"
#include "evidence/resolver_outcome.h"

#define TIMEOUT_DEFAULT 3000 /* ms */
#define TRIES_DEFAULT   2
#define CACHED_DEFAULT  20000

/* dnsmasq refuses more than 150 at once, and an answer that says "refused" is lost. */
#define PENDING_DEFAULT 128

/* RFC 6891 6.2.5, and the DNS flag day 2020: the largest answer that is never a fragment. */
#define EDNS_SIZE 1232

/* As many answers of that size as may come while we are busy elsewhere. */
#define RECEIVE_BUFFER 1048576

/* Of the fourth byte: RFC 6840 5.7, "tell me whether it is authentic". */
#define FLAG_AD 0x20

#define CLASS_IN           1
#define RCODE_FORMAT_ERROR 1

#define MS_PER_SECOND 1000

struct asker {
	resolver_done *done;
	void *context;
	struct outcome *outcome; /* NULL until there is one */
	struct asker *next;
};

struct askers {
	struct asker *first, **end;
};

/* A name and a type, as bytes. */
struct question {
	char text[DOMAIN_TEXT + 4];
	size_t n;
};

struct query {
	struct resolver *resolver;
	struct question question;
	char name[DOMAIN_TEXT];
	enum dns_type type;
	bool edns; /* the message has an OPT record */
	struct askers askers;
	struct query *next; /* waiting */
};

/* A socket of c-ares, for as long as it wants to know about it. */
struct channel_socket {
	int fd;
	struct loop_watch *watch;
	struct channel_socket *next;
};

struct resolver {
	struct loop *loop;
	ares_channel channel;
	struct channel_socket *sockets;
	struct loop_timer *retry; /* when c-ares wants to look at its clock */
	struct loop_timer *soon;  /* there is something to send or to tell */
	struct table *pending;    /* question to struct query * */
	struct table *cache;      /* question to struct outcome * */
	struct query *waiting, **waiting_end;
	struct askers ready;
	size_t on_wire, max_on_wire;
	bool edns; /* as c-ares believes it, too */
	bool closing;
};

static void askers_init(struct askers *askers)
{
	askers->first = NULL;
	askers->end = &askers->first;
}

static void askers_add(struct askers *askers, struct asker *asker)
{
	asker->next = NULL;
	*askers->end = asker;
	askers->end = &asker->next;
}

static struct asker *askers_take(struct askers *askers)
{
	struct asker *asker = askers->first;

	if (!asker)
		return NULL;
	askers->first = asker->next;
	if (!askers->first)
		askers->end = &askers->first;
	return asker;
}

static void cache_drop(void *value)
{
	outcome_release(*(struct outcome **)value);
}

static struct bytes question_bytes(const struct question *question)
{
	return bytes_of(question->text, question->n);
}

static struct question question_of(const char *name, enum dns_type type)
{
	struct question question;

	question.text[0] = (char)(type >> 8);
	question.text[1] = (char)type;
	question.n = 2 + strlen(name);
	memcpy(question.text + 2, name, question.n - 2);
	return question;
}

static void remember(
	struct resolver *resolver, const struct question *question, struct outcome *outcome)
{
	struct outcome **cached;
	bool made;

	if (outcome->expires <= loop_now(resolver->loop) || resolver->closing)
		return;
	cached = table_put(resolver->cache, question_bytes(question), &made);
	if (!made)
		outcome_release(*cached);
	*cached = outcome_hold(outcome);
}

/* @outcome is told to @asker, who is freed, soon. */
static void make_ready(struct resolver *resolver, struct asker *asker, struct outcome *outcome)
{
	asker->outcome = outcome_hold(outcome);
	askers_add(&resolver->ready, asker);
	loop_timer_set(resolver->soon, 0);
}

/* The query is over. @outcome is taken. */
static void settle(struct query *query, struct outcome *outcome)
{
	struct resolver *resolver = query->resolver;
	struct asker *asker;

	remember(resolver, &query->question, outcome);
	while ((asker = askers_take(&query->askers)))
		make_ready(resolver, asker, outcome);
	table_remove(resolver->pending, question_bytes(&query->question));
	free(query);
	outcome_release(outcome);
}

static void settle_without(struct query *query, enum dns_status status)
{
	uint64_t now = loop_now(query->resolver->loop);

	settle(query, outcome_without(status, query->name, query->type, now));
}

static void tell(struct resolver *resolver, struct asker *asker)
{
	struct outcome *outcome = asker->outcome;
	struct dns_answer answer = outcome->answer;

	answer.ttl = outcome_ttl(outcome, loop_now(resolver->loop));
	asker->done(asker->context, outcome->status, &answer);
	outcome_release(outcome);
	free(asker);
}

/* What has become ready by now; what the askers ask for in turn can wait for the next turn. */
static void tell_ready(struct resolver *resolver)
{
	struct asker *asker = resolver->ready.first, *next;

	askers_init(&resolver->ready);
	for (; asker; asker = next) {
		next = asker->next;
		tell(resolver, asker);
	}
}

static void wait_for_turn(struct query *query)
{
	struct resolver *resolver = query->resolver;

	query->next = NULL;
	*resolver->waiting_end = query;
	resolver->waiting_end = &query->next;
	loop_timer_set(resolver->soon, 0);
}

static struct query *take_waiting(struct resolver *resolver)
{
	struct query *query = resolver->waiting;

	if (!query)
		return NULL;
	resolver->waiting = query->next;
	if (!resolver->waiting)
		resolver->waiting_end = &resolver->waiting;
	return query;
}

static void on_reply(void *context, int error, int timeouts, unsigned char *message, int length)
{
	struct query *query = context;
	struct resolver *resolver = query->resolver;
	struct bytes reply = bytes_of(message, message ? (size_t)length : 0);

	(void)timeouts;
	resolver->on_wire--;
	/*
	 * A server from before EDNS. c-ares strips the OPT record off the first query that meets
	 * one, and then off none ever after: from here on they go out without.
	 */
	if (error == ARES_SUCCESS && query->edns && reply.n >= 4 &&
		(reply.p[3] & 0x0f) == RCODE_FORMAT_ERROR) {
		resolver->edns = query->edns = false;
		wait_for_turn(query);
	} else if (error == ARES_SUCCESS) {
		settle(query,
			outcome_read(reply, query->name, query->type, loop_now(resolver->loop)));
	} else {
		/* Refused connections, unreachable networks: nobody has said anything. */
		settle_without(query, error == ARES_EBADRESP ? DNS_BROKEN : DNS_TIMEOUT);
	}
}

static uint16_t random_id(void)
{
	uint16_t id = 0;

	/* So few bytes are never cut short, and there is nothing to fail once the system is up. */
	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		log_err("evidence: resolver: no random numbers");
	return id;
}

static void send_query(struct query *query)
{
	struct resolver *resolver = query->resolver;
	unsigned char *message = NULL;
	int length = 0, error;

	query->edns = resolver->edns;
	error = ares_create_query(query->name, CLASS_IN, (int)query->type, random_id(), 1, &message,
		&length, query->edns ? EDNS_SIZE : 0);
	if (error != ARES_SUCCESS) {
		/* RFC 7686 2: .onion is never asked for. */
		settle_without(query, error == ARES_ENOTFOUND ? DNS_NO_NAME : DNS_BAD_NAME);
		return;
	}
	message[3] |= FLAG_AD;
	resolver->on_wire++;
	/* May call back at once. */
	ares_send(resolver->channel, message, length, on_reply, query);
	ares_free_string(message);
}

static void set_retry(struct resolver *resolver)
{
	struct timeval left;

	if (ares_timeout(resolver->channel, NULL, &left))
		loop_timer_set(resolver->retry,
			(uint64_t)left.tv_sec * MS_PER_SECOND + (uint64_t)left.tv_usec / 1000 + 1);
	else
		loop_timer_clear(resolver->retry);
}

static void send_waiting(struct resolver *resolver)
{
	struct query *query;

	while (resolver->on_wire < resolver->max_on_wire && (query = take_waiting(resolver)))
		send_query(query);
	set_retry(resolver);
}

static void on_soon(void *context)
{
	send_waiting(context);
	tell_ready(context);
}

static void process(struct resolver *resolver, int read_fd, int write_fd)
{
	ares_process_fd(resolver->channel, read_fd, write_fd);
	send_waiting(resolver);
}

static void on_retry(void *context)
{
	process(context, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void on_socket(void *context, int fd, unsigned int events)
{
	process(context, events & LOOP_READ ? fd : ARES_SOCKET_BAD,
		events & LOOP_WRITE ? fd : ARES_SOCKET_BAD);
}

/* What c-ares wants to know of @fd: nothing, when it is about to close it. */
static void on_socket_state(void *context, int fd, int readable, int writable)
{
	struct resolver *resolver = context;
	struct channel_socket **at = &resolver->sockets, *socket;
	unsigned int events = (readable ? LOOP_READ : 0u) | (writable ? LOOP_WRITE : 0u);

	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	socket = *at;
	if (!socket && events) {
		socket = *at = mem_alloc(sizeof(*socket));
		socket->fd = fd;
		socket->watch = loop_watch_new(resolver->loop, fd, on_socket, resolver);
	}
	if (socket && socket->watch)
		loop_watch_set(socket->watch, events);
	if (socket && !events) {
		*at = socket->next;
		loop_watch_free(socket->watch);
		free(socket);
	}
}

static bool open_channel(struct resolver *resolver, const struct resolver_params *params)
{
	struct ares_options options = {
		.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH,
		.timeout = (int)(params->timeout ? params->timeout : TIMEOUT_DEFAULT),
		.tries = (int)(params->tries ? params->tries : TRIES_DEFAULT),
		.ednspsz = EDNS_SIZE,
		.socket_receive_buffer_size = RECEIVE_BUFFER,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = resolver,
	};
	int error = ares_init_options(&resolver->channel, &options,
		ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
			ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_STATE_CB | ARES_OPT_NOROTATE);

	if (error != ARES_SUCCESS) {
		log_err("evidence: resolver: %s", ares_strerror(error));
		return false;
	}
	if (!params->servers)
		return true;
	/* Nothing is no list of servers, though c-ares takes it for one. */
	error = params->servers[0] ? ares_set_servers_ports_csv(resolver->channel, params->servers)
				   : ARES_EBADSTR;
	if (error != ARES_SUCCESS)
		log_err("evidence: resolver: servers \"%s\": %s", params->servers,
			ares_strerror(error));
	return error == ARES_SUCCESS;
}

struct resolver *resolver_new(struct loop *loop, const struct resolver_params *params)
{
	struct resolver *resolver = mem_alloc(sizeof(*resolver));

	resolver->loop = loop;
	resolver->retry = loop_timer_new(loop, on_retry, resolver);
	resolver->soon = loop_timer_new(loop, on_soon, resolver);
	/* Bounded by those who ask: each has an asker there. */
	resolver->pending = table_new(SIZE_MAX, sizeof(struct query *), NULL);
	resolver->cache = table_new(params->max_cached ? params->max_cached : CACHED_DEFAULT,
		sizeof(struct outcome *), cache_drop);
	resolver->waiting_end = &resolver->waiting;
	resolver->max_on_wire = params->max_pending ? params->max_pending : PENDING_DEFAULT;
	resolver->edns = true;
	askers_init(&resolver->ready);
	ares_library_init(ARES_LIB_INIT_ALL);
	if (open_channel(resolver, params))
		return resolver;
	resolver_free(resolver);
	return NULL;
}

void resolver_free(struct resolver *resolver)
{
	struct query *query;

	if (!resolver)
		return;
	resolver->closing = true;
	/* Calls back for all that are on the wire. */
	if (resolver->channel)
		ares_destroy(resolver->channel);
	ares_library_cleanup();
	while ((query = take_waiting(resolver)))
		settle_without(query, DNS_TIMEOUT);
	while (resolver->ready.first)
		tell_ready(resolver);
	table_free(resolver->pending);
	table_free(resolver->cache);
	loop_timer_free(resolver->retry);
	loop_timer_free(resolver->soon);
	free(resolver);
}

/* Not a question for the wire: @status is all there is to say. */
static void answer_at_once(struct resolver *resolver, struct asker *asker, const char *name,
	enum dns_type type, enum dns_status status)
{
	struct outcome *outcome = outcome_without(status, name, type, loop_now(resolver->loop));

	make_ready(resolver, asker, outcome);
	outcome_release(outcome);
}

static struct outcome *find_cached(struct resolver *resolver, const struct question *question)
{
	struct outcome **cached = table_get(resolver->cache, question_bytes(question));

	return cached && (*cached)->expires > loop_now(resolver->loop) ? *cached : NULL;
}

/* The pending query for @question, made where there is none. */
static struct query *find_query(struct resolver *resolver, const struct question *question,
	const char *name, enum dns_type type)
{
	bool made;
	struct query **at = table_put(resolver->pending, question_bytes(question), &made);

	if (!made)
		return *at;
	*at = mem_alloc(sizeof(**at));
	(*at)->resolver = resolver;
	(*at)->question = *question;
	strcpy((*at)->name, name);
	(*at)->type = type;
	askers_init(&(*at)->askers);
	wait_for_turn(*at);
	return *at;
}

void resolver_ask(struct resolver *resolver, const char *name, enum dns_type type,
	resolver_done *done, void *context)
{
	struct asker *asker = mem_alloc(sizeof(*asker));
	struct question question;
	struct outcome *cached;
	char normal[DOMAIN_TEXT];

	asker->done = done;
	asker->context = context;
	if (!domain_normalise(bytes_str(name), normal)) {
		answer_at_once(resolver, asker, normal, type, DNS_BAD_NAME);
		return;
	}
	question = question_of(normal, type);
	cached = find_cached(resolver, &question);
	if (cached)
		make_ready(resolver, asker, cached);
	else if (resolver->closing)
		answer_at_once(resolver, asker, normal, type, DNS_TIMEOUT);
	else
		askers_add(&find_query(resolver, &question, normal, type)->askers, asker);
}

bool resolver_is_local(const struct resolver *resolver)
{
	struct ares_addr_port_node *servers = NULL, *server;
	bool local = ares_get_servers_ports(resolver->channel, &servers) == ARES_SUCCESS && servers;

	for (server = servers; server; server = server->next) {
		struct addr addr = { .length = server->family == AF_INET ? 4 : 16 };

		memcpy(addr.ip, &server->addr, addr.length);
		local = local && addr_is_loopback(&addr);
	}
	ares_free_data(servers);
	return local;
}
