// SPDX-License-Identifier: BSD-2-Clause
/*
 * same [--hops] A B: whether two runs told the same of the same traffic. A and B are JSON Lines of the event
 * contract; sessions are matched by their end points, and compared with their alerts but for what
 * only the tap can know (times, counts of packets, what it missed). Sessions of one address pair and
 * port are matched in order of their start. --hops: they saw packets at different hops.
 *
 * Prints what differs; exit status 0: nothing, 1: something, 2: a file can't be read.
 */
#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct told {
	json_t *session; /* without what only the tap can know */
	json_t *alerts;  /* array of "rule severity" */
	char *id, *start;
	char key[256];   /* end points */
};

struct run {
	const char *name;
	bool hops; /* of the two don't count */
	struct told *list;
	size_t n, room;
};

/* What differs with the tap, the clock or the run. */
static const char *const of_the_tap[] = {
	"@timestamp",
	"event.start",
	"event.end",
	"event.duration",
	"event.id",
	"observer",
	"process",
	"source.packets",
	"source.bytes",
	"destination.packets",
	"destination.bytes",
	"stripwatch.session_id",
	"stripwatch.capture",
	"stripwatch.path.ttl_changes",
};

static const char *const of_the_hop[] = {
	"stripwatch.path.client_ttl",
	"stripwatch.path.server_ttl",
};

/* Under TLS 1.3 the gateway itself sees more than any capture. */
static const char *const of_the_certificate[] = {
	"tls.server",
	"stripwatch.certificate",
};

/* The object that holds the last part of the dotted @name, which goes to *@last. */
static json_t *holder(json_t *root, const char *name, const char **last)
{
	char part[64];
	const char *dot;

	while (root && (dot = strchr(name, '.')) != NULL) {
		snprintf(part, sizeof(part), "%.*s", (int)(dot - name), name);
		root = json_object_get(root, part);
		name = dot + 1;
	}
	*last = name;
	return root;
}

static json_t *find(json_t *root, const char *name)
{
	const char *last;
	json_t *in = holder(root, name, &last);

	return json_object_get(in, last);
}

static void drop(json_t *root, const char *name)
{
	const char *last;
	json_t *in = holder(root, name, &last);

	if (in)
		json_object_del(in, last);
}

static const char *word(json_t *root, const char *name)
{
	const char *value = json_string_value(find(root, name));

	return value ? value : "";
}

/*
 * What earlier sessions are cited with, in the evidence of findings: the time at which this tap saw
 * them, how long ago that was, and the number that this run gave them.
 */
#define CITED                                                                            \
	"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{9}Z|[0-9]+ (ms|s) (earlier|after)|" \
	"\\(session [0-9a-f]{16}\\)"

/* @s with a mark in place of what @cited finds; to be freed. */
static char *without(const regex_t *cited, const char *s)
{
	char *out = mem_strdup(s), *to = out;
	regmatch_t at;

	while (*s && regexec(cited, s, 1, &at, 0) == 0) {
		memcpy(to, s, (size_t)at.rm_so);
		to += at.rm_so;
		*to++ = '~';
		s += at.rm_eo;
	}
	memmove(to, s, strlen(s) + 1);
	return out;
}

static void forget_cited(json_t *session)
{
	json_t *finding, *line;
	regex_t cited;
	size_t i, j;

	regcomp(&cited, CITED, REG_EXTENDED);
	json_array_foreach(find(session, "stripwatch.findings"), i, finding) {
		json_array_foreach(json_object_get(finding, "evidence"), j, line) {
			char *s = without(&cited, json_string_value(line));

			json_string_set(line, s);
			free(s);
		}
	}
	regfree(&cited);
}

static void strip(json_t *session, bool hops)
{
	if (strcmp(word(session, "stripwatch.certificate.source"), "process") == 0 ||
		strcmp(word(session, "stripwatch.certificate.unseen"), "tls13") == 0)
		for (size_t i = 0; i < sizeof(of_the_certificate) / sizeof(*of_the_certificate); i++)
			drop(session, of_the_certificate[i]);
	for (size_t i = 0; i < sizeof(of_the_tap) / sizeof(*of_the_tap); i++)
		drop(session, of_the_tap[i]);
	for (size_t i = 0; hops && i < sizeof(of_the_hop) / sizeof(*of_the_hop); i++)
		drop(session, of_the_hop[i]);
	forget_cited(session);
}

static void add_session(struct run *run, json_t *session)
{
	struct told *told;

	run->list = mem_grow(run->list, run->n, &run->room, sizeof(*run->list));
	told = &run->list[run->n++];
	*told = (struct told){ .session = session, .alerts = json_array() };
	told->id = mem_strdup(word(session, "stripwatch.session_id"));
	told->start = mem_strdup(word(session, "event.start"));
	snprintf(told->key, sizeof(told->key), "%s:%lld > %s:%lld", word(session, "source.ip"),
		(long long)json_integer_value(find(session, "source.port")),
		word(session, "destination.ip"),
		(long long)json_integer_value(find(session, "destination.port")));
	strip(session, run->hops);
}

static int by_key_and_start(const void *a, const void *b)
{
	const struct told *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	return order ? order : strcmp(x->start, y->start);
}

static int by_word(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Alerts of one moment may be told in either order. */
static void sort_words(json_t *array)
{
	size_t n = json_array_size(array);
	const char **words = mem_alloc((n + 1) * sizeof(*words));
	json_t *sorted = json_array();

	for (size_t i = 0; i < n; i++)
		words[i] = json_string_value(json_array_get(array, i));
	qsort(words, n, sizeof(*words), by_word);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(sorted, json_string(words[i]));
	json_array_clear(array);
	json_array_extend(array, sorted);
	json_decref(sorted);
	free(words);
}

static void add_alert(struct run *run, json_t *alert)
{
	const char *id = word(alert, "stripwatch.session_id");

	for (size_t i = 0; i < run->n; i++) {
		if (strcmp(run->list[i].id, id) != 0)
			continue;
		json_array_append_new(run->list[i].alerts,
			json_sprintf("%s %s", word(alert, "rule.id"), word(alert, "log.level")));
	}
}

static bool each_line(const char *path, void (*take)(struct run *, json_t *), struct run *run,
	const char *dataset)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	bool good = file != NULL;

	while (file && getline(&line, &room, file) > 0) {
		json_t *root = json_loads(line, 0, NULL);

		if (root && strcmp(word(root, "event.dataset"), dataset) == 0)
			take(run, json_incref(root));
		good &= root != NULL;
		json_decref(root);
	}
	if (file)
		fclose(file);
	free(line);
	if (!good)
		fprintf(stderr, "same: %s: can't be read, or is no JSON Lines\n", path);
	return good;
}

static void take_alert(struct run *run, json_t *alert)
{
	add_alert(run, alert);
	json_decref(alert);
}

static bool load(struct run *run, const char *path)
{
	run->name = path;
	if (!each_line(path, add_session, run, "stripwatch.session") ||
		!each_line(path, take_alert, run, "stripwatch.alert"))
		return false;
	for (size_t i = 0; i < run->n; i++)
		sort_words(run->list[i].alerts);
	if (run->n)
		qsort(run->list, run->n, sizeof(*run->list), by_key_and_start);
	return true;
}

/* Which elements of an array are not in the other one. */
static json_t *rest(json_t *array, json_t *other)
{
	json_t *left = json_array(), *one, *two;
	size_t i, j;

	json_array_foreach(array, i, one) {
		bool there = false;

		json_array_foreach(other, j, two)
			there |= json_equal(one, two) == 1;
		if (!there)
			json_array_append(left, one);
	}
	return left;
}

static void show(const char *key, const char *name, json_t *a, json_t *b)
{
	const bool lists = json_is_array(a) && json_is_array(b);
	json_t *in_a_only = lists ? rest(a, b) : json_incref(a);
	json_t *in_b_only = lists ? rest(b, a) : json_incref(b);
	char *in_a = a ? json_dumps(in_a_only, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
	char *in_b = b ? json_dumps(in_b_only, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;

	printf("%s: %s: %s / %s\n", key, name, in_a ? in_a : "-", in_b ? in_b : "-");
	free(in_a);
	free(in_b);
	json_decref(in_a_only);
	json_decref(in_b_only);
}

/* Down to the members that differ, by their dotted names. */
static bool compare(const char *key, const char *prefix, json_t *a, json_t *b)
{
	const char *name;
	json_t *value;
	char full[256];
	bool same = true;

	if (!json_is_object(a) || !json_is_object(b)) {
		if (!json_equal(a, b))
			show(key, prefix, a, b);
		return json_equal(a, b);
	}
	json_object_foreach(a, name, value) {
		snprintf(full, sizeof(full), "%s%s%s", prefix, *prefix ? "." : "", name);
		same &= compare(key, full, value, json_object_get(b, name));
	}
	json_object_foreach(b, name, value) {
		snprintf(full, sizeof(full), "%s%s%s", prefix, *prefix ? "." : "", name);
		if (!json_object_get(a, name))
			same &= compare(key, full, NULL, value);
	}
	return same;
}

static bool compare_runs(struct run *a, struct run *b)
{
	bool same = true;
	size_t i = 0, j = 0;

	while (i < a->n || j < b->n) {
		int order = i == a->n ? 1 : j == b->n ? -1 : strcmp(a->list[i].key, b->list[j].key);

		if (order == 0) {
			same &= compare(a->list[i].key, "", a->list[i].session, b->list[j].session);
			same &= compare(a->list[i].key, "alerts", a->list[i].alerts, b->list[j].alerts);
			i++;
			j++;
			continue;
		}
		same = false;
		printf("%s: only in %s\n", order < 0 ? a->list[i].key : b->list[j].key,
			order < 0 ? a->name : b->name);
		i += order < 0;
		j += order > 0;
	}
	return same;
}

static void release(struct run *run)
{
	for (size_t i = 0; i < run->n; i++) {
		json_decref(run->list[i].session);
		json_decref(run->list[i].alerts);
		free(run->list[i].id);
		free(run->list[i].start);
	}
	free(run->list);
}

int main(int argc, char **argv)
{
	bool hops = argc > 1 && strcmp(argv[1], "--hops") == 0;
	struct run a = { .hops = hops }, b = { .hops = hops };
	int status = 2;

	if (argc != 3 + hops) {
		fputs("usage: same [--hops] A.jsonl B.jsonl\n", stderr);
		return 2;
	}
	if (load(&a, argv[1 + hops]) && load(&b, argv[2 + hops]))
		status = compare_runs(&a, &b) ? 0 : 1;
	if (status < 2)
		printf("%zu and %zu sessions\n", a.n, b.n);
	release(&a);
	release(&b);
	return status;
}
