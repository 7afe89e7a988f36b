// SPDX-License-Identifier: BSD-2-Clause
/*
 * Habits of libcurl are corrected here (RFC 8461 3.3): OpenSSL is told the host name by
 * ourselves, because libcurl falls back on the common name of a certificate without names; the
 * bound of a text is held in the write callback, because libcurl compares it with an announced
 * length only; and a text that may have been cut off is none.
 */
#include "evidence/fetch_transfer.h"

#include <stdlib.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/log.h"
#include "base/mem.h"

/* ms until TLS is up, where all of it may take longer: a dead host shall not fill its place so
 * long. */
#define CONNECT_TIMEOUT 30000

/* All header lines of a reply; honest ones have 2 KB. */
#define HEADERS_MAX 65536

#define PORT_HTTPS 443
#define HTTP_OK    200

/* Of a peer's words in a reason. */
#define SHOWN_MAX 120

static void set_verdict(struct verdict *verdict, enum fetch_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void set_verdict(struct verdict *verdict, enum fetch_status status, const char *format, ...)
{
	va_list args;

	verdict->status = status;
	va_start(args, format);
	text_vprintf(&verdict->reason, format, args);
	va_end(args);
}

/* "+": libcurl forgets it after a minute, so that its memory does not fill with hosts. */
static void add_addresses(struct transfer *transfer, const struct addr *addresses, size_t count)
{
	struct text entry = { 0 };
	char addr[ADDR_TEXT];

	if (!count)
		return;
	text_printf(&entry, "+%s:%u:", transfer->host, transfer->settings->port);
	for (size_t i = 0; i < count; i++)
		text_printf(&entry, addresses[i].length == 4 ? "%s%s" : "%s[%s]", i ? "," : "",
			addr_format(&addresses[i], addr));
	transfer->resolve = curl_slist_append(NULL, entry.s);
	text_free(&entry);
}

struct transfer *transfer_new(const struct transfer_settings *settings, const char *host,
	const char *path, const struct addr *addresses, size_t count, const char *media)
{
	struct transfer *transfer = mem_alloc(sizeof(*transfer));
	struct text url = { 0 };

	transfer->settings = settings;
	domain_normalise(bytes_str(host), transfer->host);
	text_printf(&url, "https://%s", transfer->host);
	if (settings->port != PORT_HTTPS)
		text_printf(&url, ":%u", settings->port);
	text_puts(&url, path);
	transfer->url = url.s;
	transfer->media = mem_strdup(media);
	add_addresses(transfer, addresses, count);
	return transfer;
}

void transfer_free(struct transfer *transfer)
{
	if (transfer->easy)
		curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->resolve);
	text_free(&transfer->body);
	free(transfer->url);
	free(transfer->media);
	free(transfer);
}

/* RFC 9110 8.3.1: type and subtype are compared without case; what follows a semicolon is ignored.
 */
static bool is_media(const char *got, const char *want)
{
	struct bytes type;

	if (!want)
		return true;
	if (!got)
		return false;
	type = bytes_of(got, strcspn(got, ";"));
	while (type.n && (type.p[type.n - 1] == ' ' || type.p[type.n - 1] == '\t'))
		type.n--;
	return text_is(type, want);
}

static long http_status(const struct transfer *transfer)
{
	long status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static const char *media_type(const struct transfer *transfer)
{
	const char *type = NULL;

	curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_TYPE, &type);
	return type;
}

/* NULL: there is none. */
static const char *header(const struct transfer *transfer, const char *name)
{
	struct curl_header *found;

	if (curl_easy_header(transfer->easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK)
		return NULL;
	return found->value;
}

/* A piece of the body. Anything but @n ends the transfer: nothing more is read than has a use. */
static size_t on_body(char *piece, size_t size, size_t n, void *context)
{
	struct transfer *transfer = context;

	(void)size; /* 1 */
	transfer->unwanted = http_status(transfer) != HTTP_OK ||
			     !is_media(media_type(transfer), transfer->media);
	if (transfer->unwanted)
		return 0;
	transfer->too_large = n > transfer->settings->max_bytes - transfer->body.n;
	if (transfer->too_large)
		return 0;
	text_add(&transfer->body, bytes_of(piece, n));
	return n;
}

/* A header line: libcurl bounds each, but keeps any number. */
static size_t on_header(char *line, size_t size, size_t n, void *context)
{
	struct transfer *transfer = context;

	(void)line;
	(void)size; /* 1 */
	transfer->header_bytes += n;
	transfer->headers_too_large = transfer->header_bytes > HEADERS_MAX;
	return transfer->headers_too_large ? 0 : n;
}

static void on_tls_event(const SSL *ssl, int where, int what)
{
	struct transfer *transfer = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	if (where == SSL_CB_READ_ALERT && (what & 0xff) == SSL_AD_CLOSE_NOTIFY)
		transfer->farewell = true;
}

/*
 * RFC 8461 3.3: only the names of the certificate count, never its subject, and an asterisk only as
 * the whole left-most label.
 */
static CURLcode on_tls_context(CURL *easy, void *tls, void *context)
{
	struct transfer *transfer = context;
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(tls);

	(void)easy;
	SSL_CTX_set_app_data(tls, transfer);
	SSL_CTX_set_info_callback(tls, on_tls_event);
	/* libcurl writes them where an environment variable says. */
	SSL_CTX_set_keylog_callback(tls, NULL);
	X509_VERIFY_PARAM_set_hostflags(
		param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return X509_VERIFY_PARAM_set1_host(param, transfer->host, 0) ? CURLE_OK
								     : CURLE_OUT_OF_MEMORY;
}

static bool set_what(struct transfer *transfer)
{
	CURL *easy = transfer->easy;

	return !curl_easy_setopt(easy, CURLOPT_URL, transfer->url) &&
	       !curl_easy_setopt(easy, CURLOPT_RESOLVE, transfer->resolve) &&
	       !curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) &&
	       !curl_easy_setopt(easy, CURLOPT_USERAGENT, "stripwatch/" VERSION) &&
	       !curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) &&
	       !curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error) &&
	       !curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) &&
	       !curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) &&
	       !curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) &&
	       !curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
}

static bool set_bounds(struct transfer *transfer)
{
	const struct transfer_settings *settings = transfer->settings;
	CURL *easy = transfer->easy;

	return !curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https") &&
	       !curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
	       !curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) &&
	       !curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L) &&
	       !curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) &&
	       !curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) &&
	       !curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)settings->timeout) &&
	       !curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT) &&
	       !curl_easy_setopt(
		       easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)settings->max_bytes) &&
	       /* Both, or libcurl asks the environment. */
	       !curl_easy_setopt(easy, CURLOPT_PROXY, settings->proxy ? settings->proxy : "") &&
	       !curl_easy_setopt(easy, CURLOPT_NOPROXY, settings->proxy ? "" : "*");
}

static bool set_tls(struct transfer *transfer)
{
	const struct transfer_settings *settings = transfer->settings;
	CURL *easy = transfer->easy;
	bool good;

	good = !curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	       !curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) &&
	       !curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) &&
	       !curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L) &&
	       !curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls_context) &&
	       !curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, transfer);
	/* The other one is NULL: without a folder, libcurl reads the file once and not each time.
	 */
	if (good && (settings->ca_file || settings->ca_folder))
		good = !curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file) &&
		       !curl_easy_setopt(easy, CURLOPT_CAPATH, settings->ca_folder);
	return good;
}

bool transfer_open(struct transfer *transfer, struct verdict *verdict)
{
	if (!transfer->host[0]) {
		set_verdict(verdict, FETCH_CONNECT, "no host name");
		return false;
	}
	if (!transfer->resolve) {
		set_verdict(verdict, FETCH_CONNECT, "no address");
		return false;
	}
	transfer->easy = curl_easy_init();
	if (transfer->easy && set_what(transfer) && set_bounds(transfer) && set_tls(transfer))
		return true;
	/* Rather not at all than without one of its conditions. */
	set_verdict(verdict, FETCH_BROKEN, "libcurl does not take an option");
	log_err("evidence: fetch: %s: %s", transfer->host, verdict->reason.s);
	return false;
}

/* libcurl's own words for an error, in which there may be the peer's. */
static void set_details(struct verdict *verdict, enum fetch_status status, const char *what,
	const struct transfer *transfer, CURLcode code)
{
	const char *words = transfer->error[0] ? transfer->error : curl_easy_strerror(code);

	set_verdict(verdict, status, "%s: ", what);
	text_printable(&verdict->reason, bytes_str(words), SHOWN_MAX);
}

/*
 * RFC 9112 9.8: a text that ends with the connection has lost its end, perhaps, unless TLS has said
 * farewell. Somebody on the way could cut a policy's max_age short; libcurl does not mind.
 */
static bool is_whole(const struct transfer *transfer)
{
	const char *encoding = header(transfer, "Transfer-Encoding");
	curl_off_t length = -1;

	curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	/* In chunks: libcurl waits for the last one. */
	return transfer->farewell || length >= 0 || (encoding && strcasestr(encoding, "chunked"));
}

/* The status, or the header that comes with it, says that this is no policy. */
static bool judge_headers(const struct transfer *transfer, CURLcode code, struct verdict *verdict)
{
	const char *location = header(transfer, "Location"), *type = media_type(transfer);

	if (verdict->http_status < HTTP_OK)
		return false; /* none, or one of those that announce another */
	if (verdict->http_status != HTTP_OK) {
		set_verdict(verdict, FETCH_HTTP, "HTTP %ld", verdict->http_status);
		if (location) {
			text_puts(&verdict->reason, ", redirect to ");
			text_printable(&verdict->reason, bytes_str(location), SHOWN_MAX);
		}
		return true;
	}
	/* All headers were there only if the body was reached. */
	if ((code != CURLE_OK && !transfer->unwanted) || is_media(type, transfer->media))
		return false;
	set_verdict(verdict, FETCH_MEDIA_TYPE, type ? "media type " : "no media type");
	text_printable(&verdict->reason, bytes_str(type ? type : ""), SHOWN_MAX);
	return true;
}

static void judge_certificate(const struct transfer *transfer, struct verdict *verdict)
{
	static const struct {
		long code;
		const char *words;
	} known[] = {
		{ X509_V_OK, "certificate is for another name" }, /* libcurl's own check */
		{ X509_V_ERR_HOSTNAME_MISMATCH, "certificate is for another name" },
		{ X509_V_ERR_CERT_HAS_EXPIRED, "certificate has expired" },
		{ X509_V_ERR_CERT_NOT_YET_VALID, "certificate is not yet valid" },
		{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "certificate is self-signed" },
		{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "unknown issuer" },
		{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "unknown issuer" },
		{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "unknown issuer" },
		{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "unknown issuer" },
	};
	long code = X509_V_OK;

	curl_easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &code);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (known[i].code == code) {
			set_verdict(verdict, FETCH_CERTIFICATE, "%s", known[i].words);
			return;
		}
	}
	set_verdict(
		verdict, FETCH_CERTIFICATE, "certificate: %s", X509_verify_cert_error_string(code));
}

static void judge_connection(
	const struct transfer *transfer, struct verdict *verdict, CURLcode code)
{
	const char *words;
	long error = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &error);
	words = error ? strerrordesc_np((int)error) : NULL;
	if (words)
		set_verdict(verdict, FETCH_CONNECT, "no connection: %s", words);
	else
		set_details(verdict, FETCH_CONNECT, "no connection", transfer, code);
}

static void judge_time(const struct transfer *transfer, struct verdict *verdict)
{
	unsigned int limit = transfer->settings->timeout;
	curl_off_t up = 0; /* when TLS was */
	bool connecting;

	curl_easy_getinfo(transfer->easy, CURLINFO_APPCONNECT_TIME_T, &up);
	connecting = !up && limit > CONNECT_TIMEOUT;
	limit = connecting ? CONNECT_TIMEOUT : limit;
	set_verdict(verdict, FETCH_TIMEOUT, connecting ? "no connection within " : "slower than ");
	text_printf(&verdict->reason, limit % 1000 ? "%u ms" : "%u s",
		limit % 1000 ? limit : limit / 1000);
}

static void judge_size(const struct transfer *transfer, struct verdict *verdict)
{
	size_t limit = transfer->settings->max_bytes;

	set_verdict(verdict, FETCH_TOO_LARGE, "larger than ");
	text_printf(&verdict->reason, limit % 1024 ? "%zu bytes" : "%zu KiB",
		limit % 1024 ? limit : limit / 1024);
}

static void judge_error(const struct transfer *transfer, struct verdict *verdict, CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
		judge_connection(transfer, verdict, code);
		break;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		set_details(verdict, FETCH_CONNECT, "connection broken off", transfer, code);
		break;
	case CURLE_OPERATION_TIMEDOUT:
		judge_time(transfer, verdict);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		judge_certificate(transfer, verdict);
		break;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE: /* ours */
	case CURLE_SSL_CERTPROBLEM:
		set_details(verdict, FETCH_TLS, "TLS", transfer, code);
		break;
	case CURLE_FILESIZE_EXCEEDED:
		judge_size(transfer, verdict);
		break;
	case CURLE_GOT_NOTHING:
		set_verdict(verdict, FETCH_BROKEN, "closed without an answer");
		break;
	case CURLE_PARTIAL_FILE:
		set_verdict(verdict, FETCH_BROKEN, "text is shorter than announced");
		break;
	default:
		set_details(verdict, FETCH_BROKEN, "no whole HTTP answer", transfer, code);
	}
}

void transfer_judge(const struct transfer *transfer, CURLcode code, struct verdict *verdict)
{
	verdict->http_status = http_status(transfer);
	if (judge_headers(transfer, code, verdict))
		return;
	if (transfer->too_large)
		judge_size(transfer, verdict);
	else if (transfer->headers_too_large)
		set_verdict(verdict, FETCH_BROKEN, "headers are larger than 64 KiB");
	else if (code != CURLE_OK)
		judge_error(transfer, verdict, code);
	else if (verdict->http_status != HTTP_OK)
		set_verdict(verdict, FETCH_BROKEN, "no HTTP status");
	else if (!is_whole(transfer))
		set_verdict(verdict, FETCH_BROKEN, "cut off: neither a length nor a farewell");
}

void transfer_tell(const struct transfer *transfer, const struct verdict *verdict)
{
	struct fetch_result result = {
		.status = verdict->status,
		.http_status = verdict->http_status,
		.reason = verdict->reason.n ? verdict->reason.s : "",
	};

	if (result.status == FETCH_OK)
		result.body = bytes_of(transfer->body.s, transfer->body.n);
	transfer->done(transfer->context, &result);
}
