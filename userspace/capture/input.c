// SPDX-License-Identifier: BSD-2-Clause
#include "capture/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

/* Longest name that messages give in full. */
#define MAX_LABEL 400

static bool is_standard_input(const char *path)
{
	return strcmp(path, "-") == 0;
}

static bool open_descriptor(struct input *in, const char *path)
{
	struct stat st;

	in->fd = is_standard_input(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0 || fstat(in->fd, &st) != 0) {
		input_fault(in, "%s", strerror(errno));
		return false;
	}
	in->seekable = S_ISREG(st.st_mode) && !is_standard_input(path);
	in->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	if (in->seekable)
		posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	in->room = in->chunk;
	in->buffer = mem_realloc(NULL, in->room);
	in->start = in->end = 0;
	in->base = 0;
	in->ended = false;
	return true;
}

bool input_open(struct input *in, const char *path, size_t chunk)
{
	*in = (struct input){ .fd = -1, .chunk = chunk };
	in->label = is_standard_input(path) ? mem_strdup("standard input")
					    : text_printable_string(bytes_str(path), MAX_LABEL);
	return open_descriptor(in, path);
}

void input_open_bytes(struct input *in, struct bytes all, const char *label)
{
	*in = (struct input){
		.label = mem_strdup(label),
		.fd = -1,
		.buffer = (uint8_t *)(uintptr_t)all.p, /* never written: ended */
		.room = all.n,
		.end = all.n,
		.size = all.n,
		.ended = true,
	};
}

void input_rest(struct input *in)
{
	if (in->fd < 0)
		return;
	if (in->fd != STDIN_FILENO)
		close(in->fd);
	in->fd = -1;
	free(in->buffer);
	in->buffer = NULL;
	in->room = in->start = in->end = 0;
	in->ended = true;
}

bool input_resume(struct input *in, const char *path)
{
	assert(in->fd < 0 && !in->buffer);
	return open_descriptor(in, path);
}

void input_close(struct input *in)
{
	input_rest(in);
	free(in->label);
	*in = (struct input){ .fd = -1, .ended = true };
}

void input_fault(struct input *in, const char *format, ...)
{
	struct text what = { 0 };
	va_list args;

	if (in->faulty)
		return;
	in->faulty = true;
	va_start(args, format);
	text_vprintf(&what, format, args);
	va_end(args);
	log_warn("capture: %s: %s", in->label, what.s);
	text_free(&what);
}

/* What is not taken yet moves to the front, and the buffer is made to hold @n bytes. */
static void make_room(struct input *in, size_t n)
{
	if (in->start) {
		memmove(in->buffer, in->buffer + in->start, input_buffered(in));
		in->base += in->start;
		in->end -= in->start;
		in->start = 0;
	}
	if (n > in->room) {
		in->room = n > in->room * 2 ? n : in->room * 2;
		in->buffer = mem_realloc(in->buffer, in->room);
	}
}

/* One read(2) into the free end of the buffer, of at most a chunk. */
static void read_once(struct input *in)
{
	size_t free_room = in->room - in->end;
	ssize_t got;

	do
		got = read(in->fd, in->buffer + in->end,
			free_room < in->chunk ? free_room : in->chunk);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		input_fault(in, "can't read at offset %llu: %s",
			(unsigned long long)(in->base + in->end), strerror(errno));
	if (got <= 0)
		in->ended = true;
	else
		in->end += (size_t)got;
}

bool input_fill(struct input *in, size_t n)
{
	/* A length in a damaged header asks for much: the buffer grows as the bytes really come. */
	while (input_buffered(in) < n && !in->ended) {
		if (in->end == in->room)
			make_room(in, input_buffered(in) + 1);
		else if (in->start)
			make_room(in, 0);
		read_once(in);
	}
	return input_buffered(in) >= n;
}

bool input_skip(struct input *in, uint64_t n)
{
	for (;;) {
		size_t here = n < input_buffered(in) ? (size_t)n : input_buffered(in);

		in->start += here;
		n -= here;
		if (n == 0)
			return true;
		if (!input_fill(in, 1))
			return false;
	}
}
