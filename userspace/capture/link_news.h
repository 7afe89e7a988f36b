/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Word from the kernel that some interface came, went, was renamed, or went up or down. What it
 * was, the listener finds out by looking at its own interfaces: so lost or forged messages do no
 * harm.
 */
#ifndef CAPTURE_LINK_NEWS_H
#define CAPTURE_LINK_NEWS_H

#include <net/if.h>
#include <stdbool.h>

/* A descriptor, readable when there is news, and close(2)d by the caller; or -errno. */
int link_news_open(void);

/* Take what there is; @news may be anything. */
void link_news_drain(int fd);

/*
 * What the interface with this index is called now, and whether it is up; @fd: any socket. False:
 * it is gone. What can't be asked stays as it was.
 */
bool link_look(int fd, unsigned int index, char name[IF_NAMESIZE], bool *up);

/* True if there is an interface of this name, and it is up. */
bool link_is_up(int fd, const char *name);

#endif
