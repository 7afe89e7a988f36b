// SPDX-License-Identifier: BSD-2-Clause
#include "capture/live_certs.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "bpf/cert_probe.skel.h"
#include "capture/library_scan.h"
#include "capture/live_cert_record.h"

/* Files that are attached to: each costs up to four descriptors, each container has three. */
#define FILES_MAX 96

/* Where a program of bpf/cert_probe.bpf.c belongs. */
static const struct hook {
	enum library_kind kind;
	const char *function;
	bool at_return;
	size_t program; /* offset in struct cert_probe */
} hooks[] = {
#define PROGRAM(name) offsetof(struct cert_probe, progs.name)
	{ LIBRARY_SSL, "SSL_new", false, PROGRAM(ssl_new) },
	{ LIBRARY_SSL, "SSL_get_verify_result", true, PROGRAM(openssl_verdict) },
	{ LIBRARY_CRYPTO, "d2i_X509", false, PROGRAM(openssl_parse) },
	{ LIBRARY_GNUTLS, "gnutls_pcert_import_x509_raw", false, PROGRAM(gnutls_peer) },
	{ LIBRARY_GNUTLS, "gnutls_certificate_get_peers", false, PROGRAM(gnutls_peers) },
	{ LIBRARY_GNUTLS, "gnutls_certificate_get_peers", true, PROGRAM(gnutls_peers_given) },
	{ LIBRARY_GNUTLS, "gnutls_certificate_verify_peers", false, PROGRAM(gnutls_verify) },
	{ LIBRARY_GNUTLS, "gnutls_certificate_verify_peers", true, PROGRAM(gnutls_verdict) },
#undef PROGRAM
};

#define HOOKS (sizeof(hooks) / sizeof(*hooks))

struct live_certs {
	struct cert_probe *probe;
	struct library_scan *scan;
	struct bpf_link *received;
	struct bpf_link *links[FILES_MAX][HOOKS];
	size_t files;
	size_t openssl, gnutls; /* of them */
	bool full;              /* that there are too many was said */
	uint32_t self;          /* process that was told to the probe last */
	struct sw_certificate room;
	const struct live_events *events;
	void *context;
	int64_t clock;
};

static void take(void *context, struct bytes record)
{
	struct live_certs *certs = context;
	struct live_certificate certificate;

	if (certs->events && certs->events->certificate &&
		live_cert_record(record, certs->clock, &certs->room, &certificate))
		certs->events->certificate(certs->context, &certificate);
}

/* 0, or -errno: -ENOENT where the file has no such function. */
static int attach(struct live_certs *certs, const char *path, size_t hook)
{
	LIBBPF_OPTS(bpf_uprobe_opts, options, .func_name = hooks[hook].function,
		.retprobe = hooks[hook].at_return);
	struct bpf_program *program =
		*(struct bpf_program **)(void *)((char *)certs->probe + hooks[hook].program);
	struct bpf_link *link = bpf_program__attach_uprobe_opts(program, -1, path, 0, &options);

	if (!link)
		return -errno;
	certs->links[certs->files][hook] = link;
	return 0;
}

static void say_refused(const struct library *library, const char *function, int error)
{
	char *name = text_printable_string(bytes_str(library->name), 200);

	if (error == -ENOENT)
		log_warn("capture: %s has no %s: not asked for certificates", name, function);
	else
		log_warn("capture: %s: %s: not asked for certificates: %s", name, function,
			strerror(-error));
	free(name);
}

static void say_attached(const struct library *library)
{
	char *name = text_printable_string(bytes_str(library->name), 200);

	log_debug("capture: certificates from %s (%s)", name, library->path);
	free(name);
}

static bool wants(enum library_kind kind, const struct hook *hook)
{
	return kind == hook->kind || kind == LIBRARY_NAMED;
}

/* How many of the hooks of this library are attached. */
static size_t attach_hooks(struct live_certs *certs, const struct library *library)
{
	size_t n = 0;

	for (size_t i = 0; i < HOOKS; i++) {
		int error;

		if (!wants(library->kind, &hooks[i]))
			continue;
		error = attach(certs, library->path, i);
		n += error == 0;
		/* A file that was named may be of any kind; one that is gone says nothing. */
		if (error && access(library->path, F_OK) == 0 && library->kind != LIBRARY_NAMED)
			say_refused(library, hooks[i].function, error);
	}
	return n;
}

static bool found(void *context, const struct library *library)
{
	struct live_certs *certs = context;

	if (certs->files == FILES_MAX) {
		if (!certs->full)
			log_warn("capture: more than %d TLS libraries: the others are not asked",
				FILES_MAX);
		certs->full = true;
		return true;
	}
	if (!attach_hooks(certs, library)) {
		if (library->kind == LIBRARY_NAMED)
			log_warn("capture: %s: no TLS library that can be asked for certificates",
				library->name);
		return access(library->path, F_OK) == 0;
	}
	say_attached(library);
	certs->openssl += library->kind == LIBRARY_CRYPTO;
	certs->gnutls += library->kind == LIBRARY_GNUTLS;
	certs->files++;
	return true;
}

static void watch(__u64 *bitmap, uint16_t port)
{
	bitmap[port / 64] |= 1ULL << port % 64;
}

static bool load(struct live_certs *certs, const struct live_params *params,
	const struct live_ring *ring, struct text *why)
{
	struct cert_probe *probe = certs->probe = cert_probe__open();
	int error = probe ? bpf_map__reuse_fd(probe->maps.ring, live_ring_map(ring)) : -errno;

	if (!error) {
		for (size_t i = 0; i < params->port_count; i++)
			watch(probe->rodata->watched, params->ports[i]);
		error = cert_probe__load(probe);
	}
	if (!error) {
		certs->received = bpf_program__attach_trace(probe->progs.received);
		error = certs->received ? 0 : -errno;
	}
	if (error)
		text_printf(why, "the kernel does not take the probe for TLS libraries (%s)",
			strerror(-error));
	return !error;
}

/* The probe's variables are mapped, and shared by all that come of the process that made them. */
static void exclude_self(struct live_certs *certs)
{
	uint32_t self = (uint32_t)getpid();
	uint32_t *own = certs->probe->bss->own;
	size_t i = 0;

	if (certs->self == self)
		return;
	while (i < SW_OWN_MAX - 1 && own[i])
		i++;
	own[i] = self;
	certs->self = self;
}

struct live_certs *live_certs_open(
	const struct live_params *params, struct live_ring *ring, struct text *why)
{
	struct live_certs *certs = mem_alloc(sizeof(*certs));

	if (!load(certs, params, ring, why)) {
		live_certs_close(certs);
		return NULL;
	}
	exclude_self(certs);
	certs->scan = library_scan_new(found, certs);
	for (size_t i = 0; i < params->library_count; i++)
		if (!library_scan_file(certs->scan, params->libraries[i]))
			log_warn("capture: %s: %s", params->libraries[i], strerror(errno));
	library_scan_processes(certs->scan);
	live_ring_set(ring, SW_CERTIFICATE, take, certs);
	live_ring_set(ring, SW_VERDICT, take, certs);
	return certs;
}

void live_certs_close(struct live_certs *certs)
{
	if (!certs)
		return;
	library_scan_free(certs->scan);
	for (size_t i = 0; i < certs->files; i++)
		for (size_t j = 0; j < HOOKS; j++)
			bpf_link__destroy(certs->links[i][j]);
	bpf_link__destroy(certs->received);
	cert_probe__destroy(certs->probe);
	free(certs);
}

void live_certs_aim(
	struct live_certs *certs, const struct live_events *events, void *context, int64_t clock)
{
	if (!certs)
		return;
	exclude_self(certs);
	certs->events = events;
	certs->context = context;
	certs->clock = clock;
}

void live_certs_maintain(struct live_certs *certs)
{
	if (!certs)
		return;
	exclude_self(certs);
	library_scan_processes(certs->scan);
}

void live_certs_describe(const struct live_certs *certs, struct text *text)
{
	if (!certs)
		return;
	text_printf(text, "certificates from %zu file%s of OpenSSL, %zu of GnuTLS", certs->openssl,
		certs->openssl == 1 ? "" : "s", certs->gnutls);
}
