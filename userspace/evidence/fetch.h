/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTPS GET of small texts as RFC 8461 3.3 asks: the certificate verified for the host's own SAN DNS
 * name, no redirects, no HTTP cache, no proxy unless configured, bounded in time and size. By libcurl,
 * many at once.
 */
#ifndef EVIDENCE_FETCH_H
#define EVIDENCE_FETCH_H

#include "base/addr.h"
#include "evidence/loop.h"

#define FETCH_STATUS_LIST(X)                                                           \
	X(FETCH_OK, "ok", "200, and the whole text")                                   \
	X(FETCH_CONNECT, "connect", "refused, reset or unreachable")                   \
	X(FETCH_TIMEOUT, "timeout", "not done within the time")                        \
	X(FETCH_CERTIFICATE, "certificate", "not trusted, out of date, or another name") \
	X(FETCH_TLS, "tls", "the handshake failed")                                    \
	X(FETCH_HTTP, "http", "a status other than 200; redirects too")                \
	X(FETCH_TOO_LARGE, "too-large", "more than the bound")                         \
	X(FETCH_MEDIA_TYPE, "media-type", "not text/plain")                            \
	X(FETCH_BROKEN, "broken", "no whole HTTP answer")

enum fetch_status {
#define X(name, text, comment) name,
	FETCH_STATUS_LIST(X)
#undef X
};

const char *fetch_status_name(enum fetch_status status);

struct fetch_params {
	const char *ca;          /* PEM file or directory; NULL: the system's */
	const char *proxy;       /* "http://HOST:PORT"; NULL: none, whatever the environment says */
	unsigned int timeout;    /* ms, all of it, from its start; 0: 60000 */
	size_t max_bytes;        /* 0: 65536 */
	size_t max_at_once;      /* 0: 256; the rest queues, and is not yet started */
	uint16_t port;           /* 0: 443 */
};

struct fetch_result {
	enum fetch_status status;
	long http_status;        /* 0: none came */
	struct bytes body;       /* valid where status is FETCH_OK */
	const char *reason;      /* for people: "HTTP 404", "certificate has expired", …; printable ASCII */
};

/*
 * Called once, never from inside fetch_start(); it may start others, but not free the fetcher. @result is
 * borrowed until return.
 */
typedef void fetch_done(void *context, const struct fetch_result *result);

struct fetcher;

/* NULL when @params can't be used: logged. */
struct fetcher *fetcher_new(struct loop *loop, const struct fetch_params *params);
/* What is under way, and what is started meanwhile, ends with FETCH_TIMEOUT first. */
void fetcher_free(struct fetcher *fetcher);

/*
 * GET https://@host@path from one of @addresses, which are tried in their order, IPv4 and IPv6 side by side.
 * @media: wanted media type, its parameters ignored; NULL: any.
 */
void fetch_start(struct fetcher *fetcher, const char *host, const char *path,
	const struct addr *addresses, size_t count, const char *media, fetch_done *done,
	void *context);

#endif
