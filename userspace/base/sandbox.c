// SPDX-License-Identifier: BSD-2-Clause
#include "base/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

/*
 * The set that bounds what a program file may give. Without CAP_SETPCAP it can't be changed; then
 * no_new_privs alone keeps capabilities away.
 */
static int empty_bounding_set(void)
{
	for (unsigned long capability = 0;; capability++) {
		int held = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);

		if (held < 0) /* the kernel has no more */
			return 0;
		if (held && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
			return errno == EPERM ? 0 : -errno;
	}
}

static int change_user(const char *name)
{
	const struct passwd *user;

	errno = 0;
	user = getpwnam(name);
	if (!user)
		return errno ? -errno : -ENOENT;
	/* Who is that user already may have no right to set groups, and need not. */
	if (geteuid() == user->pw_uid && getuid() == user->pw_uid && user->pw_uid != 0)
		return 0;
	if (initgroups(name, user->pw_gid) < 0 ||
		setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
		setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
		return -errno;
	/* Should there be a way back, none of this is worth anything. */
	if (user->pw_uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return -EPERM;
	return 0;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	if (syscall(SYS_capset, &header, none) < 0)
		return -errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

bool sandbox_become(const char *user)
{
	int error = empty_bounding_set();

	if (!error && user)
		error = change_user(user);
	if (!error)
		error = drop_capabilities();
	if (!error)
		return true;
	if (error == -ENOENT)
		log_err("sandbox: there is no user %s", user);
	else
		log_err("sandbox: privileges can't be dropped%s%s: %s", user ? ", to user " : "",
			user ? user : "", strerror(-error));
	return false;
}
