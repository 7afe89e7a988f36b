// SPDX-License-Identifier: BSD-2-Clause
/*
 * libcurl's multi interface on our loop. A transfer waits, or it is under way in the multi handle.
 * Nobody is called from inside fetch_start(), nor from inside libcurl: a timer starts what waits,
 * and what has ended is collected after each of libcurl's turns.
 */
#include "evidence/fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "evidence/fetch_transfer.h"

/* RFC 8461 3.3: "a timeout of one minute and a 64 kilobyte limit". */
#define TIMEOUT_DEFAULT 60000
#define BYTES_DEFAULT   65536
#define PORT_DEFAULT    443

/* A survey's 200 domains, so that slow hosts hold up nobody. */
#define AT_ONCE_DEFAULT 256

struct fetcher {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer *timer; /* libcurl's */
	struct loop_timer *soon;  /* there is something to start */
	struct transfer_settings settings;
	size_t max_at_once;
	struct transfer *active;
	size_t active_count;
	struct transfer *waiting, **waiting_end;
};

const char *fetch_status_name(enum fetch_status status)
{
	static const char *const names[] = {
#define X(name, text, comment) [name] = text,
		FETCH_STATUS_LIST(X)
#undef X
	};

	return names[status];
}

static struct transfer *take_waiting(struct fetcher *fetcher)
{
	struct transfer *transfer = fetcher->waiting;

	if (!transfer)
		return NULL;
	fetcher->waiting = transfer->next;
	if (!fetcher->waiting)
		fetcher->waiting_end = &fetcher->waiting;
	return transfer;
}

static void add_active(struct fetcher *fetcher, struct transfer *transfer)
{
	transfer->next = fetcher->active;
	fetcher->active = transfer;
	fetcher->active_count++;
}

static void remove_active(struct fetcher *fetcher, struct transfer *transfer)
{
	struct transfer **at = &fetcher->active;

	while (*at != transfer)
		at = &(*at)->next;
	*at = transfer->next;
	fetcher->active_count--;
	curl_multi_remove_handle(fetcher->multi, transfer->easy);
}

/* @transfer is in no list any more. */
static void end(struct transfer *transfer, struct verdict *verdict)
{
	transfer_tell(transfer, verdict);
	transfer_free(transfer);
	text_free(&verdict->reason);
}

static void give_up(struct transfer *transfer)
{
	struct verdict verdict = { .status = FETCH_TIMEOUT };

	text_puts(&verdict.reason, "given up");
	end(transfer, &verdict);
}

static void start(struct fetcher *fetcher, struct transfer *transfer)
{
	struct verdict verdict = { 0 };

	if (!transfer_open(transfer, &verdict)) {
		end(transfer, &verdict);
		return;
	}
	add_active(fetcher, transfer);
	/* It sets the timer, and begins when that rings. */
	curl_multi_add_handle(fetcher->multi, transfer->easy);
}

static void start_waiting(struct fetcher *fetcher)
{
	struct transfer *transfer;

	while (fetcher->active_count < fetcher->max_at_once && (transfer = take_waiting(fetcher)))
		start(fetcher, transfer);
}

static void on_soon(void *context)
{
	start_waiting(context);
}

static void collect(struct fetcher *fetcher)
{
	struct transfer *transfer;
	struct verdict verdict;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(fetcher->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		verdict = (struct verdict){ 0 };
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
		transfer_judge(transfer, message->data.result, &verdict);
		remove_active(fetcher, transfer);
		end(transfer, &verdict);
	}
	start_waiting(fetcher);
}

static void act(struct fetcher *fetcher, curl_socket_t fd, int events)
{
	int running;

	curl_multi_socket_action(fetcher->multi, fd, events, &running);
	collect(fetcher);
}

static void on_timer(void *context)
{
	act(context, CURL_SOCKET_TIMEOUT, 0);
}

static void on_socket(void *context, int fd, unsigned int events)
{
	act(context, fd,
		(events & LOOP_READ ? CURL_CSELECT_IN : 0) |
			(events & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

/* libcurl's wish for a timer: ms, or -1 for none. */
static int on_curl_timer(CURLM *multi, long ms, void *context)
{
	struct fetcher *fetcher = context;

	(void)multi;
	if (ms < 0)
		loop_timer_clear(fetcher->timer);
	else
		loop_timer_set(fetcher->timer, (uint64_t)ms);
	return 0;
}

/* libcurl's wish to know about a socket, with which it keeps our watch. */
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *kept)
{
	struct fetcher *fetcher = context;
	struct loop_watch *watch = kept;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		loop_watch_free(watch);
		curl_multi_assign(fetcher->multi, fd, NULL);
		return 0;
	}
	if (!watch) {
		watch = loop_watch_new(fetcher->loop, fd, on_socket, fetcher);
		curl_multi_assign(fetcher->multi, fd, watch);
	}
	if (watch)
		loop_watch_set(watch, (what & CURL_POLL_IN ? LOOP_READ : 0u) |
					      (what & CURL_POLL_OUT ? LOOP_WRITE : 0u));
	return 0;
}

static bool set_anchors(struct transfer_settings *settings, const char *ca)
{
	struct stat st;

	if (!ca) {
		/* By its name, so that the folder, which is the same once more, can be left out. */
		ca = curl_version_info(CURLVERSION_NOW)->cainfo;
		if (ca && access(ca, R_OK) == 0)
			settings->ca_file = mem_strdup(ca);
		return true;
	}
	if (stat(ca, &st) < 0 || access(ca, R_OK) < 0) {
		log_err("evidence: fetch: %s: %s", ca, strerror(errno));
		return false;
	}
	*(S_ISDIR(st.st_mode) ? &settings->ca_folder : &settings->ca_file) = mem_strdup(ca);
	return true;
}

static bool open_multi(struct fetcher *fetcher)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		fetcher->multi = curl_multi_init();
	if (!fetcher->multi ||
		curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer) ||
		curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher) ||
		curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket) ||
		curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher)) {
		log_err("evidence: fetch: libcurl can't be used");
		return false;
	}
	return true;
}

struct fetcher *fetcher_new(struct loop *loop, const struct fetch_params *params)
{
	struct fetcher *fetcher = mem_alloc(sizeof(*fetcher));

	fetcher->loop = loop;
	fetcher->timer = loop_timer_new(loop, on_timer, fetcher);
	fetcher->soon = loop_timer_new(loop, on_soon, fetcher);
	fetcher->settings.proxy = mem_strdup(params->proxy);
	fetcher->settings.timeout = params->timeout ? params->timeout : TIMEOUT_DEFAULT;
	fetcher->settings.max_bytes = params->max_bytes ? params->max_bytes : BYTES_DEFAULT;
	fetcher->settings.port = params->port ? params->port : PORT_DEFAULT;
	fetcher->max_at_once = params->max_at_once ? params->max_at_once : AT_ONCE_DEFAULT;
	fetcher->waiting_end = &fetcher->waiting;
	if (set_anchors(&fetcher->settings, params->ca) && open_multi(fetcher))
		return fetcher;
	fetcher_free(fetcher);
	return NULL;
}

void fetcher_free(struct fetcher *fetcher)
{
	struct transfer *transfer;

	if (!fetcher)
		return;
	while ((transfer = fetcher->active)) {
		remove_active(fetcher, transfer);
		give_up(transfer);
	}
	while ((transfer = take_waiting(fetcher)))
		give_up(transfer);
	if (fetcher->multi)
		curl_multi_cleanup(fetcher->multi);
	curl_global_cleanup();
	loop_timer_free(fetcher->timer);
	loop_timer_free(fetcher->soon);
	free(fetcher->settings.ca_file);
	free(fetcher->settings.ca_folder);
	free(fetcher->settings.proxy);
	free(fetcher);
}

void fetch_start(struct fetcher *fetcher, const char *host, const char *path,
	const struct addr *addresses, size_t count, const char *media, fetch_done *done,
	void *context)
{
	struct transfer *transfer =
		transfer_new(&fetcher->settings, host, path, addresses, count, media);

	transfer->done = done;
	transfer->context = context;
	*fetcher->waiting_end = transfer;
	fetcher->waiting_end = &transfer->next;
	loop_timer_set(fetcher->soon, 0);
}
