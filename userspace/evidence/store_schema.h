/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of the database, as the steps by which it came to have them. A step that was released
 * is never changed again: what changes is a new step.
 */
#ifndef EVIDENCE_STORE_SCHEMA_H
#define EVIDENCE_STORE_SCHEMA_H

/* In the file's header, by which file(1) and we tell our databases from others: "swdb". */
#define STORE_APPLICATION_ID 0x73776462

/* The version that this program makes: the number of steps. */
int store_schema_version(void);

/* The SQL that leads from @version (0: an empty database) to the next one. */
const char *store_schema_step(int version);

#endif
