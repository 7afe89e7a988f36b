/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Netfilter's log: what libpcap can't set in it.
 */
#ifndef CAPTURE_NFLOG_H
#define CAPTURE_NFLOG_H

#include <stdbool.h>

/* "nflog", "nflog:GROUP", "nflog:GROUP,GROUP…". */
bool nflog_is(const char *interface);

/*
 * Let the kernel keep packets of the groups of @interface back for @ms at most; without this, it is
 * up to a second if the rule has no threshold. @fd: the socket that is bound to them. It is no
 * matter if that fails.
 */
void nflog_set_delay(int fd, const char *interface, unsigned int ms);

#endif
