/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a daemon gives up once all is open, step by step, for good: privileges, files, system calls.
 * Each holds for the calling thread and those that it starts later: call them before any other
 * thread runs.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stdbool.h>

/*
 * Become @user, with that user's groups: no capability is left, in no set, and none can be had by a
 * program with set-user-id bits. NULL: stay who we are, and give up the rest. The kernel makes no
 * core dumps of a process that changed its user. False: logged, and the caller must end, since some
 * of it may have been done.
 */
bool sandbox_become(const char *user);

/*
 * Files and folders, with all that is beneath, that may still be opened for reading; and such that
 * may be written, made, renamed and removed as well. Lists end with NULL; what isn't there is left
 * out. What is open stays open. True, and said at info, where the kernel has no Landlock. False:
 * logged.
 */
bool sandbox_landlock(const char *const *readable, const char *const *writable);

/* What libraries read: names, time zones, certificates, interfaces. A list for sandbox_landlock().
 */
const char *const *sandbox_system_files(void);

/*
 * System calls. What a daemon at work does remains: files, sockets, threads, timers, maps of the
 * kernel's probes. Programs can't be run, other processes not be traced, signalled or read, nothing
 * be mounted or loaded, no name space be made: such an attempt ends the process. All else fails
 * with EPERM and is logged by the kernel. False: logged.
 */
bool sandbox_seccomp(void);

#endif
