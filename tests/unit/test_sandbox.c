// SPDX-License-Identifier: BSD-2-Clause
/*
 * Each step is taken by a child, which then tries what it must not be able to do, and what it must.
 */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "child.h"

#define NOBODY 65534

/* Folders of one test: kept/ may be written to, read/ be read, the rest neither. */
struct folders {
	char top[40];
	char kept[60], read[60], other[60];
};

static void make_file(const char *folder, mode_t mode)
{
	char path[80];
	int fd;

	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(chmod(folder, mode), 0);
	snprintf(path, sizeof(path), "%s/file", folder);
	fd = open(path, O_WRONLY | O_CREAT, 0666);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0666), 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

static void make_folders(struct folders *folders)
{
	snprintf(folders->top, sizeof(folders->top), "/tmp/stripwatch-test-%d", (int)getpid());
	snprintf(folders->kept, sizeof(folders->kept), "%s/kept", folders->top);
	snprintf(folders->read, sizeof(folders->read), "%s/read", folders->top);
	snprintf(folders->other, sizeof(folders->other), "%s/other", folders->top);
	assert_int_equal(mkdir(folders->top, 0755), 0);
	make_file(folders->kept, 0777);
	make_file(folders->read, 0777);
	make_file(folders->other, 0777);
}

static void remove_folders(const struct folders *folders)
{
	char command[80];

	snprintf(command, sizeof(command), "rm -rf %s", folders->top);
	assert_int_equal(system(command), 0);
}

static int open_in(const char *folder, const char *name, int flags)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return open(path, flags | O_CLOEXEC, 0600);
}

static bool not_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# needs root\n");
	return true;
}

static uint64_t capabilities(const char *set)
{
	char line[200];
	uint64_t value = UINT64_MAX;
	FILE *file = fopen("/proc/self/status", "re");

	must(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, set, strlen(set)) == 0)
			value = strtoull(line + strlen(set), NULL, 16);
	fclose(file);
	return value;
}

static void become_nobody(const void *context)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct all[2] = { { ~0u, ~0u, 0 }, { ~0u, ~0u, 0 } };
	gid_t groups[8];

	(void)context;
	must(sandbox_become("nobody"));
	must(getuid() == NOBODY && geteuid() == NOBODY && getgid() == NOBODY);
	must(getgroups(8, groups) <= 1);
	refused(setuid(0), EPERM);
	refused(setresuid(0, 0, 0), EPERM);
	refused(setgid(0), EPERM);
	refused(setgroups(0, NULL), EPERM);
	for (const char *const *set = (const char *const[]){ "CapInh:", "CapPrm:", "CapEff:",
		     "CapBnd:", "CapAmb:", NULL };
		*set; set++)
		must(capabilities(*set) == 0);
	refused(syscall(SYS_capset, &header, all), EPERM);
	must(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	refused(socket(AF_PACKET, SOCK_RAW, 0), EPERM);
	refused(open("/etc/shadow", O_RDONLY), EACCES);
	/* Twice is no harm. */
	must(sandbox_become("nobody"));
	must(sandbox_become(NULL));
}

static void become(void **state)
{
	(void)state;
	if (not_root())
		skip();
	assert_int_equal(in_child(become_nobody, NULL), 0);
}

/* Without another user, root is left without what makes it root. */
static void become_nobody_else(const void *context)
{
	(void)context;
	must(sandbox_become(NULL));
	must(geteuid() == 0);
	must(capabilities("CapEff:") == 0 && capabilities("CapBnd:") == 0);
	refused(setuid(NOBODY), EPERM);
	refused(mount("none", "/tmp", "tmpfs", 0, NULL), EPERM);
	refused(chroot("/"), EPERM);
}

static void stay(void **state)
{
	(void)state;
	if (not_root())
		skip();
	assert_int_equal(in_child(become_nobody_else, NULL), 0);
}

static void become_unknown(const void *context)
{
	(void)context;
	must(!sandbox_become("no-such-user"));
	must(getuid() == 0);
}

static void unknown_user(void **state)
{
	(void)state;
	if (not_root())
		skip();
	assert_int_equal(in_child(become_unknown, NULL), 0);
}

static void restrict_files(const void *context)
{
	const struct folders *folders = context;
	const char *readable[] = { folders->read, "/nonexistent", NULL };
	const char *writable[] = { folders->kept, NULL };
	char from[80], to[80];
	int before = open_in(folders->other, "file", O_RDWR);

	must(before >= 0);
	must(sandbox_landlock(readable, writable));
	must(open_in(folders->read, "file", O_RDONLY) >= 0);
	refused(open_in(folders->read, "file", O_WRONLY), EACCES);
	refused(open_in(folders->read, "new", O_WRONLY | O_CREAT), EACCES);
	refused(open_in(folders->other, "file", O_RDONLY), EACCES);
	refused(open("/etc/passwd", O_RDONLY), EACCES);
	must(open_in(folders->kept, "file", O_RDWR | O_TRUNC) >= 0);
	must(open_in(folders->kept, "new", O_WRONLY | O_CREAT) >= 0);
	snprintf(from, sizeof(from), "%s/new", folders->kept);
	snprintf(to, sizeof(to), "%s/newer", folders->kept);
	must(rename(from, to) == 0 && unlink(to) == 0);
	snprintf(to, sizeof(to), "%s/file", folders->other);
	refused(unlink(to), EACCES);
	/* What was open stays open. */
	must(pwrite(before, "y", 1, 0) == 1);
}

static bool no_landlock(void)
{
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0)
		return false;
	print_message("# the kernel has no Landlock\n");
	return true;
}

static void landlock(void **state)
{
	struct folders folders;

	(void)state;
	if (no_landlock())
		skip();
	make_folders(&folders);
	assert_int_equal(in_child(restrict_files, &folders), 0);
	remove_folders(&folders);
}

/* Name services, certificates and interfaces can still be read. */
static void keep_system(const void *context)
{
	static const char *const none[] = { NULL };

	(void)context;
	must(sandbox_landlock(sandbox_system_files(), none));
	must(open("/etc/passwd", O_RDONLY) >= 0);
	must(open("/sys/class/net/lo/statistics/rx_bytes", O_RDONLY) >= 0);
	must(open("/proc/self/statm", O_RDONLY) >= 0);
	refused(open("/tmp", O_RDONLY | O_DIRECTORY), EACCES);
}

static void system_files(void **state)
{
	(void)state;
	if (no_landlock())
		skip();
	assert_int_equal(in_child(keep_system, NULL), 0);
}

/* Calls that end the process. */
static void run_program(const void *context)
{
	(void)context;
	must(sandbox_seccomp());
	execl("/bin/true", "true", (char *)NULL);
}

static void trace(const void *context)
{
	(void)context;
	must(sandbox_seccomp());
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void read_parent(const void *context)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)(uintptr_t)&read_parent, 1 };
	pid_t parent = getppid();

	(void)context;
	must(sandbox_seccomp());
	process_vm_readv(parent, &here, 1, &there, 1, 0);
}

static void mount_something(const void *context)
{
	(void)context;
	must(sandbox_seccomp());
	mount("none", "/nonexistent", "tmpfs", 0, NULL);
}

static void new_user_space(const void *context)
{
	(void)context;
	must(sandbox_seccomp());
	unshare(CLONE_NEWUSER);
}

static void load_module(const void *context)
{
	(void)context;
	must(sandbox_seccomp());
	syscall(SYS_init_module, NULL, 0, "");
}

static void *run_in_thread(void *context)
{
	(void)context;
	execl("/bin/true", "true", (char *)NULL);
	return NULL;
}

static void run_from_thread(const void *context)
{
	pthread_t thread;

	(void)context;
	must(sandbox_seccomp());
	must(pthread_create(&thread, NULL, run_in_thread, NULL) == 0);
	pthread_join(thread, NULL);
}

static void deadly(void **state)
{
	static const struct {
		const char *name;
		void (*body)(const void *context);
	} rows[] = {
		{ "exec", run_program },
		{ "exec from a thread", run_from_thread },
		{ "ptrace", trace },
		{ "memory of another process", read_parent },
		{ "mount", mount_something },
		{ "user name space", new_user_space },
		{ "kernel module", load_module },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int status = in_child(rows[i].body, NULL);

		assert_row(rows[i].name, WIFSIGNALED(status));
		assert_row_int(rows[i].name, WTERMSIG(status), SIGSYS);
	}
}

static void try_what_fails(const void *context)
{
	union bpf_attr attributes = { .map_type = BPF_MAP_TYPE_ARRAY };
	struct rlimit limit = { 0, 0 };
	void *page;

	(void)context;
	must(sandbox_seccomp());
	attributes.key_size = attributes.value_size = 4;
	attributes.max_entries = 1;
	refused(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)), EPERM);
	refused(syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes)), EPERM);
	refused(fork(), EPERM);
	refused(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0), EPERM);
	refused(syscall(SYS_clone3, NULL, 0), ENOSYS);
	refused(kill(getppid(), 0), EPERM);
	refused(socket(AF_PACKET, SOCK_RAW, 0), EPERM);
	refused(socket(AF_ALG, SOCK_SEQPACKET, 0), EPERM);
	refused(setrlimit(RLIMIT_NOFILE, &limit), EPERM);
	refused(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), EPERM);
	refused(syscall(SYS_personality, 0), EPERM);
	refused(setuid(0), EPERM);
	must(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		     0) == MAP_FAILED);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(page != MAP_FAILED);
	refused(mprotect(page, 4096, PROT_READ | PROT_EXEC), EPERM);
}

static void refused_calls(void **state)
{
	(void)state;
	assert_int_equal(in_child(try_what_fails, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(become),
		cmocka_unit_test(stay),
		cmocka_unit_test(unknown_user),
		cmocka_unit_test(landlock),
		cmocka_unit_test(system_files),
		cmocka_unit_test(deadly),
		cmocka_unit_test(refused_calls),
	};

	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
