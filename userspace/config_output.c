// SPDX-License-Identifier: BSD-2-Clause
/* The list "outputs" of the configuration. */
#include "base/suggest.h"
#include "config_keys.h"
#include "sink/syslog_message.h"
#include "sink/syslog_way.h"

/* Below this even a session without names does not fit. */
#define MESSAGE_MIN 2048

#define FACILITY_MAIL 2

const char *const config_output_keys[] = { "file", "syslog", "stdout", "datasets", "severity",
	"facility", "format", "bom", "max_size", NULL };

/* One item of the list, while it is read. */
struct item {
	struct reader *reader;
	struct config_output *out;
	const struct yml *way; /* the member that says where; NULL: none did yet */
};

/* "file: …", "syslog: …" or "stdout: yes": one of them an item. */
static void note_way(struct item *item, const struct yml *member, enum output_kind kind)
{
	if (item->way)
		mistakes_at_key(&item->reader->mistakes, member,
			"an output goes one way: it has %s already", item->way->key);
	else
		item->out->kind = kind;
	item->way = member;
}

static void set_file(struct item *item, const struct yml *member)
{
	note_way(item, member, OUTPUT_FILE);
	config_value_path(item->reader, member, &item->out->where);
}

static void set_stdout(struct item *item, const struct yml *member)
{
	bool wanted = false;

	note_way(item, member, OUTPUT_STDOUT);
	if (config_value_bool(item->reader, member, &wanted) && !wanted)
		mistakes_at(&item->reader->mistakes, member, "leave the output out instead");
}

static void set_syslog(struct item *item, const struct yml *member)
{
	struct reader *reader = item->reader;
	const char *text;

	note_way(item, member, OUTPUT_SYSLOG);
	if (!config_value_text(reader, member, "a daemon", &text))
		return;
	if (syslog_way_parse(text))
		item->out->where = strings_keep(reader->strings, text);
	else
		mistakes_at(&reader->mistakes, member,
			"%s; expected local, the path of a socket, or udp:HOST:PORT",
			mistakes_quote(&reader->mistakes, text));
}

static void set_datasets(struct item *item, const struct yml *member)
{
	struct mistakes *mistakes = &item->reader->mistakes;
	const char *words[DATASETS + 1] = { NULL }, *text;
	const struct yml *word = NULL;
	enum dataset dataset;

	for (int i = 0; i < DATASETS; i++)
		words[i] = dataset_word((enum dataset)i);
	if (!config_value_list(item->reader, member, "[alert, session]", &word))
		return;
	if (!word)
		mistakes_at(mistakes, member, "no datasets: nothing would go there");
	item->out->params.datasets = 0;
	for (; word; word = word->next) {
		if (!config_value_text(item->reader, word, "a dataset", &text))
			continue;
		if (dataset_parse(bytes_str(text), &dataset))
			item->out->params.datasets |= 1u << dataset;
		else
			mistakes_at(mistakes, word, "%s; expected %s",
				mistakes_quote(mistakes, text), mistakes_words(mistakes, words));
	}
}

static void set_severity(struct item *item, const struct yml *member)
{
	static const char *const words[] = { "info", "low", "medium", "high", "critical", NULL };
	struct mistakes *mistakes = &item->reader->mistakes;
	const char *text;

	if (config_value_text(item->reader, member, "a severity", &text) &&
		!severity_parse(bytes_str(text), &item->out->params.min_severity))
		mistakes_at(mistakes, member, "%s; expected %s", mistakes_quote(mistakes, text),
			mistakes_words(mistakes, words));
}

static void set_facility(struct item *item, const struct yml *member)
{
	struct mistakes *mistakes = &item->reader->mistakes;
	const char *text;

	if (config_value_text(item->reader, member, "a facility", &text) &&
		!syslog_facility_parse(bytes_str(text), &item->out->facility))
		mistakes_at(mistakes, member, "%s; expected a facility, as mail or local0",
			mistakes_quote(mistakes, text));
}

static void set_format(struct item *item, const struct yml *member)
{
	struct mistakes *mistakes = &item->reader->mistakes;
	const char *text;

	if (!config_value_text(item->reader, member, "a format", &text))
		return;
	item->out->legacy = strcmp(text, "rfc3164") == 0;
	if (!item->out->legacy && strcmp(text, "rfc5424") != 0)
		mistakes_at(mistakes, member, "%s; expected rfc5424 or rfc3164",
			mistakes_quote(mistakes, text));
}

static void set_bom(struct item *item, const struct yml *member)
{
	bool bom;

	if (config_value_bool(item->reader, member, &bom))
		item->out->no_bom = !bom;
}

static void set_max_size(struct item *item, const struct yml *member)
{
	uint64_t size;

	if (config_value_size(item->reader, member, MESSAGE_MIN, SYSLOG_DATAGRAM_MAX, &size))
		item->out->max_message = size;
}

/* In the order of config_output_keys. */
static void (*const setters[])(struct item *item, const struct yml *member) = { set_file,
	set_syslog, set_stdout, set_datasets, set_severity, set_facility, set_format, set_bom,
	set_max_size };

/* From here on, keys are about messages. */
#define FIRST_OF_SYSLOG 5

static void tell_unknown(struct reader *reader, const struct yml *member)
{
	struct suggestion near = suggestion_for(bytes_str(member->key));

	suggestion_offer_all(&near, config_output_keys);
	mistakes_at_key(&reader->mistakes, member, "unknown key %s of an output%s",
		mistakes_quote(&reader->mistakes, member->key),
		mistakes_hint(&reader->mistakes, near.best));
}

static size_t index_of(const char *key)
{
	size_t i = 0;

	while (config_output_keys[i] && strcmp(config_output_keys[i], key) != 0)
		i++;
	return i;
}

static void read_item(struct reader *reader, const struct yml *node, struct config_output *out)
{
	struct item item = { .reader = reader, .out = out };

	if (node->kind != YML_MAP) {
		mistakes_at(&reader->mistakes, node, "expected an output, as \"file: /path\"");
		return;
	}
	for (const struct yml *member = node->child; member; member = member->next) {
		size_t i = index_of(member->key);

		if (config_output_keys[i])
			setters[i](&item, member);
		else
			tell_unknown(reader, member);
	}
	if (!item.way)
		mistakes_at(&reader->mistakes, node, "an output without file, syslog or stdout");
	if (!item.way || out->kind == OUTPUT_SYSLOG)
		return;
	for (const struct yml *member = node->child; member; member = member->next)
		if (index_of(member->key) >= FIRST_OF_SYSLOG &&
			config_output_keys[index_of(member->key)])
			mistakes_at_key(
				&reader->mistakes, member, "%s is for syslog only", member->key);
}

void config_set_outputs(struct reader *reader, const struct yml *node, const struct config_key *key)
{
	struct config *config = reader->config;
	const struct yml *item = NULL;

	(void)key;
	config->output_count = 0;
	if (!config_value_list(reader, node, "\"- file: /path\"", &item))
		return;
	for (; item; item = item->next) {
		if (config->output_count == CONFIG_OUTPUTS_MAX) {
			mistakes_at(&reader->mistakes, item, "more than %d outputs",
				CONFIG_OUTPUTS_MAX);
			return;
		}
		config->outputs[config->output_count] = (struct config_output){
			.facility = FACILITY_MAIL,
			.max_message = SYSLOG_MESSAGE_MAX,
			.params = { DATASETS_ALL, SEVERITY_INFO },
		};
		read_item(reader, item, &config->outputs[config->output_count++]);
	}
}
