// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/tlsa_file.h"

#include <stdlib.h>

#include "base/domain.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/yml.h"

struct tlsa_file {
	struct table *hosts; /* host → struct tlsa_host */
};

/* What is being read. */
struct reader {
	struct tlsa_file *file;
	const char *name;
	struct text *errors;
	bool good;
};

static void free_host(void *value)
{
	struct tlsa_host *host = value;

	for (size_t i = 0; i < host->text_count; i++)
		free(host->texts[i]);
	free(host->texts);
	free(host->host);
	dane_records_fini(&host->records);
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(struct bytes *rest)
{
	while (rest->n && is_blank(*rest->p))
		bytes_skip(rest, 1);
}

/* A number from 0 to 255 and the blanks behind it, off the front. */
static bool take_number(struct bytes *rest, uint8_t *out)
{
	size_t n = 0;
	uint64_t value;

	while (n < rest->n && !is_blank(rest->p[n]))
		n++;
	if (!text_parse_uint(bytes_of(rest->p, n), UINT8_MAX, &value))
		return false;
	*out = (uint8_t)value;
	bytes_skip(rest, n);
	skip_blanks(rest);
	return true;
}

static int digit_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (uint8_t)text_lower((char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal digits, perhaps with blanks between them (RFC 6698 2.2), to @out of DNS_DATA_MAX. */
static bool take_data(struct bytes rest, uint8_t *out, size_t *n)
{
	size_t digits = 0;

	for (; rest.n; bytes_skip(&rest, 1)) {
		int value = digit_value(*rest.p);

		if (is_blank(*rest.p))
			continue;
		if (value < 0 || digits == 2 * DNS_DATA_MAX)
			return false;
		if (digits % 2 == 0)
			out[digits / 2] = (uint8_t)(value << 4);
		else
			out[digits / 2] |= (uint8_t)value;
		digits++;
	}
	*n = digits / 2;
	return digits > 0 && digits % 2 == 0;
}

/* "USAGE SELECTOR MATCHING DATA"; the caller frees tlsa->data.p. NULL, else what is wrong with it.
 */
static const char *parse_record(struct bytes text, struct dns_tlsa *tlsa)
{
	uint8_t *data;
	size_t n;

	skip_blanks(&text);
	if (!take_number(&text, &tlsa->usage) || !take_number(&text, &tlsa->selector) ||
		!take_number(&text, &tlsa->matching))
		return "expected a TLSA record: three numbers and hexadecimal digits";
	data = mem_alloc(DNS_DATA_MAX);
	if (!take_data(text, data, &n)) {
		free(data);
		return "the data of a TLSA record are pairs of hexadecimal digits, at most 8192";
	}
	tlsa->data = bytes_of(data, n);
	return NULL;
}

static void keep_text(struct tlsa_host *host, const struct dns_tlsa *tlsa)
{
	const struct dane_record record = { tlsa->usage, tlsa->selector, tlsa->matching,
		(uint16_t)tlsa->data.n, (uint8_t *)(uintptr_t)tlsa->data.p };
	struct text text = { 0 };

	dane_record_print(&record, &text);
	host->texts[host->text_count++] = text.s;
}

static void read_record(struct reader *reader, const struct yml *item, struct tlsa_host *host,
	struct dns_answer *answer)
{
	struct dns_record *record = &answer->records[answer->count];
	const char *wrong = "expected a TLSA record";

	record->type = DNS_TLSA;
	if (item->kind == YML_SCALAR)
		wrong = parse_record(bytes_str(item->scalar), &record->tlsa);
	if (wrong) {
		reader->good = false;
		yml_error(reader->errors, reader->name, item, "%s", wrong);
		return;
	}
	keep_text(host, &record->tlsa);
	answer->count++;
}

static void read_records(struct reader *reader, const struct yml *list, struct tlsa_host *host)
{
	struct dns_answer answer = { .type = DNS_TLSA };

	if (list->kind != YML_LIST) {
		reader->good = false;
		yml_error(reader->errors, reader->name, list, "expected a list of TLSA records");
		return;
	}
	answer.records = mem_alloc(DNS_RECORDS_MAX * sizeof(*answer.records));
	host->texts = mem_alloc(DNS_RECORDS_MAX * sizeof(*host->texts));
	for (const struct yml *item = list->child; item; item = item->next) {
		if (answer.count == DNS_RECORDS_MAX) {
			reader->good = false;
			yml_error(reader->errors, reader->name, item, "more than %d records",
				DNS_RECORDS_MAX);
			break;
		}
		read_record(reader, item, host, &answer);
	}
	dane_records_init(&host->records, &answer);
	for (size_t i = 0; i < answer.count; i++)
		free((void *)(uintptr_t)answer.records[i].tlsa.data.p);
	free(answer.records);
}

static void read_secure(struct reader *reader, const struct yml *value, struct tlsa_host *host)
{
	const char *word = value->kind == YML_SCALAR ? value->scalar : "";

	host->secure = strcmp(word, "true") == 0;
	if (!host->secure && strcmp(word, "false") != 0) {
		reader->good = false;
		yml_error(reader->errors, reader->name, value, "expected true or false");
	}
}

/* The long form: a map. */
static void read_members(struct reader *reader, const struct yml *map, struct tlsa_host *host)
{
	const struct yml *records = yml_get(map, "records");

	for (const struct yml *member = map->child; member; member = member->next) {
		if (member == records)
			continue;
		if (strcmp(member->key, "secure") == 0) {
			read_secure(reader, member, host);
		} else {
			reader->good = false;
			yml_key_error(reader->errors, reader->name, member,
				"expected \"records\" or \"secure\"");
		}
	}
	if (records) {
		read_records(reader, records, host);
	} else {
		reader->good = false;
		yml_error(reader->errors, reader->name, map, "there are no \"records\"");
	}
}

static void read_host(struct reader *reader, const struct yml *member)
{
	char name[DOMAIN_TEXT];
	struct tlsa_host *host;
	bool made;

	if (!domain_normalise(bytes_str(member->key), name)) {
		reader->good = false;
		yml_key_error(reader->errors, reader->name, member, "not a host name");
		return;
	}
	host = table_put(reader->file->hosts, bytes_str(name), &made);
	if (!made) {
		reader->good = false;
		yml_key_error(reader->errors, reader->name, member, "the same host stands above");
		return;
	}
	host->host = mem_strdup(name);
	host->secure = true;
	if (member->kind == YML_MAP)
		read_members(reader, member, host);
	else
		read_records(reader, member, host);
}

static struct tlsa_file *build(const struct yml *root, const char *name, struct text *errors)
{
	struct reader reader = { mem_alloc(sizeof(struct tlsa_file)), name, errors, true };
	size_t hosts = 0;

	if (root->kind == YML_MAP) {
		for (const struct yml *member = root->child; member; member = member->next)
			hosts++;
	} else {
		reader.good = false;
		yml_error(errors, name, root, "must be a map of MX host names");
	}
	reader.file->hosts = table_new(hosts, sizeof(struct tlsa_host), free_host);
	for (const struct yml *member = hosts ? root->child : NULL; member; member = member->next)
		read_host(&reader, member);
	if (reader.good)
		return reader.file;
	tlsa_file_free(reader.file);
	return NULL;
}

static struct tlsa_file *build_and_free(struct yml *root, const char *name, struct text *errors)
{
	struct tlsa_file *file = root ? build(root, name, errors) : NULL;

	yml_free(root);
	return file;
}

struct tlsa_file *tlsa_file_load(const char *path, struct text *errors)
{
	return build_and_free(yml_load(path, errors), path, errors);
}

struct tlsa_file *tlsa_file_parse(struct bytes text, const char *name, struct text *errors)
{
	return build_and_free(yml_parse(text, name, errors), name, errors);
}

void tlsa_file_free(struct tlsa_file *file)
{
	if (!file)
		return;
	table_free(file->hosts);
	free(file);
}

size_t tlsa_file_count(const struct tlsa_file *file)
{
	return table_count(file->hosts);
}

const struct tlsa_host *tlsa_file_get(struct tlsa_file *file, const char *host)
{
	return table_get(file->hosts, bytes_str(host));
}
