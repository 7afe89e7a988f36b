// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/yml.h"

/* A tree on one line: {a=x,b=["y",z]}. */
static void dump(struct text *out, const struct yml *node)
{
	if (node->key)
		text_printf(out, "%s=", node->key);
	if (node->kind == YML_SCALAR) {
		text_printf(out, node->quoted ? "\"%s\"" : "%s", node->scalar);
		return;
	}
	text_putc(out, node->kind == YML_LIST ? '[' : '{');
	for (const struct yml *child = node->child; child; child = child->next) {
		dump(out, child);
		if (child->next)
			text_putc(out, ',');
	}
	text_putc(out, node->kind == YML_LIST ? ']' : '}');
}

static void good_documents(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{ "scalar", "abc", "abc" },
		{ "map", "a: 1\nb: two words\n", "{a=1,b=two words}" },
		{ "list of maps", "- id: x\n  n: [1, 2]\n- id: y\n", "[{id=x,n=[1,2]},{id=y}]" },
		{ "flow map", "{a: {b: c}}", "{a={b=c}}" },
		{ "quoted", "a: \"1\"\nb: '2'\n", "{a=\"1\",b=\"2\"}" },
		{ "folded", "a: >\n  one\n  two\n", "{a=\"one two\n\"}" },
		{ "nothing behind a key", "a:\nb: c\n", "{a=,b=c}" },
		{ "comments and a marker", "# first\n---\na: b # last\n...\n", "{a=b}" },
		{ "the same key in two maps", "- a: 1\n- a: 2\n", "[{a=1},{a=2}]" },
		{ "empty list and map", "a: []\nb: {}\n", "{a=[],b={}}" },
		{ "byte order mark",
			"\xef\xbb\xbf"
			"a: b",
			"{a=b}" },
		{ "beyond ASCII", "a: m\xc3\xbcnchen", "{a=m\xc3\xbcnchen}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes in = guarded(bytes_str(rows[i].in));
		struct text errors = { 0 }, got = { 0 };
		struct yml *yaml = yml_parse(in, "f", &errors);

		assert_row_string(rows[i].name, errors.s, NULL);
		assert_row(rows[i].name, yaml != NULL);
		dump(&got, yaml);
		assert_row_string(rows[i].name, got.s, rows[i].want);
		yml_free(yaml);
		text_free(&got);
		guarded_free(in);
	}
}

static void mistakes(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{ "empty", "", "f:1:1: no document in it\n" },
		{ "comments only", "# nothing\n", "f:2:1: no document in it\n" },
		{ "two documents", "a\n---\nb\n", "f:2:1: a second document; expected one\n" },
		{ "anchor", "a: &x 1\n", "f:1:4: anchors are not supported\n" },
		{ "anchor of a list", "a: &x [1]\n", "f:1:4: anchors are not supported\n" },
		{ "alias", "a: *x\n", "f:1:4: aliases are not supported\n" },
		{ "alias as a key", "*x : b\n", "f:1:1: aliases are not supported\n" },
		{ "tag", "a: !!str 1\n", "f:1:4: tags are not supported\n" },
		{ "tag of a map", "a: !x {b: c}\n", "f:1:4: tags are not supported\n" },
		{ "duplicate key", "a: 1\nb: 2\na: 3\n",
			"f:3:1: duplicate key \"a\", first on line 1\n" },
		{ "two duplicate keys", "b: 1\na: 1\nb: 2\na: 3\n",
			"f:4:1: duplicate key \"a\", first on line 2\n"
			"f:3:1: duplicate key \"b\", first on line 1\n" },
		{ "duplicate key inside", "x:\n  - {a: 1, a: 2}\n",
			"f:2:12: duplicate key \"a\", first on line 2\n" },
		{ "list as a key", "[a]: b\n", "f:1:1: a list or map as a key; expected a word\n" },
		{ "NUL", "a: \"x\\0y\"\n", "f:1:4: a NUL byte in a text\n" },
		{ "NUL in a key", "\"x\\0y\": a\n", "f:1:1: a NUL byte in a text\n" },
		{ "unfinished list", "a: [1, 2\n",
			"f:2:1: did not find expected ',' or ']' (while parsing a flow sequence on "
			"line 1)\n" },
		{ "tab", "a:\n\tb: c\n",
			"f:2:1: found character that cannot start any token (while scanning for "
			"the "
			"next token on line 2)\n" },
		{ "not UTF-8", "a: \xff\n", "f:1:1: invalid leading UTF-8 octet\n" },
		{ "control byte", "a: \x01\n", "f:1:1: control characters are not allowed\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes in = guarded(bytes_str(rows[i].in));
		struct text errors = { 0 };

		assert_row(rows[i].name, yml_parse(in, "f", &errors) == NULL);
		assert_row_string(rows[i].name, errors.s, rows[i].want);
		text_free(&errors);
		guarded_free(in);
	}
}

static void places(void **state)
{
	struct text errors = { 0 };
	struct yml *yaml = yml_parse(BYTES("# c\na: 1\nlist:\n  - x\n  - k: v\n"), "f", &errors);
	const struct yml *list, *item;

	(void)state;
	assert_non_null(yaml);
	list = yml_get(yaml, "list");
	assert_non_null(list);
	assert_int_equal(list->key_line, 3);
	assert_int_equal(list->key_column, 1);
	assert_int_equal(list->line, 4);
	assert_int_equal(list->column, 3);
	item = list->child->next;
	assert_int_equal(item->line, 5);
	assert_int_equal(item->column, 5);
	assert_int_equal(item->child->column, 8);
	assert_null(yml_get(yaml, "k"));
	assert_null(yml_get(list, "k"));
	yml_error(&errors, "f", item->child, "no %s", "good");
	yml_key_error(&errors, "f", list, "worse");
	assert_string_equal(errors.s, "f:5:8: no good\nf:3:1: worse\n");
	text_free(&errors);
	yml_free(yaml);
}

/* @n times @open, the rest of the text, @n times @close. */
static struct yml *nested(size_t n, char open, const char *core, char close, struct text *errors)
{
	struct text text = { 0 };
	struct yml *yaml;

	for (size_t i = 0; i < n; i++)
		text_putc(&text, open);
	text_puts(&text, core);
	for (size_t i = 0; i < n; i++)
		text_putc(&text, close);
	yaml = yml_parse(bytes_of(text.s, text.n), "f", errors);
	text_free(&text);
	return yaml;
}

static void bounds(void **state)
{
	struct text errors = { 0 }, many = { 0 };
	struct yml *yaml = nested(YML_DEPTH_MAX, '[', "x", ']', &errors);

	(void)state;
	assert_non_null(yaml);
	yml_free(yaml);
	assert_null(yml_parse(bytes_of(NULL, 0), "f", &errors));
	assert_string_equal(errors.s, "f:1:1: no document in it\n");
	text_reset(&errors);
	assert_null(nested(YML_DEPTH_MAX + 1, '[', "x", ']', &errors));
	assert_string_equal(errors.s, "f:1:34: nested too deeply\n");
	text_reset(&errors);
	assert_null(nested(YML_BYTES_MAX / 2 - 1, '[', "x", ']', &errors));
	assert_string_equal(errors.s, "f:1:34: nested too deeply\n");

	text_reset(&errors);
	for (size_t i = 0; i < YML_NODES_MAX; i++)
		text_puts(&many, "- x\n");
	assert_null(yml_parse(bytes_of(many.s, many.n), "f", &errors));
	assert_string_equal(errors.s, "f:100000:3: too many values\n");

	text_reset(&errors);
	memset(text_room(&many, YML_BYTES_MAX), ' ', YML_BYTES_MAX);
	assert_null(yml_parse(bytes_of(many.s, YML_BYTES_MAX + 1), "f", &errors));
	assert_string_equal(errors.s, "f: larger than 1048576 bytes\n");
	text_free(&many);
	text_free(&errors);
}

static void try_prefix(struct bytes prefix, void *context)
{
	struct text errors = { 0 };
	struct yml *yaml = yml_parse(prefix, "f", &errors);

	(void)context;
	assert_true((yaml != NULL) == (errors.n == 0));
	yml_free(yaml);
	text_free(&errors);
}

static void truncated(void **state)
{
	(void)state;
	every_truncation(BYTES("- id: \"a b\"\n  when: { all: [x: 1, {not: 'y'}] }\n  m: |\n    "
			       "t\xc3\xbc\n"),
		try_prefix, NULL);
}

static void files(void **state)
{
	char path[] = "/tmp/test_yml.XXXXXX";
	struct text errors = { 0 }, want = { 0 };
	int fd = mkstemp(path);
	struct yml *yaml;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "a: b\nc\n", 7), 7);
	assert_null(yml_load(path, &errors));
	text_printf(&want,
		"%s:3:1: could not find expected ':' (while scanning a simple key on line 2)\n",
		path);
	assert_string_equal(errors.s, want.s);
	assert_int_equal(ftruncate(fd, 5), 0);
	yaml = yml_load(path, &errors);
	assert_non_null(yaml);
	assert_string_equal(yml_get(yaml, "a")->scalar, "b");
	yml_free(yaml);
	close(fd);
	unlink(path);
	text_reset(&errors);
	assert_null(yml_load(path, &errors));
	assert_non_null(strstr(errors.s, ": No such file or directory\n"));
	text_reset(&errors);
	assert_null(yml_load("/tmp", &errors));
	assert_string_equal(errors.s, "/tmp: Is a directory\n");
	text_free(&errors);
	text_free(&want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_documents),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(places),
		cmocka_unit_test(bounds),
		cmocka_unit_test(truncated),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests_name("yml", tests, NULL, NULL);
}
