// SPDX-License-Identifier: BSD-2-Clause
#include "command/reload.h"

#include <string.h>

#include "base/log.h"
#include "command/command.h"

bool reload_read(struct reload *reload, const struct watch_options *options, const char *host)
{
	struct config *config = watch_options_config(options);

	*reload = (struct reload){ .config = config };
	if (!config)
		return false;
	reload->rules = rules_load_named(config->rules, config->rule_count);
	reload->files = reload->rules ? evidence_files_open(&config->evidence) : NULL;
	if (reload->files)
		reload->policy_judge = policy_judge_new(config->rules, config->rule_count, host);
	return reload->policy_judge != NULL;
}

void reload_fini(struct reload *reload)
{
	config_free(reload->config);
	rules_free(reload->rules);
	evidence_files_free(reload->files);
	policy_judge_free(reload->policy_judge);
}

struct order *reload_order(struct reload *reload)
{
	struct order *order = order_new(ORDER_RELOAD);

	order->rules = reload->rules;
	order->files = reload->files;
	order->scope = reload->config->scope;
	reload->rules = NULL;
	reload->files = NULL;
	return order;
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_strings(const char *const *a, size_t n, const char *const *b, size_t m)
{
	bool all = n == m;

	for (size_t i = 0; all && i < n; i++)
		all = same(a[i], b[i]);
	return all;
}

static bool same_capture(const struct live_params *a, const struct live_params *b)
{
	return same_strings(a->interfaces, a->interface_count, b->interfaces, b->interface_count) &&
	       same_strings(a->libraries, a->library_count, b->libraries, b->library_count) &&
	       a->port_count == b->port_count &&
	       memcmp(a->ports, b->ports, a->port_count * sizeof(*a->ports)) == 0 &&
	       a->hook == b->hook && a->ring_bytes == b->ring_bytes && a->snap == b->snap &&
	       a->dns == b->dns && a->certificates == b->certificates;
}

/* But for the files, which were read. */
static bool same_policies(const struct config *a, const struct config *b)
{
	return same(a->evidence.db, b->evidence.db) && a->policies.online == b->policies.online &&
	       same(a->policies.servers, b->policies.servers) &&
	       same(a->policies.ca, b->policies.ca) && same(a->policies.proxy, b->policies.proxy) &&
	       a->policies.port == b->policies.port && a->policies.trust_ad == b->policies.trust_ad &&
	       a->policies.half_life == b->policies.half_life;
}

void reload_tell(const struct config *old, const struct config *new)
{
	const struct {
		const char *section;
		bool same;
	} rows[] = {
		{ "sensor", same(old->sensor.name, new->sensor.name) &&
				  same(old->sensor.user, new->sensor.user) &&
				  same(old->sensor.socket, new->sensor.socket) },
		{ "capture", same_capture(&old->capture, &new->capture) },
		{ "policies (database, look-ups)", same_policies(old, new) },
		{ "trust", same(old->cert.trust, new->cert.trust) &&
				 same(old->cert.crls, new->cert.crls) &&
				 old->cert.max_chains == new->cert.max_chains },
		{ "evidence", same(old->proof.dir, new->proof.dir) &&
				    old->proof.max_bytes == new->proof.max_bytes },
		{ "limits", old->limits.flows == new->limits.flows &&
				  old->limits.idle == new->limits.idle &&
				  old->limits.queue == new->limits.queue },
	};

	log_info("watch: configuration, rules and policies were read anew");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!rows[i].same)
			log_warn("watch: %s: changes with a restart only", rows[i].section);
}
