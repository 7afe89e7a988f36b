// SPDX-License-Identifier: BSD-2-Clause
#include "base/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

/* A path, or "@" and an abstract name. False: neither, or too long. */
static bool address_of(const char *name, struct sockaddr_un *address, socklen_t *length)
{
	size_t n = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || n < 2 || n >= sizeof(address->sun_path))
		return false;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path, name, n);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	*length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return true;
}

/*
 * Never waits: a manager that does not read is in no state to care. The socket is not kept, since
 * this is called some times a minute at most.
 */
static int send_message(const char *name, struct bytes message)
{
	struct sockaddr_un address;
	socklen_t length;
	int error = 0, fd;

	if (!address_of(name, &address, &length))
		return -EINVAL;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, message.p, message.n, MSG_NOSIGNAL, (struct sockaddr *)&address, length) < 0)
		error = -errno;
	close(fd);
	return error;
}

static void notify(const char *message)
{
	const char *name = getenv("NOTIFY_SOCKET");
	int error;

	if (!name || !*name)
		return;
	error = send_message(name, bytes_str(message));
	if (error)
		log_debug("notify: %s: %s", name, strerror(-error));
}

void notify_ready(void)
{
	notify("READY=1");
}

/* Managers of type notify-reload compare the time with that of their signal. */
void notify_reloading(void)
{
	struct text message = { 0 };
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	text_printf(&message, "RELOADING=1\nMONOTONIC_USEC=%lld",
		(long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	notify(message.s);
	text_free(&message);
}

void notify_stopping(void)
{
	notify("STOPPING=1");
}

void notify_status(const char *status)
{
	struct text message = { 0 };

	text_printf(&message, "STATUS=%.*s", (int)strcspn(status, "\n"), status);
	notify(message.s);
	text_free(&message);
}

void notify_watchdog(void)
{
	notify("WATCHDOG=1");
}

static bool number(const char *variable, uint64_t *out)
{
	const char *value = getenv(variable);

	return value && text_parse_uint(bytes_str(value), UINT64_MAX, out);
}

unsigned int notify_watchdog_interval(void)
{
	const uint64_t us_per_s = 1000000;
	uint64_t us, pid;

	if (!number("WATCHDOG_USEC", &us) || !us)
		return 0;
	if (getenv("WATCHDOG_PID") && (!number("WATCHDOG_PID", &pid) || pid != (uint64_t)getpid()))
		return 0;
	us /= 2 * us_per_s;
	return us > INT32_MAX ? INT32_MAX : us ? (unsigned int)us : 1;
}
