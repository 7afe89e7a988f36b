/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffered reading of a capture file, for regular files and pipes alike. Records are looked at
 * where they lie in the buffer and never copied out of it. An input also knows its name, so it is
 * the one to say what is wrong with the file: once, however many faults there are.
 */
#ifndef CAPTURE_INPUT_H
#define CAPTURE_INPUT_H

#include <assert.h>
#include "base/bytes.h"

/*
 * Bytes asked of the system at once. Large enough that system calls do not show, small enough that
 * a frame is still in the second-level cache when it is decoded.
 */
#define INPUT_READ ((size_t)256 * 1024)

/* All zero: closed. */
struct input {
	char *label;     /* the name as messages give it, printable */
	int fd;          /* -1: bytes in memory */
	uint8_t *buffer; /* owned unless the bytes are in memory */
	size_t room;     /* of buffer */
	size_t chunk;    /* bytes asked at once */
	size_t start;    /* buffer[start..end): read and not yet taken */
	size_t end;
	uint64_t base; /* offset in the file of buffer[0] */
	uint64_t size; /* of the file, 0 if it can't be known */
	bool seekable; /* a regular file: may be opened again */
	bool ended;    /* no more to be had from fd */
	bool faulty;   /* input_fault() was called; survives input_rest() */
};

/*
 * Open @path ("-": standard input), reading @chunk bytes at once (INPUT_READ, but for tests).
 * False: logged. In either case input_close() releases @in.
 */
bool input_open(struct input *in, const char *path, size_t chunk);

/* Bytes that are there already and stay there; @label is for messages. */
void input_open_bytes(struct input *in, struct bytes all, const char *label);

/* Give descriptor and buffer back until input_resume() opens the same file from its start. */
void input_rest(struct input *in);
bool input_resume(struct input *in, const char *path);

void input_close(struct input *in);

/*
 * Say what is wrong with the file, after its name. Only the first time: what follows from a fault
 * is not news.
 */
void input_fault(struct input *in, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* input_peek() for bytes that are not in the buffer yet. */
bool input_fill(struct input *in, size_t n);

/* Bytes that can be looked at without reading. */
static inline size_t input_buffered(const struct input *in)
{
	return in->end - in->start;
}

/* All of them, borrowed as by input_peek(). */
static inline struct bytes input_there(const struct input *in)
{
	return bytes_of(in->buffer + in->start, input_buffered(in));
}

/*
 * Look at the next @n bytes. False if the input ends before; then nothing is taken and
 * input_buffered() tells how many there are. The view is borrowed until the next peek or skip that
 * has to read.
 */
static inline bool input_peek(struct input *in, size_t n, struct bytes *out)
{
	if (input_buffered(in) < n && !input_fill(in, n))
		return false;
	*out = bytes_of(in->buffer + in->start, n);
	return true;
}

/* Take @n bytes that were looked at. */
static inline void input_take(struct input *in, size_t n)
{
	assert(n <= input_buffered(in));
	in->start += n;
}

/* Take @n bytes, seen or not, without keeping them. False if the input ends before. */
bool input_skip(struct input *in, uint64_t n);

/* Where in the file the next byte lies. */
static inline uint64_t input_offset(const struct input *in)
{
	return in->base + in->start;
}

#endif
