/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program has to say about itself, on standard error: one line each, "room: subject: what".
 * Findings are never log lines. Bytes of a peer are made printable before they get here.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines above @level are dropped; the default is LOG_LEVEL_WARN. The level is the only global. */
void log_set_level(enum log_level level);

void log_err(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
