/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where this host's TLS libraries are: files in the usual places, files that processes have mapped
 * (in containers, chroots and overlays too, and deleted ones), files that were named. Each file is
 * told once, by device and inode. Only root's files count, but for named ones: whoever is told will
 * read them with root's rights.
 */
#ifndef CAPTURE_LIBRARY_SCAN_H
#define CAPTURE_LIBRARY_SCAN_H

#include <stdbool.h>

enum library_kind {
	LIBRARY_SSL,
	LIBRARY_CRYPTO,
	LIBRARY_GNUTLS,
	LIBRARY_NAMED, /* whatever it has */
};

/* Borrowed. */
struct library {
	enum library_kind kind;
	const char *path; /* by which this process can open it now: perhaps below /proc */
	const char *name; /* as the process that has it mapped sees it; hostile */
};

/* False: it went away meanwhile; it may be told again. */
typedef bool library_found(void *context, const struct library *library);

struct library_scan;

struct library_scan *library_scan_new(library_found *found, void *context);
void library_scan_free(struct library_scan *scan);

/* The file at @path, whoever owns it. False (errno says why): there is none. */
bool library_scan_file(struct library_scan *scan, const char *path);

/* The usual places, so that programs that are not running yet are covered. */
void library_scan_system(struct library_scan *scan);

/*
 * What processes have mapped. Meant to be called every second: looks at a process twice, and at all
 * of them (and the usual places) now and then, since a process may load a library later.
 */
void library_scan_processes(struct library_scan *scan);

#endif
