/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One HTTPS GET, from its options to what is said of its end. Part of the fetcher, which gives it to
 * libcurl and takes it back.
 */
#ifndef EVIDENCE_FETCH_TRANSFER_H
#define EVIDENCE_FETCH_TRANSFER_H

#include <curl/curl.h>

#include "base/domain.h"
#include "base/text.h"
#include "evidence/fetch.h"

/* What all transfers of a fetcher have in common. */
struct transfer_settings {
	char *ca_file, *ca_folder; /* one of them, or neither: libcurl's default */
	char *proxy;
	unsigned int timeout;
	size_t max_bytes;
	uint16_t port;
};

struct transfer {
	const struct transfer_settings *settings;
	CURL *easy;                 /* NULL: not yet, or can't be, started */
	char host[DOMAIN_TEXT];     /* "": it was no host name */
	char *url, *media;
	struct curl_slist *resolve; /* the host's addresses; NULL: it has none */
	fetch_done *done;
	void *context;
	struct text body;
	size_t header_bytes;
	bool unwanted, too_large, headers_too_large; /* why the body was not taken */
	bool farewell;              /* TLS's, of the server */
	char error[CURL_ERROR_SIZE];
	struct transfer *next;      /* the fetcher's */
};

/* What is said of a transfer that has ended. */
struct verdict {
	enum fetch_status status;
	long http_status;
	struct text reason;
};

/* @settings must outlive it; all else is copied. */
struct transfer *transfer_new(const struct transfer_settings *settings, const char *host,
	const char *path, const struct addr *addresses, size_t count, const char *media);
void transfer_free(struct transfer *transfer);

/* Make transfer->easy. False: it can't be started, and *@verdict says why. */
bool transfer_open(struct transfer *transfer, struct verdict *verdict);

/* It has ended with @code. */
void transfer_judge(const struct transfer *transfer, CURLcode code, struct verdict *verdict);

/* Tell who asked. */
void transfer_tell(const struct transfer *transfer, const struct verdict *verdict);

#endif
