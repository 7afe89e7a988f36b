// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <ctype.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t mapped_size(size_t n, size_t page)
{
	return (n + page - 1) / page * page + page;
}

struct bytes guarded(struct bytes b)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = mapped_size(b.n, page);
	uint8_t *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *start;

	assert_true(map != MAP_FAILED);
	assert_int_equal(mprotect(map + size - page, page, PROT_NONE), 0);
	start = map + size - page - b.n;
	if (b.n)
		memcpy(start, b.p, b.n);
	return bytes_of(start, b.n);
}

void guarded_free(struct bytes b)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = mapped_size(b.n, page);

	munmap((void *)(uintptr_t)(b.p + b.n - (size - page)), size);
}

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

struct bytes unhex(const char *digits)
{
	uint8_t *out = malloc(strlen(digits) / 2 + 1);
	size_t n = 0, half = 0;

	assert_non_null(out);
	for (; *digits; digits++) {
		if (!isxdigit((unsigned char)*digits))
			continue;
		out[n] = (uint8_t)(half ? out[n] << 4 | digit(*digits) : digit(*digits));
		n += half;
		half = !half;
	}
	return bytes_of(out, n);
}

void every_truncation(struct bytes whole, void (*test)(struct bytes prefix, void *context),
	void *context)
{
	for (size_t n = 0; n < whole.n; n++) {
		struct bytes prefix = guarded(bytes_of(whole.p, n));

		test(prefix, context);
		guarded_free(prefix);
	}
}

void every_split(struct bytes whole, const struct splitter *splitter, void *context)
{
	for (size_t size = 1; size <= whole.n; size++) {
		struct bytes rest = whole, piece;

		splitter->begin(context);
		while (rest.n) {
			bytes_take(&rest, rest.n < size ? rest.n : size, &piece);
			piece = guarded(piece);
			splitter->feed(piece, context);
			guarded_free(piece);
		}
		splitter->end(size, context);
	}
}

const char *tests_path(void)
{
	const char *path = getenv("TESTS");

	return path ? path : "tests";
}
