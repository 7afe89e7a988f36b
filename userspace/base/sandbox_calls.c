// SPDX-License-Identifier: BSD-2-Clause
/*
 * A filter of system calls. Three answers to what is not allowed:
 *
 * - The process ends, for calls that only somebody who took it over makes: no library tries them to
 *   see what happens. An alert that is lost with it is better than an intruder who tries on.
 * - ENOSYS, for newer calls that libraries try first and do without.
 * - EPERM for all else, which the kernel logs: a library's new version that wants a call that
 * nobody thought of may cost a feature, not the sensor.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/sandbox.h"

/* Calls have names here: not every architecture has each, and libseccomp knows which. */
static const char *const allowed[] = {
	/* files */
	"access", "chmod", "close", "dup", "dup2", "dup3", "faccessat", "faccessat2", "fadvise64",
	"fallocate", "fchmod", "fchmodat", "fchown", "fcntl", "fdatasync", "flock", "fstat",
	"fstatfs", "fsync", "ftruncate", "getcwd", "getdents64", "lseek", "lstat", "mkdir",
	"mkdirat", "newfstatat", "open", "openat", "pread64", "preadv", "pwrite64", "pwritev",
	"read", "readlink", "readlinkat", "readv", "rename", "renameat", "renameat2", "rmdir",
	"stat", "statfs", "statx", "sync_file_range", "truncate", "umask", "unlink", "unlinkat",
	"utimensat", "write", "writev",
	/* waiting */
	"clock_getres", "clock_gettime", "clock_nanosleep", "epoll_create", "epoll_create1",
	"epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd2", "gettimeofday",
	"inotify_add_watch", "inotify_init1", "inotify_rm_watch", "nanosleep", "pipe", "pipe2",
	"poll", "ppoll", "pselect6", "restart_syscall", "select", "signalfd4", "time",
	"timerfd_create", "timerfd_gettime", "timerfd_settime",
	/* sockets */
	"accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt",
	"listen", "recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt",
	"shutdown",
	/* memory */
	"brk", "madvise", "membarrier", "mlock", "mremap", "msync", "munlock", "munmap",
	/* threads and signals */
	"exit", "exit_group", "futex", "get_robust_list", "rseq", "rt_sigaction", "rt_sigpending",
	"rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sched_getaffinity", "sched_getparam",
	"sched_getscheduler", "sched_yield", "set_robust_list", "sigaltstack", "tgkill",
	/* who and where we are */
	"getegid", "geteuid", "getgid", "getgroups", "getpid", "getppid", "getrandom", "getresgid",
	"getresuid", "getrlimit", "getrusage", "gettid", "getuid", "sysinfo", "times", "uname"
};

static const char *const deadly[] = {
	/* other programs and processes */
	"execve", "execveat", "kcmp", "pidfd_getfd", "process_vm_readv", "process_vm_writev",
	"ptrace",
	/* the kernel and the machine */
	"create_module", "delete_module", "finit_module", "init_module", "ioperm", "iopl",
	"kexec_file_load", "kexec_load", "reboot", "swapoff", "swapon", "userfaultfd",
	/* name spaces and what is mounted */
	"chroot", "fsconfig", "fsmount", "fsopen", "mount", "mount_setattr", "move_mount",
	"open_by_handle_at", "open_tree", "pivot_root", "setns", "umount", "umount2", "unshare"
};

static const char *const unknown[] = { "clone3", "io_uring_setup", "openat2", "pidfd_open" };

/* Calls that are allowed if an argument, masked, has a value. */
struct condition {
	const char *call;
	unsigned int argument;
	scmp_datum_t mask, value;
};

#define ALL_BITS (~(scmp_datum_t)0)
#define LOW_BITS ((scmp_datum_t)UINT32_MAX) /* of an int, whose upper half says nothing */
#define NAME_SPACES                                                                                \
	(CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID |              \
		CLONE_NEWUSER | CLONE_NEWUTS)
#define THREAD       (CLONE_VM | CLONE_THREAD)
#define WRITE_OR_RUN (PROT_WRITE | PROT_EXEC)

static const struct condition conditions[] = {
	/* Threads, but no processes. Of clone3() the flags can't be seen: the C library does
	   without. */
	{ "clone", 0, NAME_SPACES | THREAD, THREAD },
	/* No memory that is written can be run. Libraries may still be loaded (name services). */
	{ "mmap", 2, WRITE_OR_RUN, 0 },
	{ "mmap", 2, WRITE_OR_RUN, PROT_WRITE },
	{ "mmap", 2, WRITE_OR_RUN, PROT_EXEC },
	{ "mprotect", 2, PROT_EXEC, 0 },
	/* AF_NETLINK: the C library asks for the addresses of interfaces. */
	{ "socket", 0, LOW_BITS, AF_UNIX },
	{ "socket", 0, LOW_BITS, AF_INET },
	{ "socket", 0, LOW_BITS, AF_INET6 },
	{ "socket", 0, LOW_BITS, AF_NETLINK },
	{ "socketpair", 0, LOW_BITS, AF_UNIX },
	/* Maps that are open are read and written; nothing is made or loaded. */
	{ "bpf", 0, LOW_BITS, BPF_MAP_LOOKUP_ELEM },
	{ "bpf", 0, LOW_BITS, BPF_MAP_UPDATE_ELEM },
	{ "bpf", 0, LOW_BITS, BPF_MAP_DELETE_ELEM },
	{ "bpf", 0, LOW_BITS, BPF_MAP_GET_NEXT_KEY },
	{ "bpf", 0, LOW_BITS, BPF_MAP_LOOKUP_AND_DELETE_ELEM },
	{ "bpf", 0, LOW_BITS, BPF_MAP_LOOKUP_BATCH },
	{ "bpf", 0, LOW_BITS, BPF_MAP_UPDATE_BATCH },
	{ "bpf", 0, LOW_BITS, BPF_MAP_DELETE_BATCH },
	{ "bpf", 0, LOW_BITS, BPF_OBJ_GET_INFO_BY_FD },
	{ "ioctl", 1, LOW_BITS, FIOCLEX },
	{ "ioctl", 1, LOW_BITS, FIONBIO },
	{ "ioctl", 1, LOW_BITS, FIONREAD },
	{ "ioctl", 1, LOW_BITS, SIOCGIFADDR },
	{ "ioctl", 1, LOW_BITS, SIOCGIFCONF },
	{ "ioctl", 1, LOW_BITS, SIOCGIFFLAGS },
	{ "ioctl", 1, LOW_BITS, SIOCGIFINDEX },
	{ "ioctl", 1, LOW_BITS, SIOCGIFNAME },
	{ "ioctl", 1, LOW_BITS, TCGETS },
	{ "ioctl", 1, LOW_BITS, TIOCGWINSZ },
	{ "prctl", 0, LOW_BITS, PR_GET_NAME },
	{ "prctl", 0, LOW_BITS, PR_SET_NAME },
	{ "prctl", 0, LOW_BITS, PR_SET_VMA },
	/* Limits are asked for, not set. */
	{ "prlimit64", 2, ALL_BITS, 0 },
};

static int add_calls(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t n)
{
	int error = 0;

	for (size_t i = 0; i < n && !error; i++) {
		int call = seccomp_syscall_resolve_name(names[i]);

		/* Not one of this architecture, or newer than libseccomp: EPERM, then. */
		if (call != __NR_SCMP_ERROR)
			error = seccomp_rule_add(filter, action, call, 0);
	}
	return error;
}

static int add_conditions(scmp_filter_ctx filter)
{
	int error = 0;

	for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions) && !error; i++) {
		const struct condition *condition = &conditions[i];
		int call = seccomp_syscall_resolve_name(condition->call);

		if (call != __NR_SCMP_ERROR)
			error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
				SCMP_CMP(condition->argument, SCMP_CMP_MASKED_EQ, condition->mask,
					condition->value));
	}
	return error;
}

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static int load(scmp_filter_ctx filter)
{
	int error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	if (!error)
		error = add_calls(filter, SCMP_ACT_ALLOW, allowed, COUNT(allowed));
	if (!error)
		error = add_calls(filter, SCMP_ACT_KILL_PROCESS, deadly, COUNT(deadly));
	if (!error)
		error = add_calls(filter, SCMP_ACT_ERRNO(ENOSYS), unknown, COUNT(unknown));
	if (!error)
		error = add_conditions(filter);
	/* Logs what is refused, and quick for many calls; either is a matter of the kernel's age.
	 */
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return error ? error : seccomp_load(filter);
}

bool sandbox_seccomp(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int error = filter ? load(filter) : -ENOMEM;

	seccomp_release(filter);
	if (error)
		log_err("sandbox: system calls can't be filtered: %s", strerror(-error));
	return !error;
}
