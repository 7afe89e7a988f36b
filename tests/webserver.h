/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An HTTPS server in processes of its own, on a port of 127.0.0.1: one that behaves, and all the others.
 */
#ifndef TESTS_WEBSERVER_H
#define TESTS_WEBSERVER_H

#include <sys/types.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "harness.h"

enum web_manner {
	WEB_REPLY,         /* sends .reply and closes */
	WEB_CUT,           /* the same without TLS's own farewell */
	WEB_ENDLESS,       /* sends .reply, and then its last 1000 bytes for ever */
	WEB_DRIP,          /* sends .reply, and then a byte every 20 ms */
	WEB_SILENT,        /* reads the request, and that's all */
	WEB_CLOSE,         /* reads the request, and closes */
	WEB_STALL,         /* no TLS, nothing at all */
	WEB_RESET,         /* RST in place of TLS */
	WEB_PLAIN,         /* HTTP in clear */
	WEB_OLD_TLS,       /* TLS 1.1 at most */
	WEB_TENTH_SILENT,  /* WEB_REPLY, but each tenth connection is WEB_SILENT */
};

struct webserver {
	pid_t pid;
	uint16_t port;
};

struct webserver webserver_start(enum web_manner manner, X509 *certificate, EVP_PKEY *key,
	struct bytes reply);
void webserver_stop(struct webserver server);

#endif
