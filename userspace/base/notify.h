/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Word to the service manager that started us, as sd_notify(3) describes it: one datagram a message
 * to the socket that $NOTIFY_SOCKET names. Without one, all of this does nothing.
 */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

/* The service does its work. */
void notify_ready(void);

/* It reads its configuration anew; notify_ready() tells when that is done. */
void notify_reloading(void);

/* It is about to end. */
void notify_stopping(void);

/* One line for people: "watching eth0". A newline and what is behind it is left out. */
void notify_status(const char *status);

/* It is alive. */
void notify_watchdog(void);

/*
 * How many seconds may lie between two calls of notify_watchdog(): half of what the manager waits,
 * but at least 1. 0: it does not ask for it, or asks another process.
 */
unsigned int notify_watchdog_interval(void);

#endif
