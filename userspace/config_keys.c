// SPDX-License-Identifier: BSD-2-Clause
#include "config_keys.h"

#include <net/if.h>
#include <sys/un.h>

#include "base/mem.h"

#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define DAY ((uint64_t)86400)

/* ECS: a name that fits in a column. */
#define NAME_MAX_BYTES 255

static void *target(struct reader *reader, const struct config_key *key)
{
	return (char *)reader->config + key->offset;
}

static void set_path(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	config_value_path(reader, node, (const char **)target(reader, key));
}

static void set_bool(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	config_value_bool(reader, node, (bool *)target(reader, key));
}

static void set_count(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	uint64_t number;

	if (config_value_number(reader, node, key->min, key->max, &number))
		*(size_t *)target(reader, key) = number;
}

static void set_bytes(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	uint64_t number;

	if (config_value_size(reader, node, key->min, key->max, &number))
		*(size_t *)target(reader, key) = number;
}

static void set_seconds(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	uint64_t number;

	if (config_value_duration(reader, node, key->min, key->max, &number))
		*(int64_t *)target(reader, key) = (int64_t)number;
}

static void set_idle(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	uint64_t seconds;

	if (config_value_duration(reader, node, key->min, key->max, &seconds))
		reader->config->limits.idle = (int64_t)seconds * 1000000000;
}

static void set_name(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	const char *text;

	if (!config_value_text(reader, node, "a name", &text))
		return;
	if (strlen(text) > NAME_MAX_BYTES)
		mistakes_at(&reader->mistakes, node, "a name has %d bytes at most", NAME_MAX_BYTES);
	else
		*(const char **)target(reader, key) = strings_keep(reader->strings, text);
}

/* "" is an answer, too: stay who we are. */
static void set_user(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	if (node->kind == YML_SCALAR && node->quoted && !*node->scalar)
		reader->config->sensor.user = "";
	else
		set_name(reader, node, key);
}

static void set_socket(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	const size_t room = sizeof(((struct sockaddr_un *)0)->sun_path);

	(void)key;
	if (config_value_path(reader, node, &reader->config->sensor.socket) &&
		strlen(reader->config->sensor.socket) >= room)
		mistakes_at(&reader->mistakes, node, "the path of a socket has %zu bytes at most",
			room - 1);
}

/* The next item of a list that holds @n, or a mistake: there are more than @max. */
static bool has_room(
	struct reader *reader, const struct yml *item, size_t n, size_t max, const char *what)
{
	if (n == max)
		mistakes_at(&reader->mistakes, item, "more than %zu %s", max, what);
	return n < max;
}

static bool is_interface(const char *name)
{
	uint64_t group;

	if (strncmp(name, "nflog:", 6) == 0)
		return text_parse_uint(bytes_str(name + 6), UINT16_MAX, &group);
	return strlen(name) < IFNAMSIZ && strcspn(name, "/: \t\r\n") == strlen(name);
}

static void set_interfaces(
	struct reader *reader, const struct yml *node, const struct config_key *key)
{
	struct live_params *capture = &reader->config->capture;
	const struct yml *item = NULL;
	const char *name;

	(void)key;
	if (!config_value_list(reader, node, "[eth0]", &item))
		return;
	for (; item; item = item->next) {
		if (!has_room(reader, item, capture->interface_count, LIVE_INTERFACES_MAX,
			    "interfaces"))
			return;
		if (!config_value_text(reader, item, "an interface", &name))
			continue;
		if (is_interface(name))
			capture->interfaces[capture->interface_count++] =
				strings_keep(reader->strings, name);
		else
			mistakes_at(&reader->mistakes, item,
				"%s; expected an interface (eth0) or nflog:GROUP",
				mistakes_quote(&reader->mistakes, name));
	}
}

static void set_hook(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	static const char *const words[] = {
#define X(name, text, comment) [name] = text,
		LIVE_HOOK_LIST(X)
#undef X
		NULL
	};
	const char *text;
	int i = 0;

	(void)key;
	if (!config_value_text(reader, node, "a word", &text))
		return;
	while (words[i] && strcmp(words[i], text) != 0)
		i++;
	if (words[i])
		reader->config->capture.hook = (enum live_hook)i;
	else
		mistakes_at(&reader->mistakes, node, "%s; expected %s",
			mistakes_quote(&reader->mistakes, text),
			mistakes_words(&reader->mistakes, words));
}

static void set_ports(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	struct live_params *capture = &reader->config->capture;
	const struct yml *item = NULL;
	uint64_t port;

	if (!config_value_list(reader, node, "[25, 587]", &item))
		return;
	if (!item)
		mistakes_at(&reader->mistakes, node, "no ports: nothing would be watched");
	capture->port_count = 0;
	for (; item; item = item->next) {
		if (!has_room(reader, item, capture->port_count, LIVE_PORTS_MAX, "ports"))
			return;
		if (config_value_number(reader, item, key->min, key->max, &port))
			capture->ports[capture->port_count++] = (uint16_t)port;
	}
}

/* A list of paths; @list has room for @max. */
static void set_paths(struct reader *reader, const struct yml *node, const char *what,
	const char **list, size_t max, size_t *n)
{
	const struct yml *item = NULL;

	*n = 0;
	if (!config_value_list(reader, node, "[/path, /path]", &item))
		return;
	for (; item && has_room(reader, item, *n, max, what); item = item->next)
		if (config_value_path(reader, item, &list[*n]))
			(*n)++;
}

static void set_libraries(
	struct reader *reader, const struct yml *node, const struct config_key *key)
{
	struct live_params *capture = &reader->config->capture;

	(void)key;
	set_paths(reader, node, "libraries", capture->libraries, LIVE_LIBRARIES_MAX,
		&capture->library_count);
}

static void set_lists(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	struct evidence_params *evidence = &reader->config->evidence;

	(void)key;
	set_paths(
		reader, node, "lists", evidence->lists, EVIDENCE_LISTS_MAX, &evidence->list_count);
}

static void set_rules(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	(void)key;
	set_paths(reader, node, "files or folders of rules", reader->config->rules,
		CONFIG_RULES_MAX, &reader->config->rule_count);
}

static void set_snap(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	uint64_t number;

	if (config_value_size(reader, node, key->min, key->max, &number))
		reader->config->capture.snap = (uint32_t)number;
}

static void set_port(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	uint64_t number;

	if (config_value_number(reader, node, key->min, key->max, &number))
		reader->config->policies.port = (uint16_t)number;
}

static void set_networks(
	struct reader *reader, const struct yml *node, const struct config_key *key)
{
	struct config_networks *networks = target(reader, key);
	const struct yml *item = NULL;

	if (!config_value_list(reader, node, "[192.0.2.0/24, 2001:db8::/32]", &item))
		return;
	for (; item; item = item->next) {
		if (!has_room(reader, item, networks->n, CONFIG_NETWORKS_MAX, "networks"))
			return;
		if (config_value_network(reader, item, &networks->list[networks->n]))
			networks->n++;
	}
}

/* "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53". */
static bool is_server(struct bytes text)
{
	const uint8_t *end;
	struct addr addr;
	uint64_t port = 0;

	if (addr_parse(text, &addr))
		return true;
	end = text.n ? memrchr(text.p, ':', text.n) : NULL;
	if (!end || !text_parse_uint(bytes_of(end + 1, (size_t)(text.p + text.n - end - 1)),
			    UINT16_MAX, &port))
		return false;
	text.n = (size_t)(end - text.p);
	if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		return addr_parse(bytes_of(text.p + 1, text.n - 2), &addr) && addr.length == 16;
	return port > 0 && addr_parse(text, &addr) && addr.length == 4;
}

static void set_servers(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	const struct yml *item = NULL;
	struct text servers = { 0 };
	const char *text;

	(void)key;
	if (!config_value_list(reader, node, "[192.0.2.1]", &item))
		return;
	for (; item; item = item->next) {
		if (!config_value_text(reader, item, "an address", &text))
			continue;
		if (is_server(bytes_str(text)))
			text_printf(&servers, "%s%s", servers.n ? "," : "", text);
		else
			mistakes_at(&reader->mistakes, item,
				"%s; expected an address, as 192.0.2.1 or [2001:db8::1]:53",
				mistakes_quote(&reader->mistakes, text));
	}
	if (servers.n)
		reader->config->policies.servers = strings_keep(reader->strings, servers.s);
	text_free(&servers);
}

#define AT(member) offsetof(struct config, member)

const struct config_key config_keys[] = {
	{ "sensor", "name", set_name, AT(sensor.name), 0, 0 },
	{ "sensor", "user", set_user, AT(sensor.user), 0, 0 },
	{ "sensor", "socket", set_socket, 0, 0, 0 },
	{ "capture", "interfaces", set_interfaces, 0, 0, 0 },
	{ "capture", "hook", set_hook, 0, 0, 0 },
	{ "capture", "ports", set_ports, 0, 1, UINT16_MAX },
	{ "capture", "dns", set_bool, AT(capture.dns), 0, 0 },
	{ "capture", "certificates", set_bool, AT(capture.certificates), 0, 0 },
	{ "capture", "libraries", set_libraries, 0, 0, 0 },
	{ "capture", "ring", set_bytes, AT(capture.ring_bytes), 256 * KIB, GIB },
	{ "capture", "snap", set_snap, 0, 256, 65535 },
	{ "scope", "ours", set_networks, AT(scope.ours), 0, 0 },
	{ "scope", "exclude", set_networks, AT(scope.exclude), 0, 0 },
	{ "scope", "loopback", set_bool, AT(scope.loopback), 0, 0 },
	{ "policies", "database", set_path, AT(evidence.db), 0, 0 },
	{ "policies", "history_half_life", set_seconds, AT(policies.half_life), DAY, 3650 * DAY },
	{ "policies", "online", set_bool, AT(policies.online), 0, 0 },
	{ "policies", "resolvers", set_servers, 0, 0, 0 },
	{ "policies", "trust_ad", set_bool, AT(policies.trust_ad), 0, 0 },
	{ "policies", "ca", set_path, AT(policies.ca), 0, 0 },
	{ "policies", "proxy", set_name, AT(policies.proxy), 0, 0 },
	{ "policies", "port", set_port, 0, 1, UINT16_MAX },
	{ "policies", "directory", set_path, AT(evidence.policies), 0, 0 },
	{ "policies", "lists", set_lists, 0, 0, 0 },
	{ "policies", "mx_map", set_path, AT(evidence.mx_map), 0, 0 },
	{ "policies", "tlsa", set_path, AT(evidence.tlsa), 0, 0 },
	{ "trust", "anchors", set_path, AT(cert.trust), 0, 0 },
	{ "trust", "crls", set_path, AT(cert.crls), 0, 0 },
	{ "trust", "max_chains", set_count, AT(cert.max_chains), 16, 1000000 },
	{ NULL, "rules", set_rules, 0, 0, 0 },
	{ "evidence", "directory", set_path, AT(proof.dir), 0, 0 },
	{ "evidence", "max_size", set_bytes, AT(proof.max_bytes), MIB, 1024 * GIB },
	{ NULL, "outputs", config_set_outputs, 0, 0, 0 },
	{ "limits", "flows", set_count, AT(limits.flows), 1000, 16000000 },
	{ "limits", "idle", set_idle, 0, 10, DAY },
	{ "limits", "queue", set_count, AT(limits.queue), 100, 10000000 },
	{ NULL, NULL, NULL, 0, 0, 0 },
};

/* What set_bytes() writes is either. */
_Static_assert(sizeof(uint64_t) == sizeof(size_t), "sizes are 64 bits wide");
