// SPDX-License-Identifier: BSD-2-Clause
#include "config.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "config_keys.h"

/* What config_free() frees; the config comes first. */
struct owned {
	struct config config;
	struct strings strings;
};

struct config *config_default(void)
{
	static const uint16_t ports[] = { 25, 465, 587, 2525 };
	struct owned *owned = mem_alloc(sizeof(*owned));
	struct config *config = &owned->config;

	config->sensor.user = "stripwatch";
	config->sensor.socket = "/run/stripwatch/status.sock";
	memcpy(config->capture.ports, ports, sizeof(ports));
	config->capture.port_count = sizeof(ports) / sizeof(*ports);
	config->capture.dns = true;
	config->capture.certificates = true;
	config->capture.ring_bytes = 16 * 1024 * 1024;
	config->capture.snap = 65535;
	config->policies.half_life = 30 * 86400;
	config->cert.max_chains = 4096;
	config->proof.max_bytes = (uint64_t)1024 * 1024 * 1024;
	config->limits.flows = 100000;
	config->limits.idle = 900 * (int64_t)1000000000;
	config->limits.queue = 65536;
	return config;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	strings_fini(&((struct owned *)config)->strings);
	free(config);
}

static bool in_section(const struct config_key *key, const char *section)
{
	return key->section ? section && strcmp(key->section, section) == 0 : !section;
}

static bool is_section(const char *name)
{
	for (const struct config_key *key = config_keys; key->name; key++)
		if (key->section && strcmp(key->section, name) == 0)
			return true;
	return false;
}

static const struct config_key *find_key(const char *section, const char *name)
{
	for (const struct config_key *key = config_keys; key->name; key++)
		if (in_section(key, section) && strcmp(key->name, name) == 0)
			return key;
	return NULL;
}

/* Known words of @section; NULL: the top, whose words are the sections' names too. */
static void offer(struct suggestion *near, const char *section)
{
	for (const struct config_key *key = config_keys; key->name; key++) {
		if (in_section(key, section))
			suggestion_offer(near, key->name);
		if (!section && key->section)
			suggestion_offer(near, key->section);
	}
}

/* The section of a key that stands in the wrong one; NULL: no key has this name. */
static const char *other_section(const char *name)
{
	for (const struct config_key *key = config_keys; key->name; key++)
		if (key->section && strcmp(key->name, name) == 0)
			return key->section;
	return NULL;
}

static void tell_unknown(struct reader *reader, const struct yml *member, const char *section)
{
	struct suggestion near = suggestion_for(bytes_str(member->key));
	struct mistakes *mistakes = &reader->mistakes;
	const char *other = other_section(member->key);

	offer(&near, section);
	if (other)
		mistakes_at_key(mistakes, member, "unknown key %s%s%s; it belongs into %s",
			mistakes_quote(mistakes, member->key), section ? " of " : "",
			section ? section : "", other);
	else
		mistakes_at_key(mistakes, member, "unknown key %s%s%s%s",
			mistakes_quote(mistakes, member->key), section ? " of " : "",
			section ? section : "", mistakes_hint(mistakes, near.best));
}

static void read_section(struct reader *reader, const struct yml *node)
{
	const char *section = node->key;

	if (node->kind == YML_SCALAR && !node->quoted && !*node->scalar)
		return; /* all its keys are comments */
	if (node->kind != YML_MAP) {
		mistakes_at(&reader->mistakes, node, "expected keys of %s", section);
		return;
	}
	for (const struct yml *member = node->child; member; member = member->next) {
		const struct config_key *key = find_key(section, member->key);

		if (key)
			key->set(reader, member, key);
		else
			tell_unknown(reader, member, section);
	}
}

static void read_top(struct reader *reader, const struct yml *root)
{
	if (root->kind != YML_MAP) {
		mistakes_at(&reader->mistakes, root, "expected sections, as \"capture:\"");
		return;
	}
	for (const struct yml *member = root->child; member; member = member->next) {
		const struct config_key *key = find_key(NULL, member->key);

		if (key)
			key->set(reader, member, key);
		else if (is_section(member->key))
			read_section(reader, member);
		else
			tell_unknown(reader, member, NULL);
	}
}

/* Nothing but blank lines and comments: to YAML that is no document, to us it says nothing new. */
static bool is_empty(struct bytes text)
{
	bool comment = false;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			comment = false;
		else if (text.p[i] == '#')
			comment = true;
		else if (!comment && !memchr(" \t\r", text.p[i], 3))
			return false;
	}
	return true;
}

static struct config *build(struct yml *root, const char *name, struct text *errors)
{
	struct config *config = config_default();
	struct reader reader = {
		.config = config,
		.strings = &((struct owned *)config)->strings,
		.mistakes = { .name = name, .errors = errors },
	};

	read_top(&reader, root);
	mistakes_fini(&reader.mistakes);
	yml_free(root);
	if (reader.mistakes.n == 0)
		return config;
	config_free(config);
	return NULL;
}

struct config *config_parse(struct bytes yaml, const char *name, struct text *errors)
{
	struct yml *root;

	if (is_empty(yaml))
		return config_default();
	root = yml_parse(yaml, name, errors);
	return root ? build(root, name, errors) : NULL;
}

struct config *config_load(const char *path, struct text *errors)
{
	struct text text = { 0 };
	struct config *config;

	if (!yml_slurp(path, &text, errors))
		return NULL;
	config = config_parse(bytes_of(text.s, text.n), path, errors);
	text_free(&text);
	return config;
}
