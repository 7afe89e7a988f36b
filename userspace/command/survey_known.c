// SPDX-License-Identifier: BSD-2-Clause
#include "command/survey_known.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "command/command.h"
#include "evidence/history.h"

#define NS INT64_C(1000000000)

/* Addresses under one MX name that are summed up. */
#define SERVERS_MAX 64

/* A database that was named must be there; the default one may be. A survey makes none. */
static bool open_store(struct survey_known *known, const char *named)
{
	struct text room = { 0 };
	const char *path = named ? named : store_default_path(&room);
	bool there = path && access(path, F_OK) == 0;

	if (there)
		known->store = store_open(path);
	else if (named)
		log_err("survey: %s: %s", named, strerror(errno));
	text_free(&room);
	return there ? known->store != NULL : !named;
}

static bool open_list(struct survey_known *known, const char *path)
{
	struct text errors = { 0 };

	known->list = policy_list_load(path, &errors);
	if (errors.n)
		fputs(errors.s, stderr);
	text_free(&errors);
	return known->list != NULL;
}

bool survey_known_open(struct survey_known *known, const struct survey_options *options)
{
	*known = (struct survey_known){ 0 };
	if (!open_store(known, options->online.db))
		return false;
	if (known->store) {
		known->cache = policy_cache_open(known->store);
		known->history = history_new(known->store);
		if (!known->cache || !known->history)
			return false;
	}
	return !options->list || open_list(known, options->list);
}

void survey_known_close(struct survey_known *known)
{
	policy_list_free(known->list);
	history_free(known->history);
	policy_cache_close(known->cache);
	store_close(known->store);
}

static bool add_domain(void *context, const struct history_domain *domain)
{
	domains_add(context, bytes_str(domain->domain), "");
	return true;
}

bool survey_known_top(struct survey_known *known, size_t n, struct domains *domains)
{
	if (known->history)
		history_domains(known->history, n, add_domain, domains);
	if (!domains->n)
		log_err("survey: --top: %s", known->store ? "no mail is remembered in the database"
							  : "no database; see --db");
	return domains->n > 0;
}

static bool add_server(void *context, const struct history_server *server)
{
	struct survey_seen *seen = context;

	seen->sessions += server->sessions;
	seen->tls += server->offered;
	seen->clear = server->missed > seen->clear ? server->missed : seen->clear;
	if (server->last / NS > seen->last)
		seen->last = server->last / NS;
	return true;
}

static void add_history(struct survey_known *known, struct survey_row *row)
{
	const struct survey_domain *domain = row->domain;
	struct history_domain remembered;

	if (history_domain(known->history, domain->domain, &remembered))
		row->seen = (struct survey_seen){
			.sessions = remembered.sessions,
			.tls = remembered.tls,
			.clear = remembered.clear,
			.last = remembered.last / NS,
		};
	for (size_t i = 0; i < domain->mx_count; i++)
		history_servers(known->history, domain->mx[i].host, SERVERS_MAX, add_server,
			&row->seen_mx[i]);
}

void survey_known_add(struct survey_known *known, struct survey_row *row, int64_t now)
{
	const char *domain = row->domain->domain;

	if (known->cache)
		row->cached = policy_cache_get(known->cache, domain);
	if (known->history)
		add_history(known, row);
	if (known->list) {
		row->listed = policy_list_get(known->list, domain);
		row->list_current = policy_list_is_current(known->list, now);
	}
}
