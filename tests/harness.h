/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every unit test wants: input that lies against an unreadable page, every truncation of it,
 * every split of it. Include this instead of cmocka.h.
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"

/*
 * A copy of @b whose last byte is the last byte of a readable page: reading one too far crashes,
 * sanitizer or not. Released by guarded_free().
 */
struct bytes guarded(struct bytes b);
void guarded_free(struct bytes b);

/* The bytes of a literal, NULs inside included. */
#define BYTES(literal) bytes_of(literal, sizeof(literal) - 1)

/* Bytes from hexadecimal digits, blanks ignored; malloc'ed, as .p of the view. */
struct bytes unhex(const char *digits);

/* Call @test with each proper prefix of @whole, guarded. */
void every_truncation(struct bytes whole, void (*test)(struct bytes prefix, void *context),
	void *context);

/*
 * Call @begin, then @feed with consecutive pieces of @n bytes of @whole (guarded), then @end: for
 * each n from 1 up to the whole.
 */
struct splitter {
	void (*begin)(void *context);
	void (*feed)(struct bytes piece, void *context);
	void (*end)(size_t piece_size, void *context);
};
void every_split(struct bytes whole, const struct splitter *splitter, void *context);

/* Where the tests' own files lie: $TESTS, else "tests". */
const char *tests_path(void);

/* Assert with the row's name in the message. */
#define assert_row(name, condition)                                              \
	do {                                                                     \
		if (!(condition))                                                \
			fail_msg("row \"%s\": %s is false", (name), #condition); \
	} while (0)

#define assert_row_string(name, got, want)                                                   \
	do {                                                                                 \
		const char *got_ = (got), *want_ = (want);                                   \
		if ((got_ == NULL) != (want_ == NULL) || (got_ && strcmp(got_, want_) != 0)) \
			fail_msg("row \"%s\": %s is \"%s\", not \"%s\"", (name), #got,       \
				got_ ? got_ : "(null)", want_ ? want_ : "(null)");           \
	} while (0)

#define assert_row_int(name, got, want)                                                      \
	do {                                                                                 \
		long long got_ = (long long)(got), want_ = (long long)(want);                \
		if (got_ != want_)                                                           \
			fail_msg("row \"%s\": %s is %lld, not %lld", (name), #got, got_, want_); \
	} while (0)

#endif
