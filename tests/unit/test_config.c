// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "config_keys.h"

/* The sample file is the repository's: beside tests. */
#define SAMPLE "etc/stripwatch.yml"

static struct text sample(void)
{
	struct text text = { 0 }, errors = { 0 };
	char path[512];

	snprintf(path, sizeof(path), "%s/../%s", tests_path(), SAMPLE);
	if (!yml_slurp(path, &text, &errors))
		fail_msg("%s", errors.s);
	return text;
}

static struct config *parse(const char *yaml)
{
	struct text errors = { 0 };
	struct config *config = config_parse(bytes_str(yaml), "f", &errors);

	if (!config)
		fail_msg("%s", errors.s);
	assert_null(errors.s);
	return config;
}

static void assert_text(const char *got, const char *want)
{
	assert_true((got == NULL) == (want == NULL));
	if (got)
		assert_string_equal(got, want);
}

/* Everything but database and outputs, of which the sample says that it has its own. */
static void assert_defaults(const struct config *config)
{
	struct config *standard = config_default();

	assert_text(config->sensor.name, standard->sensor.name);
	assert_text(config->sensor.user, standard->sensor.user);
	assert_text(config->sensor.socket, standard->sensor.socket);
	assert_memory_equal(&config->capture, &standard->capture, sizeof(config->capture));
	assert_memory_equal(&config->scope, &standard->scope, sizeof(config->scope));
	assert_memory_equal(&config->policies, &standard->policies, sizeof(config->policies));
	assert_memory_equal(&config->cert, &standard->cert, sizeof(config->cert));
	assert_int_equal(config->rule_count, standard->rule_count);
	assert_memory_equal(&config->proof, &standard->proof, sizeof(config->proof));
	assert_memory_equal(&config->limits, &standard->limits, sizeof(config->limits));
	assert_null(config->evidence.policies);
	assert_null(config->evidence.mx_map);
	assert_null(config->evidence.tlsa);
	assert_int_equal(config->evidence.list_count, 0);
	config_free(standard);
}

static void sample_is_default(void **state)
{
	struct text text = sample();
	struct config *config = parse(text.s);

	(void)state;
	assert_defaults(config);
	assert_string_equal(config->evidence.db, "/var/lib/stripwatch/stripwatch.db");
	assert_int_equal(config->output_count, 1);
	assert_int_equal(config->outputs[0].kind, OUTPUT_FILE);
	assert_string_equal(config->outputs[0].where, "/var/log/stripwatch/events.json");
	assert_int_equal(config->outputs[0].params.datasets, DATASETS_ALL);
	assert_int_equal(config->outputs[0].params.min_severity, SEVERITY_INFO);
	config_free(config);
	text_free(&text);
}

/* The sample with its examples switched on: "#key" without a blank behind the sign. */
static struct text whole_sample(void)
{
	struct text in = sample(), out = { 0 };

	for (size_t i = 0; i < in.n; i++) {
		bool sign = in.s[i] == '#' && in.s[i + 1] != '\n' &&
			    (in.s[i + 1] != ' ' || in.s[i + 2] == ' ');
		size_t back = i;

		/* "#  datasets" stands below "#- syslog"; "#   datasets" is explanation. */
		while (back > 0 && in.s[back - 1] == ' ')
			back--;
		sign = sign && (back == 0 || in.s[back - 1] == '\n') &&
		       !(in.s[i + 1] == ' ' && in.s[i + 3] == ' ');
		if (!sign)
			text_putc(&out, in.s[i]);
	}
	text_free(&in);
	return out;
}

static void examples_are_right(void **state)
{
	struct text text = whole_sample();
	struct config *config = parse(text.s);

	(void)state;
	assert_string_equal(config->sensor.name, "gate1");
	assert_string_equal(config->capture.interfaces[0], "eth0");
	assert_string_equal(config->capture.libraries[0], "/opt/mail/lib/libcrypto.so.3");
	assert_int_equal(config->scope.ours.n, 2);
	assert_int_equal(config->scope.exclude.n, 1);
	assert_string_equal(config->policies.servers, "127.0.0.1,[2001:db8::53]:53");
	assert_string_equal(config->policies.proxy, "http://proxy.example.com:3128");
	assert_int_equal(config->policies.port, 443);
	assert_string_equal(config->evidence.tlsa, "/etc/stripwatch/tlsa.yml");
	assert_int_equal(config->evidence.list_count, 1);
	assert_string_equal(config->cert.crls, "/etc/stripwatch/crls");
	assert_int_equal(config->rule_count, 2);
	assert_string_equal(config->proof.dir, "/var/lib/stripwatch/evidence");
	assert_int_equal(config->output_count, 4);
	assert_int_equal(config->outputs[1].kind, OUTPUT_SYSLOG);
	assert_string_equal(config->outputs[1].where, "local");
	assert_int_equal(config->outputs[1].params.datasets, 1u << DATASET_ALERT);
	assert_int_equal(config->outputs[1].params.min_severity, SEVERITY_MEDIUM);
	assert_int_equal(config->outputs[1].facility, 2);
	assert_true(config->outputs[1].legacy);
	assert_false(config->outputs[1].no_bom);
	assert_int_equal(config->outputs[1].max_message, 8192);
	assert_string_equal(config->outputs[2].where, "udp:log.example.com:514");
	assert_false(config->outputs[2].legacy);
	assert_int_equal(config->outputs[3].kind, OUTPUT_STDOUT);
	config_free(config);
	text_free(&text);
}

/* A member of its section, or of the last item of "outputs" that has it. */
static const struct yml *find(const struct yml *root, const char *section, const char *name)
{
	const struct yml *map = section ? yml_get(root, section) : root;

	return map ? yml_get(map, name) : NULL;
}

static const struct yml *find_in_items(const struct yml *list, const char *name)
{
	for (const struct yml *item = list->child; item; item = item->next)
		if (yml_get(item, name))
			return yml_get(item, name);
	return NULL;
}

static void sample_has_every_key(void **state)
{
	struct text text = whole_sample(), errors = { 0 };
	struct yml *root = yml_parse(bytes_of(text.s, text.n), "sample", &errors);

	(void)state;
	assert_non_null(root);
	for (const struct config_key *key = config_keys; key->name; key++)
		assert_row(key->name, find(root, key->section, key->name));
	for (const char *const *key = config_output_keys; *key; key++)
		assert_row(*key, find_in_items(yml_get(root, "outputs"), *key));
	yml_free(root);
	text_free(&text);
}

static void nothing_is_default(void **state)
{
	static const char *const rows[] = { "", "\n", "# only a comment", "  \t\r\n# a\n#b\n", "{}",
		"capture:\nlimits:\n  # none\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct config *config = parse(rows[i]);

		assert_defaults(config);
		assert_int_equal(config->output_count, 0);
		assert_null(config->evidence.db);
		config_free(config);
	}
	config_free(NULL);
}

static void values(void **state)
{
	struct config *config = parse("sensor: {user: \"\", name: 'gate 2'}\n"
				      "capture:\n"
				      "  interfaces: [nflog:5, \"eth0.7\"]\n"
				      "  hook: netfilter\n"
				      "  ports: [26]\n"
				      "  dns: off\n"
				      "  certificates: False\n"
				      "  ring: 1048576\n"
				      "scope: {ours: [192.0.2.1, 2001:db8::/32], loopback: ON}\n"
				      "policies: {history_half_life: 48h, trust_ad: true, "
				      "resolvers: [\"::1\", 192.0.2.1:53]}\n"
				      "evidence: {max_size: 1t}\n"
				      "outputs:\n"
				      "  - {syslog: \"udp:[::1]\", facility: 17, bom: no, "
				      "max_size: 60000, severity: high}\n"
				      "limits: {idle: 90s, flows: 1000}\n");

	(void)state;
	assert_string_equal(config->sensor.user, "");
	assert_string_equal(config->sensor.name, "gate 2");
	assert_string_equal(config->capture.interfaces[0], "nflog:5");
	assert_string_equal(config->capture.interfaces[1], "eth0.7");
	assert_int_equal(config->capture.hook, LIVE_NETFILTER);
	assert_int_equal(config->capture.port_count, 1);
	assert_int_equal(config->capture.ports[0], 26);
	assert_false(config->capture.dns);
	assert_false(config->capture.certificates);
	assert_int_equal(config->capture.ring_bytes, 1 << 20);
	assert_int_equal(config->scope.ours.list[0].prefix, 32);
	assert_int_equal(config->scope.ours.list[1].prefix, 32);
	assert_int_equal(config->scope.ours.list[1].addr.length, 16);
	assert_true(config->scope.loopback);
	assert_int_equal(config->policies.half_life, 2 * 86400);
	assert_true(config->policies.trust_ad);
	assert_string_equal(config->policies.servers, "::1,192.0.2.1:53");
	assert_int_equal(config->proof.max_bytes, (uint64_t)1 << 40);
	assert_int_equal(config->outputs[0].facility, 17);
	assert_true(config->outputs[0].no_bom);
	assert_int_equal(config->outputs[0].max_message, 60000);
	assert_int_equal(config->limits.idle, 90000000000);
	config_free(config);
}

static void mistakes(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "capture: {prots: [25]}",
			"f:1:11: unknown key \"prots\" of capture (did you mean \"ports\"?)\n" },
		{ "captur:\n  dns: yes",
			"f:1:1: unknown key \"captur\" (did you mean \"capture\"?)\n" },
		{ "database: /x", "f:1:1: unknown key \"database\"; it belongs into policies\n" },
		{ "sensor: {idle: 1m}",
			"f:1:10: unknown key \"idle\" of sensor; it belongs into limits\n" },
		{ "xyzzy: 1", "f:1:1: unknown key \"xyzzy\"\n" },
		{ "- capture", "f:1:1: expected sections, as \"capture:\"\n" },
		{ "capture: [dns]", "f:1:10: expected keys of capture\n" },
		{ "capture: \"\"", "f:1:10: expected keys of capture\n" },
		{ "capture:\n  dns: maybe", "f:2:8: \"maybe\"; expected yes or no\n" },
		{ "capture:\n  dns: \"yes\"",
			"f:2:8: \"yes\"; expected yes or no, without quotes\n" },
		{ "capture:\n  dns:\n", "f:2:7: nothing; expected yes or no\n" },
		{ "capture:\n  hook: ebpf",
			"f:2:9: \"ebpf\"; expected auto, tc, clsact, netfilter or pcap\n" },
		{ "capture:\n  ports: 25", "f:2:10: expected a list: [25, 587]\n" },
		{ "capture:\n  ports: []", "f:2:10: no ports: nothing would be watched\n" },
		{ "capture:\n  ports: [0, 65536, a, -1, 25]",
			"f:2:11: \"0\"; expected a number from 1 to 65535\n"
			"f:2:14: \"65536\"; expected a number from 1 to 65535\n"
			"f:2:21: \"a\"; expected a number from 1 to 65535\n"
			"f:2:24: \"-1\"; expected a number from 1 to 65535\n" },
		{ "capture:\n  interfaces: [a name, nflog:x, averylonginterface, e/0]",
			"f:2:16: \"a name\"; expected an interface (eth0) or nflog:GROUP\n"
			"f:2:24: \"nflog:x\"; expected an interface (eth0) or nflog:GROUP\n"
			"f:2:33: \"averylonginterface\"; expected an interface (eth0) or "
			"nflog:GROUP\n"
			"f:2:53: \"e/0\"; expected an interface (eth0) or nflog:GROUP\n" },
		{ "capture:\n  ring: 16MB", "f:2:9: \"16MB\"; expected a size from 256K to 1G\n" },
		{ "capture:\n  ring: 2G", "f:2:9: \"2G\"; expected a size from 256K to 1G\n" },
		{ "capture:\n  ring: 99999999999999999999G",
			"f:2:9: \"99999999999999999999G\"; expected a size from 256K to 1G\n" },
		{ "capture:\n  ring: {a: b}", "f:2:9: a map; expected a size\n" },
		{ "capture:\n  libraries: [libssl.so]",
			"f:2:15: \"libssl.so\"; expected a path that begins with /\n" },
		{ "scope: {ours: [192.0.2.0/33, host]}",
			"f:1:16: \"192.0.2.0/33\"; expected an address or a network, as "
			"192.0.2.0/24\n"
			"f:1:30: \"host\"; expected an address or a network, as 192.0.2.0/24\n" },
		{ "policies:\n  history_half_life: 30",
			"f:2:22: \"30\"; expected a length of time from 1d to 3650d\n" },
		{ "policies:\n  history_half_life: 3h",
			"f:2:22: \"3h\"; expected a length of time from 1d to 3650d\n" },
		{ "policies:\n  resolvers: [\"192.0.2.1:0\", \"[192.0.2.1]:53\", \"2001:db8::1:\"]",
			"f:2:15: \"192.0.2.1:0\"; expected an address, as 192.0.2.1 or "
			"[2001:db8::1]:53\n"
			"f:2:30: \"[192.0.2.1]:53\"; expected an address, as 192.0.2.1 or "
			"[2001:db8::1]:53\n"
			"f:2:48: \"2001:db8::1:\"; expected an address, as 192.0.2.1 or "
			"[2001:db8::1]:53\n" },
		{ "limits: {flows: 10}",
			"f:1:17: \"10\"; expected a number from 1000 to 16000000\n" },
		{ "limits: {idle: 5s}",
			"f:1:16: \"5s\"; expected a length of time from 10s to 1d\n" },
		{ "outputs:\n  file: /x", "f:2:3: expected a list: \"- file: /path\"\n" },
		{ "outputs: [/x]", "f:1:11: expected an output, as \"file: /path\"\n" },
		{ "outputs:\n- severity: low",
			"f:2:3: an output without file, syslog or stdout\n" },
		{ "outputs:\n- file: /x\n  syslog: local",
			"f:3:3: an output goes one way: it has file already\n" },
		{ "outputs:\n- file: /x\n  facility: mail",
			"f:3:3: facility is for syslog only\n" },
		{ "outputs:\n- file: /x\n  dataset: [alert]",
			"f:3:3: unknown key \"dataset\" of an output (did you mean "
			"\"datasets\"?)\n" },
		{ "outputs:\n- file: /x\n  datasets: [alerts]",
			"f:3:14: \"alerts\"; expected session, alert, tlsrpt, sensor or policy\n" },
		{ "outputs:\n- file: /x\n  datasets: []",
			"f:3:13: no datasets: nothing would go there\n" },
		{ "outputs:\n- file: /x\n  severity: warning",
			"f:3:13: \"warning\"; expected info, low, medium, high or critical\n" },
		{ "outputs:\n- stdout: no", "f:2:11: leave the output out instead\n" },
		{ "outputs:\n- syslog: tcp:host:514\n  format: json\n  facility: post\n  max_size: "
		  "64K",
			"f:2:11: \"tcp:host:514\"; expected local, the path of a socket, or "
			"udp:HOST:PORT\n"
			"f:3:11: \"json\"; expected rfc5424 or rfc3164\n"
			"f:4:13: \"post\"; expected a facility, as mail or local0\n"
			"f:5:13: \"64K\"; expected a size from 2K to 65507\n" },
		{ "sensor: {socket: "
		  "/01234567890123456789012345678901234567890123456789012345678901234567"
		  "890123456789012345678901234567890123456789}",
			"f:1:18: the path of a socket has 107 bytes at most\n" },
		{ "capture: {dns: yes}\ncapture: {dns: no}",
			"f:2:1: duplicate key \"capture\", first on line 1\n" },
		{ "capture: {dns: &x yes}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct text errors = { 0 };
		struct config *config = config_parse(bytes_str(rows[i].in), "f", &errors);

		assert_row(rows[i].in, config == NULL);
		assert_row(rows[i].in, errors.n > 0);
		if (rows[i].want)
			assert_row_string(rows[i].in, errors.s, rows[i].want);
		text_free(&errors);
	}
}

static void too_many(void **state)
{
	struct text yaml = { 0 }, errors = { 0 };

	(void)state;
	text_puts(&yaml, "scope:\n  ours: [");
	for (int i = 0; i <= CONFIG_NETWORKS_MAX; i++)
		text_puts(&yaml, "192.0.2.1, ");
	text_puts(&yaml, "]\noutputs:\n");
	for (int i = 0; i <= CONFIG_OUTPUTS_MAX; i++)
		text_puts(&yaml, "- file: /x\n");
	assert_null(config_parse(bytes_of(yaml.s, yaml.n), "f", &errors));
	assert_non_null(strstr(errors.s, ": more than 256 networks\n"));
	assert_non_null(strstr(errors.s, "f:20:3: more than 16 outputs\n"));
	text_free(&yaml);
	text_free(&errors);
}

static void file_is_missing(void **state)
{
	struct text errors = { 0 };

	(void)state;
	assert_null(config_load("/none/such.yml", &errors));
	assert_string_equal(errors.s, "/none/such.yml: No such file or directory\n");
	text_free(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample_is_default),
		cmocka_unit_test(examples_are_right),
		cmocka_unit_test(sample_has_every_key),
		cmocka_unit_test(nothing_is_default),
		cmocka_unit_test(values),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(too_many),
		cmocka_unit_test(file_is_missing),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
