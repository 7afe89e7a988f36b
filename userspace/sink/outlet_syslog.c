// SPDX-License-Identifier: BSD-2-Clause
/* RFC 5424 messages to the local daemon or, by UDP, to a server. */
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "sink/outlet.h"
#include "sink/syslog_message.h"
#include "sink/syslog_way.h"
#include "sink/trouble.h"

struct outlet_syslog {
	struct outlet outlet;
	struct syslog_way *way;
	char *address, *host, *app;
	struct syslog_origin from;
	size_t max;
	struct text message;
	struct trouble trouble;
};

static bool deliver(struct outlet *outlet, const struct document *document)
{
	struct outlet_syslog *syslog = (struct outlet_syslog *)outlet;
	int64_t now = trouble_clock();
	const char *why = NULL;
	bool sent;

	text_reset(&syslog->message);
	syslog->from.pid = (long)getpid();
	if (!syslog_message(&syslog->message, &syslog->from, document, syslog->max)) {
		trouble_lost(&syslog->trouble, now, syslog->address, "a document is too long");
		return false;
	}
	sent = syslog_way_send(syslog->way, now, &syslog->message, &why);
	if (why)
		trouble_lost(&syslog->trouble, now, syslog->address, why);
	else
		trouble_passed(&syslog->trouble, now, syslog->address);
	return sent;
}

static void reopen(struct outlet *outlet)
{
	syslog_way_renew(((struct outlet_syslog *)outlet)->way);
}

static void outlet_syslog_free(struct outlet *outlet)
{
	struct outlet_syslog *syslog = (struct outlet_syslog *)outlet;

	syslog_way_free(syslog->way);
	text_free(&syslog->message);
	free(syslog->address);
	free(syslog->host);
	free(syslog->app);
	free(syslog);
}

static size_t bound_of(size_t wanted)
{
	if (!wanted)
		return SYSLOG_MESSAGE_MAX;
	return wanted < SYSLOG_DATAGRAM_MAX ? wanted : SYSLOG_DATAGRAM_MAX;
}

struct outlet *outlet_syslog_new(
	const struct outlet_syslog_params *where, const struct outlet_params *params)
{
	static const struct outlet_class class = { "syslog", deliver, reopen, NULL,
		outlet_syslog_free };
	struct syslog_way *way = syslog_way_new(where->address);
	struct outlet_syslog *syslog;
	char host[256] = "";

	if (!way)
		return NULL;
	if (!where->host && gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	syslog = mem_alloc(sizeof(*syslog));
	outlet_init(&syslog->outlet, &class, params);
	syslog->way = way;
	syslog->address = mem_strdup(where->address);
	syslog->host = mem_strdup(where->host ? where->host : host);
	syslog->app = mem_strdup(where->app ? where->app : "stripwatch");
	syslog->max = bound_of(where->max_message);
	syslog->from = (struct syslog_origin){
		.host = syslog->host,
		.app = syslog->app,
		.facility = where->facility,
		.no_bom = where->no_bom,
		.legacy = where->legacy,
	};
	return &syslog->outlet;
}
