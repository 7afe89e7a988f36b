// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/notify.h"

struct manager {
	char name[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd;
};

/* @name: "@" and an abstract name, or a path. */
static void listen_as(struct manager *manager, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t n = strlen(name);

	snprintf(manager->name, sizeof(manager->name), "%s", name);
	memcpy(address.sun_path, name, n);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	manager->fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_true(manager->fd >= 0);
	assert_int_equal(bind(manager->fd, (struct sockaddr *)&address,
				 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
		0);
	setenv("NOTIFY_SOCKET", name, 1);
}

static void stop_listening(struct manager *manager)
{
	unsetenv("NOTIFY_SOCKET");
	close(manager->fd);
	if (manager->name[0] == '/')
		unlink(manager->name);
}

/* A datagram that was sent is there: nothing is waited for. */
static const char *heard(struct manager *manager, char *message, size_t size)
{
	ssize_t n = recv(manager->fd, message, size - 1, MSG_DONTWAIT);

	if (n < 0)
		return NULL;
	message[n] = '\0';
	return message;
}

static void all_messages(struct manager *manager)
{
	char message[200];
	struct timespec now;
	long long us, us_now;

	notify_ready();
	assert_string_equal(heard(manager, message, sizeof(message)), "READY=1");
	notify_stopping();
	assert_string_equal(heard(manager, message, sizeof(message)), "STOPPING=1");
	notify_watchdog();
	assert_string_equal(heard(manager, message, sizeof(message)), "WATCHDOG=1");
	notify_status("watching eth0\nREADY=0");
	assert_string_equal(heard(manager, message, sizeof(message)), "STATUS=watching eth0");
	notify_reloading();
	assert_int_equal(sscanf(heard(manager, message, sizeof(message)),
				 "RELOADING=1\nMONOTONIC_USEC=%lld", &us),
		1);
	clock_gettime(CLOCK_MONOTONIC, &now);
	us_now = (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	assert_in_range(us, us_now - 60000000, us_now);
	assert_null(heard(manager, message, sizeof(message)));
}

static void abstract_socket(void **state)
{
	struct manager manager;
	char name[60];

	(void)state;
	snprintf(name, sizeof(name), "@stripwatch-test-%d", (int)getpid());
	listen_as(&manager, name);
	all_messages(&manager);
	stop_listening(&manager);
}

static void socket_with_path(void **state)
{
	struct manager manager;
	char name[60];

	(void)state;
	snprintf(name, sizeof(name), "/tmp/stripwatch-test-%d", (int)getpid());
	listen_as(&manager, name);
	all_messages(&manager);
	stop_listening(&manager);
}

/* Neither waits nor ends the program. */
static void nobody_there(void **state)
{
	char long_name[300];

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	notify_ready();
	setenv("NOTIFY_SOCKET", "", 1);
	notify_ready();
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify_ready();
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	notify_ready();
	memset(long_name, 'x', sizeof(long_name));
	long_name[0] = '/';
	long_name[sizeof(long_name) - 1] = '\0';
	setenv("NOTIFY_SOCKET", long_name, 1);
	notify_ready();
	unsetenv("NOTIFY_SOCKET");
}

static void manager_that_does_not_read(void **state)
{
	struct manager manager;
	char name[60];

	(void)state;
	snprintf(name, sizeof(name), "@stripwatch-test-%d", (int)getpid());
	listen_as(&manager, name);
	for (int i = 0; i < 10000; i++)
		notify_watchdog();
	stop_listening(&manager);
}

static void watchdog(void **state)
{
	char ours[20];
	const struct {
		const char *name, *us, *pid;
		unsigned int want;
	} rows[] = {
		{ "not asked for", NULL, NULL, 0 },
		{ "for all", "30000000", NULL, 15 },
		{ "for us", "30000000", ours, 15 },
		{ "often", "1000000", NULL, 1 },
		{ "never", "0", NULL, 0 },
		{ "for another", "30000000", "1", 0 },
		{ "no number", "30s", NULL, 0 },
		{ "no process", "30000000", "x", 0 },
		{ "very long", "18446744073709551615", NULL, INT32_MAX },
	};

	(void)state;
	snprintf(ours, sizeof(ours), "%d", (int)getpid());
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsetenv("WATCHDOG_USEC");
		unsetenv("WATCHDOG_PID");
		if (rows[i].us)
			setenv("WATCHDOG_USEC", rows[i].us, 1);
		if (rows[i].pid)
			setenv("WATCHDOG_PID", rows[i].pid, 1);
		assert_row_int(rows[i].name, notify_watchdog_interval(), rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(abstract_socket),
		cmocka_unit_test(socket_with_path),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(manager_that_does_not_read),
		cmocka_unit_test(watchdog),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
