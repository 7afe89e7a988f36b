// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/mx_map.h"

#include <stdlib.h>

#include "base/domain.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/yml.h"

#define PREFIX_MAX 128

/* Entries as indices in rising order. */
struct indices {
	size_t *at;
	size_t n, room;
};

struct mx_map {
	struct mx_entry *entries;
	size_t count, room;
	struct table *by_network; /* struct network, bits beyond the prefix zero → struct indices */
	struct table *by_domain;       /* the same */
	bool prefixes[PREFIX_MAX + 1]; /* in use, of either family */
};

/* What is being read. */
struct reader {
	struct mx_map *map;
	const char *name;
	struct text *errors;
	bool good;
};

static struct addr masked(struct addr addr, unsigned int bits)
{
	for (unsigned int i = 0; i < addr.length; i++) {
		unsigned int kept = bits > 8 * i ? bits - 8 * i : 0;

		if (kept < 8)
			addr.ip[i] &= (uint8_t)(0xff00 >> kept);
	}
	return addr;
}

/* Padding is none: both members are bytes. */
static struct bytes network_key(const struct network *network)
{
	return bytes_of(network, sizeof(*network));
}

static void add_index(struct indices *indices, size_t at)
{
	if (indices->n && indices->at[indices->n - 1] == at)
		return;
	indices->at = mem_grow(indices->at, indices->n, &indices->room, sizeof(*indices->at));
	indices->at[indices->n++] = at;
}

static void free_indices(void *value)
{
	struct indices *indices = value;

	free(indices->at);
}

static void read_domains(struct reader *reader, const struct yml *list, struct mx_entry *entry)
{
	size_t room = 0;

	if (list->kind != YML_LIST) {
		reader->good = false;
		yml_error(reader->errors, reader->name, list, "domains must be a list: [a, b]");
		return;
	}
	for (const struct yml *item = list->child; item; item = item->next) {
		char domain[DOMAIN_TEXT];

		if (item->kind != YML_SCALAR ||
			!domain_normalise(bytes_str(item->scalar), domain)) {
			reader->good = false;
			yml_error(reader->errors, reader->name, item, "not a domain name");
			continue;
		}
		entry->domains = mem_grow(
			entry->domains, entry->domain_count, &room, sizeof(*entry->domains));
		entry->domains[entry->domain_count++] = mem_strdup(domain);
	}
}

static bool has_host(const struct mx_map *map, size_t first, const char *mx)
{
	for (size_t i = first; i < map->count; i++)
		if (strcmp(map->entries[i].mx, mx) == 0)
			return true;
	return false;
}

static void read_hosts(struct reader *reader, const struct yml *hosts, struct network network)
{
	struct mx_map *map = reader->map;
	size_t first = map->count;

	if (hosts->kind != YML_MAP) {
		reader->good = false;
		yml_error(reader->errors, reader->name, hosts, "must be a map of MX host names");
		return;
	}
	for (const struct yml *host = hosts->child; host; host = host->next) {
		struct mx_entry entry = { .network = network };
		char mx[DOMAIN_TEXT];

		if (!domain_normalise(bytes_str(host->key), mx)) {
			reader->good = false;
			yml_key_error(reader->errors, reader->name, host, "not a host name");
			continue;
		}
		if (has_host(map, first, mx)) {
			reader->good = false;
			yml_key_error(
				reader->errors, reader->name, host, "stands here a second time");
			continue;
		}
		entry.mx = mem_strdup(mx);
		read_domains(reader, host, &entry);
		map->entries =
			mem_grow(map->entries, map->count, &map->room, sizeof(*map->entries));
		map->entries[map->count++] = entry;
	}
}

static void read_network(struct reader *reader, const struct yml *member)
{
	struct mx_map *map = reader->map;
	size_t first = map->count;
	struct indices *indices;
	struct network network;
	bool made;

	if (!network_parse(bytes_str(member->key), &network)) {
		reader->good = false;
		yml_key_error(reader->errors, reader->name, member, "not an address or network");
		return;
	}
	network.addr = masked(network.addr, network.prefix);
	indices = table_put(map->by_network, network_key(&network), &made);
	if (!made) {
		reader->good = false;
		yml_key_error(reader->errors, reader->name, member,
			"the same address or network stands above");
		return;
	}
	read_hosts(reader, member, network);
	for (size_t i = first; i < map->count; i++)
		add_index(indices, i);
	map->prefixes[network.prefix] = true;
}

static void index_domains(struct mx_map *map)
{
	size_t names = 0;

	for (size_t i = 0; i < map->count; i++)
		names += map->entries[i].domain_count;
	map->by_domain = table_new(names, sizeof(struct indices), free_indices);
	for (size_t i = 0; i < map->count; i++)
		for (size_t j = 0; j < map->entries[i].domain_count; j++)
			add_index(table_put(map->by_domain, bytes_str(map->entries[i].domains[j]),
					  NULL),
				i);
}

static struct mx_map *build(const struct yml *root, const char *name, struct text *errors)
{
	struct reader reader = { mem_alloc(sizeof(struct mx_map)), name, errors, true };
	size_t networks = 0;

	if (root->kind == YML_MAP)
		for (const struct yml *member = root->child; member; member = member->next)
			networks++;
	else
		reader.good = false;
	if (!reader.good)
		yml_error(errors, name, root, "must be a map of addresses");
	reader.map->by_network = table_new(networks, sizeof(struct indices), free_indices);
	for (const struct yml *member = networks ? root->child : NULL; member;
		member = member->next)
		read_network(&reader, member);
	index_domains(reader.map);
	if (reader.good)
		return reader.map;
	mx_map_free(reader.map);
	return NULL;
}

static struct mx_map *build_and_free(struct yml *root, const char *name, struct text *errors)
{
	struct mx_map *map = root ? build(root, name, errors) : NULL;

	yml_free(root);
	return map;
}

struct mx_map *mx_map_load(const char *path, struct text *errors)
{
	return build_and_free(yml_load(path, errors), path, errors);
}

struct mx_map *mx_map_parse(struct bytes text, const char *name, struct text *errors)
{
	return build_and_free(yml_parse(text, name, errors), name, errors);
}

void mx_map_free(struct mx_map *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->count; i++) {
		for (size_t j = 0; j < map->entries[i].domain_count; j++)
			free(map->entries[i].domains[j]);
		free(map->entries[i].domains);
		free(map->entries[i].mx);
	}
	free(map->entries);
	table_free(map->by_network);
	table_free(map->by_domain);
	free(map);
}

/* One look-up for each length of prefix that stands in the map, the longest first. */
static const struct indices *find_network(struct mx_map *map, const struct addr *server)
{
	const struct indices *indices = NULL;

	for (int bits = 8 * server->length; bits >= 0 && !indices; bits--) {
		struct network network = { .prefix = (uint8_t)bits };

		if (!map->prefixes[bits])
			continue;
		network.addr = masked(*server, (unsigned int)bits);
		indices = table_get(map->by_network, network_key(&network));
	}
	return indices;
}

size_t mx_map_find(
	struct mx_map *map, const struct addr *server, const struct mx_entry **out, size_t max)
{
	const struct indices *indices = find_network(map, server);

	if (!indices)
		return 0;
	for (size_t i = 0; i < indices->n && i < max; i++)
		out[i] = &map->entries[indices->at[i]];
	return indices->n;
}

enum answer mx_map_serves(struct mx_map *map, const char *domain, const struct addr *server)
{
	const struct indices *indices = table_get(map->by_domain, bytes_str(domain));

	if (!indices)
		return ANSWER_UNKNOWN;
	for (size_t i = 0; i < indices->n; i++)
		if (network_contains(&map->entries[indices->at[i]].network, server))
			return ANSWER_YES;
	return ANSWER_NO;
}
