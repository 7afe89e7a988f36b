// SPDX-License-Identifier: BSD-2-Clause
/*
 * listen: what live capture through libpcap hands up, as one capture file an interface. For tests,
 * which compare it with what tcpdump wrote.
 *
 *   listen -o FOLDER [-p PORT]... [-d] [-s SNAP] [-b BYTES] [-u USER] INTERFACE...
 *
 * -d: DNS answers too. -b: size of the buffer. -u: become this user once all is
 * open, and go into the sandbox of the daemon.
 *
 * Says what it listens to when it does, then obeys lines on standard input: "pause" (reads nothing,
 * so that the buffer fills), "go", "counters" (one line an interface, then ".": NAME up|down FRAMES
 * BYTES KERNEL-DROPPED INTERFACE-DROPPED), "end".
 * Exit status: 2 wrong usage, 1 it could not begin, 3 nothing more could come.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "capture/live_source.h"

#define FILES_MAX     (2 * LIVE_INTERFACES_MAX)
#define NS_PER_SECOND 1000000000

struct listen {
	struct live_params params;
	struct live_source_params source_params;
	const char *user; /* NULL: stay */
	const char *folder;
	void *source;
	bool paused;
	struct {
		const char *interface; /* the source's: lives as long as that */
		FILE *file;
	} files[FILES_MAX];
};

static void put_u32(FILE *file, uint32_t value)
{
	fwrite(&value, sizeof(value), 1, file);
}

/* The file of an interface, made when its first packet comes. */
static FILE *file_of(struct listen *listen, const struct packet *packet)
{
	struct text path = { 0 };
	FILE *file;
	size_t i;

	for (i = 0; i < FILES_MAX && listen->files[i].interface; i++)
		if (listen->files[i].interface == packet->interface)
			return listen->files[i].file;
	text_printf(&path, "%s/%s.pcap", listen->folder, packet->interface);
	file = i < FILES_MAX ? fopen(path.s, "we") : NULL;
	if (!file) {
		fprintf(stderr, "listen: %s: %s\n", path.s, strerror(errno));
		exit(1);
	}
	text_free(&path);
	put_u32(file, 0xa1b23c4d); /* times in ns */
	put_u32(file, 2 | 4 << 16);
	put_u32(file, 0);
	put_u32(file, 0);
	put_u32(file, 262144);
	put_u32(file, packet->link_type);
	listen->files[i].interface = packet->interface;
	listen->files[i].file = file;
	return file;
}

static void write_packet(void *context, const struct packet *packet)
{
	FILE *file = file_of(context, packet);

	put_u32(file, (uint32_t)(packet->time / NS_PER_SECOND));
	put_u32(file, (uint32_t)(packet->time % NS_PER_SECOND));
	put_u32(file, (uint32_t)packet->frame.n);
	put_u32(file, packet->wire_length);
	fwrite(packet->frame.p, 1, packet->frame.n, file);
	fflush(file);
}

static void say_counters(struct listen *listen)
{
	struct live_interface interfaces[LIVE_INTERFACES_MAX];
	size_t n = live_pcap_type.interfaces(listen->source, interfaces, LIVE_INTERFACES_MAX);

	for (size_t i = 0; i < n; i++) {
		const struct live_interface *interface = &interfaces[i];

		printf("%s %s %llu %llu %llu %llu\n", interface->name,
			interface->up ? "up" : "down",
			(unsigned long long)interface->counters[0].frames,
			(unsigned long long)interface->counters[0].bytes,
			(unsigned long long)interface->counters[1].frames,
			(unsigned long long)interface->counters[2].frames);
	}
	puts(".");
	fflush(stdout);
}

/* False: this is the end. */
static bool obey(struct listen *listen)
{
	char line[80];

	if (!fgets(line, sizeof(line), stdin))
		return false;
	if (strcmp(line, "pause\n") == 0)
		listen->paused = true;
	else if (strcmp(line, "go\n") == 0)
		listen->paused = false;
	else if (strcmp(line, "counters\n") == 0)
		say_counters(listen);
	return strcmp(line, "end\n") != 0;
}

static int run(struct listen *listen)
{
	const struct live_events events = { .packet = write_packet };
	struct pollfd fds[2] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = live_pcap_type.fd(listen->source), .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, listen->paused ? 1 : 2, -1) < 0)
			return 1;
		if (!listen->paused && fds[1].revents &&
			live_pcap_type.run(listen->source, &events, listen) < 0)
			return 3;
		if (fds[0].revents && !obey(listen))
			return 0;
	}
}

static bool options(struct listen *listen, int argc, char **argv)
{
	struct live_params *params = &listen->params;
	int option;

	while ((option = getopt(argc, argv, "o:p:ds:b:u:")) != -1) {
		if (option == 'o')
			listen->folder = optarg;
		else if (option == 'p' && params->port_count < LIVE_PORTS_MAX)
			params->ports[params->port_count++] = (uint16_t)atoi(optarg);
		else if (option == 'd')
			params->dns = true;
		else if (option == 's')
			params->snap = (uint32_t)atoi(optarg);
		else if (option == 'b')
			params->ring_bytes = (size_t)atol(optarg);
		else if (option == 'u')
			listen->user = optarg;
		else
			return false;
	}
	if (!listen->folder || argc - optind < 1 || argc - optind > LIVE_INTERFACES_MAX)
		return false;
	if (!params->port_count)
		params->ports[params->port_count++] = 25;
	listen->source_params.live = params;
	while (optind < argc)
		listen->source_params.interfaces[listen->source_params.interface_count++] =
			argv[optind++];
	return true;
}

static bool become(const struct listen *listen)
{
	const char *writable[] = { listen->folder, NULL };

	return !listen->user ||
	       (sandbox_become(listen->user) &&
		       sandbox_landlock(sandbox_system_files(), writable) && sandbox_seccomp());
}

int main(int argc, char **argv)
{
	struct listen listen = { 0 };
	struct text text = { 0 };
	int status = 1;

	if (!options(&listen, argc, argv)) {
		fputs("usage: listen -o FOLDER [-p PORT]... [-d] [-s SNAP] [-b BYTES] [-u USER]"
		      " INTERFACE...\n",
			stderr);
		return 2;
	}
	/* A line at a time, so that poll() knows of those that are still to be obeyed. */
	setvbuf(stdin, NULL, _IONBF, 0);
	log_set_level(LOG_LEVEL_INFO);
	listen.source = live_pcap_type.open(&listen.source_params, &text);
	if (!listen.source) {
		fprintf(stderr, "listen: %s\n", text.s);
		goto out;
	}
	if (!become(&listen))
		goto out;
	live_pcap_type.describe(listen.source, &text);
	puts(text.s);
	fflush(stdout);
	status = run(&listen);
out:
	live_pcap_type.close(listen.source);
	for (size_t i = 0; i < FILES_MAX && listen.files[i].file; i++)
		fclose(listen.files[i].file);
	text_free(&text);
	fflush(stdout);
	/* A leak sanitizer looks at threads as a debugger does, which the sandbox forbids. */
	if (listen.user)
		_exit(status);
	return status;
}
