/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The domains that a command is about: from its arguments and from files, each once, in their
 * order.
 */
#ifndef COMMAND_DOMAINS_H
#define COMMAND_DOMAINS_H

#include "base/domain.h"
#include "base/table.h"

/* All zero: empty. Released by domains_fini(). */
struct domains {
	char **list; /* normalised */
	size_t n, room;
	struct table *known; /* name → size_t: its place */
	size_t bad;          /* what was no domain name; told */
};

/* @name in any case, IDN allowed. False: it is no domain name (told); @where: "FILE:LINE: " or "".
 */
bool domains_add(struct domains *domains, struct bytes name, const char *where);

/*
 * A file ("-": standard input) with a domain on each line; blank lines, and what follows a "#", are
 * left out. False: it can't be read (told). Lines that are no domain are told, and counted as bad.
 */
bool domains_add_file(struct domains *domains, const char *path);

/* The place of @name (normalised) in the list, which it is in. */
size_t domains_place(const struct domains *domains, const char *name);

void domains_fini(struct domains *domains);

#endif
