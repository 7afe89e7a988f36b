// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a daemon does all day still works when all steps of the sandbox are taken.
 */
#include "harness.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netdb.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

#include "base/log.h"
#include "base/notify.h"
#include "base/queue.h"
#include "base/sandbox.h"
#include "capture/link_news.h"
#include "child.h"
#include "evidence/loop.h"
#include "forge.h"
#include "webserver.h"

struct place {
	char folder[40]; /* of the daemon's own */
	char anchor[60]; /* of the web server, in it */
	struct webserver server;
	char manager[40]; /* the name of the socket of the service manager */
	int manager_fd;
	int map; /* of BPF; -1: can't be had here */
};

static void database(const struct place *place)
{
	char path[80], *said = NULL;
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/db", place->folder);
	must(sqlite3_open(path, &db) == SQLITE_OK);
	must(sqlite3_exec(db,
		     "pragma journal_mode = wal; pragma synchronous = full; pragma mmap_size = "
		     "1000000;"
		     "create table t (a); begin; insert into t values (randomblob(100000)); commit;"
		     "pragma wal_checkpoint(truncate); delete from t; vacuum",
		     NULL, NULL, &said) == SQLITE_OK);
	must(!said);
	must(sqlite3_close(db) == SQLITE_OK);
}

/* As evidence and spool files are written. */
static void files(const struct place *place)
{
	int folder = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int file = openat(folder, ".new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	must(folder >= 0 && file >= 0);
	must(write(file, "x", 1) == 1 && fsync(file) == 0 && fchmod(file, 0640) == 0);
	must(close(file) == 0);
	must(renameat(folder, ".new", folder, "new") == 0 && fsync(folder) == 0);
	must(unlinkat(folder, "new", 0) == 0);
	close(folder);
}

static void *put(void *context)
{
	must(pthread_setname_np(pthread_self(), "put") == 0);
	must(queue_put(context, context));
	return NULL;
}

static void threads(void)
{
	struct queue *queue = queue_new(4);
	struct pollfd fd = { .events = POLLIN };
	pthread_t thread;

	must(queue);
	fd.fd = queue_fd(queue);
	must(pthread_create(&thread, NULL, put, queue) == 0);
	must(poll(&fd, 1, 60000) == 1);
	must(queue_take(queue) == queue);
	must(pthread_join(thread, NULL) == 0);
	queue_free(queue);
}

static void ring(void *context)
{
	loop_stop(context);
}

static void timers(void)
{
	struct loop *loop = loop_new();
	struct loop_timer *timer = loop ? loop_timer_new(loop, ring, loop) : NULL;
	unsigned char random[32];

	must(timer);
	loop_timer_set(timer, 1);
	loop_run(loop);
	loop_timer_free(timer);
	loop_free(loop);
	must(getrandom(random, sizeof(random), 0) == sizeof(random));
}

static void names(void)
{
	struct addrinfo *list = NULL, hints = { .ai_socktype = SOCK_STREAM };

	must(getaddrinfo("localhost", "25", &hints, &list) == 0 && list);
	freeaddrinfo(list);
}

static void interfaces(void)
{
	char name[IF_NAMESIZE] = "";
	int fd = link_news_open();
	bool up = false;

	must(fd >= 0);
	must(link_look(fd, if_nametoindex("lo"), name, &up) && strcmp(name, "lo") == 0);
	close(fd);
}

static void web(const struct place *place)
{
	CURL *curl = curl_easy_init();
	char url[60];
	long code = 0;

	snprintf(url, sizeof(url), "https://localhost:%u/", place->server.port);
	must(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CAINFO, place->anchor);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
	curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	must(curl_easy_perform(curl) == CURLE_OK);
	must(curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK && code == 200);
	curl_easy_cleanup(curl);
}

static void status_socket(const struct place *place)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	char byte;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", place->folder);
	must(bind(server, (struct sockaddr *)&address, sizeof(address)) == 0);
	must(listen(server, 1) == 0);
	must(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
	must(write(client, "x", 1) == 1);
	must(read(accept(server, NULL, NULL), &byte, 1) == 1);
	must(unlink(address.sun_path) == 0);
}

/* Not made here, but read and written: what the analysis does with the kernel's probe. */
static void map(const struct place *place)
{
	uint32_t key = 0, value = 7, got = 0;
	union bpf_attr attributes = { .map_fd = (uint32_t)place->map };

	if (place->map < 0)
		return;
	attributes.key = (uintptr_t)&key;
	attributes.value = (uintptr_t)&value;
	must(syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attributes, sizeof(attributes)) == 0);
	attributes.value = (uintptr_t)&got;
	must(syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attributes, sizeof(attributes)) == 0);
	must(got == value);
}

static void work(const void *context)
{
	const struct place *place = context;
	const char *writable[] = { place->folder, NULL };

	if (geteuid() == 0)
		must(sandbox_become("nobody"));
	must(sandbox_landlock(sandbox_system_files(), writable));
	must(sandbox_seccomp());
	database(place);
	files(place);
	threads();
	timers();
	names();
	interfaces();
	web(place);
	status_socket(place);
	map(place);
	setenv("NOTIFY_SOCKET", place->manager, 1);
	notify_ready();
	log_err("test: a line can still be said");
}

static int open_map(void)
{
	union bpf_attr attributes = { .map_type = BPF_MAP_TYPE_ARRAY };

	attributes.key_size = attributes.value_size = sizeof(uint32_t);
	attributes.max_entries = 1;
	return (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes));
}

static void open_manager(struct place *place)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int n = snprintf(
		place->manager, sizeof(place->manager), "@stripwatch-work-%d", (int)getpid());

	memcpy(address.sun_path + 1, place->manager + 1, (size_t)n - 1);
	place->manager_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_int_equal(bind(place->manager_fd, (struct sockaddr *)&address,
				 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)),
		0);
}

static void write_anchor(const struct place *place, const struct forged *ca)
{
	FILE *file = fopen(place->anchor, "we");

	assert_non_null(file);
	assert_true(PEM_write_X509(file, ca->x));
	fclose(file);
	assert_int_equal(chmod(place->anchor, 0644), 0);
}

static void works(void **state)
{
	int64_t now = time(NULL);
	struct forged ca = forge((struct order){
		.common_name = "CA", .ca = true, .from = now - DAY, .until = now + DAY });
	struct forged certificate = forge((struct order){
		.issuer = &ca, .san = "DNS:localhost", .from = now - DAY, .until = now + DAY });
	struct place place = { .map = open_map() };
	char command[60], message[20] = "";

	(void)state;
	snprintf(place.folder, sizeof(place.folder), "/tmp/stripwatch-work-%d", (int)getpid());
	snprintf(place.anchor, sizeof(place.anchor), "%s/anchor.pem", place.folder);
	assert_int_equal(mkdir(place.folder, 0700), 0);
	assert_int_equal(chmod(place.folder, 0777), 0);
	write_anchor(&place, &ca);
	place.server = webserver_start(WEB_REPLY, certificate.x, certificate.key,
		BYTES("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
	open_manager(&place);

	assert_int_equal(in_child(work, &place), 0);
	assert_int_equal(recv(place.manager_fd, message, sizeof(message) - 1, MSG_DONTWAIT), 7);
	assert_string_equal(message, "READY=1");

	webserver_stop(place.server);
	close(place.manager_fd);
	if (place.map >= 0)
		close(place.map);
	forge_free(&certificate);
	forge_free(&ca);
	snprintf(command, sizeof(command), "rm -rf %s", place.folder);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(works),
	};

	return cmocka_run_group_tests_name("sandbox at work", tests, NULL, NULL);
}
