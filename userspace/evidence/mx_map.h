/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the operator knows of mail servers' addresses, for use without a DNS: a YAML file
 *
 *     192.0.2.25:
 *       mx1.example.com: [example.com, example.net]
 *     2001:db8:25::/48:
 *       mx2.example.com: [example.com]
 *
 * from an address, or a network (ADDRESS/BITS), to the MX host names that it serves as, and from
 * each of them to the domains whose mail it takes. The list may be empty: then only the name is
 * known.
 */
#ifndef EVIDENCE_MX_MAP_H
#define EVIDENCE_MX_MAP_H

#include "base/addr.h"
#include "base/text.h"
#include "evidence/evidence.h"

/* One MX host behind an address or network. Names are normalised (base/domain.h). */
struct mx_entry {
	struct network network;
	char *mx;
	char **domains;
	size_t domain_count;
};

struct mx_map;

/* NULL on a mistake, with "FILE:LINE:COLUMN: what" lines appended to @errors. */
struct mx_map *mx_map_load(const char *path, struct text *errors);

/* The same for a text, called @name in errors. */
struct mx_map *mx_map_parse(struct bytes text, const char *name, struct text *errors);

void mx_map_free(struct mx_map *map);

/*
 * What stands in the map for @server, in the file's order: of the address itself, else of the
 * smallest network around it. The first @max into @out; returns how many there are.
 */
size_t mx_map_find(
	struct mx_map *map, const struct addr *server, const struct mx_entry **out, size_t max);

/*
 * Whether @server is among the MXs of @domain: ANSWER_UNKNOWN if the map names no MX for it. Here
 * all networks around the address count.
 */
enum answer mx_map_serves(struct mx_map *map, const char *domain, const struct addr *server);

#endif
