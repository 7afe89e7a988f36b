// SPDX-License-Identifier: BSD-2-Clause
/*
 * JSON Lines to a file or to a descriptor. A line is one write, so that what others append to the
 * same file stands before or behind it. What was taken in part is completed or taken back; where
 * neither can be done (a pipe, somebody else's line behind it), the torn line is ended before the
 * next one.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "sink/outlet.h"
#include "sink/trouble.h"

/* Events are for the operator and a group of his choice. */
#define FILE_MODE 0640

/* For a reader that is slow: then what it did not take is lost. */
#define PATIENCE_MS 100

struct outlet_file {
	struct outlet outlet;
	char *path; /* NULL: the descriptor is the caller's */
	int fd;
	bool torn; /* the last line has no end */
	struct trouble trouble;
};

static const char *name_of(const struct outlet_file *file)
{
	return file->path ? file->path : "output";
}

/* Nobody who reads a FIFO is no reason to wait. */
static int open_file(const char *path)
{
	return open(
		path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, FILE_MODE);
}

/* Room came up in a pipe, before our patience was over; in trouble there is none left. */
static bool wait_for_room(const struct outlet_file *file)
{
	struct pollfd poll_fd = { .fd = file->fd, .events = POLLOUT };

	return !file->trouble.told && poll(&poll_fd, 1, PATIENCE_MS) > 0;
}

/* How much of @b was written; all of it, or errno says why not. */
static size_t write_all(const struct outlet_file *file, struct bytes b)
{
	size_t done = 0;

	while (done < b.n) {
		ssize_t n = write(file->fd, b.p + done, b.n - done);

		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno != EINTR && (errno != EAGAIN || !wait_for_room(file)))
			break;
	}
	return done;
}

/* Take back the last @n bytes. False: they can't be, or are not the last any more. */
static bool take_back(const struct outlet_file *file, size_t n)
{
	off_t end = lseek(file->fd, 0, SEEK_CUR);
	off_t last = end < 0 ? end : lseek(file->fd, 0, SEEK_END);

	return last >= 0 && end == last && ftruncate(file->fd, end - (off_t)n) == 0;
}

static bool deliver(struct outlet *outlet, const struct document *document)
{
	struct outlet_file *file = (struct outlet_file *)outlet;
	struct bytes line = bytes_of(document->json, document->length);
	size_t done;
	int error;

	if (file->torn)
		file->torn = write_all(file, bytes_str("\n")) == 0;
	done = file->torn ? 0 : write_all(file, line);
	if (done == line.n) {
		trouble_passed(&file->trouble, trouble_clock(), name_of(file));
		return true;
	}
	error = errno;
	if (done > 0)
		file->torn = !take_back(file, done);
	trouble_lost(&file->trouble, trouble_clock(), name_of(file), strerror(error));
	return false;
}

static void reopen(struct outlet *outlet)
{
	struct outlet_file *file = (struct outlet_file *)outlet;
	int fd = open_file(file->path);

	if (fd < 0) {
		log_err("sink: %s: %s; the old file is written on", file->path, strerror(errno));
		return;
	}
	close(file->fd);
	file->fd = fd;
	file->torn = false;
}

static void file_free(struct outlet *outlet)
{
	struct outlet_file *file = (struct outlet_file *)outlet;

	if (file->path)
		close(file->fd);
	free(file->path);
	free(file);
}

struct outlet *outlet_file_new(const char *path, const struct outlet_params *params)
{
	static const struct outlet_class class = { "file", deliver, reopen, NULL, file_free };
	struct outlet_file *file;
	int fd = open_file(path);

	if (fd < 0) {
		log_err("sink: %s: %s", path, strerror(errno));
		return NULL;
	}
	file = mem_alloc(sizeof(*file));
	outlet_init(&file->outlet, &class, params);
	file->path = mem_strdup(path);
	file->fd = fd;
	return &file->outlet;
}

struct outlet *outlet_fd_new(int fd, const struct outlet_params *params)
{
	static const struct outlet_class class = { "fd", deliver, NULL, NULL, file_free };
	struct outlet_file *file = mem_alloc(sizeof(*file));

	outlet_init(&file->outlet, &class, params);
	file->fd = fd;
	return &file->outlet;
}
