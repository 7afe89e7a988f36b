// SPDX-License-Identifier: BSD-2-Clause
/*
 * Landlock (Linux 5.13), by its system calls: the C library has no functions for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sandbox.h"

/* Of later kernels than the headers may be of. */
#define ACCESS_TRUNCATE  (UINT64_C(1) << 14)
#define ACCESS_IOCTL_DEV (UINT64_C(1) << 15)

/* Rights that each version of Landlock knows: what it does not know, it must not be asked for. */
static const uint64_t known[] = {
	[1] = (UINT64_C(1) << 13) - 1,
	[2] = (UINT64_C(1) << 14) - 1, /* moves between folders */
	[3] = (UINT64_C(1) << 15) - 1, /* truncation */
	[4] = (UINT64_C(1) << 15) - 1,
	[5] = (UINT64_C(1) << 16) - 1, /* ioctl on devices */
};

/* Those that a file has; the others are of folders. */
#define OF_FILES                                                                                   \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |                               \
		LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE | ACCESS_IOCTL_DEV)

#define TO_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

#define TO_WRITE                                                                                   \
	(TO_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE | LANDLOCK_ACCESS_FS_MAKE_REG | \
		LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |                     \
		LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK |                     \
		LANDLOCK_ACCESS_FS_REFER)

const char *const *sandbox_system_files(void)
{
	/* What /etc/resolv.conf may be a link to stands under /run. */
	static const char *const files[] = {
		"/etc",
		"/usr",
		"/lib",
		"/lib64",
		"/proc",
		"/sys/class/net",
		"/sys/devices",
		"/dev/null",
		"/dev/urandom",
		"/run/systemd/resolve",
		"/run/resolvconf",
		"/run/NetworkManager",
		NULL,
	};

	return files;
}

static int add(int rules, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {
		.parent_fd = open(path, O_PATH | O_CLOEXEC),
	};
	struct stat status;
	int error = 0;

	if (rule.parent_fd < 0)
		return -errno;
	if (fstat(rule.parent_fd, &status) < 0)
		error = -errno;
	if (!error) {
		rule.allowed_access = S_ISDIR(status.st_mode) ? access : access & OF_FILES;
		if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
			error = -errno;
	}
	close(rule.parent_fd);
	return error;
}

static bool add_all(int rules, const char *const *paths, uint64_t access)
{
	for (; *paths; paths++) {
		int error = add(rules, *paths, access);

		/* What can't be reached could not be opened either. */
		if (error == -ENOENT || error == -EACCES || error == -ENOTDIR)
			continue;
		if (error) {
			log_err("sandbox: %s: Landlock: %s", *paths, strerror(-error));
			return false;
		}
	}
	return true;
}

static bool restrict_self(int rules)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		syscall(SYS_landlock_restrict_self, rules, 0) == 0)
		return true;
	log_err("sandbox: Landlock: %s", strerror(errno));
	return false;
}

bool sandbox_landlock(const char *const *readable, const char *const *writable)
{
	const long newest = sizeof(known) / sizeof(*known) - 1;
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attributes = { 0 };
	int rules;
	bool done;

	if (version < 1) {
		log_info("sandbox: the kernel has no Landlock: files are protected by their owners "
			 "only");
		return true;
	}
	attributes.handled_access_fs = known[version < newest ? version : newest];
	rules = (int)syscall(
		SYS_landlock_create_ruleset, &attributes, sizeof(attributes.handled_access_fs), 0);
	if (rules < 0) {
		log_err("sandbox: Landlock: %s", strerror(errno));
		return false;
	}
	done = add_all(rules, readable, TO_READ & attributes.handled_access_fs) &&
	       add_all(rules, writable, TO_WRITE & attributes.handled_access_fs) &&
	       restrict_self(rules);
	close(rules);
	return done;
}
